"""The collector's ledger in SQLite: every event once, and the hourly tallies, in one transaction.

Events are known by their origin: which device (site, node, epoch) and which of its records (seq).
A record that comes a second time, by whatever way, changes nothing.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

from collector.tally import FIELDS, TAGS, Tallies, TallyRow
from wire.hop import Admission, Receiver
from wire.records import Conflict, DeviceHead, Lost, OfficeRecord
from wire.store import MARKS_SCHEMA, Database, Marks

VERSION = 1

_KINDS = {kind: str(kind.__struct_config__.tag) for kind in get_args(OfficeRecord)}


def _tally_table(name: str) -> str:
    tags = "".join(f"{tag} TEXT NOT NULL, " for tag in TAGS[name])
    fields = "".join(f'"{field}" INTEGER NOT NULL, ' for field in FIELDS[name])
    return (
        f"CREATE TABLE IF NOT EXISTS tally_{name} (hour INTEGER NOT NULL, {tags}{fields}"
        # changes that InfluxDB does not have yet
        f"dirty INTEGER NOT NULL, PRIMARY KEY (hour, {', '.join(TAGS[name])})) WITHOUT ROWID;\n"
        f"CREATE INDEX IF NOT EXISTS dirty_{name} ON tally_{name} (dirty) WHERE dirty > 0;\n"
    )


SCHEMA = (
    MARKS_SCHEMA
    + """
CREATE TABLE IF NOT EXISTS origin (     -- one epoch of one device
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL, node TEXT NOT NULL, epoch TEXT NOT NULL,
    written INTEGER NOT NULL DEFAULT 0, -- highest number the device says it wrote
    stored INTEGER NOT NULL DEFAULT 0,  -- the gateway's watermark, as it says
    seen INTEGER NOT NULL DEFAULT 0,
    UNIQUE (site, node, epoch)
);
CREATE TABLE IF NOT EXISTS event (
    origin INTEGER NOT NULL, seq INTEGER NOT NULL,
    at INTEGER NOT NULL,                -- Unix ms
    kind TEXT NOT NULL, status TEXT NOT NULL,
    body BLOB NOT NULL,                 -- the record as received
    PRIMARY KEY (origin, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lost (       -- ranges of device records that nobody holds
    origin INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    at INTEGER NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (origin, first)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS conflict (
    origin INTEGER PRIMARY KEY, seq INTEGER NOT NULL, at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS uplink_lost ( -- ranges of a gateway's journal that it no longer holds
    site TEXT NOT NULL, epoch TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (site, epoch, first)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarantine ( -- uplink records that did not validate here, as received
    site TEXT NOT NULL, epoch TEXT NOT NULL, n INTEGER NOT NULL,
    at INTEGER NOT NULL, reason TEXT NOT NULL, raw BLOB NOT NULL,
    PRIMARY KEY (site, epoch, n)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused_line ( -- tallies that InfluxDB refused
    line TEXT PRIMARY KEY, reason TEXT NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID;
"""
    + "".join(_tally_table(name) for name in TAGS)
)


class _Origin:
    __slots__ = ("id", "top")

    def __init__(self, id_: int, top: int) -> None:
        self.id = id_
        self.top = top  # highest number stored or lost: above it everything is new


class Ledger:
    """The ledger of one collector. Raises wire.store.StoreError when the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA, VERSION)
        self._db = self._database.db
        self.marks = Marks(self._db)
        self._origins: dict[tuple[str, str, str], _Origin] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block is durable when it ends; if it raises, nothing of it has happened."""
        try:
            with self._database.transaction():
                yield
        except BaseException:
            self._origins.clear()
            raise

    def receiver(self, site: str, node: str) -> Receiver:
        """The receiving end of a gateway's uplink, as stored."""
        return Receiver(*self.marks.load(site, node))

    def save_mark(self, site: str, node: str, out: Admission, now: int) -> None:
        """Store an uplink's watermark and what was lost on it."""
        self.marks.save(site, node, out, now)
        if out.lost is not None:
            self._db.execute(
                "INSERT OR IGNORE INTO uplink_lost VALUES (?,?,?,?,?)",
                (site, out.mark.epoch, *out.lost, now),
            )

    def add(
        self, site: str, records: Sequence[tuple[bytes, OfficeRecord]], tallies: Tallies
    ) -> None:
        """Store records, each once, and count those that are new into `tallies`."""
        rows: list[tuple[int, int, int, str, str, bytes]] = []
        for raw, record in records:
            origin = self._origins.get((site, record.node, record.epoch))
            if origin is None:
                origin = self._find_origin(site, record.node, record.epoch)
            seq = record.seq
            if isinstance(record, Lost):
                self._flush(rows)
                self._add_lost(site, origin, record, tallies)
            elif isinstance(record, Conflict):
                self._db.execute(
                    "INSERT OR IGNORE INTO conflict VALUES (?,?,?)", (origin.id, seq, record.at)
                )
            elif seq > origin.top or self._is_new(site, origin, record, rows, tallies):
                if seq > origin.top:
                    origin.top = seq
                tallies.add(site, record)
                status = getattr(record, "status", "")
                rows.append((origin.id, seq, record.at, _KINDS[type(record)], status, raw))
        self._flush(rows)

    def quarantine(self, site: str, epoch: str, n: int, raw: bytes, why: str, now: int) -> None:
        """Keep an uplink record that does not validate here."""
        self._db.execute(
            "INSERT OR IGNORE INTO quarantine VALUES (?,?,?,?,?,?)",
            (site, epoch, n, now, why, raw),
        )

    def add_tallies(self, tallies: Tallies) -> None:
        """Add sums to what is stored."""
        for name in TAGS:
            rows = [
                (hour, *tags, *sums)
                for (measurement, hour, tags), sums in tallies.sums.items()
                if measurement == name
            ]
            self._db.executemany(_UPSERT[name], rows)

    def note_heads(self, site: str, heads: Sequence[DeviceHead]) -> None:
        """A gateway says how far its devices have got."""
        self._db.executemany(
            "INSERT INTO origin (site, node, epoch, written, stored, seen) VALUES (?,?,?,?,?,?)"
            " ON CONFLICT (site, node, epoch) DO UPDATE SET written=max(written, excluded.written),"
            " stored=max(stored, excluded.stored), seen=max(seen, excluded.seen)",
            [(site, h.node, h.epoch, h.written, h.stored, h.seen) for h in heads],
        )

    def dirty(self, name: str, most: int) -> list[tuple[TallyRow, int]]:
        """Tallies of a measurement that InfluxDB lacks, each with its count of changes."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS[name]}, dirty FROM tally_{name} WHERE dirty > 0 LIMIT ?", (most,)
        )
        return [(_tally_row(name, row), row[-1]) for row in rows]

    def count_dirty(self) -> int:
        """How many tallies InfluxDB lacks."""
        return sum(
            self._db.execute(f"SELECT count(*) FROM tally_{name} WHERE dirty > 0").fetchone()[0]
            for name in TAGS
        )

    def written(self, name: str, rows: Sequence[tuple[TallyRow, int]]) -> None:
        """InfluxDB has these; what changed since it was read stays dirty."""
        where = " AND ".join(f"{tag}=?" for tag in ("hour", *TAGS[name], "dirty"))
        with self._database.transaction() as db:
            db.executemany(
                f"UPDATE tally_{name} SET dirty=0 WHERE {where}",
                [(hour, *tags, changes) for (hour, tags, _), changes in rows],
            )

    def set_aside(self, line: str, reason: str, now: int) -> None:
        """Keep a line that InfluxDB refused, for a person to look at."""
        self._db.execute("INSERT OR REPLACE INTO refused_line VALUES (?,?,?)", (line, reason, now))

    def soil(self) -> int:
        """Mark every tally as lacking in InfluxDB, to write it all anew; returns how many."""
        with self._database.transaction() as db:
            for name in TAGS:
                db.execute(f"UPDATE tally_{name} SET dirty=dirty+1")
            return sum(
                db.execute(f"SELECT count(*) FROM tally_{name}").fetchone()[0] for name in TAGS
            )

    def close(self) -> None:
        """Give the file back."""
        self._database.close()

    def _find_origin(self, site: str, node: str, epoch: str) -> _Origin:
        key = (site, node, epoch)
        self._db.execute("INSERT OR IGNORE INTO origin (site, node, epoch) VALUES (?,?,?)", key)
        row = self._db.execute(
            "SELECT id, max((SELECT coalesce(max(seq), 0) FROM event WHERE origin=id),"
            " (SELECT coalesce(max(last), 0) FROM lost WHERE origin=id))"
            " FROM origin WHERE site=? AND node=? AND epoch=?",
            key,
        ).fetchone()
        origin = self._origins[key] = _Origin(row[0], row[1])
        return origin

    def _is_new(
        self,
        site: str,
        origin: _Origin,
        record: OfficeRecord,
        rows: list[tuple[int, int, int, str, str, bytes]],
        tallies: Tallies,
    ) -> bool:
        """Whether a record at or below the origin's top is not stored yet: the slow, rare way."""
        self._flush(rows)
        where = (origin.id, record.seq)
        if self._db.execute("SELECT 1 FROM event WHERE origin=? AND seq=?", where).fetchone():
            return False
        lost = self._db.execute(
            "SELECT at FROM lost WHERE origin=? AND first<=? AND last>=? LIMIT 1",
            (origin.id, record.seq, record.seq),
        ).fetchone()
        if lost is not None:  # believed lost, and here it is
            found = Lost(
                node=record.node,
                epoch=record.epoch,
                seq=record.seq,
                last=record.seq,
                at=lost[0],
                clock="set",
                reason="gap",
            )
            tallies.add_lost(site, found, -1)
        return True

    def _add_lost(self, site: str, origin: _Origin, record: Lost, tallies: Tallies) -> None:
        before = count_lost(self._db, origin.id)
        # A gateway that was restored from a backup may see a longer gap from the same number on.
        self._db.execute(
            "INSERT INTO lost VALUES (?,?,?,?,?)"
            " ON CONFLICT DO UPDATE SET last=max(last, excluded.last)",
            (origin.id, record.seq, record.last, record.at, record.reason),
        )
        origin.top = max(origin.top, record.last)
        more = count_lost(self._db, origin.id) - before
        if more:
            tallies.add_lost(site, record, more)

    def _flush(self, rows: list[tuple[int, int, int, str, str, bytes]]) -> None:
        self._db.executemany("INSERT INTO event VALUES (?,?,?,?,?,?)", rows)
        rows.clear()


def count_lost(db: sqlite3.Connection, origin: int) -> int:
    """Numbers in the lost ranges of an origin, each once, less those that came after all."""
    lost = 0
    upto = 0
    for first, last in db.execute(
        "SELECT first, last FROM lost WHERE origin=? ORDER BY first", (origin,)
    ).fetchall():
        first = max(first, upto + 1)
        if last < first:
            continue
        came = db.execute(
            "SELECT count(*) FROM event WHERE origin=? AND seq BETWEEN ? AND ?",
            (origin, first, last),
        ).fetchone()[0]
        lost += last - first + 1 - came
        upto = last
    return lost


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
        f" ON CONFLICT DO UPDATE SET {adds}, dirty=dirty+1"
    )


_UPSERT = {name: _upsert(name) for name in TAGS}
