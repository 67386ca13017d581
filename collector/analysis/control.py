"""Control charts of a share over time: the p chart, and Laney's p' for overdispersed shares."""

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from collector.analysis.counts import Part, check_parts, check_positive
from collector.analysis.interval import ALL_SHARES, Interval
from collector.analysis.pooled import pooled_share

_D2 = 1.128  # mean range of two standard normal values, Montgomery, Appendix VI


class ChartPoint(msgspec.Struct, frozen=True):
    """One month: its share (0 to 1, None without votes), its limits, whether it is outside."""

    share: float | None
    limits: Interval
    is_outside: bool


class Chart(msgspec.Struct, frozen=True):
    """Points in the order given. `centre`: share of the baseline, None if that had no votes.
    `sigma_z`: by what the limits are wider than the binomial ones, 1 for a p chart."""

    centre: float | None
    sigma_z: float
    points: tuple[ChartPoint, ...]


def p_chart(months: Sequence[Part], baseline: int | None = None, sigmas: float = 3.0) -> Chart:
    """The p chart of (satisfied, votes) by month: centre ± sigmas sqrt(c(1-c)/n), within 0..1.

    Montgomery, Introduction to Statistical Quality Control, section 7.2.2 (variable sample size).
    `baseline`: centre and spread come from the first so many months only, frozen; None: from all;
    more than there are: from those there are. A month without votes has the limits 0..1.
    ValueError for impossible counts (with their index), baseline < 1, sigmas not above 0.
    """
    centre = pooled_share(_phase(months, baseline))
    return _chart(months, centre, 1.0, sigmas)


def laney_chart(months: Sequence[Part], baseline: int | None = None, sigmas: float = 3.0) -> Chart:
    """Laney's p' chart: the p chart with limits wider by sigma_z, never narrower.

    sigma_z = mean |z_i - z_(i-1)| / 1.128 of z_i = (p_i - c) / sqrt(c(1-c)/n_i) over the baseline
    months with votes; 1 with fewer than two of them. Laney 2002, Quality Engineering 14:531.
    Below 1 it is taken as 1, unlike Laney. Arguments and errors as `p_chart`.
    """
    phase = _phase(months, baseline)
    centre = pooled_share(phase)
    return _chart(months, centre, max(1.0, _sigma_z(phase, centre)), sigmas)


def _phase(months: Sequence[Part], baseline: int | None) -> Sequence[Part]:
    check_parts(months)
    if baseline is not None and baseline < 1:
        raise ValueError(f"baseline={baseline} must be 1 month or more")
    return months[:baseline]


def _sigma_z(phase: Sequence[Part], centre: float | None) -> float:
    if centre is None or centre in (0, 1):
        return 1.0
    deviation = math.sqrt(centre * (1 - centre))
    z = [(x / n - centre) * math.sqrt(n) / deviation for x, n in phase if n]
    ranges = [abs(after - before) for before, after in pairwise(z)]
    return sum(ranges) / len(ranges) / _D2 if ranges else 1.0


def _chart(months: Sequence[Part], centre: float | None, sigma_z: float, sigmas: float) -> Chart:
    check_positive(sigmas=sigmas)
    points = (_point(month, centre, sigma_z * sigmas) for month in months)
    return Chart(centre=centre, sigma_z=sigma_z, points=tuple(points))


def _point(month: Part, centre: float | None, reach: float) -> ChartPoint:
    x, n = month
    share = x / n if n else None
    if share is None or centre is None:
        return ChartPoint(share, ALL_SHARES, False)
    half = reach * math.sqrt(centre * (1 - centre) / n)
    limits = Interval(max(0.0, centre - half), min(1.0, centre + half))
    return ChartPoint(share, limits, not limits.low <= share <= limits.high)
