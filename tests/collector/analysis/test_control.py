"""Control charts against the NIST/SEMATECH wafers, and Laney's z against its definition."""

import math
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.control import laney_chart, p_chart
from collector.analysis.interval import Interval

# NIST/SEMATECH e-Handbook 6.3.3.2: faulty chips of 50 on each of 30 wafers
WAFERS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22]
WAFERS += [8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
MONTHS = st.lists(
    st.integers(0, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=30
)


def test_the_wafers_have_the_published_limits() -> None:
    """Montgomery, example 7.1 (the same counts): 0.2313, 0.0524, 0.4102; samples 15 and 23 out.

    The NIST/SEMATECH page is quoted with 0.4103 as the upper limit; 347/1500 gives 0.410232, so
    that agrees to one unit of its last digit only.
    """
    chart = p_chart([(x, 50) for x in WAFERS])
    limits = chart.points[0].limits
    assert chart.centre == 347 / 1500 and round(chart.centre, 4) == 0.2313
    assert (round(limits.low, 4), round(limits.high, 4)) == (0.0524, 0.4102)
    assert limits.high == pytest.approx(0.4103, abs=1e-4)
    assert [i for i, point in enumerate(chart.points, 1) if point.is_outside] == [15, 23]


def test_limits_follow_the_votes_of_their_month() -> None:
    """c = 30/60; half width 3 sqrt(0.25 / n)."""
    chart = p_chart([(20, 36), (10, 24)])
    assert [point.limits.width for point in chart.points] == pytest.approx(
        [3 / math.sqrt(36), 3 / math.sqrt(24)], rel=1e-12
    )


def test_laney_widens_by_the_moving_range() -> None:
    """No published example: z and its moving range written out again, independently."""
    months = [(300, 1000), (420, 1200), (280, 900), (380, 1100)]
    c = 1380 / 4200
    z = [(x / n - c) / math.sqrt(c * (1 - c) / n) for x, n in months]
    sigma_z = mean([abs(z[1] - z[0]), abs(z[2] - z[1]), abs(z[3] - z[2])]) / 1.128
    chart = laney_chart(months)
    assert sigma_z > 1
    assert chart.sigma_z == pytest.approx(sigma_z, rel=1e-12)
    half = 3 * sigma_z * math.sqrt(c * (1 - c) / 1200)
    assert chart.points[1].limits.low == pytest.approx(c - half, rel=1e-12)
    assert chart.points[1].limits.high == pytest.approx(c + half, rel=1e-12)


def test_a_frozen_baseline_does_not_learn_from_what_it_judges() -> None:
    """Later months change neither centre nor spread."""
    calm = [(90, 100), (91, 100), (89, 100), (90, 100)]
    for chart_of in (p_chart, laney_chart):
        chart = chart_of([*calm, (40, 100), (1, 100)], 4)
        assert (chart.centre, chart.sigma_z) == (0.9, 1.0)
        assert [point.is_outside for point in chart.points] == [False] * 4 + [True] * 2
        assert chart_of([*calm, (99, 100)], 4).points[:4] == chart.points[:4]


def test_one_month_of_history_and_an_empty_service() -> None:
    """Something is drawn, nothing is claimed."""
    for chart_of in (p_chart, laney_chart):
        one = chart_of([(9, 10)], 12)
        assert (one.centre, one.sigma_z, one.points[0].is_outside) == (0.9, 1.0, False)
        assert chart_of([]).centre is None
        empty = chart_of([(0, 0), (3, 4)], 1)
        assert empty.centre is None
        assert [point.limits for point in empty.points] == [Interval(0, 1)] * 2
        assert [point.share for point in empty.points] == [None, 0.75]


def test_a_month_without_votes_has_no_share_and_no_say() -> None:
    """It is skipped in the moving range and never outside."""
    months = [(300, 1000), (0, 0), (420, 1200)]
    chart = laney_chart(months)
    assert chart.sigma_z == laney_chart([months[0], months[2]]).sigma_z
    assert (chart.points[1].share, chart.points[1].limits) == (None, Interval(0, 1))


@given(MONTHS, st.integers(1, 40))
def test_limits_are_shares_around_the_centre_and_laney_is_never_narrower(
    months: list[tuple[int, int]], baseline: int
) -> None:
    """Whatever is counted."""
    plain, wide = p_chart(months, baseline), laney_chart(months, baseline)
    assert wide.sigma_z >= 1
    for inner, outer in zip(plain.points, wide.points, strict=True):
        assert 0 <= outer.limits.low <= inner.limits.low
        assert inner.limits.high <= outer.limits.high <= 1
        if plain.centre is not None:
            assert inner.limits.low <= plain.centre <= inner.limits.high


def test_impossible_arguments_are_named() -> None:
    """The error says which value, and of which month."""
    with pytest.raises(ValueError, match="number 1: satisfied=5 is more than votes=4"):
        p_chart([(1, 2), (5, 4)])
    with pytest.raises(ValueError, match="baseline=0"):
        laney_chart([(1, 2)], 0)
    with pytest.raises(ValueError, match="sigmas=0"):
        p_chart([(1, 2)], None, 0)
