"""What the visits that did not vote could change: bounds that assume nothing about them."""

from collector.analysis.counts import check, check_nested
from collector.analysis.interval import ALL_SHARES, Interval


def satisfied_of_visits(satisfied: int, votes: int, visits: int) -> Interval:
    """Between which shares of all visits can have been satisfied, 0 to 1.

    satisfied / visits (nobody else was) to (satisfied + visits - votes) / visits (everybody else
    was): the width is the share that did not vote. Manski 1989, Journal of Human Resources 24:343;
    Partial Identification of Probability Distributions, 2003, section 1.2. It is no confidence
    interval: it holds for certain, if each vote is one of the visits.

    No visits, or more votes than visits (legal: not every voter had a ticket): nothing can be said
    of the visits, 0..1. ValueError unless visits >= 0 and 0 <= satisfied <= votes.
    """
    check_nested(satisfied=satisfied, votes=votes)
    check(visits=visits)
    if not visits or votes > visits:
        return ALL_SHARES
    return Interval(satisfied / visits, (satisfied + visits - votes) / visits)
