"""Means and Student's intervals: against tables, and against the numbers themselves."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.interval import Interval
from collector.analysis.mean import Mean, mean_of, two_sided_t
from collector.analysis.special import two_sided_z

numbers = st.lists(st.integers(0, 1_440), min_size=2, max_size=60)


@pytest.mark.parametrize(
    ("freedom", "t"),
    [(1, 12.706), (2, 4.303), (5, 2.571), (10, 2.228), (30, 2.042), (60, 2.000), (120, 1.980)],
)
def test_t_is_the_tabulated_one(freedom: int, t: float) -> None:
    """97.5 % points, as in every table of Student's distribution (3 digits published)."""
    assert round(two_sided_t(0.95, freedom), 3) == t


def test_with_many_t_is_that_of_the_normal() -> None:
    """Its first correction is (z³ + z) / 4f (Abramowitz and Stegun 26.7.5)."""
    z, freedom = two_sided_z(0.95), 1_000_000
    assert two_sided_t(0.95, freedom) == pytest.approx(z + (z**3 + z) / (4 * freedom), rel=1e-10)


def test_students_interval_by_hand() -> None:
    """1, 2, 3: mean 2, s² = 1, t = 4.302653 with two degrees of freedom."""
    found = mean_of(3, 6, 14)
    assert found is not None and found.interval is not None
    assert (found.value, found.interval.low) == (2.0, 0.0)  # cut off
    assert found.interval.high == pytest.approx(2 + 4.302652730 / math.sqrt(3))


@given(numbers)
def test_the_sums_give_what_the_numbers_give(found: list[int]) -> None:
    """Mean and standard deviation of the standard library, number by number."""
    mean = mean_of(len(found), sum(found), sum(n * n for n in found))
    assert mean is not None and mean.interval is not None
    assert mean.value == pytest.approx(statistics.fmean(found))
    half = two_sided_t(0.95, len(found) - 1) * statistics.stdev(found) / math.sqrt(len(found))
    assert mean.interval.high - mean.value == pytest.approx(half, abs=1e-9)
    assert mean.interval.low == pytest.approx(max(0.0, mean.value - half), abs=1e-9)


def test_of_none_there_is_no_mean_and_of_one_no_interval() -> None:
    assert mean_of(0, 0, 0) is None
    assert mean_of(1, 7, 49) == Mean(7.0, None)
    assert mean_of(2, 14, 98) == Mean(7.0, Interval(7.0, 7.0))


@pytest.mark.parametrize("sums", [(0, 0, 1), (0, 1, 0), (1, 7, 48), (2, 3, 4), (-1, 0, 0)])
def test_sums_that_no_numbers_have_are_refused(sums: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"cannot have|negative"):
        mean_of(*sums)
