"""Confidence intervals of a share and of a difference of two, by the score method."""

import math

import msgspec

from collector.analysis.counts import check, check_nested
from collector.analysis.special import two_sided_z


class Interval(msgspec.Struct, frozen=True):
    """From `low` to `high`, both included; of shares 0 to 1, of differences -1 to 1."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """high - low, 0 or more."""
        return self.high - self.low


ALL_SHARES = Interval(0.0, 1.0)
ALL_DIFFERENCES = Interval(-1.0, 1.0)


def wilson(satisfied: int, votes: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of a share, 0 to 1; 0..1 without votes.

    (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n). Wilson 1927; Newcombe 1998, Statistics
    in Medicine 17:857, method 3. ValueError unless 0 <= satisfied <= votes, 0 < confidence < 1.
    """
    check_nested(satisfied=satisfied, votes=votes)
    return _score(satisfied, votes, two_sided_z(confidence) ** 2)


def wilson_finite(satisfied: int, votes: int, visits: int, confidence: float = 0.95) -> Interval:
    """Wilson's interval of the share among all visits, of which `votes` voted; 0 to 1.

    z² times the finite population correction (N-n)/(N-1), Cochran, Sampling Techniques, 3rd ed.
    1977, eq. 3.8, in the score equation. All voted: the point p. It takes the voters for a simple
    random sample of the visits, which those who choose to vote are not: see `nonresponse`. With a
    handful of visits left out the normal approximation is too narrow.

    More votes than visits is legal (not every voter had a ticket), but then `visits` is not the
    population: the interval is uncorrected. No votes: 0..1. ValueError unless visits >= 0,
    0 <= satisfied <= votes, 0 < confidence < 1.
    """
    check_nested(satisfied=satisfied, votes=votes)
    check(visits=visits)
    z2 = two_sided_z(confidence) ** 2
    if votes == visits:
        return _score(satisfied, votes, 0.0)
    if votes > visits:
        return _score(satisfied, votes, z2)
    return _score(satisfied, votes, z2 * (visits - votes) / max(visits - 1, 1))


def newcombe(
    satisfied: int,
    votes: int,
    other_satisfied: int,
    other_votes: int,
    confidence: float = 0.95,
) -> Interval:
    """Interval of the first share less the second, -1 to 1; -1..1 if either has no votes.

    d - sqrt((p1-l1)² + (u2-p2)²) to d + sqrt((u1-p1)² + (p2-l2)²) with the Wilson limits l, u.
    Newcombe 1998, Statistics in Medicine 17:873, method 10. ValueError as `wilson`.
    """
    one = wilson(satisfied, votes, confidence)
    check_nested(other_satisfied=other_satisfied, other_votes=other_votes)
    two = wilson(other_satisfied, other_votes, confidence)
    if not votes or not other_votes:
        return ALL_DIFFERENCES
    p, q = satisfied / votes, other_satisfied / other_votes
    low = p - q - math.hypot(p - one.low, two.high - q)
    high = p - q + math.hypot(one.high - p, q - two.low)
    return Interval(max(-1.0, low), min(1.0, high))


def _score(x: int, n: int, z2: float) -> Interval:
    """The two p at which (x/n - p)² = z2 p (1-p) / n; the ends 0 and 1 exact."""
    if not n:
        return ALL_SHARES
    p = x / n
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    low = max(0.0, min(p, centre - half)) if x else 0.0
    high = min(1.0, max(p, centre + half)) if x < n else 1.0
    return Interval(low, high)
