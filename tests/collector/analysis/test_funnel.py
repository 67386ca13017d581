"""Funnel limits, against the interpolation written out in exact fractions.

No published numbers are used: Spiegelhalter 2005 gives the rule (Appendix A.1.1) and draws it.
"""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.funnel import funnel, funnel_limits
from collector.analysis.interval import Interval


def exact_limit(tail: Fraction, n: int, p: Fraction) -> float:
    """(r - a) / n by brute force; r the smallest count that reaches the tail."""
    total, count = Fraction(), -1
    while total < tail:
        count += 1
        step = math.comb(n, count) * p**count * (1 - p) ** (n - count)
        total += step
    return float((count - (total - tail) / step) / n)


@given(st.integers(1, 60), st.integers(1, 99), st.sampled_from([950, 998]))
def test_limits_are_the_interpolated_exact_quantiles(n: int, percent: int, permille: int) -> None:
    """Brute force in fractions, within the target and 0..1."""
    p, tail = Fraction(percent, 100), Fraction(1000 - permille, 2000)
    got = funnel_limits(percent / 100, n, permille / 1000)
    low, high = exact_limit(tail, n, p), exact_limit(1 - tail, n, p)
    assert got.low == pytest.approx(min(percent / 100, max(0, low)), abs=1e-8)
    assert got.high == pytest.approx(max(percent / 100, min(1, high)), abs=1e-8)


def test_a_large_desk_has_the_normal_limits() -> None:
    """1.959964 standard deviations around the target, less half a count of interpolation."""
    got = funnel_limits(0.9, 10**6)
    deviation = math.sqrt(0.09 / 10**6)
    assert got.low == pytest.approx(0.9 - 1.959964 * deviation, abs=2e-6)
    assert got.high == pytest.approx(0.9 + 1.959964 * deviation, abs=2e-6)


@given(st.floats(0, 1), st.integers(0, 3000), st.floats(0.5, 0.999))
def test_limits_are_shares_around_the_target(target: float, votes: int, coverage: float) -> None:
    """Whatever is counted; a wider coverage is never narrower."""
    got = funnel_limits(target, votes, coverage)
    assert 0 <= got.low <= target <= got.high <= 1
    wider = funnel_limits(target, votes, (1 + coverage) / 2)
    assert wider.low <= got.low + 1e-9 and got.high <= wider.high + 1e-9


@given(st.integers(5, 95), st.integers(20, 2000))
def test_the_funnel_narrows(percent: int, votes: int) -> None:
    """The width falls with n."""
    target = percent / 100
    assert funnel_limits(target, 4 * votes).width < funnel_limits(target, votes).width


def test_desks_keep_their_order_and_the_odd_one_is_told() -> None:
    """Against the share of all together; no ranking."""
    points = funnel([(90, 100), (0, 0), (400, 1000), (9, 10), (900, 1000)], target=0.9)
    assert [point.votes for point in points] == [100, 0, 1000, 10, 1000]
    assert [point.is_outside for point in points] == [False, False, True, False, False]
    assert (points[1].share, points[1].limits) == (None, Interval(0, 1))
    assert funnel([(1, 2), (3, 4)]) == funnel([(1, 2), (3, 4)], 4 / 6)


def test_an_empty_service_has_no_funnel() -> None:
    """No target: the limits are 0..1, a lone desk is never outside."""
    assert funnel([]) == ()
    assert funnel([(0, 0)])[0].limits == Interval(0, 1)
    for desk in [(0, 1), (1, 1), (7, 7), (0, 7)]:
        assert not funnel([desk])[0].is_outside


def test_impossible_arguments_are_named() -> None:
    """The error says which value."""
    with pytest.raises(ValueError, match=r"target=1\.1"):
        funnel_limits(1.1, 5)
    with pytest.raises(ValueError, match="votes=-5"):
        funnel_limits(0.5, -5)
    with pytest.raises(ValueError, match="number 0: satisfied=2 is more than votes=1"):
        funnel([(2, 1)])
