"""One month out of the tallies: sums by site, service, channel and day, and by hour of day. Pure.

Shares are always computed from sums of counts, never as means of shares. A tally is for an hour in
UTC; it belongs to the local day and hour in which it begins. Where a zone is not whole hours from
UTC (Kathmandu, 5:45; not in Ukraine), up to an hour's counts so stand beside a local midnight.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from collector.tally import FIELDS, TallyRow
from wire.records import OUTCOMES, REFUSALS

_HOUR_S = 3600
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


class Load(msgspec.Struct):
    """One hour of the day over a month: what came in it at a known time. `hours`: how often the
    month has that hour; one day in spring lacks 03:00, one in autumn has it twice."""

    hours: int = 0
    visits: int = 0
    votes: int = 0


class Month(msgspec.Struct):
    """A month's figures: in total, by each of `DIMENSIONS`, and the load by hour (`03:00`)."""

    name: str
    source: str
    is_open: bool
    total: Figures
    by: dict[str, dict[str, Figures]]
    load: dict[str, Load]


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


def check_begun(name: str, begin: int, now_s: int) -> None:
    """MonthError if a month or quarter of which `begin` is the first moment has not begun; both in
    Unix seconds. There is nothing to be said of it, least of all that all is well."""
    if now_s < begin:
        raise MonthError(f"{name} has not begun. Name one that has")


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
    begin, end = bounds(name, zone)
    month = Month(
        name=name,
        source=source,
        is_open=now_s < end,
        total=Figures(),
        by={dimension: {} for dimension in DIMENSIONS},
        load=_hours(begin, end, zone),
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
    local = datetime.fromtimestamp(hour, UTC).astimezone(zone)
    keys = {"site": site, "service": service, "day": local.date().isoformat()}
    _add_load(month.load[_label(local)], measurement, fields)
    if measurement == "rating":  # a visit comes by no channel
        keys["channel"] = channel
    targets = [month.by[dimension].setdefault(key, Figures()) for dimension, key in keys.items()]
    for figures in (month.total, *targets):
        if measurement == "rating":
            figures.add_rating(fields)
        else:
            figures.add_visit(fields)


def _hours(begin: int, end: int, zone: ZoneInfo) -> dict[str, Load]:
    """The hours of the day, each with how many hours in UTC begin in it from begin to end."""
    found = {f"{hour:02d}:00": Load() for hour in range(24)}
    for hour in range(-(-begin // _HOUR_S) * _HOUR_S, end, _HOUR_S):
        found[_label(datetime.fromtimestamp(hour, UTC).astimezone(zone))].hours += 1
    return found


def _label(local: datetime) -> str:
    return f"{local.hour:02d}:00"


def _add_load(load: Load, measurement: str, fields: dict[str, int]) -> None:
    if measurement == "rating":
        load.votes += fields["satisfied"] + fields["unsatisfied"] - fields["unclocked"]
    else:
        load.visits += fields["issued"] - fields["unclocked"]


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
