"""Manski's bounds. No published example: checked by trying every vote that was not given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.interval import Interval
from collector.analysis.nonresponse import satisfied_of_visits


def test_the_bounds_are_what_the_silent_could_have_said() -> None:
    """Brute force over all they could have said: 6 of 8 votes, 20 visits."""
    shares = [(6 + silent) / 20 for silent in range(12 + 1)]
    assert satisfied_of_visits(6, 8, 20) == Interval(min(shares), max(shares))


def test_full_response_is_a_point_and_none_says_nothing() -> None:
    """The width is the share that did not vote."""
    assert satisfied_of_visits(3, 4, 4) == Interval(0.75, 0.75)
    assert satisfied_of_visits(1, 1, 1) == Interval(1, 1)
    assert satisfied_of_visits(0, 0, 9) == satisfied_of_visits(0, 0, 0) == Interval(0, 1)


def test_more_votes_than_visits_say_nothing_of_the_visits() -> None:
    """Not every voter had a ticket; that is legal."""
    assert satisfied_of_visits(5, 8, 7) == satisfied_of_visits(1, 1, 0) == Interval(0, 1)


@given(st.integers(1, 10**6), st.data())
def test_bounds_hold_the_share_of_the_votes(visits: int, data: st.DataObject) -> None:
    """Within 0..1, around the share of those who voted, as wide as the silence."""
    votes = data.draw(st.integers(0, visits))
    satisfied = data.draw(st.integers(0, votes))
    got = satisfied_of_visits(satisfied, votes, visits)
    assert 0 <= got.low <= got.high <= 1
    assert got.width == pytest.approx((visits - votes) / visits, abs=1e-12)
    if votes:
        assert got.low <= satisfied / votes * (1 + 1e-15) and satisfied / votes <= got.high + 1e-15


def test_impossible_counts_are_named() -> None:
    """The error says which value."""
    with pytest.raises(ValueError, match="satisfied=3 is more than votes=2"):
        satisfied_of_visits(3, 2, 9)
    with pytest.raises(ValueError, match="visits=-1"):
        satisfied_of_visits(0, 0, -1)
