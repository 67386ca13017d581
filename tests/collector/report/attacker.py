"""An attacker who has one public report, knows how its figures add up, and calculates exactly.

He writes down every count of votes that the report shows, also where it hides in another table, and
every sum that he knows to hold: services, offices, channels and hours of a month add up to its
total, months to their quarter. He knows, too, which office has a queue: of its desks every visit is
known, of the others' none. Then he solves for what is hidden: by Gauss's elimination with
fractions, and by narrowing what whole numbers from 0 on are left for each cell.
"""

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from collector.report.model import Change, Report, Share

Cell = tuple[str, str, str]
"""(month, table, key) of a count of votes; the table of totals has one key."""

QUEUE = "center"
"""The office with the queue."""

Row = tuple[dict[Cell, Fraction], Fraction]
"""An equation: what the cells, times their factors, come to."""


class Bounds(NamedTuple):
    """Between which counts a hidden cell must lie; `high` None: no bound."""

    low: int
    high: int | None


class Knowledge:
    """What he has read off a report. `shown`: counts of single months; `sums`: of several."""

    def __init__(self, satisfied: bool) -> None:
        self.satisfied = satisfied
        self.shown: dict[Cell, int] = {}
        self.cells: set[Cell] = set()
        self.sums: list[tuple[list[Cell], int]] = []

    def share(self, months: Iterable[str], table: str, key: str, share: Share) -> None:
        """A share says how many votes there were, and how many of them satisfied."""
        self.count(months, table, key, share.satisfied if self.satisfied else share.votes)

    def count(self, months: Iterable[str], table: str, key: str, count: int | None) -> None:
        """A count over some months, or that there is one."""
        cells = [(month, table, key) for month in months]
        self.cells.update(cells)
        if count is not None and len(cells) == 1:
            assert self.shown.setdefault(cells[0], count) == count, "two figures for one cell"
        elif count is not None:
            self.sums.append((cells, count))


def read(report: Report, spans: Mapping[str, tuple[str, ...]], satisfied: bool) -> Knowledge:
    """Everything a report says of votes. `spans`: the months of every name of a period in it;
    `satisfied`: of those that were satisfied instead."""
    known = Knowledge(satisfied)
    for one in (report, *report.months):
        _read_one(known, one, spans)
    return known


def attack(known: Knowledge) -> dict[Cell, Bounds]:
    """What he can say of each cell of a month that he was not shown."""
    equations = _equations(known)
    cells = sorted(known.cells - known.shown.keys())
    rows = _solved(equations, cells)
    bounds = {cell: Bounds(0, None) for cell in cells}
    while _narrowed(rows, bounds):
        pass
    return bounds


def _read_one(known: Knowledge, report: Report, spans: Mapping[str, tuple[str, ...]]) -> None:
    months = spans[report.period]
    answer = report.answer
    known.share(months, "total", "", answer.share)
    for change in (answer.month_before, answer.year_before):
        known.share(spans[change.before], "total", "", change.earlier)
    for point in report.chart.points:
        known.share([point.month], "total", "", point.share)
    for table, rows in (("service", report.services), ("site", report.sites)):
        for row in rows:
            known.share(months, table, row.key, row.share)
            assert isinstance(row.change, Change)
            known.share(spans[row.change.before], table, row.key, row.change.earlier)
    for channel in report.channels:
        known.share(months, "channel", channel.key, channel.share)
    if report.spent:
        good, bad = (spent.votes for spent in report.spent)
        both = None if good is None or bad is None else good + bad
        known.count(months, "spent", QUEUE, good if known.satisfied else both)
    if known.satisfied:
        return
    known.count(months, "total", "", report.coverage.votes)
    known.count(months, "counted", "", report.coverage.accounting.counted)
    known.count(months, "load", "-", report.coverage.unclocked)
    for cell in report.load:
        known.count(months, "load", f"{cell.weekday}-{cell.hour}", cell.votes)
    for reason in report.reasons:
        known.count(months, "reason", reason.key, reason.count.count)
        if not reason.share.hidden:
            known.count(months, "reasons", "", reason.share.votes)


def _equations(known: Knowledge) -> list[Row]:
    """Sums that hold, and sums that are shown, with what is shown put in."""
    raw: list[tuple[dict[Cell, int], int]] = [
        (dict.fromkeys(cells, 1), count) for cells, count in known.sums
    ]
    months = {month for month, _, _ in known.cells}
    for month in sorted(months):
        for whole, table, keys in (
            ("total", "service", None),
            ("total", "site", None),
            ("total", "load", None),
            ("total", "channel", ("desk", "exit")),
            ("counted", "channel", ("desk", "exit", "web")),
            ("reasons", "reason", None),
        ):
            parts = [
                c for c in known.cells if c[:2] == (month, table) and (not keys or c[2] in keys)
            ]
            if parts and (month, whole, "") in known.cells:
                raw.append((dict.fromkeys(parts, 1) | {(month, whole, ""): -1}, 0))
        if (month, "spent", QUEUE) in known.cells:
            raw += _of_the_queue(known, month)
    rows: list[Row] = []
    for factors, value in raw:
        left = {c: Fraction(f) for c, f in factors.items() if c not in known.shown}
        gone = sum(f * known.shown[c] for c, f in factors.items() if c in known.shown)
        rows.append((left, Fraction(value - gone)))
    return rows


def _of_the_queue(known: Knowledge, month: str) -> list[tuple[dict[Cell, int], int]]:
    """Desks are those whose visits are known and those of other offices; an office is its desks and
    its exits, which are shown nowhere but in the sums of their channels."""
    spent, rest = (month, "spent", QUEUE), (month, "spent", "rest")
    sites = [cell for cell in known.cells if cell[:2] == (month, "site")]
    exits = {site: (month, "exit of", site[2]) for site in sites}
    others = [site for site in sites if site[2] != QUEUE]
    known.cells.update([rest, *exits.values()])
    whole = {cell: -1 for cell in known.cells if cell == (month, "channel", "exit")}
    found: list[tuple[dict[Cell, int], int]] = [
        ({spent: 1, rest: 1, (month, "channel", "desk"): -1}, 0),
        (dict.fromkeys(exits.values(), 1) | whole, 0),
        (dict.fromkeys(others, 1) | {exits[o]: -1 for o in others} | {rest: -1}, 0),
    ]
    mine = (month, "site", QUEUE)
    return [*found, ({mine: 1, exits[mine]: -1, spent: -1}, 0)] if mine in exits else found


def _solved(rows: list[Row], cells: list[Cell]) -> list[Row]:
    """The equations, and what elimination (Gauss, Jordan) makes of them."""
    done: list[Row] = []
    left = [row for row in rows if row[0]]
    for cell in cells:
        pivot = next((row for row in left if row[0].get(cell)), None)
        if pivot is None:
            continue
        left.remove(pivot)
        pivot = _less(({}, Fraction(0)), pivot, -1 / pivot[0][cell])
        done = [_less(row, pivot, row[0].get(cell, Fraction(0))) for row in done]
        left = [_less(row, pivot, row[0].get(cell, Fraction(0))) for row in left]
        done.append(pivot)
    assert all(value == 0 for factors, value in left if not factors), "the figures contradict"
    return rows + done


def _less(row: Row, other: Row, factor: Fraction) -> Row:
    if not factor:
        return row
    cells = dict(row[0])
    for cell, value in other[0].items():
        cells[cell] = cells.get(cell, Fraction(0)) - factor * value
    return {c: v for c, v in cells.items() if v}, row[1] - factor * other[1]


def _narrowed(rows: list[Row], bounds: dict[Cell, Bounds]) -> bool:
    """Narrow each cell by each equation, the others being as small or as large as they may."""
    is_changed = False
    for factors, value in rows:
        for cell, factor in factors.items():
            least, most = _room(cell, factors, value, bounds)
            if factor < 0:
                least, most = most, least
            low, high = bounds[cell]
            low = low if least is None else max(low, math.ceil(least / factor))
            if most is not None:
                found = math.floor(most / factor)
                high = found if high is None else min(high, found)
            if (low, high) != bounds[cell]:
                bounds[cell] = Bounds(low, high)
                is_changed = True
    return is_changed


def _room(
    cell: Cell, factors: dict[Cell, Fraction], value: Fraction, bounds: dict[Cell, Bounds]
) -> tuple[Fraction | None, Fraction | None]:
    """Least and most that is left of `value` for a cell times its factor."""
    least: Fraction | None = value
    most: Fraction | None = value
    for other, factor in factors.items():
        if other == cell:
            continue
        low, high = bounds[other]
        small, large = (low, high) if factor > 0 else (high, low)
        least = None if least is None or large is None else least - factor * large
        most = None if most is None or small is None else most - factor * small
    return least, most
