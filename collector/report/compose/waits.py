"""How long visitors waited and were served, with the error that the buckets leave."""

from collector.analysis.histogram import Percentile
from collector.report.compose.cells import number, reasons
from collector.report.compose.rows import MOST_ROWS, title
from collector.report.compose.spent import spent
from collector.report.document import Block, Cell, Column, Section, Table, Text
from collector.report.model import Report, Wait
from collector.report.words import Words


def waits(w: Words, report: Report) -> Section:
    """Waiting times, service times, then both of those who voted, by their answer."""
    blocks: list[Block] = []
    tables = [
        _table(w, kind, of)
        for kind, of in (("waits", report.waits), ("serving", report.serving))
        if of
    ]
    if tables:
        blocks += [Text(text=w("waits_lead")), *tables]
    if report.spent:
        blocks.append(spent(w, report.spent))
    nothing = Text(text=w("waits_none"))
    return Section(id="waits", title=w("waits_title"), blocks=tuple(blocks or [nothing]))


def _table(w: Words, kind: str, found: tuple[Wait, ...]) -> Table:
    columns = (
        Column(w("service")),
        Column(w(f"{kind}_count"), True),
        Column(w("median"), True),
        Column(w("for_certain"), True),
        Column(w("p90"), True),
        Column(w("for_certain"), True),
    )
    rows = tuple(_row(w, wait) for wait in found[:MOST_ROWS])
    left = len(found) - len(rows)
    notes = (w("rows_left", n=w.number(left)),) if left else ()
    return Table(
        caption=w(f"{kind}_table"), columns=columns, rows=rows, notes=(*notes, *reasons(w, rows))
    )


def _row(w: Words, wait: Wait) -> tuple[Cell, ...]:
    name = title(w, wait) if wait.key else w("all_services")
    return (
        Cell(name),
        number(w, wait.count, wait.hidden),
        *_percentile(w, wait.median, wait.hidden),
        *_percentile(w, wait.p90, wait.hidden),
    )


def _percentile(w: Words, found: Percentile | None, hidden: bool) -> tuple[Cell, Cell]:
    if hidden or found is None:
        cell = Cell(w("hidden" if hidden else "none"), "quiet")
        return cell, cell
    return Cell(w.percentile(found)), Cell(w.percentile_between(found))
