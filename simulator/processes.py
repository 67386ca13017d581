"""The servers of the virtual city: a broker, the office's gateway and the collector.

Gateway and collector are processes of their own with the code that `talon-gateway run` and
`talon-collector run` run; only their clock is passed in. The broker is iotcore's.
"""

import asyncio
import logging
import multiprocessing
import signal
import socket
import time
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

from iotcore import Broker

from collector.app import Collector
from collector.config import read_collector
from gateway.app import Gateway
from gateway.config import read_office
from simulator.clock import SharedClock
from simulator.hall.clerks import Played
from simulator.hall.shift import NOBODY, Roster, Shift, attend
from simulator.server import OUT_OF_RANGE
from wire.clock import SystemClock
from wire.store import open_reader
from wire.version import talon_version

_spawn = multiprocessing.get_context("spawn")
_PATIENCE_S = 30.0
_LOOK_S = 1.0


class CityError(RuntimeError):
    """A server of the virtual city does not run; the message says what to do."""


class City:
    """Starts and stops the servers of `folder`, which holds office.toml and city.toml."""

    def __init__(
        self, folder: Path, port: int, date: "Synchronized[int] | None", roster: Roster = NOBODY
    ) -> None:
        self._roster = roster
        self._folder = folder
        self._port = port
        self._date = date
        self._broker = Broker(port=port, listen="127.0.0.1", max_payload_size=1 << 20)
        self._processes: dict[str, Any] = {}

    def start(self) -> None:
        """Start all; CityError if the port is taken."""
        try:
            self._broker.start()
        except (OSError, RuntimeError) as error:
            raise CityError(
                f"no broker on port {self._port}: {error}. Choose another one with --port"
            ) from None
        self.start_gateway()
        self.start_collector()

    def start_gateway(self) -> None:
        """Start the gateway's process."""
        ours, theirs = _spawn.Pipe()
        self._shift = Shift(ours)
        self._start("gateway", _run_gateway, self._folder / "office.toml", theirs, self._roster)
        theirs.close()

    def start_collector(self) -> None:
        """Start the collector's process."""
        self._start("collector", _run_collector, self._folder / "city.toml")

    def play(self, since: int, until: int, calls: bool = True) -> Played:
        """Let the clerks of the roster work from `since` until `until` (Unix ms); `calls`:
        otherwise they only go on with the visitors they have."""
        self.begin_work(since, until, calls)
        played = self.end_work(_PATIENCE_S)
        if played is None:
            raise CityError(f"the gateway has not answered for {_PATIENCE_S:.0f} s")
        return played

    def begin_work(self, since: int, until: int, calls: bool) -> None:
        """As `play`, without waiting for what comes of it."""
        try:
            self._shift.begin(since, until, calls)
        except OSError:
            raise self._gone() from None

    def end_work(self, patience_s: float = 0) -> Played | None:
        """What has come of it; None: nothing yet."""
        try:
            return self._shift.end(patience_s)
        except (EOFError, OSError):
            raise self._gone() from None

    def _gone(self) -> CityError:
        self._processes["gateway"].join(_PATIENCE_S)  # it ends: what it says is above
        return CityError("the gateway has ended; what it said is above")

    def kill(self, name: str) -> None:
        """The power of `gateway` or `collector` is cut: SIGKILL, whatever it is doing."""
        process = self._processes.pop(name)
        process.kill()
        process.join()

    def check(self) -> None:
        """Raise CityError if a server has ended."""
        for name, process in self._processes.items():
            if not process.is_alive():
                raise CityError(f"the {name} has ended (exit status {process.exitcode})")

    def wait_until_drained(self) -> None:
        """Wait until the city has all that the office has."""
        deadline = time.monotonic() + _PATIENCE_S
        last = (0, 0)
        while True:
            self.check()
            found = self.backlog()
            if found[0] == found[1]:
                return
            if found != last:
                last, deadline = found, time.monotonic() + _PATIENCE_S
            if time.monotonic() > deadline:
                raise CityError(f"the uplink stands still at {found[1]} of {found[0]} records")
            time.sleep(0.05)

    def backlog(self) -> tuple[int, int]:
        """(records in the office's journal, records of it that the city has)."""
        journal = open_reader(self._folder / "office" / "journal.db")
        ledger = open_reader(self._folder / "city" / "ledger.db")
        try:
            epoch, base = journal.execute("SELECT epoch, base FROM sending").fetchone()
            last = journal.execute("SELECT max(n) FROM journal").fetchone()[0] or base
            got = ledger.execute("SELECT seq FROM stream WHERE epoch=?", (epoch,)).fetchone()
            return last - base, got[0] if got else 0
        finally:
            journal.close()
            ledger.close()

    def stop(self) -> None:
        """Stop all that this object started."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            process.join(10)
            if process.is_alive():
                process.kill()
        self._processes.clear()
        self._broker.stop()

    def _start(self, name: str, target: Any, config: Path, *more: object) -> None:
        args = (config, self._date, *more)
        process = _spawn.Process(target=target, args=args, name=name, daemon=True)
        # Ctrl+C reaches all; before a server can say what it makes of it, it waits
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        self._processes[name] = process


def check_port(port: int) -> None:
    """Raise CityError if nobody can listen at `port` of loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            why = OUT_OF_RANGE if isinstance(error, OverflowError) else str(error)
            raise CityError(
                f"no broker on port {port}: {why}. Choose another one with --port"
            ) from None


def _run_gateway(
    config: Path, date: "Synchronized[int] | None", pipe: Connection, roster: Roster
) -> None:
    logging.basicConfig(level=logging.ERROR, format="gateway: %(message)s")
    clock = SharedClock(date) if date is not None else SystemClock()

    def make() -> Gateway:
        gateway = Gateway(read_office(config), clock, talon_version())
        if roster.desks:
            attend(pipe, gateway, roster)
        return gateway

    asyncio.run(_run(make))


def _run_collector(config: Path, date: "Synchronized[int] | None") -> None:
    logging.basicConfig(level=logging.ERROR, format="collector: %(message)s")
    clock = SharedClock(date) if date is not None else SystemClock()
    asyncio.run(_run(lambda: Collector(read_collector(config), clock)))


async def _run(make: Any) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all; the demo stops us in order
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    watch = asyncio.create_task(_stop_with_parent(stop), name="watch the demo")
    await make().run(stop)
    watch.cancel()


async def _stop_with_parent(stop: asyncio.Event) -> None:
    """A demo that was killed cannot stop us any more."""
    parent = multiprocessing.parent_process()
    while parent is None or parent.is_alive():  # noqa: ASYNC110 - nobody could tell us
        await asyncio.sleep(_LOOK_S)
    stop.set()
