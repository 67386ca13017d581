"""MicroPython's `machine`, as far as a rating box uses it, on the bench."""

from simulator.pico.bench import Reset, bench

PWRON_RESET, WDT_RESET = 1, 3
cause = PWRON_RESET  # of the boot that runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Pin:
    """One GPIO."""

    IN, OUT = 0, 1
    PULL_UP = 1

    def __init__(self, number: int, mode: int = -1, pull: int = -1, value: "int | None" = None):
        self.number = number
        self._is_output = mode == Pin.OUT
        if value is not None:
            bench.put(number, value)

    def value(self, level: "int | None" = None) -> "int | None":
        """Read an input, or drive an output."""
        if level is None:
            return bench.level(self.number)
        assert self._is_output, "GP%d is an input" % self.number
        bench.put(self.number, level)
        return None


class WDT:
    """The watchdog: once it runs, nothing stops it."""

    def __init__(self, id: int = 0, timeout: int = 5_000) -> None:
        assert 1 <= timeout <= 8_388, "an RP2040's watchdog waits 8388 ms at most"
        bench.watchdog_ms = timeout
        bench.feed()

    def feed(self) -> None:
        """Not yet."""
        bench.feed()


class RTC:
    """The date."""

    def datetime(self, when: "Any" = None) -> "Any":
        """Set it; a PC's own is right already."""
        return when


def reset() -> None:
    """Boot anew."""
    raise Reset("reset")


def reset_cause() -> int:
    """Why it booted."""
    return cause
