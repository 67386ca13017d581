"""The overall share. No published example: it is a quotient of sums."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.interval import Interval, wilson
from collector.analysis.pooled import Pooled, pooled, pooled_share

PARTS = st.lists(st.integers(0, 10**5).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))


def test_a_small_place_does_not_weigh_as_a_large_one() -> None:
    """900/1000 and 0/1: 900/1001, where the mean of the shares were 0.45."""
    got = pooled([(900, 1000), (0, 1)])
    assert got == Pooled(900, 1001, 900 / 1001, wilson(900, 1001))


def test_nothing_to_sum_says_nothing() -> None:
    """No place, or an empty service."""
    for parts in ([], [(0, 0)], [(0, 0), (0, 0)]):
        assert pooled(parts) == Pooled(0, 0, None, Interval(0, 1))


@given(PARTS)
def test_order_and_grouping_do_not_matter(parts: list[tuple[int, int]]) -> None:
    """Sums of sums."""
    split = len(parts) // 2
    halves = [pooled(parts[:split]), pooled(parts[split:])]
    whole = pooled([(half.satisfied, half.votes) for half in halves])
    assert whole == pooled(parts[::-1])
    assert whole.share is None or 0 <= whole.share <= 1
    assert pooled_share(parts) == whole.share


def test_an_impossible_place_is_named() -> None:
    """By its index."""
    with pytest.raises(ValueError, match="number 1: satisfied=-2 is negative"):
        pooled([(1, 1), (-2, 1)])
