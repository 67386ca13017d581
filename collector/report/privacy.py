"""What the public edition hides: one rule, of one month and one table at a time. Pure.

It is applied to the sums (`Facts`), and the public report is made of what is left: limits, shrunken
shares, discoveries and quarters are computed without the hidden cells, so that they cannot give
them away. docs/decisions/0016 says what an attacker can still know, and why not more.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from collector.report.facts import (
    ALL,
    BOXES,
    NO_HOUR,
    Cell,
    Devices,
    Facts,
    Key,
    Minutes,
    MinuteTable,
    Table,
    Times,
    TimeTable,
    add_up,
)
from wire.records import VALUES

T = TypeVar("T")

LEAST_VOTES = 10
"""A cell with fewer votes is not published; one without any has nobody to protect."""

ROOM = LEAST_VOTES - 2
"""By how many votes a hidden cell may be more or less: 1 to 9, if it is one of the few."""


def hidden(cells: Mapping[str, Cell], is_split: bool = True) -> frozenset[str]:
    """Which cells of a table are hidden whose sum is published.

    First those of 1 to 9 votes. Then others, at least one, that with the fewest visits first: these
    are known to everybody, so that the choice says nothing of votes. It is enough when the hidden
    ones together have `ROOM` votes more than the least that they could have (1 of those below ten,
    10 of the others): so much each of them may have more or less, for all that the sum less the
    rest says. `is_split`: and when both answers are among them, if both are in the table. If
    nothing is left to hide, cells without votes are hidden, too: all of the table then.
    """
    gone = [key for key, cell in cells.items() if _is_small(cell)]
    if not gone:
        return frozenset()
    is_split = is_split and _has_both(cells.values())
    for key in _in_turn(cells):
        gone.append(key)
        if _is_enough([cells[one] for one in gone], is_split):
            return frozenset(gone)
    return frozenset(cells)


def public(facts: Facts) -> Facts:
    """The sums without what may not be published, and without desks and single devices."""
    shown = msgspec.structs.replace(
        facts,
        total={
            month: cell.hide() if _is_small(cell) else cell for month, cell in facts.total.items()
        },
        channels=_channels(facts.channels),
        services=_hide(facts.services),
        sites=_hide(facts.sites),
        desks={},
        load=_hide(facts.load, is_split=False),
        reasons=_hide(facts.reasons, is_split=False),
        waits=_hide_times(facts.waits),
        serving=_hide_times(facts.serving),
        devices={month: _by_site(devices) for month, devices in facts.devices.items()},
        effects={key: cell.hide() for key, cell in facts.effects.items()},
    )
    return msgspec.structs.replace(shown, spent=_hide_minutes(facts, shown))


def _in_turn(cells: Mapping[str, Cell]) -> list[str]:
    large = [key for key, cell in cells.items() if cell.votes >= LEAST_VOTES]
    return sorted(large, key=lambda key: (key == NO_HOUR, cells[key].visits, key))


def _is_enough(cells: Sequence[Cell], is_split: bool) -> bool:
    least = sum(1 if _is_small(cell) else LEAST_VOTES for cell in cells)
    is_wide = sum(cell.votes for cell in cells) >= least + ROOM
    return is_wide and (_has_both(cells) or not is_split)


def _has_both(cells: Iterable[Cell]) -> bool:
    """Whether there are satisfied and unsatisfied ones among them."""
    both = add_up(cells)
    return 0 < both.satisfied < both.votes


def _is_small(cell: Cell) -> bool:
    return 0 < cell.votes < LEAST_VOTES


def _hide(table: Table, is_split: bool = True) -> Table:
    found = dict(table)
    for month, cells in _by_month(table).items():
        parts = {key: cell for key, cell in cells.items() if key != ALL}
        gone = set(hidden(parts, is_split))
        if ALL in cells and _is_small(cells[ALL]):
            gone.add(ALL)
        found |= {(month, key): cells[key].hide() for key in gone}
    return found


def _channels(table: Table) -> Table:
    """The boxes are parts of the month's total; no sum is published that has one of the others."""
    boxes = {key: cell for key, cell in table.items() if key[1] in BOXES}
    others = {
        key: cell.hide() if _is_small(cell) else cell
        for key, cell in table.items()
        if key[1] not in BOXES
    }
    return dict(_hide(boxes)) | others


def _hide_times(table: TimeTable) -> TimeTable:
    shown = _hide({key: Cell(votes=sum(t.counts)) for key, t in table.items()}, is_split=False)
    return {key: Times(hidden=True) if shown[key].hidden else times for key, times in table.items()}


def _hide_minutes(facts: Facts, shown: Facts) -> MinuteTable:
    """Both answers of a month, or neither."""
    months = {month for month, _ in facts.spent}
    gone = {month for month in months if not _may_show_minutes(facts, shown, month)}
    return {
        key: Minutes(hidden=True) if key[0] in gone else minutes
        for key, minutes in facts.spent.items()
    }


def _may_show_minutes(facts: Facts, shown: Facts, month: str) -> bool:
    """Whether neither those whose visit is known are few, nor the others at desks.

    Where there are others, they may be the votes of one office or service that has no queue: what
    stands here would then be one more sum of a table, and the table must hide nothing.
    """
    desk = shown.channels.get((month, "desk"), Cell(hidden=True))
    if desk.hidden:
        return False
    good, bad = (facts.spent.get((month, value), Minutes()).votes for value in VALUES)
    rest = (desk.satisfied - good, desk.votes - desk.satisfied - bad)
    if any(0 < votes < LEAST_VOTES for votes in (good, bad, *rest)):
        return False
    tables = (shown.services, shown.sites, shown.channels)
    return not any(rest) or not any(
        cell.hidden for table in tables for key, cell in table.items() if key[0] == month
    )


def _by_month(table: Mapping[Key, T]) -> dict[str, dict[str, T]]:
    found: dict[str, dict[str, T]] = {}
    for (month, key), cell in table.items():
        found.setdefault(month, {})[key] = cell
    return found


def _by_site(devices: Devices) -> Devices:
    """A box stands at a desk: what becomes of its presses is told of its office only."""
    found: dict[Key, dict[str, int]] = {}
    for (site, _), fields in devices.items():
        mine = found.setdefault((site, ""), dict.fromkeys(fields, 0))
        for name, count in fields.items():
            mine[name] += count
    return {key: found[key] for key in found}
