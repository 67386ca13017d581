"""A month of visitors, from a seed: who comes when, for what, and which button they press. Pure."""

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


class Push(NamedTuple):
    """A button of a box is pushed. `at`: Unix ms; `hold_ms`: how long it stays down, 0 for
    a push like any other."""

    at: int
    box: str
    button: str
    hold_ms: int = 0


class Day(NamedTuple):
    """One day's events, in order of time. Empty on a closed day."""

    date: date
    arrivals: list[Arrival]
    pushes: list[Push]


def month_of_days(year: int, month: int, seed: int) -> Iterator[Day]:
    """The days of a month. The same seed gives the same days, to the millisecond."""
    day = date(year, month, 1)
    while day.month == month:
        yield _day(day, random.Random(f"{seed}/{day.isoformat()}"))
        day += timedelta(days=1)


def _day(day: date, chance: random.Random) -> Day:
    span = profile.HOURS[("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()]]
    if not span:
        return Day(day, [], [])
    arrivals = sorted(_arrivals(day, span, chance))
    closing = _at(day, span.split("-")[1])
    pushes: list[Push] = []
    for arrival in arrivals:
        pushes += _votes(arrival, closing, chance)
    return Day(day, arrivals, _spaced(sorted(pushes)))


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


def _votes(arrival: Arrival, closing: int, chance: random.Random) -> list[Push]:
    """What a visitor presses after service; most of those who do press once."""
    if chance.random() >= profile.VOTES:
        return []
    box = _box(arrival.service, chance)
    done = arrival.at + round(chance.lognormvariate(6.6, 0.5) * 1000)  # median 12 min
    if box == profile.WEB:
        done += chance.randrange(3_600_000)
    done = min(done, closing + 900_000 + chance.randrange(60_000))
    pleased = next(s.pleased for s in profile.SERVICES if s.id == arrival.service)
    button = "satisfied" if chance.random() < pleased else "unsatisfied"
    dice = chance.random()
    if dice < profile.HAMMER:
        fast = chance.random() < 0.7  # the others stuff the ballot box, steadily
        span = (400, 3_000) if fast else (3_050, 3_600)
        gaps = [chance.randrange(*span) for _ in range(chance.randrange(20, 45))]
        return [Push(done + sum(gaps[:i]), box, button) for i in range(len(gaps))]
    if dice < profile.HAMMER + profile.AGAIN:
        return [Push(done, box, button), Push(done + chance.randrange(300, 2_500), box, button)]
    if dice > 0.9997:
        return [Push(done, box, button, hold_ms=60_000)]  # leant on it
    return [Push(done, box, button)]


def _box(service: str, chance: random.Random) -> str:
    for box, served in profile.DESKS.items():
        if served == service and chance.random() < profile.AT_DESK:
            return box
    if chance.random() < profile.ON_WEB:
        return profile.WEB
    return chance.choice(profile.EXITS)


def _spaced(pushes: list[Push]) -> list[Push]:
    """One finger at a time: on each box a push begins 400 ms after the one before."""
    free: dict[str, int] = {}
    spaced = []
    for push in pushes:
        at = max(push.at, free.get(push.box, 0))
        free[push.box] = at + push.hold_ms + 400
        spaced.append(push._replace(at=at))
    return sorted(spaced)


def _at(day: date, time: str) -> int:
    zone = ZoneInfo(profile.ZONE)
    local = datetime(day.year, day.month, day.day, int(time[:2]), int(time[3:]), tzinfo=zone)
    return int(local.astimezone(UTC).timestamp()) * 1000
