"""Local months, days and hours of tallies as whole numbers that SQL can compute. Pure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from collector.month import bounds

_HOUR_S = 3600
_EPOCH = date(1970, 1, 1).toordinal()


def months_in(begin: int, end: int, zone: ZoneInfo) -> Iterator[tuple[str, int, int]]:
    """(name, begin, end) of the local months that have a part in begin ≤ t < end (Unix s)."""
    at = begin
    while at < end:
        name = datetime.fromtimestamp(at, UTC).astimezone(zone).strftime("%Y-%m")
        first, after = bounds(name, zone)
        yield name, first, after
        at = after


def offsets(begin: int, end: int, zone: ZoneInfo) -> list[tuple[int, int]]:
    """(until, seconds ahead of UTC) of each stretch of begin ≤ hour < end, in order: two of them
    where a DST night lies between. `until`: the first full hour (Unix s) after the stretch."""
    found: list[tuple[int, int]] = []
    for hour in range(begin - begin % _HOUR_S, end, _HOUR_S):
        ahead = _ahead(hour, zone)
        if found and found[-1][1] == ahead:
            found[-1] = (hour + _HOUR_S, ahead)
        else:
            found.append((hour + _HOUR_S, ahead))
    return found


def local_seconds(utc: str, stretches: list[tuple[int, int]]) -> str:
    """SQL: the local time of `utc` (SQL, Unix seconds) in seconds since 1970."""
    *earlier, (_, last) = stretches
    cases = " ".join(f"WHEN {utc} < {until:d} THEN {ahead:d}" for until, ahead in earlier)
    return f"({utc} + CASE {cases} ELSE {last:d} END)" if cases else f"({utc} + {last:d})"


def day(number: int) -> str:
    """A day as 2026-10-25 by its number since 1970-01-01."""
    return date.fromordinal(_EPOCH + number).isoformat()


def _ahead(hour: int, zone: ZoneInfo) -> int:
    ahead = datetime.fromtimestamp(hour, UTC).astimezone(zone).utcoffset()
    assert ahead is not None
    return int(ahead.total_seconds())
