"""The Cochran-Armitage test against SAS, StatXact and Agresti's published examples."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.comparison import score_p
from collector.analysis.trend import cochran_armitage

# SAS/STAT User's Guide, FREQ, example Pain: adverse of all, at dose 0 to 4
PAIN = [(6, 32), (7, 33), (9, 32), (14, 32), (23, 32)]
# Graubard and Korn 1987, Agresti table 3.7: malformations by the mother's drinks a day
DRINKS = [(48, 17114), (38, 14502), (5, 793), (1, 127), (1, 38)]


def test_a_dose_trend_agrees_with_sas() -> None:
    """SAS/STAT, PROC FREQ, Cochran-Armitage example: |Z| = 4.7918, p < 0.0001."""
    got = cochran_armitage(PAIN)
    assert got is not None
    assert round(got.z, 4) == 4.7918
    assert got.p_value < 0.0001


def test_scores_count_as_published() -> None:
    """Agresti: M² = 6.57 at scores 0, 0.5, 1.5, 4, 7; StatXact: one-sided 0.0882, equally spaced.

    StatXact's example page prints 0.1765 two-sided beside it; twice 0.08819 is 0.17639, so that
    agrees to one unit of its last digit only.
    """
    got, equal = cochran_armitage(DRINKS, [0, 0.5, 1.5, 4, 7]), cochran_armitage(DRINKS)
    assert got is not None and equal is not None
    assert round(got.z**2, 2) == 6.57
    assert round(equal.p_value / 2, 4) == 0.0882
    assert equal.p_value == pytest.approx(0.1765, abs=1.5e-4)


def test_two_months_are_the_score_test() -> None:
    """Identity: with two months z² is Pearson's chi-square."""
    got = cochran_armitage([(80, 100), (140, 150)])
    assert got is not None
    assert got.z > 0
    assert got.p_value == pytest.approx(score_p(80, 100, 140, 150), rel=1e-12)


@given(
    st.lists(
        st.integers(0, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        max_size=24,
    )
)
def test_a_trend_turns_with_the_time_and_with_the_question(months: list[tuple[int, int]]) -> None:
    """Backwards, or of the unsatisfied, z changes its sign; p is a probability."""
    got = cochran_armitage(months)
    back, other = cochran_armitage(months[::-1]), cochran_armitage([(n - x, n) for x, n in months])
    if got is None:
        assert back is None and other is None
        return
    assert back is not None and other is not None
    assert 0 <= got.p_value <= 1 and math.isfinite(got.z)
    assert (back.z, other.z) == pytest.approx((-got.z, -got.z), rel=1e-7, abs=1e-7)


def test_nothing_to_test() -> None:
    """One month of history, an empty service, all or none satisfied, all at one score."""
    for months in ([], [(3, 4)], [(0, 0), (3, 4), (0, 0)], [(2, 2), (3, 3)], [(0, 5), (0, 1)]):
        assert cochran_armitage(months) is None
    assert cochran_armitage([(1, 2), (2, 3)], [1, 1]) is None


def test_a_month_without_votes_keeps_its_place_in_time() -> None:
    """It weighs nothing, but the next one is not a month nearer."""
    months = [(90, 100), (0, 0), (80, 100), (60, 100)]
    assert cochran_armitage(months) == cochran_armitage([months[0], *months[2:]], [0, 2, 3])


def test_impossible_arguments_are_named() -> None:
    """The error says which value."""
    with pytest.raises(ValueError, match="number 1: satisfied=5 is more than votes=4"):
        cochran_armitage([(1, 2), (5, 4)])
    with pytest.raises(ValueError, match="1 scores for 2 months"):
        cochran_armitage([(1, 2), (1, 4)], [1])
    with pytest.raises(ValueError, match=r"scores\[1\]=inf"):
        cochran_armitage([(1, 2), (1, 4)], [1, math.inf])
