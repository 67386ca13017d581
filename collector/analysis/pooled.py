"""The overall share of several places or months: a quotient of sums, never a mean of shares."""

from collections.abc import Sequence

import msgspec

from collector.analysis.counts import Part, check_parts
from collector.analysis.interval import Interval, wilson


class Pooled(msgspec.Struct, frozen=True):
    """Sums, their share (0 to 1, None without votes) and its Wilson interval."""

    satisfied: int
    votes: int
    share: float | None
    interval: Interval


def pooled(parts: Sequence[Part], confidence: float = 0.95) -> Pooled:
    """Sum (satisfied, votes) pairs: sum of satisfied / sum of votes, with Wilson's interval.

    Each place so weighs as its votes do. Nothing to sum: share None, interval 0..1. The interval
    takes all votes for alike (no differences between places). ValueError for impossible counts,
    with their index, and unless 0 < confidence < 1.
    """
    check_parts(parts)
    satisfied = sum(part for part, _ in parts)
    votes = sum(whole for _, whole in parts)
    share = satisfied / votes if votes else None
    return Pooled(satisfied, votes, share, wilson(satisfied, votes, confidence))


def pooled_share(parts: Sequence[Part]) -> float | None:
    """The share of `pooled` alone, 0 to 1; None without votes."""
    return pooled(parts).share
