"""The beta and gamma functions, against published limits and exact sums."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis import special


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (1, 29, 0.0009, 0.1776)],
)
def test_beta_quantiles_give_the_clopper_pearson_limits(
    x: int, n: int, low: float, high: float
) -> None:
    """Newcombe 1998, Statistics in Medicine 17:857, Table I, method 5 (4 digits published)."""
    assert round(special.beta_quantile(0.025, x, n - x + 1), 4) == low
    assert round(special.beta_quantile(0.975, x + 1, n - x), 4) == high


def test_normal_quantile_is_the_tabulated_one() -> None:
    """1.959964 for 97.5 % and 2.575829 for 99.5 %, in every table of the normal."""
    assert special.normal_quantile(0.975) == pytest.approx(1.959964, abs=5e-7)
    assert special.two_sided_z(0.99) == pytest.approx(2.575829, abs=5e-7)
    assert special.two_sided_p(-1.959963984540054) == pytest.approx(0.05, rel=1e-12)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 99))
def test_beta_cdf_of_whole_arguments_is_an_exact_sum(a: int, b: int, percent: int) -> None:
    """Brute force in fractions: I_x(a, b) = P(at least a of a+b-1 successes), DLMF 8.17.5."""
    n, p = a + b - 1, Fraction(percent, 100)
    exact = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(a, n + 1))
    got = special.beta_cdf(percent / 100, a, b)
    assert got == pytest.approx(float(exact), rel=1e-10, abs=1e-14)


@given(st.integers(1, 60), st.floats(0.001, 200))
def test_gamma_cdf_of_whole_arguments_is_a_poisson_tail(a: int, x: float) -> None:
    """Independent sum: P(a, x) = 1 - sum of e^-x x^k / k! for k < a."""
    below = math.fsum(math.exp(k * math.log(x) - x - math.lgamma(k + 1)) for k in range(a))
    assert special.gamma_cdf(x, a) == pytest.approx(1 - below, abs=1e-11)


def test_half_arguments_are_arcsine_and_error_function() -> None:
    """Closed forms: I_x(1/2, 1/2) = 2/pi asin(sqrt x), P(1/2, x) = erf(sqrt x)."""
    for x in (1e-9, 0.03, 0.5, 0.97):
        arcsine = 2 / math.pi * math.asin(math.sqrt(x))
        assert special.beta_cdf(x, 0.5, 0.5) == pytest.approx(arcsine, rel=1e-12)
        assert special.gamma_cdf(x, 0.5) == pytest.approx(math.erf(math.sqrt(x)), rel=1e-12)


def test_arguments_of_a_million_keep_their_digits() -> None:
    """By symmetry I_1/2(a, a) = 1/2; by DLMF 8.11.12 P(a, a) = 1/2 + 1/(3 sqrt(2 pi a)) + ..."""
    a = 1e6
    assert special.beta_cdf(0.5, a, a) == pytest.approx(0.5, rel=1e-10)
    middle = 0.5 + 1 / (3 * math.sqrt(2 * math.pi * a))
    assert special.gamma_cdf(a, a) == pytest.approx(middle, rel=1e-8)


@given(st.floats(1e-6, 1 - 1e-6), st.floats(0.3, 1e5), st.floats(0.3, 1e5))
def test_quantiles_invert_their_cdf(probability: float, a: float, b: float) -> None:
    """The definition."""
    x = special.beta_quantile(probability, a, b)
    assert 0 <= x <= 1
    if 1e-9 < x < 1 - 1e-6:  # beyond, neighbouring floats are further apart than the tolerance
        assert special.beta_cdf(x, a, b) == pytest.approx(probability, rel=1e-7)
    y = special.gamma_quantile(probability, a)
    assert special.gamma_cdf(y, a) == pytest.approx(probability, rel=1e-8)


def test_the_ends_are_exact() -> None:
    """0 and 1, without series."""
    assert (special.beta_cdf(0, 2, 3), special.beta_cdf(1, 2, 3)) == (0, 1)
    assert (special.beta_quantile(0, 2, 3), special.beta_quantile(1, 2, 3)) == (0, 1)
    assert (special.gamma_cdf(0, 2), special.gamma_cdf(math.inf, 2)) == (0, 1)
    assert special.gamma_quantile(0, 2) == 0


def test_arguments_outside_the_domain_are_named() -> None:
    """The error says which value."""
    with pytest.raises(ValueError, match=r"x=1\.5"):
        special.beta_cdf(1.5, 1, 1)
    with pytest.raises(ValueError, match="b=0 must be above 0"):
        special.beta_quantile(0.5, 1, 0)
    with pytest.raises(ValueError, match="x=-1"):
        special.gamma_cdf(-1, 1)
    with pytest.raises(ValueError, match="probability=1"):
        special.gamma_quantile(1, 1)
    with pytest.raises(ValueError, match="x=nan"):
        special.beta_cdf(math.nan, 1, 1)
