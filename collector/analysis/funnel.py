"""Funnel limits: how far a share of n votes may lie from the target by chance alone."""

from collections.abc import Sequence

import msgspec

from collector.analysis.binomial import binomial_pmf, binomial_reach
from collector.analysis.counts import Part, check, check_level, check_parts, check_probability
from collector.analysis.interval import ALL_SHARES, Interval
from collector.analysis.pooled import pooled_share


class FunnelPoint(msgspec.Struct, frozen=True):
    """One desk: votes, share (0 to 1, None without votes), its limits, whether it is outside."""

    votes: int
    share: float | None
    limits: Interval
    is_outside: bool


def funnel_limits(target: float, votes: int, coverage: float = 0.95) -> Interval:
    """Exact binomial limits of a share of `votes` around `target`, within 0..1.

    At either tail P: (r - a) / n, where r is the smallest count with P(R <= r) >= P and
    a = (P(R <= r) - P) / (P(R <= r) - P(R <= r-1)) interpolates between whole counts.
    Spiegelhalter 2005, Statistics in Medicine 24:1185, Appendix A.1.1. No votes: 0..1.
    ValueError unless votes >= 0, 0 <= target <= 1, 0 < coverage < 1.
    """
    check(votes=votes)
    check_probability(target=target)
    check_level(coverage=coverage)
    if not votes:
        return ALL_SHARES
    tail = (1 - coverage) / 2
    low = min(target, max(0.0, _count_at(tail, votes, target) / votes))
    high = max(target, min(1.0, _count_at(1 - tail, votes, target) / votes))
    return Interval(low, high)


def funnel(
    desks: Sequence[Part], target: float | None = None, coverage: float = 0.95
) -> tuple[FunnelPoint, ...]:
    """Every desk's (satisfied, votes) against its limits, in the order given.

    `target`: 0 to 1; None: the share of all desks together, each one's own votes included.
    ValueError as `funnel_limits`, and for impossible counts, with their index.
    """
    check_parts(desks)
    aim = pooled_share(desks) if target is None else target
    return tuple(_point(desk, aim, coverage) for desk in desks)


def _point(desk: Part, target: float | None, coverage: float) -> FunnelPoint:
    x, n = desk
    limits = ALL_SHARES if target is None else funnel_limits(target, n, coverage)
    if not n:
        return FunnelPoint(n, None, limits, False)
    return FunnelPoint(n, x / n, limits, not limits.low <= x / n <= limits.high)


def _count_at(probability: float, n: int, p: float) -> float:
    """The quantile of the binomial, interpolated; may lie up to 1 below 0."""
    count, reached = binomial_reach(probability, n, p)
    step = binomial_pmf(count, n, p)
    if step <= 0:
        return float(count)
    return count - min(1.0, max(0.0, (reached - probability) / step))
