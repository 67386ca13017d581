"""How long a button waits for the main loop while the printer's thread is busy or stalled."""

import dataclasses
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from firmware.common import program
from firmware.common.posix_clock import PosixClock
from firmware.common.program import EDGE, STOP, Inbox
from firmware.dispenser import app, config
from firmware.dispenser.app import Dispenser
from simulator.pty_printer import PtyPrinter
from tests.bench.rig import ROOT, Rig

_EVERY_S = 0.01


class _Board:
    """Buttons whose edges carry the moment at which they were made. Implements `Buttons`."""

    def __init__(self, services: Sequence[str], inbox: Inbox, clock: PosixClock) -> None:
        self._down = dict.fromkeys(services, False)
        self._inbox = inbox
        self._clock = clock

    def levels(self) -> dict[str, bool]:
        """Which are down now."""
        return dict(self._down)

    def light(self, service: str, on: bool) -> None:
        """No lamp."""

    def push(self, edges: int) -> None:
        """Each button in turn, held for 50 ms."""
        services = list(self._down)
        for number in range(edges):
            service = services[number // 10 % len(services)]
            self._down[service] = number % 10 < 5
            made = (time.perf_counter(), self._clock.up())
            self._inbox.put((EDGE, (service, self._down[service], made)))
            time.sleep(_EVERY_S)


class _Timed(Dispenser):
    """A dispenser that notes how long each edge waited until it was dealt with."""

    def __init__(self, *parts: Any) -> None:
        self.waits: list[float] = []
        super().__init__(*parts)

    def handle(self, kind: str, value: Any) -> None:
        if kind != EDGE:
            return super().handle(kind, value)
        service, pressed, (put, up) = value
        super().handle(kind, (service, pressed, up))
        return self.waits.append(time.perf_counter() - put)


def stall(rig: Rig, edges: int) -> dict[str, float]:
    """Ms that the slowest of so many edges waited while pictures were made, and while the printer
    took nothing."""
    with PtyPrinter(dots=576) as printer:
        read = _config(rig.office().folder, printer.path)
        inbox, clock = Inbox(), PosixClock()
        node = program.open_node(read.identity, clock)
        board = _Board(list(read.services), inbox, clock)
        desk = app.open_printer(read.printer, inbox)
        counter = app.build_counter(app.open_adoption(read), node, desk)
        timed = _Timed(node, board, counter, lambda *_: None)
        loop = threading.Thread(target=program.run, args=(timed, inbox, clock))
        loop.start()
        try:
            board.push(edges)
            printer.wait_for_sheets(1)
            made = max(timed.waits)
            timed.waits.clear()
            printer.stall()
            board.push(edges)
            stalled = max(timed.waits)
        finally:
            printer.resume()
            inbox.put((STOP, None))
            loop.join()
            desk.close()
    return {"answer making": made * 1000, "answer stalled": stalled * 1000}


def _config(folder: Path, device: str) -> config.Config:
    read = config.read(ROOT / "docs" / "examples" / "dispenser.toml")
    printer = dataclasses.replace(
        read.printer, device=device, baud=115200, profile="generic-80", render="raster", status=True
    )
    identity = dataclasses.replace(read.identity, data=folder / "data")
    identity.data.mkdir()
    return dataclasses.replace(read, identity=identity, printer=printer)
