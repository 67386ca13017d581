"""The made-up month: the same for the same seed, and like a real office's."""

from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from simulator import profile
from simulator.visitors import Day, month_of_days

ZONE = ZoneInfo(profile.ZONE)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@cache
def october(seed: int = 1) -> tuple[Day, ...]:
    """October 2026."""
    return tuple(month_of_days(2026, 10, seed))


def local(at: int) -> datetime:
    """The time on the office's wall."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(ZONE)


def test_the_same_seed_gives_the_same_month() -> None:
    """To the millisecond; another seed another month."""
    assert tuple(month_of_days(2026, 10, 1)) == october()
    assert october(2) != october()


def test_every_day_of_the_month_is_there_once() -> None:
    """In order, closed ones included."""
    assert [day.date for day in october()] == [date(2026, 10, n) for n in range(1, 32)]


def test_sundays_are_closed() -> None:
    """Nobody comes."""
    for day in october():
        assert bool(day.arrivals) == (day.date.weekday() != 6)


def test_visitors_come_in_opening_hours() -> None:
    """By the office's own clock, also after the change to winter time."""
    for day in october():
        opening, _, closing = profile.HOURS[DAYS[day.date.weekday()]].partition("-")
        for arrival in day.arrivals:
            when = local(arrival.at)
            assert when.date() == day.date
            assert opening <= f"{when:%H:%M}" < closing


def test_visitors_are_in_order_of_time() -> None:
    """So that a driver can take them as they come."""
    for day in october():
        assert day.arrivals == sorted(day.arrivals)


def test_a_month_has_25_000_visits() -> None:
    """At all dispensers, for all services."""
    arrivals = [arrival for day in october() for arrival in day.arrivals]
    assert len(arrivals) >= 25_000
    assert {a.dispenser for a in arrivals} == set(profile.DISPENSERS)
    assert {a.service for a in arrivals} == {service.id for service in profile.SERVICES}
