"""Tests of two shares: the lady tasting tea, exact enumeration, Pearson's chi-square."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.comparison import fisher_p, score_p
from collector.analysis.special import two_sided_p

SMALL = st.integers(1, 25).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_the_lady_tasting_tea() -> None:
    """Fisher 1935; Agresti, Categorical Data Analysis: 3/4 and 1/4, two-sided 34/70 = 0.486."""
    got = fisher_p(3, 4, 1, 4)
    assert got == pytest.approx(34 / 70, rel=1e-12)
    assert fisher_p(4, 4, 0, 4) == pytest.approx(2 / 70, rel=1e-12)


@given(SMALL, SMALL)
def test_fisher_is_the_exact_enumeration(one: tuple[int, int], two: tuple[int, int]) -> None:
    """Brute force in whole numbers: tables no likelier than the observed one."""
    (x, n), (y, m) = one, two
    counts = range(max(0, x + y - m), min(n, x + y) + 1)
    ways = {k: math.comb(n, k) * math.comb(m, x + y - k) for k in counts}
    rare = sum(way for way in ways.values() if way <= ways[x])
    exact = float(Fraction(rare, sum(ways.values())))
    assert fisher_p(x, n, y, m) == pytest.approx(exact, rel=1e-9)


@given(SMALL, SMALL)
def test_the_score_test_is_pearsons_chi_square(one: tuple[int, int], two: tuple[int, int]) -> None:
    """No published example: chi² = sum (O - E)² / E over the four cells, written out."""
    (x, n), (y, m) = one, two
    got = score_p(x, n, y, m)
    if x + y in (0, n + m):
        assert got == 1
        return
    total, yes = n + m, x + y
    cells = [(x, n * yes), (n - x, n * (total - yes)), (y, m * yes), (m - y, m * (total - yes))]
    chi2 = math.fsum((seen - e / total) ** 2 / (e / total) for seen, e in cells)
    assert got == pytest.approx(two_sided_p(math.sqrt(chi2)), rel=1e-9, abs=1e-14)


def test_large_counts_agree_between_the_two() -> None:
    """Fisher's is the more cautious, and comes near."""
    exact, score = fisher_p(9000, 10000, 17800, 20000), score_p(9000, 10000, 17800, 20000)
    assert exact is not None and score is not None
    assert score < exact < score * 1.1


def test_empty_and_equal_shares() -> None:
    """None without votes; 1 where all are alike."""
    for test in (score_p, fisher_p):
        assert test(0, 0, 1, 2) is None and test(1, 2, 0, 0) is None
        assert test(0, 5, 0, 9) == test(5, 5, 9, 9) == test(1, 1, 1, 1) == 1
        with pytest.raises(ValueError, match="other_satisfied=3 is more than other_votes=2"):
            test(1, 2, 3, 2)
        with pytest.raises(ValueError, match="satisfied=-1"):
            test(-1, 2, 1, 2)
