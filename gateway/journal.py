"""The office's journal in SQLite: what was received and decided, watermarks, numbers given.

One file, one owner, one transaction at a time; also the durable log of the uplink's sender.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gateway.clockwork import ClockMemory
from gateway.decide import BoxMemory
from gateway.held import Came, Held, Moment
from gateway.intake import Row
from wire.hop import Admission, Receiver
from wire.store import LOG_SCHEMA, MARKS_SCHEMA, Database, Marks, TableLog

VERSION = 1
SCHEMA = (
    MARKS_SCHEMA
    + LOG_SCHEMA
    + """
CREATE TABLE IF NOT EXISTS boot (       -- in which epochs a boot of a device has spoken
    node TEXT NOT NULL, boot TEXT NOT NULL, epoch TEXT NOT NULL,
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

_memory = msgspec.json.Decoder(BoxMemory)
_clock = msgspec.json.Decoder(ClockMemory)
_held = msgspec.json.Decoder(Held)
_encode = msgspec.json.Encoder().encode


class Journal:
    """The journal of one office. Raises wire.store.StoreError when the file cannot be used."""

    def __init__(self, path: Path, token: Callable[[], str]) -> None:
        self._database = Database(path, SCHEMA, VERSION)
        self._db = self._database.db
        self.log = TableLog(self._database, token)
        self.marks = Marks(self._db)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block is durable when it ends; if it raises, nothing of it has happened."""
        try:
            with self._database.transaction():
                yield
        except BaseException:
            self.log.reload()
            raise

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

    def append(self, rows: Sequence[Row]) -> None:
        """Add rows to the journal."""
        self.log.append(rows)

    def other_epochs(self, node: str, boot: str, epoch: str) -> bool:
        """Whether this boot has spoken under another epoch; notes that it speaks under this one."""
        self._db.execute("INSERT OR IGNORE INTO boot VALUES (?,?,?)", (node, boot, epoch))
        query = "SELECT 1 FROM boot WHERE node=? AND boot=? AND epoch<>? LIMIT 1"
        return self._db.execute(query, (node, boot, epoch)).fetchone() is not None

    def idents(self, node: str, boot: str) -> set[int]:
        """The idents of all records of one boot. Reads the whole journal: for rolled back cards."""
        query = "SELECT ident FROM journal WHERE node=? AND boot=?"
        return {row[0] for row in self._db.execute(query, (node, boot))}

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

    def let_go(self, bodies: Sequence[tuple[int, bytes]]) -> None:
        """Rows n have these bodies now, and are no longer held back."""
        self._db.executemany("UPDATE journal SET body=? WHERE n=?", [(b, n) for n, b in bodies])
        self._db.executemany("DELETE FROM clock WHERE n=?", [(n,) for n, _ in bodies])

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
