"""Opening hours: what is open at a wall time, and when it opens next."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.hours import DAYS, Hours, HoursError, Opening, spans_of

KYIV = ZoneInfo("Europe/Kyiv")
WEEK = {
    "mon": "08:00-12:00, 13:00-17:00",
    "tue": "08:00-20:00",
    "wed": "",
    "thu": "08:00-17:00",
    "fri": "08:00-16:00",
    "sat": "",
    "sun": "",
}
MONDAY = datetime(2026, 10, 26, tzinfo=KYIV)


@pytest.mark.parametrize(
    ("time", "is_open"),
    [("07:59", False), ("08:00", True), ("11:59", True), ("12:00", False), ("13:00", True),
     ("16:59", True), ("17:00", False), ("00:00", False), ("23:59", False)],
)  # fmt: skip
def test_it_opens_with_the_first_minute_and_closes_before_the_last(
    time: str, is_open: bool
) -> None:
    """With a break for lunch."""
    hour, minute = time.split(":")
    local = MONDAY.replace(hour=int(hour), minute=int(minute))
    assert Hours(WEEK).is_open(local) == is_open


def test_a_day_that_is_not_named_is_open_and_an_empty_one_is_closed() -> None:
    """Nobody is sent away because nobody said."""
    hours = Hours({"mon": ""})
    assert not hours.is_open(MONDAY.replace(hour=12))
    assert hours.is_open(MONDAY + timedelta(days=1))
    assert not hours.always
    assert Hours({}).always
    assert hours.next_opening(MONDAY) == Opening(date(2026, 10, 27), "00:00")


@pytest.mark.parametrize(
    ("day", "time", "said"),
    [
        (26, (7, 0), (26, "08:00")),
        (26, (12, 30), (26, "13:00")),
        (26, (17, 0), (27, "08:00")),
        (27, (20, 0), (29, "08:00")),
        (30, (16, 0), (33, "08:00")),
    ],
)
def test_the_next_opening_is_the_first_after_now(
    day: int, time: tuple[int, int], said: tuple[int, str]
) -> None:
    """The same day after lunch, over a day that is closed, over the weekend."""
    local = MONDAY.replace(hour=time[0], minute=time[1]) + timedelta(days=day - 26)
    expected = Opening(date(2026, 10, 1) + timedelta(days=said[0] - 1), said[1])
    assert Hours(WEEK).next_opening(local) == expected


def test_after_the_days_limit_it_is_the_first_opening_of_a_later_day() -> None:
    """Not the afternoon."""
    assert Hours(WEEK).next_day(MONDAY.replace(hour=9)) == Opening(date(2026, 10, 27), "08:00")


def test_what_is_open_one_day_a_week_opens_again_in_a_week() -> None:
    """And what is never open, never."""
    closed = dict.fromkeys(DAYS, "")
    once = Hours(closed | {"mon": "08:00-09:00"})
    assert once.next_opening(MONDAY.replace(hour=9)) == Opening(date(2026, 11, 2), "08:00")
    assert Hours(closed).next_opening(MONDAY) is None


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)], ids=["23 h", "25 h"])
def test_in_the_nights_when_the_clocks_change_the_wall_clock_decides(day: date) -> None:
    """Each quarter of an hour of both nights: open from 02:30 to 03:45 by the clock on the wall."""
    hours = Hours({"sun": "02:30-03:45"})
    moment = datetime(day.year, day.month, day.day, tzinfo=KYIV).astimezone(UTC)
    found = []
    while (local := moment.astimezone(KYIV)).date() == day:
        if hours.is_open(local):
            found.append(f"{local:%H:%M}")
        moment += timedelta(minutes=15)
    once = ["02:30", "02:45"]
    hour = ["03:00", "03:15", "03:30"]
    assert found == (once if day.month == 3 else once + hour + hour)


@pytest.mark.parametrize(
    "text",
    ["8-17", "08:00", "08:00-", "-08:00", "17:00-08:00", "08:00-08:00", "08:00-24:00",
     "08:60-09:00", "08:00-12:00,11:00-13:00",
     "13:00-14:00, 08:00-09:00", "08:00-12:00,", "٠٨:٠٠-١٧:٠٠", "x"],
)  # fmt: skip
def test_what_are_no_hours_is_refused(text: str) -> None:
    """With the text itself in the message."""
    with pytest.raises(HoursError) as caught:
        spans_of(text)
    assert repr(text) in str(caught.value)


def test_a_weekday_that_is_none_is_refused() -> None:
    """And those that there are are named."""
    with pytest.raises(HoursError, match="monday is no weekday; one of mon, tue"):
        Hours({"monday": ""})


@given(
    week=st.dictionaries(
        st.sampled_from(DAYS),
        st.sampled_from(["", "08:00-17:00", "09:30-12:00,13:00-18:15", "00:00-23:59"]),
        min_size=1,
    ),
    quarters=st.integers(0, 4 * 24 * 7),
)
def test_the_next_opening_is_open_and_nothing_between_is(
    week: dict[str, str], quarters: int
) -> None:
    """Against a walk through the week, minute by minute."""
    hours = Hours(week)
    local = MONDAY.replace(tzinfo=None) + timedelta(minutes=15 * quarters)
    if hours.is_open(local):
        return
    said = hours.next_opening(local)
    steps = (local + timedelta(minutes=i) for i in range(8 * 24 * 60))
    first = next((moment for moment in steps if hours.is_open(moment)), None)
    assert said == (first and Opening(first.date(), f"{first:%H:%M}"))
