"""How long voters had waited and been served, by their answer. Pure."""

from collector.analysis.mean import mean_of
from collector.report.facts import Minutes, MinuteTable, minutes_over
from collector.report.model import Spent
from collector.report.period import Period
from collector.report.sections.figures import CONFIDENCE
from wire.records import VALUES


def spent_of(table: MinuteTable, period: Period) -> tuple[Spent, ...]:
    """Both answers side by side, or nothing where no visit of a vote is known."""
    found = [(value, minutes_over(table, period.months, value)) for value in VALUES]
    if not any(minutes.votes or minutes.hidden for _, minutes in found):
        return ()
    return tuple(_spent(value, minutes) for value, minutes in found)


def _spent(value: str, found: Minutes) -> Spent:
    if found.hidden:
        return Spent(key=value, votes=None, waited=None, served=None, hidden=True)
    return Spent(
        key=value,
        votes=found.votes,
        waited=mean_of(found.votes, found.waited, found.waited2, CONFIDENCE),
        served=mean_of(found.votes, found.served, found.served2, CONFIDENCE),
    )
