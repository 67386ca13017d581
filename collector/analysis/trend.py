"""Whether a share rises or falls over the months."""

import math
from collections.abc import Sequence

import msgspec

from collector.analysis.counts import Part, check_parts
from collector.analysis.special import two_sided_p


class Trend(msgspec.Struct, frozen=True):
    """z above 0: the share rises. `p_value`: two-sided, 0 to 1."""

    z: float
    p_value: float


def cochran_armitage(months: Sequence[Part], scores: Sequence[float] | None = None) -> Trend | None:
    """The Cochran-Armitage test for a linear trend of (satisfied, votes) over months.

    z = sum (t_i - t) x_i / sqrt(p(1-p) sum n_i (t_i - t)²), p pooled, t the mean score by votes.
    Armitage 1955, Biometrics 11:375; Agresti, Categorical Data Analysis, 3rd ed. 2013, section
    5.3.5. `scores` t_i are any finite numbers, by default 0, 1, 2, ...: one per month, also for
    months without votes, which weigh nothing. It takes votes for independent.

    None where there is nothing to test: votes at fewer than two scores, or all or none satisfied.
    ValueError for impossible counts, scores not as many as months, or not finite.
    """
    check_parts(months)
    rows = [(t, x, n) for t, (x, n) in zip(_scores(months, scores), months, strict=True) if n]
    satisfied, votes = sum(x for _, x, _ in rows), sum(n for _, _, n in rows)
    if satisfied in (0, votes) or len({t for t, _, _ in rows}) < 2:
        return None
    p, centre = satisfied / votes, sum(t * n for t, _, n in rows) / votes
    lean = math.fsum((t - centre) * (x - n * p) for t, x, n in rows)
    spread = math.fsum(n * (t - centre) ** 2 for t, _, n in rows)
    z = lean / math.sqrt(p * (1 - p) * spread)
    return Trend(z, two_sided_p(z))


def _scores(months: Sequence[Part], scores: Sequence[float] | None) -> Sequence[float]:
    if scores is None:
        return range(len(months))
    if len(scores) != len(months):
        raise ValueError(f"{len(scores)} scores for {len(months)} months; give one each")
    for index, score in enumerate(scores):
        if not math.isfinite(score):
            raise ValueError(f"scores[{index}]={score} is not a finite number")
    return scores
