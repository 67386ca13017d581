"""How long those who voted had waited and been served, satisfied and dissatisfied side by side."""

from collector.analysis.mean import Mean
from collector.report.compose.cells import number, reasons
from collector.report.document import Cell, Column, Table
from collector.report.model import Spent
from collector.report.words import Words


def spent(w: Words, found: tuple[Spent, ...]) -> Table:
    """A row for each answer. What stands beside it says nothing of causes, and so do the notes."""
    columns = (
        Column(w("answer")),
        Column(w("votes"), True),
        Column(w("spent_waited"), True),
        Column(w("interval"), True),
        Column(w("spent_served"), True),
        Column(w("interval"), True),
    )
    rows = tuple(_row(w, one) for one in found)
    notes = (w("spent_of_whom"), w("spent_whole"), w("spent_cause"))
    return Table(
        caption=w("spent_table"), columns=columns, rows=rows, notes=(*notes, *reasons(w, rows))
    )


def _row(w: Words, found: Spent) -> tuple[Cell, ...]:
    return (
        Cell(w.name("spent", found.key)),
        number(w, found.votes, found.hidden),
        *_mean(w, found.waited, found.hidden),
        *_mean(w, found.served, found.hidden),
    )


def _mean(w: Words, found: Mean | None, hidden: bool) -> tuple[Cell, Cell]:
    nothing = Cell(w("hidden" if hidden else "none"), "quiet")
    if hidden or found is None:
        return nothing, nothing
    ends = nothing if found.interval is None else Cell(w.minutes_between(found.interval))
    return Cell(w.minutes(found.value)), ends
