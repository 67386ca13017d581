"""The sums that a report is made of: by month, and within a month by one thing at a time. Pure.

For the public edition `collector.report.privacy` hides cells in here, before anything is computed
of them. A sum that contains a hidden cell is hidden: so nothing that is published can be the
difference of a hidden cell and something else that is published.
"""

from collections.abc import Iterable, Mapping

import msgspec

BOXES = ("desk", "exit")
"""The channels of the answer, the chart and the rows: the boxes in the office."""

HISTORY = 24
"""Months on the chart."""

NO_HOUR = "-"
"""The key of what is in no hour of the day, in the table of the load."""

ALL = ""
"""The key of all others together, in the tables of times and of reasons."""


class Cell(msgspec.Struct, frozen=True, gc=False):
    """Counts of one thing in one month; a hidden one has only its visits."""

    votes: int = 0
    satisfied: int = 0
    refused: int = 0
    visits: int = 0
    hidden: bool = False

    def __add__(self, other: "Cell") -> "Cell":
        """Both together; hidden if one of them is."""
        visits = self.visits + other.visits
        if self.hidden or other.hidden:
            return Cell(visits=visits, hidden=True)
        return Cell(
            self.votes + other.votes,
            self.satisfied + other.satisfied,
            self.refused + other.refused,
            visits,
        )

    def hide(self) -> "Cell":
        """The same, for those who may not know."""
        return Cell(visits=self.visits, hidden=True)


class Times(msgspec.Struct, frozen=True, gc=False):
    """How many waited, or were served, for how long: counts by `collector.tally.EDGES_S`."""

    counts: tuple[int, ...] = ()
    hidden: bool = False

    def __add__(self, other: "Times") -> "Times":
        """Both together; hidden if one of them is."""
        if self.hidden or other.hidden:
            return Times(hidden=True)
        if not self.counts or not other.counts:
            return self if self.counts else other
        return Times(tuple(a + b for a, b in zip(self.counts, other.counts, strict=True)))


class Minutes(msgspec.Struct, frozen=True, gc=False):
    """What voters of one answer had spent, as in the measurement `spent`: how many they were, sums
    of whole minutes, and of the squares of these."""

    votes: int = 0
    waited: int = 0
    waited2: int = 0
    served: int = 0
    served2: int = 0
    hidden: bool = False

    def __add__(self, other: "Minutes") -> "Minutes":
        """Both together; hidden if one of them is."""
        if self.hidden or other.hidden:
            return Minutes(hidden=True)
        return Minutes(
            self.votes + other.votes,
            self.waited + other.waited,
            self.waited2 + other.waited2,
            self.served + other.served,
            self.served2 + other.served2,
        )


Key = tuple[str, str]
"""(month, which): 2026-10 and the id of a service, an office, …"""

Table = Mapping[Key, Cell]
TimeTable = Mapping[Key, Times]
MinuteTable = Mapping[Key, Minutes]


Devices = Mapping[Key, Mapping[str, int]]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known. `months`: those of `total`, `channels` and `complaints`, in order.

    `total`: of the boxes' votes, by month. `services`, `sites`: of the boxes' votes, of the period,
    the one before it, and whatever months the action register compares. All else is of the
    period's months: `desks` by `site/desk`, of the channel `desk`; `load` by `weekday-hour` (1-08),
    of what came at a known time, and `NO_HOUR`; `reasons`: its cells' votes are namings, and `ALL`
    of them; `waits` and `serving` by service, and `ALL`; `spent` by answer, of those votes at desks
    whose visit is known. `tickets`, `refusals`: by month the fields
    of the measurements `visit` and `rating`; `devices`: by month and (site, node) those of
    `device`. `effects`: what an action that is about one service of one office is compared by: (its
    id, before or since).
    """

    source: str
    checksum: str
    months: tuple[str, ...]
    total: Mapping[str, Cell]
    channels: Table
    complaints: Mapping[str, int]
    services: Table
    sites: Table
    desks: Table
    load: Table
    reasons: Table
    waits: TimeTable
    serving: TimeTable
    spent: MinuteTable
    tickets: Mapping[str, Mapping[str, int]]
    refusals: Mapping[str, Mapping[str, int]]
    devices: Mapping[str, Devices]
    effects: Mapping[Key, Cell]


def keys_of(table: Mapping[Key, object], months: Iterable[str]) -> list[str]:
    """The keys that a table has in these months, in order."""
    wanted = set(months)
    return sorted({key for month, key in table if month in wanted})


def over(table: Table, months: Iterable[str], key: str) -> Cell:
    """One thing over several months; hidden if it is in one of them."""
    return add_up(table.get((month, key), _NOTHING) for month in months)


def times_over(table: TimeTable, months: Iterable[str], key: str) -> Times:
    """The same of times."""
    return sum((table.get((month, key), _NO_TIME) for month in months), start=_NO_TIME)


def minutes_over(table: MinuteTable, months: Iterable[str], key: str) -> Minutes:
    """The same of minutes."""
    return sum((table.get((month, key), _NO_MINUTES) for month in months), start=_NO_MINUTES)


def add_up(cells: Iterable[Cell]) -> Cell:
    """All of them together."""
    return sum(cells, start=_NOTHING)


_NOTHING = Cell()
_NO_TIME = Times()
_NO_MINUTES = Minutes()
