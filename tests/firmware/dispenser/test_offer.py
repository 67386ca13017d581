"""Which services give tickets now: by the hour, and by what is known of the day's limit."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from firmware.dispenser.counter import Service
from firmware.dispenser.offer import Offer
from wire.hours import Hours, Opening

KYIV = ZoneInfo("Europe/Kyiv")
WEEK = Hours({"mon": "08:00-17:00", "tue": "08:00-20:00", "sun": ""})
SERVICES = {
    "passport": Service("А", "Паспорт", hours=WEEK, limit=3),
    "subsidy": Service("Б", "Субсидія"),
}


def at(day: int, hour: int, minute: int = 0) -> int:
    """Unix ms of a wall time in Kyiv in October 2026; the 26th is a Monday."""
    return int(datetime(2026, 10, day, hour, minute, tzinfo=KYIV).timestamp() * 1000)


@pytest.fixture
def offer() -> Offer:
    return Offer(SERVICES, KYIV)


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        (at(26, 7, 59), "closed"),
        (at(26, 8), None),
        (at(26, 16, 59), None),
        (at(26, 17), "closed"),
        (at(25, 12), "closed"),
        (None, None),
    ],
)
def test_outside_its_hours_a_service_is_closed(
    offer: Offer, when: int | None, reason: str | None
) -> None:
    """Without a clock it is open; one without hours always is."""
    assert offer.declines("passport", when) == reason
    assert offer.declines("subsidy", when) is None


def test_it_says_when_it_opens_again(offer: Offer) -> None:
    """After closing time the next day; on a day that is full, not the same day."""
    assert offer.opens("passport", "closed", at(26, 7)) == Opening(date(2026, 10, 26), "08:00")
    assert offer.opens("passport", "closed", at(26, 17)) == Opening(date(2026, 10, 27), "08:00")
    assert offer.opens("passport", "limit", at(26, 7)) == Opening(date(2026, 10, 27), "08:00")
    assert offer.opens("passport", "closed", None) is None
    assert offer.opens("subsidy", "limit", at(26, 9)) is None


def test_without_a_gateway_it_counts_what_it_issued_itself(offer: Offer) -> None:
    """Each day anew."""
    for _ in range(3):
        assert offer.declines("passport", at(26, 9)) is None
        offer.issued("passport", at(26, 9))
    assert offer.declines("passport", at(26, 9)) == "limit"
    assert offer.declines("passport", None) is None
    assert offer.declines("passport", at(27, 9)) is None


def test_what_the_gateway_said_goes_before_and_goes_on_from_there(offer: Offer) -> None:
    """Of the limit of three, two were issued elsewhere."""
    offer.told({"passport": 1}, at(26, 9))
    assert offer.declines("passport", at(26, 9)) is None
    offer.issued("passport", at(26, 10))
    assert offer.declines("passport", at(26, 10)) == "limit"
    assert offer.declines("passport", at(27, 10)) is None


def test_a_service_that_is_full_elsewhere_is_known_to_be(offer: Offer) -> None:
    """From the answer to another question; and when it is not any more."""
    offer.told({"passport": 0}, at(26, 9))
    assert offer.declines("passport", at(26, 9)) == "limit"
    offer.told({"passport": 2}, at(26, 9))
    assert offer.declines("passport", at(26, 9)) is None


def test_new_limits_forget_what_was_left_of_old_ones(offer: Offer) -> None:
    """A setup that raises the limit works at once."""
    offer.told({"passport": 0}, at(26, 9))
    offer.use({**SERVICES, "passport": Service("А", "П", hours=WEEK, limit=9)}, KYIV)
    assert offer.declines("passport", at(26, 9)) is None


def test_a_clock_that_was_days_ahead_for_a_moment_sends_nobody_away(offer: Offer) -> None:
    """What was known of the other day is not of this one."""
    offer.told({"passport": 0}, at(29, 9))
    assert offer.declines("passport", at(26, 9)) is None


def test_it_knows_whether_the_time_of_day_matters(offer: Offer) -> None:
    """Lamps need no clock where nothing closes."""
    assert offer.changes
    assert not Offer({"subsidy": SERVICES["subsidy"]}, KYIV).changes
