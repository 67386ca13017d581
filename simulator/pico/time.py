"""MicroPython's `time` on the bench: a counter that wraps where the Pico's does."""

from simulator.pico.bench import PC, TICKS, bench

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HALF = TICKS // 2


def ticks_ms() -> int:
    """ms, from 0 to 2^30 - 1."""
    return bench.ticks()


def ticks_diff(end: int, start: int) -> int:
    """From `start` to `end`, over the wrap."""
    return (end - start + _HALF) % TICKS - _HALF


def sleep_ms(ms: int) -> None:
    """Wait."""
    bench.pause(ms)


def gmtime(seconds: int) -> "Any":
    """As the unix port has it."""
    return PC.gmtime(seconds)
