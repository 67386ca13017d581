"""The first answer: how many were satisfied, how sure that is, and whether it has changed. Pure."""

from collections.abc import Sequence

from collector.analysis.interval import wilson_finite
from collector.analysis.nonresponse import satisfied_of_visits
from collector.report.facts import BOXES, Cell, Facts, add_up
from collector.report.model import Answer
from collector.report.period import Period
from collector.report.sections.figures import CONFIDENCE, change_of, share_of


def answer_of(facts: Facts, period: Period) -> Answer:
    """Over the boxes' channels."""
    now = total_of(facts, period.months)
    counts = (now.satisfied, now.votes, now.visits)
    is_known = bool(now.votes) and not now.hidden
    earlier, year = period.before, period.year_before
    return Answer(
        channels=BOXES,
        share=share_of(now),
        visits=now.visits,
        response=now.votes / now.visits if now.visits and not now.hidden else None,
        of_visits=wilson_finite(*counts, CONFIDENCE) if is_known else None,
        at_worst=satisfied_of_visits(*counts) if is_known else None,
        month_before=change_of(now, total_of(facts, earlier.months), earlier.name),
        year_before=change_of(now, total_of(facts, year.months), year.name),
    )


def total_of(facts: Facts, months: Sequence[str]) -> Cell:
    """The boxes' votes over months."""
    return add_up(facts.total.get(month, Cell()) for month in months)
