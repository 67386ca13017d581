"""Points of dissatisfaction, and complaints. Pure."""

from collector.analysis.interval import wilson
from collector.analysis.poisson import rate_per_1000
from collector.report.facts import ALL, Cell, Facts, over
from collector.report.model import Complaints, Count, Reason, Share
from collector.report.period import Period
from collector.report.sections.answer import total_of
from collector.report.sections.figures import CONFIDENCE, HIDDEN
from collector.tally import REASONS


def reasons_of(facts: Facts, period: Period) -> tuple[Reason, ...]:
    """Every criterion in the order of the quality manual; none at all if nobody named any.

    The share is of all namings: a ballot may name several criteria.
    """
    every = over(facts.reasons, period.months, ALL)
    if not every.votes and not every.hidden:
        return ()
    return tuple(
        _reason(key, over(facts.reasons, period.months, key), every.votes) for key in REASONS
    )


def complaints_of(facts: Facts, period: Period) -> Complaints | None:
    """Per 1,000 visits; None if there never was one: then nobody enters them."""
    if not any(facts.complaints.values()):
        return None
    count = sum(facts.complaints.get(month, 0) for month in period.months)
    visits = total_of(facts, period.months).visits
    rate = rate_per_1000(count, visits, CONFIDENCE) if visits else None
    return Complaints(count=count, visits=visits, rate=rate)


def _reason(key: str, cell: Cell, named: int) -> Reason:
    if cell.hidden:
        return Reason(key=key, count=Count(key=key, count=None, hidden=True), share=HIDDEN)
    share = Share(
        satisfied=cell.votes,
        votes=named,
        share=cell.votes / named if named else None,
        interval=wilson(cell.votes, named, CONFIDENCE) if named else None,
    )
    return Reason(key=key, count=Count(key=key, count=cell.votes), share=share)
