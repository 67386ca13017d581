"""Services, offices and desks, each with its interval, its limits and its change."""

from collector.report.charts.dots import MOST_DOTS, dots
from collector.report.compose.cells import (
    change_cell,
    clue_cell,
    number,
    reasons,
    share_cells,
    share_columns,
)
from collector.report.document import Block, Cell, Column, Picture, Section, Table, Text
from collector.report.model import Report, Row, Wait
from collector.report.words import Words

MOST_ROWS = 60
"""Above it pages name only the rows that stand out; the data formats have all of them."""


def services(w: Words, report: Report) -> Section:
    """By service."""
    return _section(w, "services", report.services)


def sites(w: Words, report: Report) -> Section | None:
    """By office; None if the report is of one."""
    return _section(w, "sites", report.sites) if len(report.sites) > 1 else None


def desks(w: Words, report: Report) -> Section | None:
    """By desk; None in the public edition, which has none."""
    return _section(w, "desks", report.desks) if report.desks else None


def stands_out(row: Row) -> bool:
    """Whether a row lies outside its limits or changed."""
    return row.clue != "inside" or row.is_change


def title(w: Words, row: Row | Wait) -> str:
    """What a row is called; one of no service in particular says that none was stated."""
    return row.title if row.title not in ("", row.key) else w.name("row", row.key)


def _section(w: Words, kind: str, rows: tuple[Row, ...]) -> Section:
    blocks: list[Block] = [Text(text=w(f"{kind}_lead"))]
    if not rows:
        blocks = [Text(text=w(f"{kind}_none"))]
    elif len(rows) > MOST_ROWS:
        blocks += _summary(w, kind, rows)
    else:
        blocks += [*_picture(w, kind, rows), _table(w, kind, rows)]
    return Section(id=kind, title=w(f"{kind}_title"), blocks=tuple(blocks))


def _summary(w: Words, kind: str, rows: tuple[Row, ...]) -> list[Block]:
    """Of a country's rows: how many lie where, and those that stand out, as far as they fit."""
    counts = [
        (Cell(w(f"clue_{clue}")), Cell(w.number(sum(r.clue == clue for r in rows))))
        for clue in ("above", "inside", "below")
    ]
    counts.append((Cell(w("rows_changed")), Cell(w.number(sum(r.is_change for r in rows)))))
    columns = (Column(w("against_limits")), Column(w("how_many"), True))
    # not all may fit: what lies below its limits must
    found = tuple(sorted(filter(stands_out, rows), key=lambda row: row.clue != "below"))
    said: list[Block] = [
        Text(text=w("rows_many", n=w.number(len(rows)), most=w.number(MOST_ROWS)), role="note"),
        Table(caption=w(f"{kind}_counts"), columns=columns, rows=tuple(counts)),
    ]
    if found:
        said.append(_table(w, kind, found[:MOST_ROWS], len(found) - MOST_ROWS))
    return said


def _picture(w: Words, kind: str, rows: tuple[Row, ...]) -> list[Block]:
    # what nobody voted on has no place on the scale; what is hidden is named
    shown = [row for row in rows if row.share.share is not None or row.share.hidden][:MOST_DOTS]
    if all(row.share.share is None for row in shown):
        return []
    out = [title(w, row) for row in shown if stands_out(row)]
    said = w("dots_outside", names=", ".join(out)) if out else w("dots_inside")
    described = f"{w('dots_describes', n=w.number(len(shown)))} {said}"
    caption = w(f"{kind}_chart")
    svg = dots(w, kind, [(title(w, row), row) for row in shown], caption, described)
    return [Picture(name=kind, svg=svg, title=caption, description=described)]


def _table(w: Words, kind: str, rows: tuple[Row, ...], left: int = 0) -> Table:
    has_refused = any(row.refused is not None for row in rows)
    columns = (
        Column(w(f"{kind}_head")),
        Column(w("visits"), True),
        *share_columns(w),
        Column(w("change"), True),
        Column(w("conclusion")),
        *((Column(w("refused"), True),) if has_refused else ()),
    )
    cells = tuple(_row(w, row, has_refused) for row in rows)
    notes = reasons(w, cells)
    if left > 0:
        notes = (w("rows_left", n=w.number(left)), *notes)
    return Table(caption=w(f"{kind}_table"), columns=columns, rows=cells, notes=notes)


def _row(w: Words, row: Row, has_refused: bool) -> tuple[Cell, ...]:
    return (
        Cell(title(w, row)),
        number(w, row.visits),
        *share_cells(w, row.share),
        change_cell(w, row.change, row.share),
        clue_cell(w, row.clue, row.share, row.change if row.is_change else None),
        *((number(w, row.refused),) if has_refused else ()),
    )
