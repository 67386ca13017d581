"""Services, offices and desks: each against its like and against itself before. Pure."""

from collections.abc import Mapping, Sequence

from collector.analysis.discoveries import benjamini_hochberg
from collector.analysis.funnel import funnel_limits
from collector.analysis.interval import Interval
from collector.analysis.shrink import shrink
from collector.report.facts import Cell, Table, keys_of, over
from collector.report.model import Change, Row
from collector.report.period import Period
from collector.report.sections.figures import CONFIDENCE, change_of, clue_of, share_of

FUNNEL_COVERAGE = 0.998
"""Of the funnel's limits: about three standard deviations, as on a control chart."""

FALSE_DISCOVERIES = 0.05
"""Of the changes that are marked in a table, how many may be none."""


def rows_of(
    table: Table,
    period: Period,
    target: Cell,
    titles: Mapping[str, str],
    has_visits: bool = True,
) -> tuple[Row, ...]:
    """A row for each key, in the order of keys: never one of rank.

    `target`: the total that the funnel is drawn around. What is hidden takes no part in any other
    row's figures.
    """
    keys = keys_of(table, period.months)
    cells = [over(table, period.months, key) for key in keys]
    changes = [
        change_of(cell, over(table, period.before.months, key), period.before.name)
        for key, cell in zip(keys, cells, strict=True)
    ]
    found = benjamini_hochberg([c.p_value for c in changes], FALSE_DISCOVERIES)
    aim = target.satisfied / target.votes if target.votes and not target.hidden else None
    return tuple(
        _row(key, titles.get(key, key), cell, shrunk, aim, change, is_change, has_visits)
        for key, cell, shrunk, change, is_change in zip(
            keys, cells, _shrunk(cells), changes, found.rejected, strict=True
        )
    )


def _row(
    key: str,
    title: str,
    cell: Cell,
    shrunk: Interval | None,
    aim: float | None,
    change: Change,
    is_change: bool,
    has_visits: bool,
) -> Row:
    share = share_of(cell)
    limits = (
        funnel_limits(aim, cell.votes, FUNNEL_COVERAGE) if cell.votes and aim is not None else None
    )
    return Row(
        key=key,
        title=title,
        visits=cell.visits if has_visits else None,
        share=share,
        shrunk=shrunk,
        limits=limits,
        clue=clue_of(share.share, limits),
        change=change,
        is_change=is_change,
        refused=None if cell.hidden else cell.refused,
    )


def _shrunk(cells: Sequence[Cell]) -> list[Interval | None]:
    """Intervals drawn to the mean of all that can be seen, for those that have votes."""
    voted = [i for i, cell in enumerate(cells) if cell.votes]
    found = shrink([(cells[i].satisfied, cells[i].votes) for i in voted], CONFIDENCE)
    by_place = dict(zip(voted, (one.interval for one in found), strict=True))
    return [by_place.get(i) for i in range(len(cells))]
