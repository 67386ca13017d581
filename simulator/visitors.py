"""A month of visitors, from a seed: who comes when, for what. Pure.

What they do then is in `simulator.hall.visitor`: it depends on when they are served."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from simulator import profile


class Arrival(NamedTuple):
    """A visitor chooses a service at a dispenser. `at`: Unix ms."""

    at: int
    dispenser: str
    service: str


class Day(NamedTuple):
    """One day's visitors, in order of time. None on a closed day."""

    date: date
    arrivals: list[Arrival]


def month_of_days(year: int, month: int, seed: int) -> Iterator[Day]:
    """The days of a month. The same seed gives the same days, to the millisecond."""
    day = date(year, month, 1)
    while day.month == month:
        yield _day(day, random.Random(f"{seed}/{day.isoformat()}"))
        day += timedelta(days=1)


def _day(day: date, chance: random.Random) -> Day:
    span = profile.HOURS[("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()]]
    if not span:
        return Day(day, [])
    return Day(day, sorted(_arrivals(day, span, chance)))


def _arrivals(day: date, span: str, chance: random.Random) -> list[Arrival]:
    opening, closing = (int(time[:2]) for time in span.split("-"))
    hours = range(opening, closing)
    count = round(profile.VISITS_A_DAY * profile.WEEKDAY[day.weekday()] * chance.gauss(1, 0.06))
    weights = [profile.HOUR[hour] for hour in hours]
    services = [service.id for service in profile.SERVICES]
    shares = [service.weight for service in profile.SERVICES]
    return [
        Arrival(
            _at(day, f"{hour:02d}:00") + chance.randrange(3_600_000),
            chance.choice(profile.DISPENSERS),
            service,
        )
        for hour, service in zip(
            chance.choices(hours, weights, k=count),
            chance.choices(services, shares, k=count),
            strict=True,
        )
    ]


def _at(day: date, time: str) -> int:
    zone = ZoneInfo(profile.ZONE)
    local = datetime(day.year, day.month, day.day, int(time[:2]), int(time[3:]), tzinfo=zone)
    return int(local.astimezone(UTC).timestamp()) * 1000
