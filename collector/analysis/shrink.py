"""Shares of small desks, drawn towards the share of all by as much as their few votes leave open.

No ranking: the results stand in the order of the input.
"""

from collections.abc import Sequence

import msgspec

from collector.analysis.counts import Part, check_level, check_parts
from collector.analysis.interval import Interval
from collector.analysis.special import beta_quantile

_JEFFREYS = 0.5


class Prior(msgspec.Struct, frozen=True):
    """Beta(a, b) of the desks' true shares; worth a + b votes."""

    a: float
    b: float


class Shrunk(msgspec.Struct, frozen=True):
    """One desk: its counts, its posterior mean (0 to 1) and its credible interval. `mean` is None
    if no desk has a vote."""

    satisfied: int
    votes: int
    mean: float | None
    interval: Interval


def prior_of(desks: Sequence[Part]) -> Prior:
    """The beta distribution of the desks' shares, by moments of their (satisfied, votes).

    With k desks of n_i votes, N in all, p their pooled share and S = sum of n_i (p_i - p)²:
    rho = (S / p(1-p) - (k-1)) / (N - sum n_i² / N - (k-1)), a + b = 1/rho - 1, a = p (a + b).
    Kleinman 1973, JASA 68:46, with weights n_i and p(1-p) taken as known.

    a + b is held within 1..N: the prior is worth one vote at least, and no more than all that were
    cast. Nothing to estimate from (fewer than two desks with votes, or one vote each): Jeffreys'
    Beta(1/2, 1/2). All or none satisfied: mean (x + 1/2) / (N + 1), worth N votes. ValueError for
    impossible counts, with their index.
    """
    check_parts(desks)
    voted = [desk for desk in desks if desk[1]]
    x, total = sum(part for part, _ in voted), sum(whole for _, whole in voted)
    if len(voted) < 2 or total == len(voted):
        return Prior(_JEFFREYS, _JEFFREYS)
    if x in (0, total):
        mean = (x + 0.5) / (total + 1)
        return Prior(mean * total, (1 - mean) * total)
    mean, worth = x / total, _worth(voted, x / total, total)
    return Prior(mean * worth, (1 - mean) * worth)


def shrink(desks: Sequence[Part], confidence: float = 0.95) -> tuple[Shrunk, ...]:
    """Each desk's share under the prior of all: posterior Beta(a + x, b + n - x), in input order.

    Mean (a + x) / (a + b + n); interval from the (1-confidence)/2 quantile to its mirror, widened
    to the mean where a very skewed posterior leaves it outside. A desk without votes gets the
    prior. Empirical Bayes: that the prior is itself estimated is not in the interval. No votes at
    all: mean None, 0..1. ValueError for impossible counts, and unless 0 < confidence < 1.
    """
    check_level(confidence=confidence)
    prior = prior_of(desks)
    if not any(votes for _, votes in desks):
        return tuple(Shrunk(0, 0, None, Interval(0.0, 1.0)) for _ in desks)
    return tuple(_posterior(desk, prior, confidence) for desk in desks)


def _worth(voted: Sequence[Part], p: float, total: int) -> float:
    spread = sum(n * (x / n - p) ** 2 for x, n in voted) / (p * (1 - p))
    chance = len(voted) - 1
    rho = (spread - chance) / (total - sum(n * n for _, n in voted) / total - chance)
    return min(float(total), max(1.0, 1 / rho - 1)) if rho > 0 else float(total)


def _posterior(desk: Part, prior: Prior, confidence: float) -> Shrunk:
    x, n = desk
    a, b = prior.a + x, prior.b + n - x
    mean, tail = a / (a + b), (1 - confidence) / 2
    low, high = beta_quantile(tail, a, b), beta_quantile(1 - tail, a, b)
    return Shrunk(x, n, mean, Interval(min(low, mean), max(high, mean)))
