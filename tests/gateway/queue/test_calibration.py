"""What tickets said of the wait, held against the truth."""

import pytest

from gateway.queue.calibration import Calibration, Told, calibrate, first_wait, told_of
from gateway.queue.visit import Kind, Turn, Visit, begin, follow
from gateway.queue.wait import Expected

MIN = 60_000
AT = 1_000 * MIN


def visit(id_: str, *turns: tuple[Kind, float]) -> Visit:
    """One that began at `AT`; `turns`: kind, and minutes after that."""
    found = begin(id_, "А001", "address", AT)
    for kind, minutes in turns:
        desk = "1" if kind == "called" else ""
        found = follow(found, Turn(visit=id_, kind=kind, at=AT + round(minutes * MIN), desk=desk))
    return found


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (Expected(0, 0), (0, 0)),
        (Expected(59_999, 60_001), (0, 2)),
        (Expected(5 * MIN, 9 * MIN), (5, 9)),
        (Expected(10**9, 10**9), (1_440, 1_440)),
        (None, None),
    ],
)
def test_a_ticket_says_whole_minutes_rounded_outward(
    expected: Expected | None, said: tuple[int, int] | None
) -> None:
    """It promises no more than is known, and a day at most."""
    assert told_of("a", 3, expected).wait == said


def test_the_people_ahead_fit_into_an_answer() -> None:
    """Whatever hall that is."""
    assert told_of("a", 10_000, None) == Told("a", 9_999)


def test_the_wait_is_to_the_first_call_and_without_the_time_on_hold() -> None:
    """What comes after it is not what the ticket spoke of."""
    assert first_wait(visit("a", ("called", 7))) == 7 * MIN
    held = visit(
        "a", ("held", 2), ("resumed", 30), ("called", 33), ("missed", 40), ("returned", 50)
    )
    assert first_wait(held) == 5 * MIN
    assert first_wait(visit("a", ("left", 9))) is None
    assert first_wait(visit("a")) is None


def test_each_told_range_is_right_or_too_long_or_too_short() -> None:
    """The edges belong to the range."""
    visits = {id_: visit(id_, ("called", 10)) for id_ in "abcde"}
    told = [
        Told("a", 1, 10, 12),
        Told("b", 1, 4, 10),
        Told("c", 1, 11, 20),
        Told("d", 1, 0, 9),
        Told("e", 1),
        Told("f", 1, 0, 99),
    ]
    assert calibrate(told, visits) == Calibration(
        told=6, unknown=1, inside=2, sooner=1, later=1, share=0.5, width=7.5
    )


def test_a_wait_counts_in_whole_minutes_as_the_range_does() -> None:
    """Who was told 0 min and is called in less than one was told the truth."""
    for minutes, said, inside in (
        (0.3, (0, 0), 1),
        (1, (0, 0), 0),
        (9.9, (10, 12), 0),
        (12.9, (10, 12), 1),
    ):
        found = calibrate([Told("a", 1, *said)], {"a": visit("a", ("called", minutes))})
        assert found.inside == inside, (minutes, said)


def test_where_there_is_nothing_to_compare_there_is_no_share() -> None:
    """Not nought per cent: nobody has been called."""
    assert calibrate([], {}) == Calibration()
    found = calibrate([Told("a", 1, 0, 9)], {"a": visit("a")})
    assert (found.told, found.n, found.share, found.width) == (1, 0, None, None)
