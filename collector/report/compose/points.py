"""Points of dissatisfaction («точки невдоволення»): where, and for which reasons."""

from collector.report.compose.cells import number, reasons, share_cells, share_says, verdict
from collector.report.compose.rows import MOST_ROWS, title
from collector.report.document import Block, Cell, Column, Section, Table, Text
from collector.report.model import Complaints, Reason, Report, Row
from collector.report.words import Words


def points(w: Words, report: Report) -> Section:
    """What lies below its limits or got worse; the reasons; the complaints."""
    blocks: list[Block] = [Text(text=w("points_lead")), _places(w, report)]
    blocks += _reasons(w, report.reasons)
    blocks.append(Text(text=complaints_say(w, report.complaints)))
    return Section(id="points", title=w("points_title"), blocks=tuple(blocks))


def dissatisfaction(report: Report) -> tuple[Row, ...]:
    """Services and offices that lie below their limits, or that got worse."""
    return tuple(row for row in (*report.services, *report.sites) if is_point(row))


def is_point(row: Row) -> bool:
    """Whether a row is a point of dissatisfaction."""
    worse = row.is_change and row.change is not None and row.change.verdict == "worse"
    return row.clue == "below" or worse


def why(w: Words, row: Row) -> str:
    """Why it is one."""
    said = [w("clue_below")] if row.clue == "below" else []
    if row.is_change and row.change is not None and row.change.verdict == "worse":
        said.append(verdict(w, row.change.verdict))
    return "; ".join(said)


def point_says(w: Words, row: Row) -> str:
    """A point in a sentence."""
    return f"{title(w, row)}: {share_says(w, row.share)}"


def complaints_say(w: Words, found: Complaints | None) -> str:
    """Complaints per 1,000 visits, or that nobody entered any."""
    if found is None:
        return w("complaints_none")
    said = w("complaints", n=w.number(found.count), visits=w.count("on_visits", found.visits))
    rate = found.rate
    if rate is None or rate.per_1000 is None or rate.high is None:
        return said
    ends = {"low": w.number(rate.low, 2), "high": w.number(rate.high, 2)}
    return f"{said} {w('complaints_rate', rate=w.number(rate.per_1000, 2), **ends)}"


def _places(w: Words, report: Report) -> Table | Text:
    found = dissatisfaction(report)
    if not found:
        return Text(text=w("points_none"))
    columns = (Column(w("point")), *_share_heads(w), Column(w("points_why")))
    rows = tuple(
        (Cell(title(w, row)), *share_cells(w, row.share), Cell(why(w, row), "strong"))
        for row in found[:MOST_ROWS]
    )
    left = len(found) - len(rows)
    notes = (w("rows_left", n=w.number(left)),) if left else ()
    return Table(caption=w("points_table"), columns=columns, rows=rows, notes=notes)


def _share_heads(w: Words) -> tuple[Column, ...]:
    return tuple(Column(w(key), True) for key in ("votes", "satisfied", "interval"))


def _reasons(w: Words, found: tuple[Reason, ...]) -> list[Block]:
    if not found:
        return [Text(text=w("reasons_none"))]
    columns = (
        Column(w("reason")),
        Column(w("reason_named"), True),
        Column(w("reason_share"), True),
        Column(w("interval"), True),
    )
    rows = tuple(
        (
            Cell(w.name("reason", reason.key)),
            number(w, reason.count.count, reason.count.hidden),
            *share_cells(w, reason.share)[1:],
        )
        for reason in found
    )
    return [Table(caption=w("reasons_table"), columns=columns, rows=rows, notes=reasons(w, rows))]
