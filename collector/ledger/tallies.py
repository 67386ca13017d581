"""The tallies in the ledger's file, and what InfluxDB has of them.

`TallyStore` is the file with its transactions and tallies; `Ledger` adds the events.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from collector.ledger.days import add_days
from collector.ledger.layout import LAYOUT
from collector.tally import FIELDS, TAGS, Tallies, TallyRow
from wire.store import Database


class TallyStore:
    """The ledger's file, as far as its tallies go. Raises wire.store.StoreError when it cannot be
    used. `limit_mb`: at that size it takes nothing more."""

    def __init__(self, path: Path, limit_mb: int | None = None) -> None:
        self._database = Database(path, LAYOUT, limit_mb)
        self._db = self._database.db

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block is durable when it ends; if it raises, nothing of it has happened."""
        with self._database.transaction():
            yield

    def add_tallies(self, tallies: Tallies) -> None:
        """Add sums to what is stored; part of the caller's transaction."""
        add_tallies(self._db, tallies)

    def dirty(self, name: str, most: int) -> list[tuple[TallyRow, int]]:
        """Tallies of a measurement that InfluxDB lacks, each with its count of changes."""
        return self._to_write(name, "dirty > 0", most)

    def doubtful(self, name: str, most: int) -> list[tuple[TallyRow, int]]:
        """Tallies that InfluxDB has, but over which an older write may have come since."""
        return self._to_write(name, "dirty < 0", most)

    def count_dirty(self) -> int:
        """How many tallies InfluxDB lacks."""
        return count_dirty(self._db)

    def newest(self, name: str) -> list[TallyRow]:
        """The newest tally of a measurement that InfluxDB has, if there is one."""
        row = self._db.execute(
            f"SELECT {_COLUMNS[name]} FROM tally_{name} WHERE dirty<=0 ORDER BY hour DESC LIMIT 1"
        ).fetchone()
        return [] if row is None else [_tally_row(name, row)]

    def written(self, name: str, rows: Sequence[tuple[TallyRow, int]], doubt: bool = False) -> None:
        """InfluxDB has these; what changed since it was read stays dirty.

        `doubt`: they are to be written once more later."""
        where = " AND ".join(f"{tag}=?" for tag in ("hour", *TAGS[name], "dirty"))
        with self._database.transaction() as db:
            db.executemany(
                f"UPDATE tally_{name} SET dirty={-1 if doubt else 0} WHERE {where}",
                [(hour, *tags, changes) for (hour, tags, _), changes in rows],
            )

    def set_aside(self, line: str, reason: str, now: int) -> None:
        """Keep a line that InfluxDB refused, for a person to look at, in the place of an older one
        of the same tally."""
        self._db.execute(_DROP_REFUSED, _same_tally(line))
        self._db.execute("INSERT INTO refused_line VALUES (?,?,?)", (line, reason, now))

    def accepted(self, lines: Sequence[str]) -> None:
        """InfluxDB took these: what it refused of the same tallies before is settled."""
        if self._db.execute("SELECT EXISTS (SELECT 1 FROM refused_line)").fetchone()[0]:
            with self._database.transaction() as db:
                db.executemany(_DROP_REFUSED, [_same_tally(line) for line in lines])

    def count_refused(self) -> int:
        """How many tallies InfluxDB has refused as they are now."""
        return int(self._db.execute("SELECT count(*) FROM refused_line").fetchone()[0])

    def soil(self) -> int:
        """Mark every tally as lacking in InfluxDB, to write it all anew; returns how many."""
        with self._database.transaction() as db:
            for name in TAGS:
                db.execute(f"UPDATE tally_{name} SET dirty=max(dirty, 0)+1")
            return sum(
                db.execute(f"SELECT count(*) FROM tally_{name}").fetchone()[0] for name in TAGS
            )

    def close(self) -> None:
        """Give the file back."""
        self._database.close()

    def _to_write(self, name: str, which: str, most: int) -> list[tuple[TallyRow, int]]:
        rows = self._db.execute(
            f"SELECT {_COLUMNS[name]}, dirty FROM tally_{name} WHERE {which} LIMIT ?", (most,)
        )
        return [(_tally_row(name, row), row[-1]) for row in rows]


def add_tallies(db: sqlite3.Connection, tallies: Tallies) -> None:
    """Add sums to what is stored; part of the caller's transaction."""
    for name in TAGS:
        rows = [
            (hour, *tags, *sums)
            for (measurement, hour, tags), sums in tallies.sums.items()
            if measurement == name
        ]
        db.executemany(_UPSERT[name], rows)
    add_days(db, tallies)


# A line is "series fields hour", and '!' comes right after ' '.
_DROP_REFUSED = (
    "DELETE FROM refused_line WHERE line >= ?1 || ' ' AND line < ?1 || '!'"
    " AND substr(line, -length(?2)) = ?2"
)


def _same_tally(line: str) -> tuple[str, str]:
    series, _, hour = line.split(" ")
    return series, f" {hour}"


def count_dirty(db: sqlite3.Connection) -> int:
    """How many tallies InfluxDB lacks."""
    return sum(
        db.execute(f"SELECT count(*) FROM tally_{name} WHERE dirty > 0").fetchone()[0]
        for name in TAGS
    )


def read_tallies(db: sqlite3.Connection, name: str, begin: int, end: int) -> list[TallyRow]:
    """Tallies of a measurement with begin ≤ hour < end (Unix seconds), in order."""
    order = ", ".join(str(i + 1) for i in range(1 + len(TAGS[name])))
    rows = db.execute(
        f"SELECT {_COLUMNS[name]} FROM tally_{name} WHERE hour>=? AND hour<? ORDER BY {order}",
        (begin, end),
    )
    return [_tally_row(name, row) for row in rows]


def _tally_row(name: str, row: Sequence[Any]) -> TallyRow:
    tags = len(TAGS[name])
    fields = len(FIELDS[name])
    return row[0], tuple(row[1 : 1 + tags]), tuple(row[1 + tags : 1 + tags + fields])


_COLUMNS = {
    name: ", ".join(["hour", *TAGS[name], *(f'"{field}"' for field in FIELDS[name])])
    for name in TAGS
}


def _upsert(name: str) -> str:
    marks = ",".join("?" * (1 + len(TAGS[name]) + len(FIELDS[name])))
    adds = ", ".join(f'"{f}"="{f}"+excluded."{f}"' for f in FIELDS[name])
    return (
        f"INSERT INTO tally_{name} ({_COLUMNS[name]}, dirty) VALUES ({marks},1)"
        f" ON CONFLICT DO UPDATE SET {adds}, dirty=max(dirty, 0)+1"
    )


_UPSERT = {name: _upsert(name) for name in TAGS}
