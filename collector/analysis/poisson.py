"""Rates of rare events, such as failed prints per 1,000 tickets, with exact Poisson limits."""

import msgspec

from collector.analysis.counts import check, check_level
from collector.analysis.special import gamma_quantile


class Rate(msgspec.Struct, frozen=True):
    """Events per 1,000, and its limits; `per_1000` and `high` are None if nothing was exposed."""

    per_1000: float | None
    low: float
    high: float | None


def rate_per_1000(events: int, exposure: int, confidence: float = 0.95) -> Rate:
    """`events` per 1,000 of `exposure` (tickets, visits), with Garwood's exact limits.

    Limits of the expected count: the (1-c)/2 quantile of Gamma(events) (0 for no event) and the
    (1+c)/2 quantile of Gamma(events + 1). Garwood 1936, Biometrika 28:437. A rate is no share: it
    may exceed 1,000, several events can befall one visit. No exposure: nothing is known, (None, 0,
    None). ValueError for negative counts, events without exposure, and unless 0 < confidence < 1.
    """
    check(events=events, exposure=exposure)
    check_level(confidence=confidence)
    if not exposure:
        if events:
            raise ValueError(f"events={events} with exposure=0: nothing they could befall")
        return Rate(None, 0.0, None)
    tail = (1 - confidence) / 2
    low = gamma_quantile(tail, events) if events else 0.0
    high = gamma_quantile(1 - tail, events + 1)
    return Rate(*(1000 * count / exposure for count in (events, low, high)))
