"""The office's journal in SQLite: what was received and decided, watermarks, numbers given.

One file, one owner, one transaction at a time; also the durable log of the uplink's sender.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gateway.decide import BoxMemory
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
"""
)

_memory = msgspec.json.Decoder(BoxMemory)
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
