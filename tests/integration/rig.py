"""What tests of the whole way share: the real commands as processes, and a hall of virtual devices.

Nothing here waits for a time to pass; it waits for something to happen, and has a deadline.
"""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from iotcore import Broker as Embedded

from firmware.common.config import Broker
from firmware.common.link import DOWN, UP
from firmware.common.posix_clock import random_token
from firmware.common.posix_disk import PosixDisk
from simulator import profile
from simulator.configs import write_configs
from simulator.devices import Box, Device, Mail, TicketDispenser
from wire.store import StoreError, open_reader

DEADLINE_S = 30.0
_POLL_S = 0.01
_MODULES = {
    "talon-gateway": "gateway.cli",
    "talon-collector": "collector.cli",
    "talon-ratingbox": "firmware.ratingbox.cli",
    "talon-dispenser": "firmware.dispenser.cli",
    "talon-demo": "simulator.cli",
    "lone-device": "simulator.lone_device",
}
EVERY_PRESS_COUNTS = "\n[policies]\nrepeat_s = 0.0\nflood_presses = 1000000\n"

T = TypeVar("T")
D = TypeVar("D", bound=Device)


def until(condition: Callable[[], T], what: str, deadline_s: float = DEADLINE_S) -> T:
    """Wait for `condition` to hold, and return what it returned."""
    end = time.monotonic() + deadline_s
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"not within {deadline_s:g} s: {what}"
        time.sleep(_POLL_S)


def stays(condition: Callable[[], bool], for_s: float) -> bool:
    """Whether `condition` holds all the time."""
    end = time.monotonic() + for_s
    while time.monotonic() < end:
        if not condition():
            return False
        time.sleep(_POLL_S)
    return True


def command(name: str, *arguments: object) -> list[str]:
    """What to execute for one of our commands: its entry point, as the installed script calls it.

    The name of the script is what stands in `sys.argv[0]`.
    """
    code = (
        f"import sys; from {_MODULES[name]} import main; sys.argv[0] = {name!r}; sys.exit(main())"
    )
    return [sys.executable, "-c", code, *map(str, arguments)]


def finish(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        command(name, *arguments), capture_output=True, text=True, timeout=60, check=False
    )


def free_port() -> int:
    """A port on loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def open_broker(port: int, most_bytes: int = 1 << 20) -> Embedded:
    """The embedded broker at `port`, as the demo has it; a context manager."""
    return Embedded(port=port, listen="127.0.0.1", max_payload_size=most_bytes)


class Server:
    """One of our commands, running; what it says on stderr can be waited for."""

    def __init__(self, folder: Path, name: str, *arguments: object) -> None:
        self.name = name
        self._command = command(name, *arguments)
        self._log = folder / f"{name}-{id(self):x}.log"
        self._log.touch()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None, f"{self.name} has not been started"
        return self._process.pid

    def start(self, wait_for: str = "") -> None:
        """Start it, and wait until it has said something more than before that contains that."""
        before = self.said().count(wait_for) if wait_for else 0
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, process_group=0)
        if wait_for:
            self.wait_for(wait_for, before + 1)

    def wait_for(self, words: str, times: int = 1) -> None:
        """Wait until it has said `words` that often."""
        until(lambda: self._has_said(words, times), f"{self.name} says {words!r}")

    def said(self) -> str:
        """All that it has said since its first start."""
        return self._log.read_text(errors="replace")

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def status(self) -> int | None:
        """Its exit status, once it has ended."""
        return self._process.poll() if self._process else None

    def interrupt(self) -> None:
        """Ctrl+C: the signal goes to all that it started, as a terminal sends it."""
        os.killpg(self.pid, signal.SIGINT)

    def kill(self) -> None:
        """SIGKILL."""
        self._end("kill")

    def stop(self) -> int:
        """SIGTERM; returns its exit status."""
        return self._end("terminate")

    def _end(self, how: str) -> int:
        if self._process is None:
            return 0
        getattr(self._process, how)()
        status = self._process.wait(DEADLINE_S)
        self._process = None
        return status

    def _has_said(self, words: str, times: int) -> bool:
        if self.said().count(words) >= times:
            return True
        assert self.is_alive, f"{self.name} has ended: {self.said()}"
        return False


class HandClock:
    """A board's clock that leaps ahead, as far as the hand on the buttons has got.

    The date is an hour back, so that the leaps do not lead into the future.
    """

    def __init__(self) -> None:
        self.boot = random_token()[:8]
        self._ahead = 0

    def up(self) -> int:
        """Milliseconds since the boot."""
        return time.monotonic_ns() // 1_000_000 + self._ahead

    def at(self) -> int | None:
        """Unix milliseconds."""
        return time.time_ns() // 1_000_000 - 3_600_000 + self._ahead

    def move_up(self, up: int) -> None:
        """It is `up` ms since the boot."""
        self._ahead += max(0, up - self.up())


class Hall:
    """Virtual devices, driven by one thread as a device's own main thread would. A context manager.

    They are the real programs with real connections, their cards in `folder`.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self._mail: Mail = Mail()
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        self._devices: list[Device] = []
        self.boxes: dict[str, Box] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hall")
        self._failure: BaseException | None = None

    def box(self, name: str) -> Box:
        """A rating box."""
        self.boxes[name] = self._add(Box, name)
        return self.boxes[name]

    def dispenser(self, name: str) -> TicketDispenser:
        """A ticket dispenser with its printer."""
        return self._add(TicketDispenser, name)

    def press(self, box: Box, button: str = "satisfied") -> bool:
        """Press a button; whether the lamp lit, which it does when the press is on the card."""

        def job() -> bool:
            box.panel.lamps[button] = False
            box.panel.press(button)
            box.settle()
            return box.panel.lamps[button]

        return self.do(job)

    def take_ticket(self, dispenser: TicketDispenser, service: str) -> bytes:
        """Press a service's button and wait for the paper."""
        before = len(dispenser.printer.paper)

        def job() -> None:
            dispenser.buttons.press(service)
            dispenser.settle()

        self.do(job)
        until(lambda: len(dispenser.printer.paper) > before, "a ticket comes out")
        return dispenser.printer.paper[-1]

    def wait_until_delivered(self) -> None:
        """Wait until the gateway has confirmed all that the devices have written."""
        until(
            lambda: self.do(lambda: all(d.node.sender.pending == 0 for d in self._devices)),
            "all devices are rid of their records",
        )

    def wait_until_online(self) -> None:
        """Wait until all devices are connected."""
        until(lambda: all(d.node.online for d in self._devices), "all devices are online")

    def do(self, job: Callable[[], T]) -> T:
        """Have the hall's thread do something."""
        assert self._failure is None, f"the hall has failed: {self._failure!r}"
        future: Future[T] = Future()
        self._jobs.put((job, future))
        return future.result(DEADLINE_S)

    def __enter__(self) -> "Hall":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for device in self._devices:
            device.switch_off()
        assert self._failure is None, f"the hall has failed: {self._failure!r}"

    def _add(self, kind: type[D], name: str) -> D:
        card = PosixDisk(self._folder / name)
        broker = Broker("127.0.0.1", self._port)
        device = kind(name, HandClock(), broker, self._mail, random_token, "0", card)

        def plug_in() -> None:
            device.link.start()
            self._devices.append(device)

        self.do(plug_in)
        return device

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._hand_over()
                while not self._jobs.empty():
                    job, future = self._jobs.get()
                    future.set_result(job())
                for device in self._devices:
                    device.settle()
        except BaseException as error:  # noqa: BLE001 - told at the next `do` and at the end
            self._failure = error

    def _hand_over(self) -> None:
        try:
            device, kind, value = self._mail.get(timeout=0.002)
            while True:
                if kind in (UP, DOWN):
                    device.connected = kind == UP
                device.hand_over(kind, value)
                device, kind, value = self._mail.get_nowait()
        except queue.Empty:
            return


class Town:
    """An office and a city in `folder`, with the profile's services and devices.

    All are at the broker at `port`; but the devices at `hall_port`, the gateway's uplink at
    `uplink_port` and the collector at `city_port`, if they are given. `zone`: of the office.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        more: str = EVERY_PRESS_COUNTS,
        *,
        hall_port: int | None = None,
        uplink_port: int | None = None,
        city_port: int | None = None,
        zone: str = profile.ZONE,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = port
        self.office = folder / "office.toml"
        self.city = folder / "city.toml"
        write_configs(folder, port)
        text = self.office.read_text(encoding="utf-8").replace(profile.ZONE, zone)
        self.office.write_text(text, encoding="utf-8")
        with self.office.open("a", encoding="utf-8") as config:
            config.write(more)
            if uplink_port is not None:
                config.write(f'\n[uplink]\nhost = "127.0.0.1"\nport = {uplink_port}\n')
        if city_port is not None:
            text = self.city.read_text(encoding="utf-8")
            text = text.replace(f"port = {port}\n", f"port = {city_port}\n")
            self.city.write_text(text, encoding="utf-8")
        self.gateway = Server(folder, "talon-gateway", "run", "--config", self.office)
        self.collector = Server(folder, "talon-collector", "run", "--config", self.city)
        self.hall = Hall(folder / "cards", hall_port or port)

    def start(self) -> None:
        """Start gateway and collector, and wait until both links of the gateway are up."""
        heard = [server.said().count("connected") for server in (self.gateway, self.collector)]
        self.gateway.start()
        self.collector.start()
        self.gateway.wait_for("connected", heard[0] + 2)
        self.collector.wait_for("connected", heard[1] + 1)

    def __enter__(self) -> "Town":
        self.hall.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.hall.__exit__()
        self.gateway.kill()
        self.collector.kill()

    def ratings(self) -> dict[tuple[str, str, str], int]:
        """How many ratings of each (node, value, status) the city has."""
        found: dict[tuple[str, str, str], int] = {}
        for node, value, status in self._rows(
            "SELECT node, json_extract(cast(body AS TEXT), '$.value'), status"
            " FROM event JOIN origin ON id=origin WHERE kind='rating'"
        ):
            found[node, value, status] = found.get((node, value, status), 0) + 1
        return found

    def has_ledger(self) -> bool:
        """Whether the collector has begun one."""
        try:
            open_reader(self.folder / "city" / "ledger.db").close()
        except StoreError:
            return False
        return True

    def counted(self) -> tuple[int, int]:
        """(satisfied, unsatisfied) of the city's tallies."""
        row = next(
            self._rows(
                "SELECT coalesce(sum(satisfied), 0), coalesce(sum(unsatisfied), 0)"
                " FROM tally_rating"
            )
        )
        return row[0], row[1]

    def rows(self, query: str) -> list[Any]:
        """Whatever else of the ledger."""
        return list(self._rows(query))

    def audit(self) -> subprocess.CompletedProcess[str]:
        """The month's audit, by the command."""
        month = datetime.now(UTC).isoformat()[:7]
        return finish("talon-collector", "audit", month, "--config", self.city)

    def _rows(self, query: str) -> Iterator[Sequence[Any]]:
        with closing(open_reader(self.folder / "city" / "ledger.db")) as db:
            yield from db.execute(query).fetchall()


def letter(service: str) -> str:
    """With which a service's numbers begin."""
    return next(known.letter for known in profile.SERVICES if known.id == service)
