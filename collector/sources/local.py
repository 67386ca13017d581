"""Local time for sources: the stores know hours in UTC, an analysis asks for local ones. Pure.

A store need only sum by the hour in UTC and by tags, over one stretch of time; this makes local
months, days, weekdays and hours of it, right in the nights in which the clocks are changed.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from collector.source import DIMENSIONS, Dimension, Sum
from collector.tally import FIELDS, TAGS

HOUR_S = 3600
WITHIN_MONTH: tuple[Dimension, ...] = ("day", "weekday", "hour")

Hourly = tuple[int, tuple[str, ...], tuple[int, ...]]
"""(hour in Unix seconds, values of the tags asked for, sums)."""


def check(measurement: str, by: Sequence[Dimension], fields: Sequence[str]) -> tuple[str, ...]:
    """The fields to sum: those asked for, or all. ValueError for what the measurement lacks."""
    if measurement not in TAGS:
        raise ValueError(f"there is no measurement {measurement!r}; there are {', '.join(TAGS)}")
    times = {"month", *WITHIN_MONTH}
    for dimension in by:
        if dimension not in DIMENSIONS or dimension not in times | {*TAGS[measurement]}:
            raise ValueError(f"{measurement} cannot be grouped by {dimension!r}")
    for field in fields:
        if field not in FIELDS[measurement]:
            raise ValueError(f"{measurement} has no field {field!r}")
    return tuple(fields) or FIELDS[measurement]


def tags_of(measurement: str, by: Sequence[Dimension]) -> tuple[str, ...]:
    """Those of `by` that are tags, in the measurement's order (which is that of its table)."""
    return tuple(tag for tag in TAGS[measurement] if tag in by)


def is_hourly(by: Sequence[Dimension]) -> bool:
    """Whether a store has to sum by the hour, too."""
    return any(dimension in WITHIN_MONTH for dimension in by)


def stretches(
    begin: int, end: int, by: Sequence[Dimension], zone: ZoneInfo
) -> Iterator[tuple[int, int]]:
    """begin … end (Unix seconds), cut where local months begin if they are asked for."""
    while "month" in by and begin < end:
        local = datetime.fromtimestamp(begin, UTC).astimezone(zone)
        index = local.year * 12 + local.month
        following = datetime(index // 12, index % 12 + 1, 1, tzinfo=zone)
        # a zone that is not whole hours from UTC: the hour in which midnight falls is the old day's
        cut = min(end, -(-int(following.timestamp()) // HOUR_S) * HOUR_S)
        yield begin, cut
        begin = cut
    if begin < end:
        yield begin, end


def collapse(
    rows: Iterable[Hourly], tags: Sequence[str], by: Sequence[Dimension], zone: ZoneInfo
) -> list[Sum]:
    """Sums by `by` out of sums by hour and `tags`. Where no hour is asked for, that of each row
    need only lie within the right month."""
    found: dict[tuple[str, ...], list[int]] = {}
    times = [dimension for dimension in by if dimension not in tags]
    places = [
        (dimension in times, tags.index(dimension) if dimension in tags else times.index(dimension))
        for dimension in by
    ]
    known: dict[int, tuple[str, ...]] = {}
    for hour, values, sums in rows:
        local = known.get(hour)
        if local is None:
            local = known[hour] = _said(hour, times, zone)
        key = tuple(local[i] if is_time else values[i] for is_time, i in places)
        mine = found.get(key)
        if mine is None:
            found[key] = list(sums)
        else:
            for i, value in enumerate(sums):
                mine[i] += value
    return [(key, tuple(sums)) for key, sums in sorted(found.items())]


def _said(hour: int, times: Sequence[Dimension], zone: ZoneInfo) -> tuple[str, ...]:
    if not times:
        return ()
    local = datetime.fromtimestamp(hour, UTC).astimezone(zone)
    said = {
        "month": f"{local:%Y-%m}",
        "day": f"{local:%Y-%m-%d}",
        "weekday": str(local.isoweekday()),
        "hour": f"{local:%H}",
    }
    return tuple(said[dimension] for dimension in times)
