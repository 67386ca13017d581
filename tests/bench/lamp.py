"""From the debounced press to the lamp, against a bare write and fsync of the same bytes."""

import os
import statistics
import time
from pathlib import Path

from firmware.common.filelog import FileLog
from firmware.common.node import Node
from firmware.common.posix_clock import random_token
from firmware.common.posix_disk import PosixDisk
from firmware.ratingbox.panel import SATISFIED, Panel
from tests.bench.presses import BOOT
from tests.bench.rig import Rig

_PAUSE_MS = 10_000


class _Disk(PosixDisk):
    """A real disk; remembers what was written last."""

    written = b""

    def append(self, name: str, data: bytes) -> None:
        self.written = data
        super().append(name, data)


class _Board:
    """A board that notes when it thanks. Implements `firmware.ratingbox.panel.Board`."""

    thanked = 0.0

    def thank(self, button: str) -> None:
        """The moment that counts."""
        self.thanked = time.perf_counter()

    def fail(self) -> None:
        """A press that was not written would spoil the figure."""
        raise OSError("the disk refused a press")

    def quiet(self) -> None:
        """No buzzer."""

    def invite(self, button: str) -> None:
        """No lamp."""

    def darken(self, button: str) -> None:
        """No lamp."""


class _Clock:
    """Implements `firmware.common.node.Clock`; a test's hand on the time."""

    boot = BOOT

    def __init__(self) -> None:
        self.now = 5_000

    def up(self) -> int:
        return self.now

    def at(self) -> int | None:
        return 1_800_000_000_000 + self.now


class _Box:
    """A rating box's panel, its log on a real disk."""

    def __init__(self, folder: Path) -> None:
        self.disk = _Disk(folder)
        self._clock = _Clock()
        self._board = _Board()
        node = Node("bench", "box-1", FileLog(self.disk, random_token), self._clock, "bench")
        self._panel = Panel(node, self._board, {"satisfied": False, "unsatisfied": False}, 5_000)

    def press(self) -> float:
        """Press and let go; returns the seconds from the end of the bouncing to the lamp."""
        self._step(_PAUSE_MS)
        self._panel.edge(SATISFIED, True, self._clock.now)
        self._clock.now += self._panel.due(self._clock.now) or 0
        begun = time.perf_counter()
        self._panel.poll(self._clock.now)
        took = self._board.thanked - begun
        self._panel.edge(SATISFIED, False, self._clock.now)
        assert took > 0, "the lamp did not come on"
        return took

    def _step(self, milliseconds: int) -> None:
        self._clock.now += milliseconds
        self._panel.poll(self._clock.now)


def lamp(rig: Rig, presses: int) -> dict[str, float]:
    """Milliseconds from press to lamp and of the bare disk, in turns: median and p99."""
    folder = rig.office().folder
    box = _Box(folder / "card")
    file = os.open(folder / "bare", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    ours: list[float] = []
    bare: list[float] = []
    box.press()
    try:
        for i in range(presses):
            if i % 2:
                bare.append(_write(file, box.disk.written))
            ours.append(box.press())
            if not i % 2:
                bare.append(_write(file, box.disk.written))
    finally:
        os.close(file)
        box.disk.close()
    return {
        "lamp": statistics.median(ours) * 1000,
        "lamp p99": _p99(ours) * 1000,
        "disk": statistics.median(bare) * 1000,
        "disk p99": _p99(bare) * 1000,
    }


def _write(file: int, data: bytes) -> float:
    begun = time.perf_counter()
    os.write(file, data)
    os.fsync(file)
    return time.perf_counter() - begun


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]
