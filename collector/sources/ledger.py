"""Tallies summed by SQLite, out of the collector's ledger."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

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
        columns = ["hour"] * is_hourly(by) + list(tags)
        sums = ", ".join(f'sum("{field}")' for field in wanted)
        rows = self._rows(
            f"SELECT {', '.join(columns) or '1'}, count(*), {sums} FROM tally_{measurement}"
            " WHERE hour >= ? AND hour < ?",
            f" GROUP BY {', '.join(columns)}" if columns else "",
            list(stretches(begin, end, by, self._zone)),
            sorted(set(sites)),
            (is_hourly(by), len(tags)),
        )
        return collapse(rows, tags, by, self._zone)

    def _rows(
        self,
        select: str,
        group: str,
        spans: Sequence[tuple[int, int]],
        sites: Sequence[str],
        shape: tuple[bool, int],
    ) -> Iterator[Hourly]:
        some = f" AND site IN ({','.join('?' * len(sites))})" if sites else ""
        hourly, tags = shape
        for begin, end in spans:
            for row in self._db.execute(select + some + group, (begin, end, *sites)):
                first = int(hourly or not tags)  # without columns to group by, a 1 stands first
                if row[first + tags]:  # how many tallies: a sum over none is no sum
                    hour = row[0] if hourly else begin
                    yield hour, row[first : first + tags], row[first + tags + 1 :]
