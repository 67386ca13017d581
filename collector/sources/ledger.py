"""Tallies summed by SQLite, out of the collector's ledger."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from collector.ledger.days import DAY_FIELDS, DAY_S, DAY_TAGS
from collector.source import Dimension, Sum
from collector.sources.local import Hourly, check, collapse, is_hourly, stretches, tags_of


class LedgerSource:
    """The ledger that `db` has open (read-only will do), in the local time of `zone`.

    Its sums are of one moment, however busy the collector is, until `db` is closed. Raises
    sqlite3.Error when the file cannot be read.
    """

    name = "ledger"

    def __init__(self, db: sqlite3.Connection, zone: ZoneInfo) -> None:
        self._db = db
        self._zone = zone
        if not db.in_transaction:
            db.execute("BEGIN")

    def sums(
        self,
        measurement: str,
        begin: int,
        end: int,
        by: Sequence[Dimension],
        fields: Sequence[str] = (),
        sites: Iterable[str] = (),
    ) -> list[Sum]:
        """As `collector.source.Source` says. The primary key begins with the hour: a stretch of
        time is read in one go, and grouping by the hour needs no sorting."""
        wanted = check(measurement, by, fields)
        tags = tags_of(measurement, by)
        ask = _Ask(measurement, tags, wanted, is_hourly(by), sorted(set(sites)))
        rows = self._rows(ask, list(stretches(begin, end, by, self._zone)))
        return collapse(rows, tags, by, self._zone)

    def _rows(self, ask: "_Ask", spans: Sequence[tuple[int, int]]) -> Iterator[Hourly]:
        for begin, end in spans:
            for table, column, first, last in ask.pieces(begin, end):
                for row in self._db.execute(ask.text(table, column), (first, last, *ask.sites)):
                    if row[-1]:  # how many tallies: a sum over none is no sum
                        hour = row[0] if ask.hourly else begin
                        tags = int(ask.hourly) + len(ask.tags)
                        yield hour, row[int(ask.hourly) : tags], row[tags:-1]


class _Ask(NamedTuple):
    """A question in SQL."""

    measurement: str
    tags: Sequence[str]
    fields: Sequence[str]
    hourly: bool
    sites: Sequence[str]

    def text(self, table: str, column: str) -> str:
        """For one table, whose time is in `column`."""
        groups = [column] * self.hourly + list(self.tags)
        sums = [f'sum("{field}")' for field in self.fields]
        some = f" AND site IN ({','.join('?' * len(self.sites))})" if self.sites else ""
        return (
            f"SELECT {', '.join([*groups, *sums, 'count(*)'])} FROM {table}"
            f" WHERE {column} >= ? AND {column} < ?{some}"
            + (f" GROUP BY {', '.join(groups)}" if groups else "")
        )

    def pieces(self, begin: int, end: int) -> list[tuple[str, str, int, int]]:
        """(table, its column of time, begin, end) to sum over: where the sums by the day have all
        that is asked for, they serve for the whole days between."""
        first, last = -(-begin // DAY_S) * DAY_S, end // DAY_S * DAY_S
        hours = f"tally_{self.measurement}"
        if self.hourly or not self._has_days() or first >= last:
            return [(hours, "hour", begin, end)]
        return [
            (hours, "hour", begin, first),
            (f"day_{self.measurement}", "day", first, last),
            (hours, "hour", last, end),
        ]

    def _has_days(self) -> bool:
        name = self.measurement
        return {*self.tags} <= {*DAY_TAGS.get(name, ())} and {*self.fields} <= {
            *DAY_FIELDS.get(name, ())
        }
