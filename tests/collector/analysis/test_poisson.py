"""Exact Poisson rates against Garwood's limits and the tails that define them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.poisson import Rate, rate_per_1000


def at_most(count: int, mean: float) -> float:
    """P(X <= count) of a Poisson variable, summed."""
    return math.fsum(
        math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1)
    )


@pytest.mark.parametrize(("events", "low", "high"), [(0, 0.0, 3.6889), (10, 4.7954, 18.3904)])
def test_limits_agree_with_garwood(events: int, low: float, high: float) -> None:
    """Garwood 1936, Biometrika 28:437, 95 %, as reprinted to 4 digits in tables since."""
    got = rate_per_1000(events, 1000)
    assert got.high is not None
    assert (round(got.low, 4), round(got.high, 4)) == (low, high)


def test_no_event_has_a_closed_limit() -> None:
    """exp(-high) = 0.025, so high = -ln 0.025; per 1,000 of 4,000."""
    got = rate_per_1000(0, 4000)
    assert (got.per_1000, got.low) == (0, 0)
    assert got.high == pytest.approx(-math.log(0.025) / 4, rel=1e-12)


@given(st.integers(1, 150), st.floats(0.5, 0.999))
def test_either_limit_leaves_its_tail(events: int, confidence: float) -> None:
    """Independent sums: P(X >= x | low) = P(X <= x | high) = (1 - c) / 2."""
    got = rate_per_1000(events, 1000, confidence)
    assert got.high is not None
    tail = (1 - confidence) / 2
    assert 1 - at_most(events - 1, got.low) == pytest.approx(tail, rel=1e-7)
    assert at_most(events, got.high) == pytest.approx(tail, rel=1e-7)


@given(st.integers(0, 10**6), st.integers(1, 10**7))
def test_limits_surround_the_rate_and_scale_with_the_exposure(events: int, exposure: int) -> None:
    """0 <= low <= rate <= high; ten times the exposure, a tenth of the rate."""
    got, tenth = rate_per_1000(events, exposure), rate_per_1000(events, 10 * exposure)
    assert got.per_1000 is not None and got.high is not None and tenth.high is not None
    assert 0 <= got.low <= got.per_1000 <= got.high
    assert tenth.high == pytest.approx(got.high / 10, rel=1e-12)


def test_without_exposure_nothing_is_known() -> None:
    """An empty service; an event with nothing exposed cannot be."""
    assert rate_per_1000(0, 0) == Rate(None, 0.0, None)
    with pytest.raises(ValueError, match="events=2 with exposure=0"):
        rate_per_1000(2, 0)


def test_impossible_counts_are_named() -> None:
    """The error says which value."""
    with pytest.raises(ValueError, match="events=-1"):
        rate_per_1000(-1, 10)
    with pytest.raises(ValueError, match="confidence=0"):
        rate_per_1000(1, 10, 0)
