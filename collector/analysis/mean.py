"""A mean with its interval, out of sums that add up: how many, their sum, that of their squares."""

import math

import msgspec

from collector.analysis.counts import check, check_level
from collector.analysis.interval import Interval
from collector.analysis.special import beta_quantile


class Mean(msgspec.Struct, frozen=True):
    """In the unit of what was summed. `interval`: None of a single one, which says nothing of how
    much they differ."""

    value: float
    interval: Interval | None


def mean_of(count: int, total: int, squares: int, confidence: float = 0.95) -> Mean | None:
    """The mean of `count` numbers from 0 on whose sum is `total`; None of none.

    Student's interval, mean ± t sqrt(s² / n) with n - 1 degrees of freedom (Student 1908,
    Biometrika 6:1), cut off at 0. It takes the mean for normal: of a few and skewed numbers, as
    waiting times are, it is only about right. ValueError for sums that no such numbers have, and
    unless 0 < confidence < 1.
    """
    check(count=count, total=total, squares=squares)
    spread = count * squares - total * total  # n² times the variance, in whole numbers: exact
    if spread < 0 or (not count and squares):
        raise ValueError(f"{count} numbers cannot have the sum {total} and squares {squares}")
    if not count:
        return None
    value = total / count
    if count == 1:
        return Mean(value, None)
    error = math.sqrt(spread / (count - 1)) / count
    half = two_sided_t(confidence, count - 1) * error
    return Mean(value, Interval(max(0.0, value - half), value + half))


def two_sided_t(confidence: float, freedom: int) -> float:
    """t with P(|T| <= t) = `confidence` for Student's T: I_x(1/2, f/2) at x = t²/(f + t²).

    Abramowitz and Stegun 26.7.1, 26.5.27. ValueError unless 0 < confidence < 1 and freedom > 0.
    """
    check_level(confidence=confidence)
    x = beta_quantile(confidence, 0.5, freedom / 2)
    return math.sqrt(freedom * x / (1 - x))
