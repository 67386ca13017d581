"""The clocks of a gateway and of the collector, passed in wherever time is asked for."""

import os
import time
from typing import Protocol


class Clock(Protocol):
    """`boot`: 8 hex digits naming the stretch in which `up` does not go back."""

    boot: str

    def now(self) -> int:
        """Unix milliseconds, UTC."""

    def up(self) -> int:
        """Monotonic milliseconds."""


class SystemClock:
    """The machine's own clocks."""

    def __init__(self) -> None:
        self.boot = os.urandom(4).hex()

    def now(self) -> int:
        """Unix milliseconds, UTC."""
        return time.time_ns() // 1_000_000

    def up(self) -> int:
        """Monotonic milliseconds."""
        return time.monotonic_ns() // 1_000_000


def random_epoch() -> str:
    """16 random hex digits."""
    return os.urandom(8).hex()
