"""Clocks that are moved by hand."""

import multiprocessing
import os
from multiprocessing.sharedctypes import Synchronized

from wire.clock import SystemClock

_EARLIEST_UP = 5_000  # ms a board needs to boot


class BoardClock:
    """A board's clocks; implements `firmware.common.node.Clock`. `boot_token()`: 8 hex digits.

    `move`, `boot`: the driver's. While `is_set` is False, the board does not know the date.
    """

    def __init__(self, now: int, boot: str, is_set: bool = True) -> None:
        self.boot = boot
        self.is_set = is_set
        self._booted = now - _EARLIEST_UP
        self._now = now

    def move(self, now: int) -> None:
        """It is `now` (Unix ms); time does not go back."""
        self._now = max(self._now, now)

    def move_up(self, up: int) -> None:
        """As `move`, in ms since the boot."""
        self.move(self._booted + up)

    def up(self) -> int:
        """Milliseconds since the boot."""
        return self._now - self._booted

    def at(self) -> int | None:
        """Unix milliseconds, if the board knows."""
        return self._now if self.is_set else None


class SharedClock:
    """A server's clock whose date is set from another process; implements `wire.clock.OfficeClock`.

    Its monotonic side is real, since deadlines on the network are.
    """

    def __init__(self, date: "Synchronized[int]") -> None:
        self._date = date
        self._system = SystemClock()
        self.boot = os.urandom(4).hex()

    def now(self) -> int:
        """Unix milliseconds."""
        return self._date.value

    def up(self) -> int:
        """Monotonic milliseconds."""
        return self._system.up()

    def synced(self) -> bool | None:
        """The other process knows."""
        return True


def shared_date() -> "Synchronized[int]":
    """A date in Unix ms that all processes see; 0 at first."""
    date: Synchronized[int] = multiprocessing.get_context("spawn").Value("q", 0)
    return date
