"""The collector's ledger in SQLite: every event once, and the hourly tallies, in one transaction.

Events are known by their origin: which device (site, node, epoch) and which of its records (seq).
A record that comes a second time, by whatever way, changes nothing.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import msgspec

from collector.tally import FIELDS, TAGS, Tallies, TallyRow
from wire.hop import Admission, Receiver
from wire.records import Conflict, Lost, OfficeRecord, Quarantined, State
from wire.store import MARKS_SCHEMA, Database, Layout, Marks

VERSION = 2

_record: msgspec.json.Decoder[OfficeRecord] = msgspec.json.Decoder(OfficeRecord)
_KINDS = {kind: str(kind.__struct_config__.tag) for kind in get_args(OfficeRecord)}


def _tally_table(name: str) -> str:
    tags = "".join(f"{tag} TEXT NOT NULL, " for tag in TAGS[name])
    fields = "".join(f'"{field}" INTEGER NOT NULL, ' for field in FIELDS[name])
    return (
        f"CREATE TABLE IF NOT EXISTS tally_{name} (hour INTEGER NOT NULL, {tags}{fields}"
        # changes that InfluxDB does not have yet; -1: it has all, but must be told once more
        f"dirty INTEGER NOT NULL, PRIMARY KEY (hour, {', '.join(TAGS[name])})) WITHOUT ROWID;\n"
        f"CREATE INDEX IF NOT EXISTS dirty_{name} ON tally_{name} (dirty) WHERE dirty > 0;\n"
        f"CREATE INDEX IF NOT EXISTS doubt_{name} ON tally_{name} (dirty) WHERE dirty < 0;\n"
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
    duplicates INTEGER NOT NULL DEFAULT 0,
    told_by TEXT NOT NULL DEFAULT '',   -- epoch of the gateway's journal that said so
    forgotten INTEGER NOT NULL DEFAULT 0, -- events up to this number are no longer held
    UNIQUE (site, node, epoch)
);
CREATE TABLE IF NOT EXISTS event (
    origin INTEGER NOT NULL, seq INTEGER NOT NULL,
    at INTEGER NOT NULL,                -- Unix ms
    kind TEXT NOT NULL, status TEXT NOT NULL,
    body BLOB NOT NULL,                 -- the record as received
    clock TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (origin, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS forgotten (  -- how many events there were of those no longer held
    origin INTEGER NOT NULL,
    kind TEXT NOT NULL, status TEXT NOT NULL, clock TEXT NOT NULL,
    count INTEGER NOT NULL, newest INTEGER NOT NULL, -- `at` of the newest of them
    PRIMARY KEY (origin, kind, status, clock)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS office (     -- what each gateway said of itself last
    site TEXT PRIMARY KEY,
    epoch TEXT NOT NULL,                -- of its journal
    at INTEGER NOT NULL, seen INTEGER NOT NULL, -- its clock, and ours then: Unix ms
    version TEXT NOT NULL, fault TEXT NOT NULL
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
UPGRADES = {
    1: """
ALTER TABLE origin ADD COLUMN duplicates INTEGER NOT NULL DEFAULT 0;
ALTER TABLE origin ADD COLUMN told_by TEXT NOT NULL DEFAULT '';
ALTER TABLE origin ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tally_device ADD COLUMN missed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN clock TEXT NOT NULL DEFAULT '';
UPDATE event SET clock = json_extract(CAST(body AS TEXT), '$.clock')
""",
}
LAYOUT = Layout("ledger", SCHEMA, VERSION, UPGRADES)

_EventRow = tuple[int, int, int, str, str, bytes, str]


class _Origin:
    __slots__ = ("forgotten", "id", "top")

    def __init__(self, id_: int, top: int, forgotten: int) -> None:
        self.id = id_
        self.top = top  # highest number stored or lost: above it everything is new
        self.forgotten = forgotten


class Ledger:
    """The ledger of one collector. Raises wire.store.StoreError when the file cannot be used.

    `limit_mb`: at that size it takes nothing more, and so nothing is confirmed that is not stored.
    """

    def __init__(self, path: Path, limit_mb: int | None = None) -> None:
        self._database = Database(path, LAYOUT, limit_mb)
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
        rows: list[_EventRow] = []
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
                kind = _KINDS[type(record)]
                rows.append((origin.id, seq, record.at, kind, status, raw, record.clock))
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

    def quarantined(self) -> list[tuple[str, str, int, int, str, bytes]]:
        """Uplink records in quarantine: (site, epoch, n, at, reason, raw), oldest first."""
        return self._db.execute(
            "SELECT site, epoch, n, at, reason, raw FROM quarantine ORDER BY at, site, n"
        ).fetchall()

    def release(self, site: str, epoch: str, n: int) -> None:
        """An uplink record has been readmitted; part of the caller's transaction."""
        self._db.execute(
            "DELETE FROM quarantine WHERE site=? AND epoch=? AND n=?", (site, epoch, n)
        )

    def note_state(self, site: str, state: State, now: int) -> None:
        """A gateway says how it stands, and how far its devices have got."""
        epoch = state.epoch or ""
        self._db.execute(
            "INSERT OR REPLACE INTO office VALUES (?,?,?,?,?,?)",
            (site, epoch, state.at or 0, now, state.version, state.fault),
        )
        # Another journal may know less than the one before it. What that one had stored is then
        # on its way again, or lost; that it was written stays known.
        self._db.executemany(
            "INSERT INTO origin (site, node, epoch, written, stored, seen, duplicates, told_by)"
            " VALUES (?,?,?,?,?,?,?,?)"
            " ON CONFLICT (site, node, epoch) DO UPDATE SET"
            " written=max(written, stored, excluded.written),"
            " stored=iif(told_by=excluded.told_by, max(stored, excluded.stored), excluded.stored),"
            " seen=max(seen, excluded.seen), duplicates=max(duplicates, excluded.duplicates),"
            " told_by=excluded.told_by",
            [
                (site, h.node, h.epoch, h.written, h.stored, h.seen, h.duplicates, epoch)
                for h in state.devices
            ],
        )

    def forget(self, before: int, most: int = 5_000) -> int:
        """Delete up to `most` events of one device (the next that has any) that happened before
        `before` (Unix ms).

        Only from a device's oldest on, and only as far as all its numbers are accounted for: what
        comes again later is then known for a duplicate. Tallies, accounts, lost ranges and what is
        in quarantine stay. Returns how many events that was; 0 when there are no more.
        """
        for origin, since in self._db.execute("SELECT id, forgotten FROM origin").fetchall():
            gone = self._forget_of(origin, since, before, most)
            if gone:
                return gone
        return 0

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

    def _find_origin(self, site: str, node: str, epoch: str) -> _Origin:
        key = (site, node, epoch)
        self._db.execute("INSERT OR IGNORE INTO origin (site, node, epoch) VALUES (?,?,?)", key)
        row = self._db.execute(
            "SELECT id, max((SELECT coalesce(max(seq), 0) FROM event WHERE origin=id),"
            " (SELECT coalesce(max(last), 0) FROM lost WHERE origin=id), forgotten), forgotten"
            " FROM origin WHERE site=? AND node=? AND epoch=?",
            key,
        ).fetchone()
        origin = self._origins[key] = _Origin(*row)
        return origin

    def _is_new(
        self,
        site: str,
        origin: _Origin,
        record: OfficeRecord,
        rows: list[_EventRow],
        tallies: Tallies,
    ) -> bool:
        """Whether a record at or below the origin's top is not stored yet: the slow, rare way."""
        self._flush(rows)
        where = (origin.id, record.seq)
        here = self._db.execute(
            "SELECT kind, body FROM event WHERE origin=? AND seq=?", where
        ).fetchone()
        if here is not None:
            if here[0] != "quarantined" or isinstance(record, Quarantined):
                return False
            # What did not validate does now: it takes the place of what was set aside.
            self._db.execute("DELETE FROM event WHERE origin=? AND seq=?", where)
            tallies.add(site, _record.decode(here[1]), -1)
            return True
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
        return record.seq > origin.forgotten

    def _forget_of(self, origin: int, since: int, before: int, most: int) -> int:
        first = self._db.execute(
            "SELECT at FROM event WHERE origin=? AND seq>? ORDER BY seq LIMIT 1", (origin, since)
        ).fetchone()
        if first is None or first[0] >= before:
            return 0  # as with nearly every device, nearly always
        rows = self._db.execute(
            "SELECT seq, at, kind, status, clock FROM event WHERE origin=? AND seq>?"
            " ORDER BY seq LIMIT ?",
            (origin, since, most),
        ).fetchall()
        lost = self._db.execute(
            "SELECT first, last, at, reason FROM lost WHERE origin=? AND last>? ORDER BY first",
            (origin, since),
        ).fetchall()
        upto = settled(since, [row[:2] for row in rows], [span[:2] for span in lost], before)
        gone = [row for row in rows if row[0] <= upto and row[2] != "quarantined"]
        if upto == since:
            return 0
        counts: dict[tuple[str, str, str], list[int]] = {}
        for _, at, *key in gone:
            sums = counts.setdefault((key[0], key[1], key[2]), [0, 0])
            sums[0] += 1
            sums[1] = max(sums[1], at)
        with self.transaction():
            self._db.executemany(
                "INSERT INTO forgotten VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET"
                " count=count+excluded.count, newest=max(newest, excluded.newest)",
                [(origin, *key, *sums) for key, sums in counts.items()],
            )
            self._shrink_lost(origin, lost, {row[0] for row in gone})
            self._db.executemany(
                "DELETE FROM event WHERE origin=? AND seq=?", [(origin, row[0]) for row in gone]
            )
            self._db.execute("UPDATE origin SET forgotten=? WHERE id=?", (upto, origin))
        self._origins.clear()
        return len(gone)

    def _shrink_lost(
        self, origin: int, lost: Sequence[tuple[int, int, int, str]], gone: set[int]
    ) -> None:
        """Numbers that were believed lost and came after all no longer show in the events."""
        for first, last, at, reason in lost:
            came = sorted(seq for seq in gone if first <= seq <= last)
            if not came:
                continue
            self._db.execute("DELETE FROM lost WHERE origin=? AND first=?", (origin, first))
            self._db.executemany(
                "INSERT INTO lost VALUES (?,?,?,?,?)"
                " ON CONFLICT DO UPDATE SET last=max(last, excluded.last)",
                [(origin, *span, at, reason) for span in without(first, last, came)],
            )

    def _add_lost(self, site: str, origin: _Origin, record: Lost, tallies: Tallies) -> None:
        first = max(record.seq, origin.forgotten + 1)  # what was let go is accounted for
        if first > record.last:
            return
        is_new = first > origin.top  # then nothing is known of it yet
        before = 0 if is_new else count_lost(self._db, origin.id)
        # A gateway that was restored from a backup may see a longer gap from the same number on.
        self._db.execute(
            "INSERT INTO lost VALUES (?,?,?,?,?)"
            " ON CONFLICT DO UPDATE SET last=max(last, excluded.last)",
            (origin.id, first, record.last, record.at, record.reason),
        )
        origin.top = max(origin.top, record.last)
        known = record.last - first + 1 if is_new else count_lost(self._db, origin.id)
        more = known - before
        if more:
            tallies.add_lost(site, record, more)

    def _flush(self, rows: list[_EventRow]) -> None:
        self._db.executemany("INSERT INTO event VALUES (?,?,?,?,?,?,?)", rows)
        rows.clear()


# A line is "series fields hour", and '!' comes right after ' '.
_DROP_REFUSED = (
    "DELETE FROM refused_line WHERE line >= ?1 || ' ' AND line < ?1 || '!'"
    " AND substr(line, -length(?2)) = ?2"
)


def _same_tally(line: str) -> tuple[str, str]:
    series, _, hour = line.split(" ")
    return series, f" {hour}"


def settled(
    since: int,
    events: Sequence[tuple[int, int]],
    lost: Sequence[tuple[int, int]],
    before: int,
) -> int:
    """Up to which number, from `since` + 1 on, all are accounted for and happened before `before`.

    `events`: (seq, at) in order; `lost`: (first, last) in order.
    """
    upto = since
    ranges = list(lost)
    for seq, at in events:
        while upto + 1 < seq:
            while ranges and ranges[0][1] <= upto:
                ranges.pop(0)
            if not ranges or ranges[0][0] > upto + 1:
                return upto  # neither here nor lost: it may come yet
            upto = min(ranges[0][1], seq - 1)
        if at >= before:
            return upto
        upto = max(upto, seq)
    return upto


def without(first: int, last: int, out: Sequence[int]) -> list[tuple[int, int]]:
    """What is left of first … last without the numbers `out`, which are in order."""
    left = []
    for seq in out:
        if seq > first:
            left.append((first, seq - 1))
        first = seq + 1
    return [*left, (first, last)] if first <= last else left


def lost_ranges(db: sqlite3.Connection, origin: int) -> list[tuple[int, int, str, int]]:
    """(first, last, reason, at) of what is lost of an origin: each number once, and without those
    that came after all."""
    left: list[tuple[int, int, str, int]] = []
    upto = 0
    for first, last, reason, at in db.execute(
        "SELECT first, last, reason, at FROM lost WHERE origin=? ORDER BY first", (origin,)
    ).fetchall():
        first = max(first, upto + 1)
        if last < first:
            continue
        came = db.execute(
            "SELECT seq FROM event WHERE origin=? AND seq BETWEEN ? AND ? ORDER BY seq",
            (origin, first, last),
        )
        left += [(*span, reason, at) for span in without(first, last, [row[0] for row in came])]
        upto = last
    return left


def count_lost(db: sqlite3.Connection, origin: int) -> int:
    """How many numbers of an origin are lost."""
    return sum(last - first + 1 for first, last, _, _ in lost_ranges(db, origin))


def read_quarantine(db: sqlite3.Connection) -> list[tuple[str, bytes, str]]:
    """Uplink records that did not validate here: (where, record, reason), oldest first."""
    rows = db.execute("SELECT site, n, raw, reason FROM quarantine ORDER BY at, site, n")
    return [(f"uplink of {site} {n}", raw, reason) for site, n, raw, reason in rows]


def read_setbacks(db: sqlite3.Connection) -> list[tuple[str, bytes, str]]:
    """Device records that did not validate at their gateways: (where, record, reason)."""
    rows = db.execute(
        "SELECT site, node, seq, body FROM event JOIN origin ON id=origin"
        " WHERE kind='quarantined' ORDER BY at, site, node, seq"
    )
    found = [(f"{site}/{node} {seq}", _record.decode(body)) for site, node, seq, body in rows]
    return [
        (where, record.raw, record.reason)
        for where, record in found
        if isinstance(record, Quarantined)
    ]


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
