"""Waiting times in buckets that can be added up, and percentiles that state their error."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

import msgspec

from collector.analysis.counts import check_probability


class Histogram(msgspec.Struct, frozen=True):
    """How many waits fall into each bucket. `edges` in seconds, rising, the first 0 or more:
    bucket i holds edges[i] <= wait < edges[i+1], the last one is open above. As many `counts` as
    edges. ValueError if not so."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.edges or len(self.edges) != len(self.counts):
            raise ValueError(f"{len(self.counts)} counts for {len(self.edges)} edges; one each")
        rising = all(before < after for before, after in pairwise(self.edges))
        if not rising or not 0 <= self.edges[0] <= self.edges[-1] < math.inf:
            raise ValueError(f"edges={self.edges} must rise from 0 or more and be finite")
        for index, count in enumerate(self.counts):
            if count < 0:
                raise ValueError(f"counts[{index}]={count} is negative; a count is 0 or more")

    @property
    def total(self) -> int:
        """Number of waits."""
        return sum(self.counts)


class Percentile(msgspec.Struct, frozen=True):
    """Seconds: an estimate, and the edges between which the true one lies (low <= it < high).
    `high` is None in the open bucket; `value` is then its lower edge: at least so long."""

    value: float
    low: float
    high: float | None


def histogram(edges: Sequence[float], waits: Iterable[float] = ()) -> Histogram:
    """Sort waits (seconds) into buckets; without any, an empty histogram.

    ValueError for edges that are none, and for a wait below the first edge, NaN or infinite.
    """
    counts = list(Histogram(tuple(edges), (0,) * len(edges)).counts)
    for wait in waits:
        if not edges[0] <= wait < math.inf:
            raise ValueError(f"a wait of {wait} s is not within {edges[0]} s and above")
        counts[bisect_right(edges, wait) - 1] += 1
    return Histogram(tuple(edges), tuple(counts))


def merge(histograms: Sequence[Histogram]) -> Histogram:
    """Add up, bucket by bucket. ValueError for none, or for different edges (it shows both)."""
    if not histograms:
        raise ValueError("no histogram to merge; begin with an empty one, which states the edges")
    edges = histograms[0].edges
    for other in histograms:
        if other.edges != edges:
            raise ValueError(f"edges {other.edges} cannot be merged with {edges}")
    return Histogram(edges, tuple(map(sum, zip(*(h.counts for h in histograms), strict=True))))


def percentile(waits: Histogram, share: float) -> Percentile | None:
    """The wait that a `share` (0 to 1) of the waits does not exceed; None without waits.

    That of rank ceil(share · n), at least 1: the inverse of the empirical distribution, definition
    1 of Hyndman and Fan 1996, American Statistician 50:361. Its bucket is certain; within it the
    waits are taken as evenly spread. ValueError unless 0 <= share <= 1.
    """
    check_probability(share=share)
    if not waits.total:
        return None
    rank = max(1, math.ceil(share * waits.total * (1 - 1e-15)))  # 0.07 · 100 is above 7 in floats
    reached = list(accumulate(waits.counts))
    bucket = next(index for index, upto in enumerate(reached) if upto >= rank)
    low = waits.edges[bucket]
    if bucket + 1 == len(waits.edges):
        return Percentile(low, low, None)
    high, count = waits.edges[bucket + 1], waits.counts[bucket]
    place = (rank - (reached[bucket] - count) - 0.5) / count
    return Percentile(low + place * (high - low), low, high)
