"""The stretch of time that a report is of: a month, or a quarter of three of them. Pure."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

from collector.month import MonthError, bounds

HOUR_S = 3600


class Period(msgspec.Struct, frozen=True):
    """`name`: 2026-10 or 2026Q4; `months`: its months in order, as 2026-10."""

    name: str
    months: tuple[str, ...]

    @property
    def is_quarter(self) -> bool:
        """Whether it is three months."""
        return len(self.months) > 1

    def shifted(self, months: int) -> "Period":
        """As long a period, so many months later; a quarter by threes."""
        moved = tuple(shift(month, months) for month in self.months)
        return Period(_quarter(moved[0]) if self.is_quarter else moved[0], moved)

    @property
    def before(self) -> "Period":
        """The month, or the quarter, before it."""
        return self.shifted(-len(self.months))

    @property
    def year_before(self) -> "Period":
        """The same a year earlier."""
        return self.shifted(-12)

    def bounds(self, zone: ZoneInfo) -> tuple[int, int]:
        """Begin and end in Unix seconds."""
        return bounds(self.months[0], zone)[0], bounds(self.months[-1], zone)[1]


def read_period(name: str) -> Period:
    """A month (2026-10) or a quarter (2026Q4) by its name; MonthError if it is neither."""
    if "Q" not in name:
        bounds(name, ZoneInfo("UTC"))
        return Period(name, (name,))
    year, _, number = name.partition("Q")
    try:
        if number not in ("1", "2", "3", "4"):
            raise MonthError
        first = f"{year}-{int(number) * 3 - 2:02d}"
        bounds(first, ZoneInfo("UTC"))
    except MonthError:
        raise MonthError(f"{name!r} is not a quarter; write it as 2026Q4") from None
    return Period(name, tuple(shift(first, by) for by in range(3)))


def shift(month: str, by: int) -> str:
    """The month so many months later. MonthError beyond the years 1 to 9999."""
    index = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    if not 12 <= index < 120_000:
        raise MonthError(f"there is no month {by} months from {month}")
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def months_between(first: str, last: str) -> tuple[str, ...]:
    """All months from the first to the last, both included."""
    found = [first]
    while found[-1] < last:
        found.append(shift(found[-1], 1))
    return tuple(found)


def spans(months: tuple[str, ...]) -> list[tuple[str, str]]:
    """The months, which are in order, as few runs of (first, last) without a gap."""
    starts = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(months)) if shift(a, 1) != b)]
    ends = [*(start - 1 for start in starts[1:]), len(months) - 1]
    return [(months[a], months[b]) for a, b in zip(starts, ends, strict=True)] if months else []


def hours_of(begin: int, end: int, zone: ZoneInfo) -> dict[tuple[int, int], int]:
    """How often each (weekday, hour) of local time begins between two Unix seconds.

    A night in which the clocks are changed has one hour twice, or lacks it."""
    found: dict[tuple[int, int], int] = {}
    at = datetime.fromtimestamp(-(-begin // HOUR_S) * HOUR_S, UTC)
    last = datetime.fromtimestamp(end, UTC)
    while at < last:
        local = at.astimezone(zone)
        key = (local.isoweekday(), local.hour)
        found[key] = found.get(key, 0) + 1
        at += timedelta(hours=1)
    return found


def _quarter(first: str) -> str:
    return f"{first[:4]}Q{(int(first[5:]) + 2) // 3}"
