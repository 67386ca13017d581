"""The hop's two ends in SQLite, used by gateway and collector alike.

Both live in the program's one database file and take part in its transactions: records and
watermark are stored together or not at all.
"""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wire.batch import Mark
from wire.hop import Admission


class StoreError(Exception):
    """A database cannot be used: says which file, what failed, and what to do."""

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: {problem}. {remedy}")


class Database:
    """One SQLite file with one owner: WAL, synchronous=FULL, explicit transactions.

    `schema`: statements that create what is missing. `version`: of that schema; a file of another
    version is refused. Raises StoreError if another process has the file, or it is no database.
    """

    def __init__(self, path: Path, schema: str, version: int) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                path, f"no folder for it ({error.strerror})", "Check `data`."
            ) from None
        self._lock = _claim(path)
        try:
            self.db = _open(path)
            found = self.db.execute("PRAGMA user_version").fetchone()[0]
            if found not in (0, version):
                raise StoreError(
                    path,
                    f"was written by another version of Talon (schema {found}, here {version})",
                    "Run the version that wrote it.",
                )
            self.db.executescript(schema)
            self.db.execute(f"PRAGMA user_version={version:d}")
        except sqlite3.Error as error:
            os.close(self._lock)
            raise StoreError(
                path, f"cannot be opened ({error})", "Check the disk; restore a backup if damaged."
            ) from None
        except StoreError:
            self.close()
            raise

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block is durable when it ends; if it raises, nothing of it has happened."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
            self.db.execute("COMMIT")
        except BaseException:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Give the file back."""
        self.db.close()
        os.close(self._lock)


def open_reader(path: Path) -> sqlite3.Connection:
    """A read-only connection beside the owner's. Raises StoreError if it is none of ours."""
    if not path.exists():
        raise StoreError(path, "does not exist", "Check --config, or run the program once.")
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        db.execute("PRAGMA busy_timeout=5000")
        db.execute("SELECT count(*) FROM stream").fetchone()
    except sqlite3.Error as error:
        raise StoreError(
            path, f"cannot be read ({error})", "Is it Talon's, and may you read it?"
        ) from None
    return db


def _open(path: Path) -> sqlite3.Connection:
    # One thread at a time uses it, but not always the one that opened it.
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA busy_timeout=5000")
    db.execute("PRAGMA cache_size=-8000")
    db.execute("PRAGMA wal_autocheckpoint=4000")
    return db


def _claim(path: Path) -> int:
    """Hold the file's lock for as long as this process lives; an error names the holder."""
    lock = path.with_name(path.name + ".lock")
    try:
        file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(
            path, f"cannot be written ({error.strerror})", "Check the folder's owner and the disk."
        ) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(file, 20).decode(errors="replace").strip() or "unknown"
        os.close(file)
        raise StoreError(
            path, f"is in use by process {holder}", "Stop that one, or give each its own `data`."
        ) from None
    with contextlib.suppress(OSError):  # the number is for people; the lock holds without it
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
    return file


MARKS_SCHEMA = """
CREATE TABLE IF NOT EXISTS stream (
    id INTEGER PRIMARY KEY,             -- in the order in which epochs first appeared
    site TEXT NOT NULL, node TEXT NOT NULL, epoch TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,     -- watermark
    crc INTEGER NOT NULL DEFAULT 0,     -- of the record at the watermark
    conflict INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    seen INTEGER NOT NULL DEFAULT 0,    -- Unix ms of the last batch or state
    written INTEGER NOT NULL DEFAULT 0, -- highest number the sender says it wrote
    memory BLOB NOT NULL DEFAULT x'',   -- what the program must remember with the watermark
    UNIQUE (site, node, epoch)
);
"""


class Marks:
    """The watermarks of all streams that come in."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def load(self, site: str, node: str) -> tuple[list[Mark], set[str]]:
        """Watermarks of one node in order of first appearance, and its epochs in conflict."""
        rows = self._db.execute(
            "SELECT epoch, seq, crc, conflict FROM stream WHERE site=? AND node=? ORDER BY id",
            (site, node),
        ).fetchall()
        return [Mark(row[0], row[1], row[2]) for row in rows], {r[0] for r in rows if r[3]}

    def newest(self) -> list[tuple[str, str, Mark]]:
        """(site, node, watermark) of the newest epoch of every node."""
        rows = self._db.execute(
            "SELECT site, node, epoch, seq, crc FROM stream"
            " WHERE id IN (SELECT max(id) FROM stream GROUP BY site, node)"
        )
        return [(site, node, Mark(epoch, seq, crc)) for site, node, epoch, seq, crc in rows]

    def save(self, site: str, node: str, out: Admission, now: int) -> None:
        """Store an admission's watermark; part of the caller's transaction."""
        mark = out.mark
        self._db.execute(
            "INSERT INTO stream (site, node, epoch, seq, crc, conflict, duplicates, seen)"
            " VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (site, node, epoch) DO UPDATE SET"
            " seq=excluded.seq, crc=excluded.crc, conflict=excluded.conflict,"
            " duplicates=duplicates+excluded.duplicates, seen=excluded.seen",
            (site, node, mark.epoch, mark.seq, mark.crc, out.conflict, out.duplicates, now),
        )

    def heads(self) -> list[tuple[str, str, str, int, int, int]]:
        """(site, node, epoch, written, watermark, seen) of every stream."""
        return self._db.execute(
            "SELECT site, node, epoch, max(written, seq), seq, seen FROM stream ORDER BY id"
        ).fetchall()

    def note_written(self, site: str, node: str, epoch: str, written: int, seen: int) -> None:
        """The sender says how far it has written; part of the caller's transaction."""
        self._db.execute(
            "UPDATE stream SET written=max(written, ?), seen=? WHERE site=? AND node=? AND epoch=?",
            (written, seen, site, node, epoch),
        )

    def recall(self, site: str, node: str, epoch: str) -> bytes:
        """What `remember` stored last for this stream; empty at first."""
        row = self._db.execute(
            "SELECT memory FROM stream WHERE site=? AND node=? AND epoch=?", (site, node, epoch)
        ).fetchone()
        return bytes(row[0]) if row else b""

    def remember(self, site: str, node: str, epoch: str, memory: bytes) -> None:
        """Store the program's memory of a stream; part of the caller's transaction."""
        self._db.execute(
            "UPDATE stream SET memory=? WHERE site=? AND node=? AND epoch=?",
            (memory, site, node, epoch),
        )


LOG_SCHEMA = """
CREATE TABLE IF NOT EXISTS journal (
    n INTEGER PRIMARY KEY,
    node TEXT NOT NULL,                 -- the device it came from, and its boot then
    boot TEXT NOT NULL,
    ident INTEGER NOT NULL,             -- tells records of one boot apart, see gateway.intake
    body BLOB NOT NULL                  -- the record, as it goes on to the city
);
CREATE TABLE IF NOT EXISTS sending (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL,
    base INTEGER NOT NULL,              -- record number in this epoch = n - base
    acked INTEGER NOT NULL              -- in numbers of this epoch
);
"""

JournalRow = tuple[str, str, int, bytes]


class TableLog:
    """A sender's log in the table `journal`; implements `wire.hop.Log`.

    Acknowledged rows stay: a collector that was restored from a backup is served again from here.
    """

    def __init__(self, database: Database, token: Callable[[], str]) -> None:
        self._database = database
        self._db = database.db
        self._token = token
        row = self._db.execute("SELECT epoch, base, acked FROM sending").fetchone()
        if row is None:
            row = (token(), 0, 0)
            self._db.execute("INSERT INTO sending VALUES (1,?,?,?)", row)
        self.epoch: str = row[0]
        self._base: int = row[1]
        self.acked: int = row[2]
        self.reload()

    def reload(self) -> None:
        """Read again how far the log goes: after a transaction that did not come about."""
        low, high = self._db.execute("SELECT min(n), max(n) FROM journal").fetchone()
        self.last: int = (high or self._base) - self._base
        self._lowest: int = low or self._base + 1
        self._acked_stored: int = self._db.execute("SELECT acked FROM sending").fetchone()[0]

    @property
    def oldest(self) -> int:
        """Lowest number of this epoch still held."""
        return max(self._lowest - self._base, 1)

    def append(self, rows: Sequence[JournalRow]) -> None:
        """Add records; part of the caller's transaction."""
        start = self.last + self._base + 1
        self._db.executemany(
            "INSERT INTO journal (n, node, boot, ident, body) VALUES (?,?,?,?,?)",
            [(start + i, *row) for i, row in enumerate(rows)],
        )
        self.last += len(rows)
        if self.acked != self._acked_stored:
            self._db.execute("UPDATE sending SET acked=?", (self.acked,))
            self._acked_stored = self.acked

    def read(self, first: int, count: int, size: int) -> list[bytes]:
        """Records from `first` on: at most `count` and about `size` bytes, but at least one."""
        out: list[bytes] = []
        for (body,) in self._db.execute(
            "SELECT body FROM journal WHERE n >= ? ORDER BY n LIMIT ?", (first + self._base, count)
        ):
            out.append(body)
            size -= len(body)
            if size <= 0:
                break
        return out

    def prune(self, upto: int) -> None:
        """Note what is acknowledged; stored with the next records: forgetting it costs little."""
        self.acked = upto

    def renew(self, after: int) -> None:
        """Start a new epoch in which the records after `after` are 1, 2, …, in one step."""
        epoch = self._token()
        with self._database.transaction() as db:
            db.execute("UPDATE sending SET epoch=?, base=?, acked=0", (epoch, self._base + after))
        self.epoch = epoch
        self._base += after
        self.acked = 0
        self.reload()
