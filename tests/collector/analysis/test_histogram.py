"""Percentiles of buckets. No published example: checked against the sorted waits themselves."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.histogram import Histogram, Percentile, histogram, merge, percentile

EDGES = (0.0, 60.0, 300.0, 900.0, 1800.0)
WAITS = st.lists(st.floats(0, 5000), max_size=60)


@given(WAITS, st.integers(0, 100))
def test_the_true_percentile_lies_between_the_edges(waits: list[float], percent: int) -> None:
    """Brute force: the wait of rank ceil(share n) among the sorted ones."""
    got = percentile(histogram(EDGES, waits), percent / 100)
    if not waits:
        assert got is None
        return
    assert got is not None
    true = sorted(waits)[max(1, -(-percent * len(waits) // 100)) - 1]
    assert got.low <= true and got.low <= got.value
    if got.high is None:
        assert got.low == got.value == EDGES[-1]
    else:
        assert true < got.high and got.value < got.high


@given(WAITS, WAITS, WAITS)
def test_merging_is_counting_together(a: list[float], b: list[float], c: list[float]) -> None:
    """Whatever the grouping, as if all had been counted at one place."""
    x, y, z = (histogram(EDGES, waits) for waits in (a, b, c))
    whole = histogram(EDGES, a + b + c)
    assert merge([x, y, z]) == merge([merge([z, y]), x]) == whole
    assert whole.total == len(a) + len(b) + len(c)


def test_within_a_bucket_waits_are_evenly_spread() -> None:
    """Four waits of 60..300 s: the second stands at 60 + 1.5/4 · 240."""
    waits = Histogram(EDGES, (0, 4, 0, 0, 0))
    assert percentile(waits, 0.5) == Percentile(150.0, 60.0, 300.0)
    assert percentile(waits, 0.0) == Percentile(90.0, 60.0, 300.0)
    assert percentile(waits, 1.0) == Percentile(270.0, 60.0, 300.0)


def test_the_open_bucket_states_no_upper_edge() -> None:
    """At least so long."""
    assert percentile(histogram(EDGES, [10, 99999]), 0.9) == Percentile(1800.0, 1800.0, None)


def test_a_rank_is_not_lost_to_floating_point() -> None:
    """0.07 · 100 is 7.000000000000001 in floats; the 7th of 100 is meant."""
    waits = Histogram((0, 10), (7, 93))
    got = percentile(waits, 0.07)
    assert got is not None and got.high == 10


def test_an_edge_belongs_to_the_bucket_above() -> None:
    """edges[i] <= wait < edges[i+1]."""
    assert histogram(EDGES, [0, 59.9, 60, 1800]).counts == (2, 1, 0, 0, 1)


def test_no_waits_and_one_wait() -> None:
    """None, and the bucket of the one."""
    assert percentile(histogram(EDGES), 0.5) is None
    one = percentile(histogram(EDGES, [400]), 0.95)
    assert one == Percentile(600.0, 300.0, 900.0)


def test_impossible_histograms_are_named() -> None:
    """The error says which value."""
    with pytest.raises(ValueError, match=r"counts\[1\]=-3"):
        Histogram((0, 60), (1, -3))
    with pytest.raises(ValueError, match="1 counts for 2 edges"):
        Histogram((0, 60), (1,))
    for edges in ((60.0, 60.0), (-1.0, 60.0), (0.0, math.inf), (0.0, math.nan), (math.nan,)):
        with pytest.raises(ValueError, match="must rise from 0"):
            Histogram(edges, (0,) * len(edges))
    with pytest.raises(ValueError, match="0 counts for 0 edges"):
        histogram((), [1])
    for wait in (-1, math.nan, math.inf):
        with pytest.raises(ValueError, match="a wait of"):
            histogram(EDGES, [wait])
    with pytest.raises(ValueError, match="cannot be merged"):
        merge([histogram((0, 60)), histogram((0, 90))])
    with pytest.raises(ValueError, match="no histogram to merge"):
        merge([])
    with pytest.raises(ValueError, match="share=95"):
        percentile(histogram(EDGES, [1]), 95)
