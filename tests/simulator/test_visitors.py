"""The made-up month: the same for the same seed, and like a real office's."""

from collections import Counter
from datetime import UTC, date, datetime
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from gateway.decide import BoxMemory, decide_press
from gateway.roster import Policies
from simulator import profile
from simulator.visitors import Day, month_of_days
from wire.records import Press

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
    """Nobody comes, nobody presses."""
    for day in october():
        assert bool(day.arrivals) == bool(day.pushes) == (day.date.weekday() != 6)


def test_visitors_come_in_opening_hours() -> None:
    """By the office's own clock, also after the change to winter time."""
    for day in october():
        opening, _, closing = profile.HOURS[DAYS[day.date.weekday()]].partition("-")
        for arrival in day.arrivals:
            when = local(arrival.at)
            assert when.date() == day.date
            assert opening <= f"{when:%H:%M}" < closing


def test_buttons_are_pressed_on_the_day_of_the_visit() -> None:
    """Until the last visitor has left, who may have stood in a line."""
    for day in october():
        if day.pushes:
            assert local(day.pushes[0].at).date() == local(day.pushes[-1].at).date() == day.date
            assert day.pushes[0].at > day.arrivals[0].at


def test_events_are_in_order_of_time() -> None:
    """So that a driver can take them as they come."""
    for day in october():
        assert day.arrivals == sorted(day.arrivals)
        assert day.pushes == sorted(day.pushes)


def test_one_finger_at_a_time_is_on_a_box() -> None:
    """A push begins after the one before has ended."""
    free: dict[str, int] = {}
    for day in october():
        for push in day.pushes:
            assert push.at >= free.get(push.box, 0)
            free[push.box] = push.at + push.hold_ms + 1


def test_a_month_has_25_000_visits() -> None:
    """At all dispensers, for all services."""
    arrivals = [arrival for day in october() for arrival in day.arrivals]
    assert len(arrivals) >= 25_000
    assert {a.dispenser for a in arrivals} == set(profile.DISPENSERS)
    assert {a.service for a in arrivals} == {service.id for service in profile.SERVICES}


def test_12_000_presses_can_count() -> None:
    """By the gateway's own rules."""
    pushes = [push for day in october() for push in day.pushes]
    memories = {box: BoxMemory() for box in profile.BOXES}
    statuses: Counter[str] = Counter()
    for push in pushes:
        press = Press(at=push.at, boot="00000000", up=push.at, button=_value(push.button))
        statuses[decide_press(memories[push.box], press, Policies())] += 1
    assert statuses["counted"] >= 12_000
    assert statuses["repeat"] > 100  # those who press twice, and the children


def test_all_boxes_are_used_and_services_differ() -> None:
    """The month's analysis has something to show."""
    pushes = [push for day in october() for push in day.pushes]
    assert {push.box for push in pushes} == set(profile.BOXES)
    assert any(push.hold_ms for push in pushes)
    share = {
        box: sum(p.button == "satisfied" for p in pushes if p.box == box)
        / sum(p.box == box for p in pushes)
        for box in profile.DESKS
    }
    assert max(share.values()) - min(share.values()) > 0.1


def _value(button: str) -> Literal["satisfied", "unsatisfied"]:
    return "satisfied" if button == "satisfied" else "unsatisfied"
