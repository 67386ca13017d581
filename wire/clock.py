"""The clocks of a gateway and of the collector, passed in wherever time is asked for."""

import ctypes
import os
import time
from pathlib import Path
from typing import Protocol

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIMESYNC = Path("/run/systemd/timesync")
_CHRONY = Path("/run/chrony")
_NOT_SYNCHRONISED = 5  # TIME_ERROR, adjtimex(2)
_MACHINE = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # the first is Linux's
_TIMEX_BYTES = 512  # struct timex is 208 bytes where it is largest


class Clock(Protocol):
    """`boot`: 8 hex digits naming the stretch in which `up` does not go back."""

    boot: str

    def now(self) -> int:
        """Unix milliseconds, UTC."""

    def up(self) -> int:
        """Monotonic milliseconds."""


class OfficeClock(Clock, Protocol):
    """A gateway's: `boot` and `up` are the machine's, so that they outlive a restart."""

    def synced(self) -> bool | None:
        """Whether the network confirms the time. True: now. False: a time service is there and
        has not set the clock yet. None: nobody says."""


class SystemClock:
    """The machine's own clocks."""

    def __init__(self) -> None:
        boot = _boot_id()
        self.boot = boot or os.urandom(4).hex()  # not Linux: one boot a process
        self._began = 0 if boot else time.clock_gettime_ns(_MACHINE)

    def now(self) -> int:
        """Unix milliseconds, UTC."""
        return time.time_ns() // 1_000_000

    def up(self) -> int:
        """Milliseconds since the kernel's boot, suspended time included."""
        return (time.clock_gettime_ns(_MACHINE) - self._began) // 1_000_000

    def synced(self) -> bool | None:
        """See `OfficeClock`. The kernel knows from whoever disciplines it (timesyncd, chrony, ntpd)
        and forgets it when somebody sets the clock by hand; timesyncd's marker is of this boot."""
        if _kernel_is_synchronised():
            return True
        if _TIMESYNC.is_dir():
            return None if (_TIMESYNC / "synchronized").exists() else False
        return False if _CHRONY.is_dir() else None


def _kernel_is_synchronised() -> bool:
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)  # all zero: change nothing
    try:
        state: int = ctypes.CDLL(None).adjtimex(timex)
    except (OSError, AttributeError):  # no such call: not Linux
        return False
    return 0 <= state < _NOT_SYNCHRONISED


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().replace("-", "")[:8]
    except OSError:
        return ""


def random_epoch() -> str:
    """16 random hex digits."""
    return os.urandom(8).hex()
