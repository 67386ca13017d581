"""A Raspberry Pi's clocks."""

import os
import time
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIMESYNC = Path("/run/systemd/timesync")
_NOT_BEFORE = 1_767_225_600_000  # 2026-01-01: an earlier date is a clock that was never set


class PosixClock:
    """Implements `firmware.common.node.Clock`: the kernel's boot, so that it outlives a restart."""

    def __init__(self) -> None:
        self.boot = _boot_id()

    def up(self) -> int:
        """Milliseconds since the kernel's boot, suspended time included."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def at(self) -> int | None:
        """Unix milliseconds; None until the time has come from the network since the boot.

        Where systemd-timesyncd runs (Raspberry Pi OS), its marker file says so; the date that the
        Pi restores from its card at boot does not pass for a set clock.
        """
        if _TIMESYNC.is_dir() and not (_TIMESYNC / "synchronized").exists():
            return None
        now = time.time_ns() // 1_000_000
        return now if now >= _NOT_BEFORE else None


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().replace("-", "")[:8]
    except OSError:  # not Linux: one boot a process
        return os.urandom(4).hex()


def random_token() -> str:
    """16 random hex digits, for an epoch or a visit."""
    return os.urandom(8).hex()
