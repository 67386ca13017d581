"""One month out of the tallies: sums by site, service, channel and day. Pure.

Shares are always computed from sums of counts, never as means of shares.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from collector.tally import FIELDS, TallyRow
from wire.records import OUTCOMES, REFUSALS

DIMENSIONS = ("site", "service", "channel", "day")


class MonthError(ValueError):
    """Not a month."""


def first_kept(now: int, zone: ZoneInfo, months: int) -> int:
    """When the oldest month begins that is kept, if `months` are, besides the one that runs.

    `now` and the result are Unix ms.
    """
    today = datetime.fromtimestamp(now / 1000, zone)
    index = today.year * 12 + today.month - 1 - months
    return bounds(f"{index // 12}-{index % 12 + 1:02d}", zone)[0] * 1000


class Figures(msgspec.Struct):
    """What was counted of one thing. All are numbers of visits, tickets or ratings."""

    visits: int = 0
    own_number: int = 0
    satisfied: int = 0
    unsatisfied: int = 0
    unclocked: int = 0
    refused: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(REFUSALS, 0))
    prints: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))

    @property
    def votes(self) -> int:
        """Counted ratings."""
        return self.satisfied + self.unsatisfied

    @property
    def refusals(self) -> int:
        """Ratings that do not count, for whatever reason."""
        return sum(self.refused.values())

    @property
    def share(self) -> float | None:
        """Satisfied of all counted ratings, 0 to 1; None without any."""
        return self.satisfied / self.votes if self.votes else None

    @property
    def response(self) -> float | None:
        """Counted ratings per visit; None without visits. Above 1: not every voter had a ticket."""
        return self.votes / self.visits if self.visits else None

    def add_rating(self, fields: dict[str, int]) -> None:
        """Add one tally of the measurement `rating`."""
        self.satisfied += fields["satisfied"]
        self.unsatisfied += fields["unsatisfied"]
        self.unclocked += fields["unclocked"]
        for status in REFUSALS:
            self.refused[status] += fields[status]

    def add_visit(self, fields: dict[str, int]) -> None:
        """Add one tally of the measurement `visit`."""
        self.visits += fields["issued"]
        self.own_number += fields["own_number"]
        self.unclocked += fields["unclocked"]
        for outcome in OUTCOMES:
            self.prints[outcome] += fields[outcome]


class Month(msgspec.Struct):
    """A month's figures: in total, and by each of `DIMENSIONS`."""

    name: str
    source: str
    is_open: bool
    total: Figures
    by: dict[str, dict[str, Figures]]


def bounds(name: str, zone: ZoneInfo) -> tuple[int, int]:
    """Begin and end of the month `YYYY-MM` in Unix seconds; MonthError if it is none."""
    try:
        begin = date.fromisoformat(f"{name}-01")
        end = (begin + timedelta(days=32)).replace(day=1)
        if name != begin.isoformat()[:7]:
            raise ValueError
        return _midnight(begin, zone), _midnight(end, zone)
    except (ValueError, OverflowError):
        raise MonthError(f"{name!r} is not a month; write it as 2026-10") from None


def summarise(
    name: str,
    ratings: Iterable[TallyRow],
    visits: Iterable[TallyRow],
    zone: ZoneInfo,
    now_s: int,
    source: str,
    site: str = "",
) -> Month:
    """Sum the tallies of a month; `site`: of that one only. `now_s` tells if it is over."""
    month = Month(
        name=name,
        source=source,
        is_open=now_s < bounds(name, zone)[1],
        total=Figures(),
        by={dimension: {} for dimension in DIMENSIONS},
    )
    for measurement, rows in (("rating", ratings), ("visit", visits)):
        for hour, tags, sums in rows:
            if not site or tags[0] == site:
                fields = dict(zip(FIELDS[measurement], sums, strict=True))
                _spread(month, measurement, hour, tags, fields, zone)
    for dimension in DIMENSIONS:
        month.by[dimension] = dict(sorted(month.by[dimension].items()))
    return month


def _spread(
    month: Month,
    measurement: str,
    hour: int,
    tags: Sequence[str],
    fields: dict[str, int],
    zone: ZoneInfo,
) -> None:
    site, service, _, channel = tags
    day = datetime.fromtimestamp(hour, UTC).astimezone(zone).date().isoformat()
    keys = {"site": site, "service": service, "day": day}
    if measurement == "rating":  # a visit comes by no channel
        keys["channel"] = channel
    targets = [month.by[dimension].setdefault(key, Figures()) for dimension, key in keys.items()]
    for figures in (month.total, *targets):
        if measurement == "rating":
            figures.add_rating(fields)
        else:
            figures.add_visit(fields)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
