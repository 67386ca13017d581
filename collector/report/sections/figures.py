"""Cells as figures: a share with its interval, a change with its verdict. Pure."""

from collector.analysis.comparison import fisher_p, score_p
from collector.analysis.interval import Interval, newcombe, wilson
from collector.report.facts import Cell
from collector.report.model import Change, Clue, Share, Verdict

CONFIDENCE = 0.95

_LEAST_EXPECTED = 5.0  # below it the score test is too rough: Fisher's exact test instead

HIDDEN = Share(satisfied=None, votes=None, share=None, interval=None, hidden=True)


def share_of(cell: Cell) -> Share:
    """Satisfied of votes with Wilson's interval."""
    if cell.hidden:
        return HIDDEN
    known = cell.votes > 0
    return Share(
        satisfied=cell.satisfied,
        votes=cell.votes,
        share=cell.satisfied / cell.votes if known else None,
        interval=wilson(cell.satisfied, cell.votes, CONFIDENCE) if known else None,
    )


def change_of(now: Cell, before: Cell, name: str) -> Change:
    """`now` against an earlier period, which is called `name`: the verdict is a change if and only
    if 0 lies outside Newcombe's interval of the difference."""
    earlier = share_of(before)
    if now.hidden or before.hidden or not now.votes or not before.votes:
        return Change(
            before=name,
            earlier=earlier,
            difference=None,
            interval=None,
            p_value=None,
            verdict="no_data",
        )
    interval = newcombe(now.satisfied, now.votes, before.satisfied, before.votes, CONFIDENCE)
    return Change(
        before=name,
        earlier=earlier,
        difference=now.satisfied / now.votes - before.satisfied / before.votes,
        interval=interval,
        p_value=p_value(now, before),
        verdict=_verdict(interval),
    )


def p_value(one: Cell, other: Cell) -> float | None:
    """Of equal shares: the score test; Fisher's exact one where few are expected."""
    votes = one.votes + other.votes
    if not one.votes or not other.votes:
        return None
    satisfied = one.satisfied + other.satisfied
    rarer = min(satisfied, votes - satisfied)
    if min(one.votes, other.votes) * rarer / votes < _LEAST_EXPECTED:
        return fisher_p(one.satisfied, one.votes, other.satisfied, other.votes)
    return score_p(one.satisfied, one.votes, other.satisfied, other.votes)


def clue_of(share: float | None, limits: Interval | None) -> Clue:
    """Where a share lies against its limits."""
    if share is None or limits is None or limits.low <= share <= limits.high:
        return "inside"
    return "above" if share > limits.high else "below"


def _verdict(interval: Interval) -> Verdict:
    if interval.low > 0:
        return "better"
    return "worse" if interval.high < 0 else "no_grounds"
