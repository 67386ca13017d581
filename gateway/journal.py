"""The office's journal in SQLite: what was received and decided, watermarks, numbers given.

One file, one owner, one transaction at a time; also the durable log of the uplink's sender.
"""

import sqlite3
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.clockwork import ClockMemory
from gateway.decide import BoxMemory
from gateway.held import Anew, Came, Held, Moment
from gateway.intake import Row, Taken, up_of
from gateway.turns import TOLD_SCHEMA, TURN_SCHEMA, Turns
from gateway.visits import PROJECT, VISIT_SCHEMA, Visits
from wire.hop import Admission, Receiver
from wire.records import Served
from wire.store import LOG_SCHEMA, MARKS_SCHEMA, Database, Layout, Marks, TableLog

VERSION = 5
SCHEMA = (
    MARKS_SCHEMA
    + LOG_SCHEMA
    + """
CREATE TABLE IF NOT EXISTS boot (       -- in which epochs a boot of a device has spoken
    node TEXT NOT NULL, boot TEXT NOT NULL, epoch TEXT NOT NULL,
    forgotten INTEGER NOT NULL DEFAULT -1, -- `up` of its newest record that is no longer held
    PRIMARY KEY (node, boot, epoch)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS given (      -- ticket numbers
    visit TEXT PRIMARY KEY,
    day TEXT NOT NULL, service TEXT NOT NULL, count INTEGER NOT NULL,
    node TEXT NOT NULL, at INTEGER NOT NULL,
    UNIQUE (day, service, count)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS clock (      -- row 0: what is remembered of the gateway's clock; others:
    n INTEGER PRIMARY KEY,              -- how row n of the journal came while the time was unknown
    said BLOB NOT NULL
);
"""
)
ACCOUNT_SCHEMA = """
CREATE TABLE IF NOT EXISTS account (    -- of every number of a device below its watermark
    node TEXT NOT NULL, epoch TEXT NOT NULL,
    kind TEXT NOT NULL, status TEXT NOT NULL, clock TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (node, epoch, kind, status, clock)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lost (
    node TEXT NOT NULL, epoch TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL,
    reason TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (node, epoch, first)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS restored (at INTEGER PRIMARY KEY); -- Unix ms, from a backup
CREATE TABLE IF NOT EXISTS quarantine ( -- records that did not validate, as received
    node TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
    at INTEGER NOT NULL, reason TEXT NOT NULL, raw BLOB NOT NULL,
    readmitted INTEGER NOT NULL DEFAULT 0, -- Unix ms; 0: it still waits for that
    PRIMARY KEY (node, epoch, seq)
) WITHOUT ROWID;
"""
SCHEMA += ACCOUNT_SCHEMA + VISIT_SCHEMA + TURN_SCHEMA
UPGRADES = {
    1: "ALTER TABLE boot ADD COLUMN forgotten INTEGER NOT NULL DEFAULT -1;"
    # idents held 32 bits of the CRC
    "UPDATE journal SET ident = ((ident >> 32) << 24) | (ident & 16777215);"
    + ACCOUNT_SCHEMA
    + """
CREATE TEMP VIEW said AS SELECT node, json_extract(body, '$.kind') AS kind,
    json_extract(body, '$.epoch') AS epoch, json_extract(body, '$.seq') AS seq,
    json_extract(body, '$.last') AS last, json_extract(body, '$.at') AS at,
    coalesce(json_extract(body, '$.status'), '') AS status,
    json_extract(body, '$.clock') AS clock, json_extract(body, '$.reason') AS reason
    FROM (SELECT node, CAST(body AS TEXT) AS body FROM main.journal);
INSERT INTO account SELECT node, epoch, kind, status, clock, count(*) FROM said
    WHERE kind NOT IN ('lost', 'conflict') GROUP BY node, epoch, kind, status, clock;
INSERT INTO account SELECT node, epoch, kind, '', '', sum(last - seq + 1) FROM said
    WHERE kind = 'lost' GROUP BY node, epoch;
INSERT OR IGNORE INTO lost SELECT node, epoch, seq, last, reason, at FROM said WHERE kind = 'lost';
DROP VIEW said
""",
    2: VISIT_SCHEMA + PROJECT,
    3: TURN_SCHEMA,
    4: TOLD_SCHEMA,
}
LAYOUT = Layout("journal", SCHEMA, VERSION, UPGRADES)


class Known(Container[int]):
    """The idents of a boot's records: those held, and all that are as old as one forgotten."""

    def __init__(self, idents: set[int], forgotten: int) -> None:
        self._idents = idents
        self._forgotten = forgotten

    def __contains__(self, ident: object) -> bool:
        return ident in self._idents or (isinstance(ident, int) and up_of(ident) <= self._forgotten)


class Waiting(NamedTuple):
    """A record in quarantine, received at `at` (Unix ms)."""

    node: str
    epoch: str
    seq: int
    at: int
    reason: str
    raw: bytes


_memory = msgspec.json.Decoder(BoxMemory)
_clock = msgspec.json.Decoder(ClockMemory)
_held = msgspec.json.Decoder(Held)
_encode = msgspec.json.Encoder().encode


class Journal:
    """The journal of one office. Raises wire.store.StoreError when the file cannot be used.

    `limit_mb`: at that size it takes nothing more, and so nothing is confirmed that is not stored.
    """

    def __init__(self, path: Path, token: Callable[[], str], limit_mb: int | None = None) -> None:
        self._database = Database(path, LAYOUT, limit_mb)
        self._db = self._database.db
        self.log = TableLog(self._database, token)
        self.marks = Marks(self._db)
        self.visits = Visits(self._db)
        self.turns = Turns(self._db)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block is durable when it ends; if it raises, nothing of it has happened."""
        try:
            with self._database.transaction():
                yield
        except BaseException:
            self.log.reload()
            raise

    def together(self) -> AbstractContextManager[None]:
        """As `wire.store.Database.together`."""
        return self._database.together()

    def receiver(self, site: str, node: str) -> Receiver:
        """The receiving end of a device's stream, as stored."""
        return Receiver(*self.marks.load(site, node))

    def save(self, site: str, node: str, out: Admission, memory: BoxMemory, now: int) -> None:
        """Store a watermark and what the rules remember of the box."""
        self.marks.save(site, node, out, now)
        self.marks.remember(site, node, out.mark.epoch, _encode(memory))

    def memory(self, site: str, node: str, epoch: str) -> BoxMemory:
        """What the rules remember of a box."""
        stored = self.marks.recall(site, node, epoch)
        return _memory.decode(stored) if stored else BoxMemory()

    def append(self, rows: Sequence[Row], now: int) -> None:
        """Add rows to the journal at `now` (Unix ms)."""
        self.log.append(rows, now)

    def take(self, node: str, epoch: str, taken: Taken, now: int) -> None:
        """Store what became of a batch: rows, and the account of its numbers."""
        self.append(taken.rows, now)
        if taken.tickets:
            first = self._db.execute("SELECT max(n) FROM journal").fetchone()[0]
            first -= len(taken.rows) - 1
            self.visits.take((first + i, record) for i, record in taken.tickets)
        self._enter((node, epoch, *key, count) for key, count in taken.counts.items())
        self._db.executemany(
            "INSERT OR IGNORE INTO lost VALUES (?,?,?,?,?,?)",
            [(node, epoch, *lost, now) for lost in taken.lost],
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO quarantine VALUES (?,?,?,?,?,?,0)",
            [(node, epoch, seq, now, reason, raw) for seq, reason, raw in taken.quarantined],
        )

    def serve(self, record: Served) -> None:
        """Store what the city is told of a finished visit, and account for it."""
        self.append([(record.node, "", 0, _encode(record))], record.got)
        key = (record.node, record.epoch, "served", record.status, record.clock)
        self._enter([(*key, 1)])

    def count_served(self) -> int:
        """How many finished visits this journal has told the city of: the number of the last."""
        query = "SELECT coalesce(sum(count), 0) FROM account WHERE epoch=? AND kind='served'"
        return int(self._db.execute(query, (self.log.epoch,)).fetchone()[0])

    def waiting(self) -> list[Waiting]:
        """What is in quarantine, oldest first."""
        return waiting(self._db)

    def presses(self, node: str, boot: str) -> list[int]:
        """`up` of all presses of one boot that are held. Reads the whole journal."""
        query = (
            "SELECT ident FROM journal WHERE node=? AND boot=?"
            ' AND instr(body, CAST(\'"kind":"rating"\' AS BLOB)) > 0'
        )
        return [up_of(row[0]) for row in self._db.execute(query, (node, boot))]

    def readmit(self, old: Waiting, taken: Taken, now: int) -> None:
        """Store what a quarantined record has turned out to be, instead of it."""
        where = (old.node, old.epoch)
        self.take(*where, taken, now)
        self._db.execute(
            "UPDATE account SET count=count-1 WHERE node=? AND epoch=? AND kind='quarantined'",
            where,
        )
        self._db.execute(
            "UPDATE quarantine SET readmitted=? WHERE node=? AND epoch=? AND seq=?",
            (now, *where, old.seq),
        )

    def forget(self, before: int) -> int:
        """Delete an hour's worth of what was written before `before` (Unix ms) and is delivered.

        Returns how many rows that was; 0 when there is no more. What stays: watermarks, accounts,
        and by which records of a boot are known that a rolled back card sends again.
        """
        upto = self.log.forgettable(before)
        if not upto:
            return 0
        with self.transaction():
            gone = self._db.execute(
                "SELECT node, boot, max(ident), count(*) FROM journal WHERE n <= ?"
                " GROUP BY node, boot",
                (upto,),
            ).fetchall()
            self._db.executemany(
                "UPDATE boot SET forgotten=max(forgotten, ?) WHERE node=? AND boot=?",
                [(up_of(ident), node, boot) for node, boot, ident, _ in gone if boot],
            )
            self.log.forget(upto)
            self.visits.forget(upto)
            self._db.execute("DELETE FROM given WHERE at < ?", (before,))
            self.turns.forget(before)
            self._db.execute(
                "DELETE FROM quarantine WHERE readmitted > 0 AND readmitted < ?", (before,)
            )
        return sum(row[3] for row in gone)

    def other_epochs(self, node: str, boot: str, epoch: str) -> bool:
        """Whether this boot has spoken under another epoch; notes that it speaks under this one."""
        self._db.execute(
            "INSERT OR IGNORE INTO boot (node, boot, epoch) VALUES (?,?,?)", (node, boot, epoch)
        )
        query = "SELECT 1 FROM boot WHERE node=? AND boot=? AND epoch<>? LIMIT 1"
        return self._db.execute(query, (node, boot, epoch)).fetchone() is not None

    def idents(self, node: str, boot: str) -> Container[int]:
        """The idents of all records of one boot. Reads the whole journal: for rolled back cards."""
        query = "SELECT ident FROM journal WHERE node=? AND boot=?"
        held = {row[0] for row in self._db.execute(query, (node, boot))}
        query = "SELECT max(forgotten) FROM boot WHERE node=? AND boot=?"
        return Known(held, self._db.execute(query, (node, boot)).fetchone()[0])

    def resent(self, node: str, epoch: str, boot: str) -> Container[int]:
        """Idents of a boot's records that may have come under another epoch; notes this one."""
        return self.idents(node, boot) if self.other_epochs(node, boot, epoch) else ()

    def in_conflict(self, node: str, epoch: str) -> bool:
        """Whether two devices speak with this name."""
        query = "SELECT max(conflict) FROM stream WHERE node=? AND epoch=?"
        return bool(self._db.execute(query, (node, epoch)).fetchone()[0])

    def given(self, day: str) -> list[tuple[str, str, int]]:
        """(visit, service, count) of the numbers given on `day`."""
        query = "SELECT visit, service, count FROM given WHERE day=?"
        return self._db.execute(query, (day,)).fetchall()

    def given_before(self, visit: str) -> tuple[str, int] | None:
        """(service, count) of the number of a visit, of whatever day."""
        query = "SELECT service, count FROM given WHERE visit=?"
        row: tuple[str, int] | None = self._db.execute(query, (visit,)).fetchone()
        return row

    def give(self, rows: Sequence[tuple[str, str, str, int, str, int]]) -> None:
        """Store numbers: (visit, day, service, count, node, at)."""
        self._db.executemany("INSERT INTO given VALUES (?,?,?,?,?,?)", rows)

    def note_restored(self, now: int) -> None:
        """From now on this journal is a backup's: it does not know what came after that."""
        self._db.execute("INSERT OR IGNORE INTO restored VALUES (?)", (now,))

    def restored(self) -> int:
        """When this journal was last restored from a backup: Unix ms, 0 if never."""
        return int(self._db.execute("SELECT coalesce(max(at), 0) FROM restored").fetchone()[0])

    def close(self) -> None:
        """Give the file back."""
        self._database.close()

    def clock_memory(self) -> ClockMemory:
        """What is remembered of the gateway's clock."""
        row = self._db.execute("SELECT said FROM clock WHERE n=0").fetchone()
        return _clock.decode(row[0]) if row else ClockMemory()

    def keep_clock(self, memory: ClockMemory) -> None:
        """Store it."""
        self._db.execute("INSERT OR REPLACE INTO clock VALUES (0,?)", (_encode(memory),))

    def hold(self, came: Came, said: Sequence[Moment | None]) -> None:
        """Hold back the rows that were appended last, one for each of `said`."""
        first = self._db.execute("SELECT max(n) FROM journal").fetchone()[0] - len(said) + 1
        held = (Held(first + i, came, moment) for i, moment in enumerate(said))
        self._db.executemany(
            "INSERT INTO clock VALUES (?,?)", [(one.n, _encode(one)) for one in held]
        )

    def count_held(self) -> int:
        """How many rows are held back."""
        found: int = self._db.execute("SELECT count(*) FROM clock WHERE n > 0").fetchone()[0]
        return found

    def held(self, most: int) -> list[tuple[Held, bytes]]:
        """Rows that are held back, in order, each with its body."""
        rows = self._db.execute(
            "SELECT said, body FROM clock JOIN journal USING (n) ORDER BY n LIMIT ?", (most,)
        )
        return [(_held.decode(said), body) for said, body in rows]

    def let_go(self, rows: Sequence[Anew]) -> None:
        """These rows have new bodies now, and are no longer held back. It needs no more space than
        there was: a journal that is full must get rid of them."""
        self._db.executemany("DELETE FROM clock WHERE n=?", [(row.n,) for row in rows])
        self._db.executemany("UPDATE journal SET body=? WHERE n=?", [(r.body, r.n) for r in rows])
        self.visits.place((row.at, row.clock, row.n) for row in rows if row.kind == "visit")
        for row in rows:
            where = (row.node, row.epoch, row.seq)
            if row.kind == "lost":
                query = "UPDATE lost SET at=? WHERE node=? AND epoch=? AND first=?"
                self._db.execute(query, (row.at, *where))
            elif row.kind == "quarantined":
                query = "UPDATE quarantine SET at=? WHERE node=? AND epoch=? AND seq=?"
                self._db.execute(query, (row.at, *where))
        self._enter(
            (row.node, row.epoch, row.kind, row.status, clock, by)
            for row in rows
            if row.kind not in ("lost", "conflict") and row.was != row.clock
            for clock, by in ((row.was, -1), (row.clock, 1))
        )

    def _enter(self, entries: Iterable[tuple[str, str, str, str, str, int]]) -> None:
        self._db.executemany(
            "INSERT INTO account VALUES (?,?,?,?,?,?)"
            " ON CONFLICT DO UPDATE SET count=count+excluded.count",
            entries,
        )

    def remember(self, site: str, node: str, epoch: str, memory: BoxMemory) -> None:
        """Store what the rules remember of a box."""
        self.marks.remember(site, node, epoch, _encode(memory))

    def last_given(self) -> tuple[str, int] | None:
        """(day, Unix ms) of the newest number of the newest day."""
        day, at = self._db.execute(
            "SELECT day, max(at) FROM given WHERE day=(SELECT max(day) FROM given)"
        ).fetchone()
        return None if day is None else (day, at)

    def redate(self, since: int, day: str) -> None:
        """Numbers given since (Unix ms) are numbers of `day`, unless that has them already."""
        self._db.execute("UPDATE OR IGNORE given SET day=? WHERE at>=?", (day, since))


def waiting(db: sqlite3.Connection) -> list[Waiting]:
    """What is in quarantine in the journal behind `db`, oldest first."""
    query = (
        "SELECT node, epoch, seq, at, reason, raw FROM quarantine"
        " WHERE readmitted=0 ORDER BY at, node, seq"
    )
    return [Waiting(*row) for row in db.execute(query)]
