"""From visits to votes: what is in the figures, what is not, and why."""

from collections.abc import Mapping

from collector.report.compose.cells import number, reasons
from collector.report.document import Block, Cell, Column, Items, Section, Table, Text
from collector.report.model import Accounting, Count, Coverage, Outage, Report
from collector.report.remarks import NOT_AUDITED, REMARKS
from collector.report.words import Words

_MOST_OUTAGES = 60  # rows; the data formats have all


def coverage(w: Words, report: Report) -> Section:
    """Visits, votes, refusals, tickets, devices."""
    found = report.coverage
    blocks: list[Block] = [Text(text=w("coverage_lead")), _way(w, found)]
    blocks.append(_counts(w, "refusal", w("coverage_refused"), found.refused))
    if any(count.count for count in found.prints):
        blocks.append(_counts(w, "print", w("coverage_prints"), found.prints))
    blocks += [_sums(w, found.accounting), *_balance(w, found.accounting)]
    blocks += _outages(w, found.outages, {row.key: row.title for row in report.sites})
    return Section(id="coverage", title=w("coverage_title"), blocks=tuple(blocks))


def _way(w: Words, found: Coverage) -> Table:
    rows = (
        ("coverage_visits", found.visits),
        ("coverage_own_number", found.own_number),
        ("coverage_votes", found.votes),
        ("coverage_unclocked", found.unclocked),
    )
    return _two_columns(w, w("coverage_way"), [(w(key), _or_hidden(w, n)) for key, n in rows])


def _counts(w: Words, kind: str, caption: str, counts: tuple[Count, ...]) -> Table:
    rows = tuple(
        (Cell(w.name(kind, count.key)), number(w, count.count, count.hidden)) for count in counts
    )
    columns = (Column(w("what")), Column(w("how_many"), True))
    return Table(caption=caption, columns=columns, rows=rows, notes=reasons(w, rows))


def _sums(w: Words, found: Accounting) -> Table:
    names = ("counted", "refused", "quarantined", "missed", "lost")
    counts: list[int | None] = [getattr(found, name) for name in names]
    known = [count for count in counts if count is not None]
    rows = [(w(f"account_{n}"), _or_hidden(w, c)) for n, c in zip(names, counts, strict=True)]
    pressed = sum(known) if len(known) == len(counts) else None
    rows.append((w("account_pressed"), _or_hidden(w, pressed)))
    return _two_columns(w, w("account_caption"), rows)


def _balance(w: Words, found: Accounting) -> list[Block]:
    problems = tuple(problem for problem in found.problems if problem not in REMARKS)
    if problems:
        return [Text(text=w("account_problems"), role="warning"), Items(items=problems)]
    key = "account_unchecked" if NOT_AUDITED in found.problems else "account_balances"
    return [Text(text=w(key))]


def _outages(w: Words, outages: tuple[Outage, ...], titles: Mapping[str, str]) -> list[Block]:
    if not outages:
        return [Text(text=w("outages_none"))]
    columns = (
        Column(w("site")),
        Column(w("node")),
        *(Column(w(f"outage_{name}"), True) for name in ("quarantined", "missed", "lost")),
    )
    rows = tuple(
        (
            Cell(titles.get(found.site, found.site)),
            Cell(found.node or w("outage_together"), "plain" if found.node else "quiet"),
            *(Cell(w.number(n)) for n in (found.quarantined, found.missed, found.lost)),
        )
        for found in outages[:_MOST_OUTAGES]
    )
    left = len(outages) - len(rows)
    notes = (w("rows_left", n=w.number(left)),) if left else ()
    return [Table(caption=w("outages_caption"), columns=columns, rows=rows, notes=notes)]


def _or_hidden(w: Words, count: int | None) -> Cell:
    """Here a count that is None exists, and would give a hidden one away."""
    return number(w, count, hidden=count is None)


def _two_columns(w: Words, caption: str, rows: list[tuple[str, Cell]]) -> Table:
    columns = (Column(w("what")), Column(w("how_many"), True))
    cells = tuple((Cell(name), count) for name, count in rows)
    return Table(caption=caption, columns=columns, rows=cells, notes=reasons(w, cells))
