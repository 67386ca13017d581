"""When did it happen? Places records in time by the device's clocks and the gateway's. Pure."""

from wire.records import Clock

_NOT_BEFORE = 1_735_689_600_000  # 2025-01-01, before the first Talon: no press is older
_AHEAD_MS = 600_000  # a device's clock may be this far ahead of ours


def place(
    at: int | None, boot: str, up: int, sent_boot: str, sent_up: int, now: int
) -> tuple[int, Clock]:
    """Unix ms of a record, and how it is known.

    `at`: the device's own time, `set` if it can be true. Otherwise, if the record is of the boot in
    which the batch was sent (at `sent_up` of the device's monotonic clock, which was `now` here),
    the difference tells: `placed`. Else it counts on the day it arrived: `unknown`.
    """
    if at is not None and _NOT_BEFORE <= at <= now + _AHEAD_MS:
        return at, "set"
    placed = now - (sent_up - up)
    if boot == sent_boot and _NOT_BEFORE <= placed <= now:
        return placed, "placed"
    return now, "unknown"
