"""Whether two shares differ: p-values for a list of comparisons (see `discoveries`)."""

import math

from collector.analysis.binomial import binomial_pmf
from collector.analysis.counts import check_nested
from collector.analysis.special import two_sided_p

_TIE = 1 + 1e-7  # tables as likely as the observed one count, rounding or not; as R's fisher.test


def score_p(satisfied: int, votes: int, other_satisfied: int, other_votes: int) -> float | None:
    """Two-sided p-value of the score test of equal shares, 0 to 1.

    z = (p1 - p2) / sqrt(p(1-p)(1/n1 + 1/n2)) with the pooled p: Pearson's chi-square of the 2x2
    table, uncorrected. Agresti, Categorical Data Analysis, 3rd ed. 2013, section 3.2. For expected
    counts of 5 and more; else `fisher_p`. None if either has no votes; 1 if all or none of both
    are satisfied. ValueError for impossible counts.
    """
    check_nested(satisfied=satisfied, votes=votes)
    check_nested(other_satisfied=other_satisfied, other_votes=other_votes)
    if not votes or not other_votes:
        return None
    x, n = satisfied + other_satisfied, votes + other_votes
    if x in (0, n):
        return 1.0
    variance = x / n * (1 - x / n) * (1 / votes + 1 / other_votes)
    return two_sided_p((satisfied / votes - other_satisfied / other_votes) / math.sqrt(variance))


def fisher_p(satisfied: int, votes: int, other_satisfied: int, other_votes: int) -> float | None:
    """Two-sided p-value of Fisher's exact test of equal shares, 0 to 1, for small counts.

    The sum over all tables with these margins that are no likelier than the observed one. Agresti,
    Categorical Data Analysis, 3rd ed. 2013, section 3.5.1. Takes time in proportion to the counts.
    None if either has no votes. ValueError for impossible counts.
    """
    check_nested(satisfied=satisfied, votes=votes)
    check_nested(other_satisfied=other_satisfied, other_votes=other_votes)
    if not votes or not other_votes:
        return None
    x = satisfied + other_satisfied
    counts = range(max(0, x - other_votes), min(x, votes) + 1)
    likely = {count: _table(count, votes, x, other_votes) for count in counts}
    as_rare = (chance for chance in likely.values() if chance <= likely[satisfied] * _TIE)
    return min(1.0, math.fsum(as_rare) / math.fsum(likely.values()))


def _table(count: int, votes: int, x: int, other_votes: int) -> float:
    """The hypergeometric probability, as a quotient of binomials (Loader 2000)."""
    total = votes + other_votes
    p = x / total
    both = binomial_pmf(count, votes, p) * binomial_pmf(x - count, other_votes, p)
    return both / binomial_pmf(x, total, p)
