"""The binomial, against exact fractions and at a million trials.

No published table is used: small n are summed exactly, large n are checked by symmetry.
"""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.binomial import (
    binomial_cdf,
    binomial_pmf,
    binomial_quantile,
    binomial_reach,
    binomial_tail,
)


def exact_pmf(x: int, n: int, p: Fraction) -> Fraction:
    """By definition."""
    return math.comb(n, x) * p**x * (1 - p) ** (n - x)


@given(st.integers(0, 50), st.data(), st.integers(0, 100))
def test_probabilities_are_the_exact_sums(n: int, data: st.DataObject, percent: int) -> None:
    """Brute force in fractions."""
    x, p = data.draw(st.integers(0, n)), Fraction(percent, 100)
    below = sum((exact_pmf(k, n, p) for k in range(x + 1)), Fraction())
    above = 1 - below + exact_pmf(x, n, p)
    q = percent / 100
    assert binomial_pmf(x, n, q) == pytest.approx(float(exact_pmf(x, n, p)), rel=1e-11)
    assert binomial_cdf(x, n, q) == pytest.approx(float(below), rel=1e-10, abs=1e-14)
    assert binomial_tail(x, n, q) == pytest.approx(float(above), rel=1e-10, abs=1e-14)


@given(st.integers(0, 40), st.integers(1, 99), st.integers(1, 999))
def test_the_quantile_is_the_smallest_count_that_reaches(
    n: int, percent: int, permille: int
) -> None:
    """Brute force in fractions, with exact ties such as one half of one coin."""
    p, total, count = Fraction(percent, 100), Fraction(), -1
    while total < Fraction(permille, 1000):
        count += 1
        total += exact_pmf(count, n, p)
    assert binomial_quantile(permille / 1000, n, percent / 100) == count


@given(st.integers(60, 3_000), st.integers(15, 85), st.floats(1e-9, 1 - 1e-9))
def test_the_quantile_of_many_trials_is_the_smallest_count_that_reaches(
    n: int, percent: int, probability: float
) -> None:
    """However far from the normal approximation, with what it reaches."""
    p = percent / 100
    count, reached = binomial_reach(probability, n, p)
    assert binomial_quantile(probability, n, p) == count
    assert reached == pytest.approx(binomial_cdf(count, n, p), rel=1e-10)
    assert reached >= probability * (1 - 1e-12)
    assert binomial_cdf(count - 1, n, p) < probability


def test_a_million_trials_keep_their_digits() -> None:
    """A fair coin: P(X <= n/2 - 1) = (1 - P(X = n/2)) / 2, and P(X = n/2) by Stirling."""
    n = 10**6
    series = 1 - 1 / (4 * n) + 1 / (32 * n**2)
    middle = math.sqrt(2 / (math.pi * n)) * series
    assert binomial_pmf(n // 2, n, 0.5) == pytest.approx(middle, rel=1e-12)
    assert binomial_cdf(n // 2 - 1, n, 0.5) == pytest.approx((1 - middle) / 2, rel=1e-11)
    assert binomial_quantile(0.5, n, 0.5) == n // 2


def test_a_far_tail_of_a_million_is_summed_alike() -> None:
    """Independent: the terms of the tail one by one from their ratio."""
    n, p, x = 10**6, 0.9, 901_500  # five standard deviations above
    log_first = math.lgamma(n + 1) - math.lgamma(x + 1) - math.lgamma(n - x + 1)
    term = math.exp(log_first + x * math.log(p) + (n - x) * math.log1p(-p))
    total = 0.0
    for k in range(x, x + 5000):
        total += term
        term *= (n - k) / (k + 1) * p / (1 - p)
    assert binomial_tail(x, n, p) == pytest.approx(total, rel=1e-7)  # lgamma keeps no more


def test_certain_and_impossible_trials() -> None:
    """p of 0 and 1, no trial, counts outside."""
    assert binomial_pmf(0, 0, 0.3) == binomial_cdf(0, 0, 0.3) == binomial_tail(0, 0, 0.3) == 1
    assert (binomial_cdf(2, 5, 0.0), binomial_cdf(4, 5, 1.0), binomial_cdf(5, 5, 1.0)) == (1, 0, 1)
    assert (binomial_cdf(-1, 5, 0.5), binomial_tail(6, 5, 0.5)) == (0, 0)
    assert (binomial_quantile(0.5, 5, 0.0), binomial_quantile(0.5, 5, 1.0)) == (0, 5)
    assert (binomial_quantile(0.0, 5, 0.5), binomial_quantile(1.0, 5, 0.5)) == (0, 5)


def test_arguments_outside_the_domain_are_named() -> None:
    """The error says which value."""
    with pytest.raises(ValueError, match="x=6 is more than n=5"):
        binomial_pmf(6, 5, 0.5)
    with pytest.raises(ValueError, match="n=-1 is negative"):
        binomial_cdf(0, -1, 0.5)
    with pytest.raises(ValueError, match=r"p=1\.5"):
        binomial_tail(0, 1, 1.5)
    with pytest.raises(ValueError, match="probability=2"):
        binomial_quantile(2, 1, 0.5)
