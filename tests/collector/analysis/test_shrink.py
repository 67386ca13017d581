"""Shrinkage of small desks. No published example: checked by the moments it is made from, by the
posterior written out, and by desks whose prior is known."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.interval import Interval
from collector.analysis.shrink import Prior, prior_of, shrink
from collector.analysis.special import beta_cdf

DESKS = st.lists(
    st.integers(0, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=12
)


def test_equal_desks_have_the_anova_moment() -> None:
    """Independent form for equal n: rho = (F - 1) / (n - 1), F the variance ratio with p(1-p)."""
    n, counts = 50, [45, 30, 40, 48, 22, 35]
    p = sum(counts) / (n * len(counts))
    ratio = n * sum((x / n - p) ** 2 for x in counts) / (len(counts) - 1) / (p * (1 - p))
    rho = (ratio - 1) / (n - 1)
    got = prior_of([(x, n) for x in counts])
    assert got.a + got.b == pytest.approx(1 / rho - 1, rel=1e-9)
    assert got.a / (got.a + got.b) == pytest.approx(p, rel=1e-12)


def test_a_known_prior_is_found_again() -> None:
    """4,000 desks drawn from Beta(16, 4): mean 0.8 and a worth near 20."""
    draw = random.Random(2026)
    desks = []
    for _ in range(4000):
        share, n = draw.betavariate(16, 4), draw.randint(5, 60)
        desks.append((sum(draw.random() < share for _ in range(n)), n))
    got = prior_of(desks)
    assert got.a / (got.a + got.b) == pytest.approx(0.8, abs=0.01)
    assert got.a + got.b == pytest.approx(20, rel=0.15)


def test_the_posterior_is_prior_and_votes_together() -> None:
    """(a + x) / (a + b + n), and 2.5 % of it on either side of the interval."""
    desks = [(450, 500), (300, 500), (2, 2), (400, 420)]
    prior, got = prior_of(desks), shrink(desks)[2]
    a, b = prior.a + 2, prior.b
    assert got.mean == pytest.approx(a / (a + b), rel=1e-12)
    assert beta_cdf(got.interval.low, a, b) == pytest.approx(0.025, rel=1e-9)
    assert beta_cdf(got.interval.high, a, b) == pytest.approx(0.975, rel=1e-9)


def test_two_votes_move_a_desk_less_than_two_hundred() -> None:
    """0 of 2 stays near the others; 0 of 200 does not."""
    few, many = (shrink([(90, 100), (85, 100), (95, 100), (0, n)])[3].mean for n in (2, 200))
    assert few is not None and many is not None
    assert many < 0.1 < few


def test_desks_keep_their_order() -> None:
    """Never a rank."""
    desks = [(1, 10), (9, 10), (0, 0), (5, 10)]
    got = shrink(desks)
    assert [(desk.satisfied, desk.votes) for desk in got] == desks
    turned = [desk.mean for desk in shrink(desks[::-1])]
    assert turned == pytest.approx([desk.mean for desk in got[::-1]], rel=1e-12)


def test_nothing_to_estimate_from() -> None:
    """One desk, one vote each: Jeffreys; no votes at all: nothing; all satisfied: never certain."""
    assert prior_of([]) == prior_of([(3, 4)]) == prior_of([(1, 1), (0, 1)]) == Prior(0.5, 0.5)
    assert shrink([]) == ()
    empty = shrink([(0, 0), (0, 0)])
    assert [(desk.mean, desk.interval) for desk in empty] == [(None, Interval(0, 1))] * 2
    one = shrink([(1, 1)])[0]
    assert one.mean == 0.75
    every = shrink([(5, 5), (7, 7), (0, 0)])
    for desk in every:
        assert desk.mean is not None and 0.9 < desk.mean < 1 and desk.interval.low < 0.95


@given(DESKS, st.floats(0.5, 0.99))
def test_means_lie_between_the_desk_and_the_prior(
    desks: list[tuple[int, int]], confidence: float
) -> None:
    """0 <= low <= mean <= high <= 1, and the mean between the desk's share and the prior's."""
    prior = prior_of(desks)
    aim, worth = prior.a / (prior.a + prior.b), prior.a + prior.b
    assert worth >= 1 - 1e-9
    for got in shrink(desks, confidence):
        assert 0 <= got.interval.low <= got.interval.high <= 1
        if got.mean is None:
            continue
        assert got.interval.low <= got.mean <= got.interval.high
        share = got.satisfied / got.votes if got.votes else aim
        assert min(aim, share) - 1e-12 <= got.mean <= max(aim, share) + 1e-12


def test_impossible_counts_are_named() -> None:
    """By their index."""
    with pytest.raises(ValueError, match="number 1: satisfied=3 is more than votes=2"):
        shrink([(1, 1), (3, 2)])
    with pytest.raises(ValueError, match="confidence=1"):
        shrink([(1, 1)], 1)
