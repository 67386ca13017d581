"""Benjamini-Hochberg against the paper's own example, and against its step-up rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.discoveries import Discoveries, benjamini_hochberg

# Benjamini and Hochberg 1995, section 4.1: fifteen p-values of a trial of thrombolysis
PAPER = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
PAPER += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]


def test_the_paper_rejects_its_four_smallest() -> None:
    """Benjamini and Hochberg 1995, section 4.1: four at 0.05; the fourth is 0.0095 <= 4/15 0.05."""
    got = benjamini_hochberg(PAPER)
    assert got.rejected == (True,) * 4 + (False,) * 11
    assert got.adjusted[0] == pytest.approx(0.0015, rel=1e-12)
    assert got.adjusted[3] == pytest.approx(0.0095 * 15 / 4, rel=1e-12)


def test_answers_stand_in_the_order_of_the_questions() -> None:
    """Turned around in, turned around out."""
    got, turned = benjamini_hochberg(PAPER), benjamini_hochberg(PAPER[::-1])
    assert turned == Discoveries(got.adjusted[::-1], got.rejected[::-1])


def test_no_test_and_one_test() -> None:
    """Nothing in, nothing out; one p-value is its own adjustment; None is not counted."""
    assert benjamini_hochberg([]) == Discoveries((), ())
    assert benjamini_hochberg([None]) == Discoveries((None,), (False,))
    assert benjamini_hochberg([0.05]) == Discoveries((0.05,), (True,))
    among = benjamini_hochberg([None, 0.04, None])
    assert among == Discoveries((None, 0.04, None), (False, True, False))


@given(st.lists(st.floats(0, 1), max_size=40), st.floats(0.01, 0.5))
def test_rejections_are_those_of_the_step_up_rule(p_values: list[float], rate: float) -> None:
    """Independent: the largest k with p_(k) <= k rate / m, and all up to it."""
    ranked, m = sorted(p_values), len(p_values)
    passed = [p for k, p in enumerate(ranked, 1) if p * m / k <= rate]
    limit = max(passed, default=-1.0)
    got = benjamini_hochberg(p_values, rate)
    assert got.rejected == tuple(p <= limit for p in p_values)
    for p, adjusted in zip(p_values, got.adjusted, strict=True):
        assert adjusted is not None and p <= adjusted * (1 + 1e-15) and adjusted <= 1


def test_what_is_no_probability_is_named() -> None:
    """By its index."""
    with pytest.raises(ValueError, match=r"p_values\[1\]=1\.2"):
        benjamini_hochberg([0.1, 1.2])
    with pytest.raises(ValueError, match="rate=0"):
        benjamini_hochberg([0.1], 0)
