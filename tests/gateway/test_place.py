"""When did it happen: by the device's clock, by its uptime, or not known."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clockwork import LONGEST_CUT_MS
from gateway.place import AHEAD_MS, BEHIND_MS, NOT_BEFORE, Placer, Sending, Trace
from tests.gateway.bench import HOUR, NOON

A, B, C = "b0000001", "b0000002", "b0000003"
LOG = "a" * 16
DAY = 24 * HOUR
FRESH = Trace()


class Moment(NamedTuple):
    """A record's times."""

    at: int | None
    boot: str
    up: int


def place(
    said: Moment,
    boot: str = A,
    up: int = 0,
    now: int = NOON,
    trace: Trace = FRESH,
    latest: int | None = None,
) -> tuple[int, str]:
    """One record in a batch of its own."""
    latest = now if latest is None else latest
    return Placer(trace, Sending(LOG, boot, up), now, latest, [said]).place(said)


# ---- the boot in which it was sent ---------------------------------------------------------------
@pytest.mark.parametrize("off", [-BEHIND_MS, -1, 0, 1, AHEAD_MS])
def test_a_clock_that_agrees_with_the_uptime_is_believed(off: int) -> None:
    at = NOON - HOUR + off
    assert place(Moment(at, A, 1_000), A, HOUR + 1_000) == (at, "set")


@pytest.mark.parametrize(
    "at", [None, 0, NOT_BEFORE, NOON - 2 * HOUR, NOON - BEHIND_MS - 61_000, NOON + 70_000, 1 << 53]
)
def test_a_clock_that_does_not_is_not_and_the_uptime_places_the_record(at: int | None) -> None:
    assert place(Moment(at, A, 1_000), A, 61_000) == (NOON - 60_000, "placed")


def test_a_clock_that_is_an_hour_behind_is_seen() -> None:
    """Summer time set wrong, on a device that sends at once."""
    assert place(Moment(NOON - HOUR, A, 0)) == (NOON, "placed")


def test_a_crystal_that_is_wrong_makes_no_sound_clock_wrong() -> None:
    """After ten days offline the monotonic clock may be off by three minutes and more."""
    at = NOON - 10 * DAY + 240_000
    assert place(Moment(at, A, 0), A, 10 * DAY) == (at, "set")


def test_nothing_happens_after_it_has_arrived() -> None:
    assert place(Moment(NOON + 1_000, A, 0)) == (NOON, "set")


@pytest.mark.parametrize("at", [None, NOT_BEFORE])
def test_an_uptime_that_cannot_be_places_nothing(at: int | None) -> None:
    assert place(Moment(at, A, 2), A, 1) == (NOON, "unknown")
    assert place(Moment(at, A, 0), A, 1 << 53) == (NOON, "unknown")


# ---- a boot that has ended -----------------------------------------------------------------------
@pytest.mark.parametrize("at", [NOT_BEFORE, NOON - 30 * DAY, NOON - HOUR + AHEAD_MS])
def test_what_a_boot_wrote_before_the_next_began_is_believed(at: int) -> None:
    assert place(Moment(at, A, 5), B, HOUR) == (at, "set")


@pytest.mark.parametrize("at", [None, 0, NOT_BEFORE - 1, NOON - HOUR + AHEAD_MS + 1_000, 1 << 53])
def test_what_it_cannot_have_written_counts_when_it_arrives(at: int | None) -> None:
    assert place(Moment(at, A, 5), B, HOUR) == (NOON, "unknown")


@pytest.mark.parametrize("at", [None, 0, NOT_BEFORE, NOON - HOUR])
def test_a_boot_that_was_heard_is_placed_after_it_has_ended(at: int | None) -> None:
    trace = Trace(A, 5 * HOUR, NOON - DAY, NOON - DAY)
    assert place(Moment(at, A, 6 * HOUR), B, HOUR, trace=trace) == (NOON - 23 * HOUR, "placed")


def test_a_clock_that_was_set_late_places_what_its_boot_wrote_before() -> None:
    early, late = Moment(None, A, 0), Moment(NOON - DAY, A, HOUR)
    stepped = Moment(NOON - 9 * DAY, A, HOUR // 2)  # a date from the card
    placer = Placer(FRESH, Sending(LOG, B, HOUR), NOON, NOON, [early, stepped, late])
    assert placer.place(early) == (NOON - DAY - HOUR, "placed")
    assert placer.place(stepped) == (NOON - DAY - HOUR // 2, "placed")
    assert placer.place(late) == (NOON - DAY, "set")


def test_a_record_is_not_older_than_the_ones_before_it() -> None:
    said = Moment(NOON - 2 * DAY, B, 5)
    for epoch, found in ((LOG, (NOON, "unknown")), ("b" * 16, (NOON - 2 * DAY, "set"))):
        trace = Trace(A, 5 * HOUR, NOON - DAY, NOON - DAY, epoch)
        assert place(said, C, HOUR, trace=trace) == found


# ---- at an unknown time --------------------------------------------------------------------------
LATEST = NOON + LONGEST_CUT_MS


def test_while_nobody_knows_the_time_an_uptime_is_an_estimate() -> None:
    assert place(Moment(None, A, 0), A, HOUR, latest=LATEST) == (NOON - HOUR, "unknown")


def test_a_device_that_knows_the_time_keeps_it() -> None:
    at = NOON + 9 * HOUR
    assert place(Moment(at, A, 0), A, HOUR, latest=LATEST) == (at, "set")


@pytest.mark.parametrize("at", [NOON - 2 * HOUR, LATEST])
def test_but_not_one_that_cannot_be(at: int) -> None:
    assert place(Moment(at, A, 0), A, HOUR, latest=LATEST)[1] == "unknown"


def test_a_device_that_ran_on_through_the_power_cut_is_placed_by_what_was_known() -> None:
    trace = Trace(A, 5 * HOUR, NOON, NOON)
    said = Moment(None, A, 14 * HOUR)
    assert place(said, A, 15 * HOUR, trace=trace, latest=LATEST) == (NOON + 9 * HOUR, "placed")


def test_of_an_unknown_time_nothing_is_remembered() -> None:
    trace = Trace(A, 1, NOON, NOON)
    placer = Placer(trace, Sending(LOG, B, 5), NOON, LATEST, [])
    assert placer.trace() == trace
    assert Placer(trace, Sending(LOG, B, 5), NOON, NOON, []).trace() == Trace(B, 5, NOON, 0, LOG)


# ---- whatever a device's clock does --------------------------------------------------------------
DRIFT = 150e-6
DELAY = 600_000  # in the pipe, at most

spells = st.lists(
    st.tuples(
        st.integers(0, 3 * DAY),  # how long until the next press
        st.one_of(  # what its clock is set to then: nothing, not at all, by so much wrong
            st.none(),
            st.just("unset"),
            st.integers(-400 * DAY, 400 * DAY),
            st.integers(-2 * HOUR, 2 * HOUR),
        ),
    ),
    min_size=1,
    max_size=12,
)


@given(
    spells,
    st.floats(-DRIFT, DRIFT),
    st.integers(0, DELAY),
    st.integers(0, 2 * DAY),
    st.integers(0, 11),
)
def test_one_boots_records_are_where_they_belong_whatever_its_clock_said(
    spells: list[tuple[int, str | int | None]], drift: float, delay: int, after: int, heard: int
) -> None:
    """Also after the boot has ended, if it was heard once."""
    real, wrong, unset = NOON, 0, False
    truth: list[int] = []
    said: list[Moment] = []
    for gap, change in spells:
        real += gap
        if change == "unset":
            unset = True
        elif isinstance(change, int):
            unset, wrong = False, change
        truth.append(real)
        said.append(Moment(None if unset else real + wrong, A, round((real - NOON) * (1 + drift))))
    sent = real + after
    up = round((sent - NOON) * (1 + drift))
    now = sent + delay
    last = min(heard, len(said) - 1)
    first = Placer(
        FRESH, Sending(LOG, A, said[last].up), truth[last] + delay, truth[last] + delay, []
    )
    for placer in (
        Placer(FRESH, Sending(LOG, A, up), now, now, said),
        Placer(first.trace(), Sending(LOG, B, after // 2), now, now, said),
    ):
        for one, true in zip(said, truth, strict=True):
            at, clock = placer.place(one)
            slack = 200e-6 * 1.5 * (now - NOON) + 2
            assert at <= now
            if clock != "unknown":
                assert -BEHIND_MS - slack <= at - true <= AHEAD_MS + delay + slack
            if clock == "placed":
                assert -slack <= at - true <= delay + slack


@given(
    st.one_of(st.none(), st.integers(0, 1 << 53)),
    st.sampled_from((A, B, C)),
    st.integers(0, 1 << 53),
    st.integers(0, 1 << 53),
    st.builds(
        Trace,
        st.sampled_from(("", A, C)),
        st.integers(0, 1 << 53),
        st.integers(0, 1 << 53),
        st.integers(0, 1 << 53),
    ),
    st.integers(0, LONGEST_CUT_MS),
)
def test_no_record_is_older_than_talon_or_younger_than_its_arrival(
    at: int | None, boot: str, up: int, sent: int, trace: Trace, doubt: int
) -> None:
    """Whatever a device says, or the journal remembers."""
    found, _ = place(Moment(at, boot, up), B, sent, trace=trace, latest=NOON + doubt)
    assert NOT_BEFORE <= found <= NOON + doubt
