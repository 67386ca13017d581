"""Score intervals against Newcombe's tables, the score equation, and what must always hold."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.interval import Interval, newcombe, wilson, wilson_finite
from collector.analysis.special import two_sided_z

votes_and_part = st.integers(0, 10**6).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n)),
)
levels = st.floats(0.01, 0.9999)
Z2 = two_sided_z(0.95) ** 2


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_agrees_with_newcombe_1998(x: int, n: int, low: float, high: float) -> None:
    """Newcombe 1998, Statistics in Medicine 17:857, Table I, method 3 (4 digits published)."""
    got = wilson(x, n)
    assert (round(got.low, 4), round(got.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("x", "n", "y", "m", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_a_difference_agrees_with_newcombe_1998(
    x: int, n: int, y: int, m: int, low: float, high: float
) -> None:
    """Newcombe 1998, Statistics in Medicine 17:873, Table II, method 10 (4 digits published)."""
    got = newcombe(x, n, y, m)
    assert (round(got.low, 4), round(got.high, 4)) == (low, high)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), levels)
def test_a_wilson_bound_solves_the_score_equation(part: tuple[int, int], level: float) -> None:
    """Independent of the closed form: (x/n - p)² = z² p (1-p) / n at either bound."""
    x, n = part
    z2 = two_sided_z(level) ** 2
    got = wilson(x, n, level)
    for bound in (got.low, got.high):
        left, right = (x / n - bound) ** 2, z2 * bound * (1 - bound) / n
        assert math.isclose(left, right, rel_tol=1e-6, abs_tol=1e-14)


@pytest.mark.parametrize(("x", "n", "visits"), [(30, 40, 60), (0, 9, 12), (9, 9, 300), (1, 2, 3)])
def test_a_finite_bound_solves_the_corrected_score_equation(x: int, n: int, visits: int) -> None:
    """No published example: checked by the identity (x/n-p)² = z² (N-n)/(N-1) p(1-p)/n."""
    got = wilson_finite(x, n, visits)
    for bound in (got.low, got.high):
        right = Z2 * (visits - n) / (visits - 1) * bound * (1 - bound) / n
        assert (x / n - bound) ** 2 == pytest.approx(right, abs=1e-12)


def test_all_visits_voted_leaves_nothing_to_estimate() -> None:
    """n = N: the point."""
    assert wilson_finite(3, 4, 4) == Interval(0.75, 0.75)
    assert wilson_finite(1, 1, 1) == Interval(1.0, 1.0)


def test_votes_beyond_the_visits_are_not_corrected() -> None:
    """A voter without a ticket is legal; the visits are then no population."""
    assert wilson_finite(3, 5, 4) == wilson(3, 5)
    assert wilson_finite(3, 5, 0) == wilson(3, 5)


def test_without_votes_nothing_is_known() -> None:
    """The vacuous intervals; an empty service too."""
    assert wilson(0, 0) == wilson_finite(0, 0, 7) == wilson_finite(0, 0, 0) == Interval(0, 1)
    assert newcombe(0, 0, 3, 4) == newcombe(3, 4, 0, 0) == Interval(-1, 1)


@pytest.mark.parametrize("n", [1, 20, 10**6])
def test_none_and_all_reach_their_end_exactly(n: int) -> None:
    """0 of n begins at 0, n of n ends at 1, and they mirror: z²/(n+z²)."""
    none, every = wilson(0, n), wilson(n, n)
    assert none.low == 0 and every.high == 1
    assert none.high == pytest.approx(Z2 / (n + Z2), rel=1e-12)
    assert 1 - every.low == pytest.approx(none.high, rel=1e-9)


@given(votes_and_part, st.integers(0, 10**6), levels)
def test_bounds_are_shares_around_the_estimate(
    part: tuple[int, int], visits: int, level: float
) -> None:
    """Whatever is counted: 0 <= low <= p <= high <= 1, and a known population only narrows."""
    x, n = part
    whole, finite = wilson(x, n, level), wilson_finite(x, n, visits, level)
    for got in (whole, finite):
        assert 0 <= got.low <= got.high <= 1
        assert not n or got.low <= x / n <= got.high
    assert finite.width <= whole.width + 1e-12


@given(st.integers(1, 5000), st.data(), st.integers(2, 50))
def test_more_votes_of_the_same_share_narrow_it(n: int, data: st.DataObject, times: int) -> None:
    """The width falls with n."""
    x = data.draw(st.integers(0, n))
    assert wilson(x * times, n * times).width < wilson(x, n).width


@given(votes_and_part, votes_and_part)
def test_a_difference_is_within_its_range_and_turns_around(
    one: tuple[int, int], two: tuple[int, int]
) -> None:
    """-1 <= low <= d <= high <= 1, and swapping the shares negates it."""
    got, turned = newcombe(*one, *two), newcombe(*two, *one)
    assert -1 <= got.low <= got.high <= 1
    assert got.low == pytest.approx(-turned.high, abs=1e-12)
    if one[1] and two[1]:
        assert got.low <= one[0] / one[1] - two[0] / two[1] <= got.high


def test_impossible_counts_are_named() -> None:
    """The error says which value."""
    with pytest.raises(ValueError, match="satisfied=3 is more than votes=2"):
        wilson(3, 2)
    with pytest.raises(ValueError, match="satisfied=-1 is negative"):
        wilson(-1, 2)
    with pytest.raises(ValueError, match="visits=-5 is negative"):
        wilson_finite(1, 2, -5)
    with pytest.raises(ValueError, match="other_satisfied=9 is more than other_votes=1"):
        newcombe(1, 2, 9, 1)
    with pytest.raises(ValueError, match=r"confidence=1\.0 must lie between"):
        wilson(1, 2, 1.0)
