"""The demo, live: the virtual devices on this machine's clock, and a door for other terminals.

Only the main thread touches devices; `door` threads hand it their jobs through the mail.
"""

import json
import queue
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from firmware.common.link import DOWN, UP
from firmware.common.posix_clock import PosixClock, random_token
from firmware.ratingbox.panel import BUTTONS
from simulator import profile
from simulator.configs import write_configs
from simulator.demo import build_devices, clerks_at
from simulator.devices import Box, Device, Mail, TicketDispenser
from simulator.hall.crowd import PACE, Clerks, Crowd
from simulator.hall.shift import Roster
from simulator.processes import City
from simulator.server import free_port
from simulator.showroom.papers import lines
from simulator.showroom.room import Showroom, origin_of
from wire.clock import SystemClock
from wire.store import open_reader

DOOR = "live.json"  # in the demo's folder: where the door is
SEED = 1  # of what the other visitors do
_PATIENCE_S = 10.0
_TICK_S = 0.05  # a hand waits no longer for the device it touches

_SERVICES = {service.id for service in profile.SERVICES}

Job = Callable[[], Any]


class LiveError(RuntimeError):
    """There is no live demo to talk to; the message says what to do."""


def run_live(folder: Path, port: int, page_port: int = 0) -> None:
    """Stay up until Ctrl+C. `page_port`: of the page that shows all of it; 0: any free one."""
    pages, page_port = free_port(), page_port or free_port()
    write_configs(folder, port, pages, live=True, framed_by=origin_of(page_port))
    ours = clerks_at(desk for desk in profile.DESK_SERVICES if desk != profile.FIRST_DESK)
    city = City(folder, port, None, Roster(ours, SEED, PACE))
    live = Live(folder, port, city)
    try:
        city.start()
        with _door(folder, live), live.showroom(folder, page_port) as room:
            click.echo(
                f"\nLive now. Open in a browser:\n\n  {room.url}\n\n"
                "and play a visitor's whole way. Or in another terminal:\n"
                f"  talon-demo --out {folder} press exit-1 satisfied\n"
                f"  talon-demo --out {folder} ticket passport\n"
                f"  talon-demo --out {folder} visitors come\n"
                f"  talon-gateway status --config {folder}/office.toml\n"
                f"The office's pages: http://127.0.0.1:{pages}/desk (PIN {profile.PIN}), /board,"
                f" /kiosk/{profile.DISPENSERS[0]}, /office\n"
                "(the commands are in .venv/bin). Ctrl+C ends it."
            )
            live.run(city.check, room.look)
    except KeyboardInterrupt:
        click.echo("\nending …")
    finally:
        (folder / DOOR).unlink(missing_ok=True)
        live.switch_off()
        city.stop()


def ask_live(folder: Path, command: str) -> Iterator[str]:
    """Send a command to the live demo of `folder`; its lines as they come."""
    try:
        place = json.loads((folder / DOOR).read_text())
        connection = socket.create_connection(("127.0.0.1", place["port"]), _PATIENCE_S * 2)
    except (OSError, ValueError, KeyError):
        problem = f"no live demo in {folder}; start one with: talon-demo --out {folder}"
        raise LiveError(problem) from None
    answered = False
    with connection, connection.makefile("rw", encoding="utf-8") as talk:
        talk.write(command + "\n")
        talk.flush()
        for line in talk:
            answered = True
            yield line.rstrip("\n")
    if not answered:
        raise LiveError(f"the live demo in {folder} has not answered")


class Live:
    """The office's devices on the machine's clock, their cards in the demo's folder."""

    def __init__(self, folder: Path, port: int, clerks: Clerks) -> None:
        self._ledger = folder / "city" / "ledger.db"
        self._mail: Mail = Mail()
        self._jobs: queue.SimpleQueue[tuple[Job, Future[Any]]] = queue.SimpleQueue()
        self._boxes, self._dispensers = build_devices(
            port, PosixClock, self._mail, lambda name: random_token, folder / "cards"
        )
        self._clock = SystemClock()
        self._crowd = Crowd(self._boxes, self._dispensers, clerks, SEED)
        self._devices: list[Device] = [*self._boxes.values(), *self._dispensers.values()]

    def showroom(self, folder: Path, port: int) -> Showroom:
        """The page that shows the devices, to be opened; `look` is for `run`."""
        return Showroom(folder, port, self._boxes, self._dispensers, self._do, self._crowd)

    def run(self, check: Callable[[], None], look: Callable[[], None] = lambda: None) -> None:
        """Drive all devices for ever; `check` raises if the rest of the city has ended; `look` is
        called after each turn."""
        for device in self._devices:
            device.link.start()
        while True:
            self._hand_over()
            self._do_jobs()
            for device in self._devices:
                device.settle()
            self._crowd.step(self._clock.now())
            check()
            look()

    def switch_off(self) -> None:
        """A clean end."""
        for device in self._devices:
            device.switch_off()

    def visitors(self, verb: str) -> Iterator[str]:
        """Other visitors `come`, or `stay` away from now on."""
        self._do(lambda: self._crowd.let_come(verb == "come", self._clock.now()))
        yield "visitors come" if verb == "come" else "no more visitors come"

    def press(self, name: str, button: str) -> Iterator[str]:
        """Press a button; says how far the press has got, stage by stage."""
        box = self._boxes[name]
        number, lit, took = self._do(lambda: _press(box, button))
        if not lit:
            yield f"{name}: the lamp stays dark: {box.node.fault or 'no press was noticed'}"
            return
        yield f"{name}: «{button}» is record {number} on its card; its lamp lit {took:.1f} ms later"
        yield from self._follow(box, number)

    def ticket(self, service: str) -> Iterator[str]:
        """Take a ticket; says what is on the paper."""
        dispenser = self._dispensers[profile.DISPENSERS[0]]
        before = len(dispenser.printer.paper)
        self._do(lambda: _choose(dispenser, service))
        deadline = time.monotonic() + _PATIENCE_S
        while len(dispenser.printer.paper) == before and time.monotonic() < deadline:
            time.sleep(0.01)
        if len(dispenser.printer.paper) == before:
            yield f"no ticket came out: {dispenser.node.fault or 'the printer is silent'}"
            return
        yield from (f"  | {line}" for line in lines(dispenser.printer.paper[-1]))

    def _follow(self, box: Box, number: int) -> Iterator[str]:
        """Wait for a record to be in the city's ledger."""
        with closing(open_reader(self._ledger)) as ledger:
            begun = time.monotonic()
            while time.monotonic() - begun < _PATIENCE_S:
                row = ledger.execute(
                    "SELECT status, event.at FROM event JOIN origin ON id=origin"
                    " WHERE site=? AND node=? AND epoch=? AND seq=?",
                    (profile.SITE, box.name, box.node.log.epoch, number),
                ).fetchone()
                if row:
                    yield f"gateway: {row[0]}"
                    yield f"city: in the ledger after {time.monotonic() - begun:.2f} s"
                    yield from _hour(ledger, row[1])
                    return
                time.sleep(0.02)
            yield "it has not reached the city yet; it is kept until it does"

    def _do(self, job: Job) -> Any:
        """Have the main thread do a job."""
        future: Future[Any] = Future()
        self._jobs.put((job, future))
        try:
            return future.result(_PATIENCE_S)
        except TimeoutError:
            if future.cancel():  # nobody will do it any more
                raise
            return future.result()

    def _hand_over(self) -> None:
        try:
            device, kind, value = self._mail.get(timeout=_TICK_S if self._jobs.empty() else 0)
            while True:
                if kind in (UP, DOWN):
                    device.connected = kind == UP
                device.hand_over(kind, value)
                device, kind, value = self._mail.get_nowait()
        except queue.Empty:
            return

    def _do_jobs(self) -> None:
        while not self._jobs.empty():
            job, future = self._jobs.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(job())
            except Exception as error:  # noqa: BLE001 - of whoever wanted it; the devices go on
                future.set_exception(error)


def _press(box: Box, button: str) -> tuple[int, bool, float]:
    box.panel.lamps[button] = False
    box.panel.press(button)
    begun = time.perf_counter()
    box.settle()
    return box.node.log.last, box.panel.lamps[button], (time.perf_counter() - begun) * 1000


def _choose(dispenser: TicketDispenser, service: str) -> None:
    dispenser.buttons.press(service)
    dispenser.settle()


def _hour(ledger: Any, at: int) -> Iterator[str]:
    satisfied, unsatisfied = ledger.execute(
        "SELECT sum(satisfied), sum(unsatisfied) FROM tally_rating WHERE site=? AND hour=?",
        (profile.SITE, at // 3_600_000 * 3600),
    ).fetchone()
    yield f"this hour's tally: {satisfied} satisfied, {unsatisfied} unsatisfied"


class _Door(socketserver.ThreadingTCPServer):
    daemon_threads = True
    live: Live


class _Visitor(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        words = self.rfile.readline(200).decode(errors="replace").split()
        live: Live = self.server.live  # type: ignore[attr-defined]
        said: Iterator[str]
        match words:
            case ["press", box, button] if box in profile.BOXES and button in BUTTONS:
                said = live.press(box, button)
            case ["ticket", service] if service in _SERVICES:
                said = live.ticket(service)
            case ["visitors", ("come" | "stay") as verb]:
                said = live.visitors(verb)
            case _:
                said = iter([f"not understood: {' '.join(words)}"])
        try:
            for line in said:
                self.wfile.write(line.encode() + b"\n")
        except TimeoutError:
            self.wfile.write(b"the devices do not answer; nothing was done\n")


class _door:
    """The door, open while the block runs."""

    def __init__(self, folder: Path, live: Live) -> None:
        self._server = _Door(("127.0.0.1", 0), _Visitor)
        self._server.live = live
        (folder / DOOR).write_text(json.dumps({"port": self._server.server_address[1]}))

    def __enter__(self) -> None:
        threading.Thread(target=self._server.serve_forever, name="door", daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
