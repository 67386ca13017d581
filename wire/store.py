"""The hop's two ends in SQLite, used by gateway and collector alike.

Both live in the program's one database file and take part in its transactions: records and
watermark are stored together or not at all.
"""

import contextlib
import fcntl
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from wire.batch import Mark
from wire.hop import Admission

UNUSABLE = (sqlite3.Error, UnicodeDecodeError)
"""What a file that is damaged or no database makes sqlite3 raise: it may quote from the file."""


class StoreError(Exception):
    """A database cannot be used: says which file, what failed, and what to do."""

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: {problem}. {remedy}")


class Layout(NamedTuple):
    """What a program keeps in its file. `name`: of the store. `schema`: statements that create what
    is missing; `version`: of that schema; `upgrades`: by the version they begin from, statements
    that lead to the next one."""

    name: str
    schema: str
    version: int
    upgrades: Mapping[int, str] = {}

    @property
    def id(self) -> int:
        """By which SQLite files tell whose they are."""
        return zlib.crc32(b"talon " + self.name.encode()) & 0x7FFFFFFF


class Database:
    """One SQLite file with one owner: WAL, synchronous=FULL, explicit transactions.

    `limit_mb`: the file grows no larger; at the limit a transaction that needs more fails with
    sqlite3.OperationalError ("full") and changes nothing, as on a full disk.
    Raises StoreError if another process has the file, or it is none of ours, or of a version from
    which no upgrade leads on.
    """

    def __init__(self, path: Path, layout: Layout, limit_mb: int | None = None) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                path, f"no folder for it ({error.strerror})", "Check `data`."
            ) from None
        self._lock = claim(path)
        self._together = False
        try:
            self.db = _open(path, layout)
            self._upgrade(layout)
            self.db.executescript(layout.schema)
            self.db.execute(f"PRAGMA application_id={layout.id:d}")
            self.db.execute(f"PRAGMA user_version={layout.version:d}")
            _limit(self.db, limit_mb)
        except UNUSABLE as error:
            with contextlib.suppress(AttributeError):
                self.db.close()
            os.close(self._lock)
            raise StoreError(
                path, f"cannot be opened ({error})", "Check the disk; restore a backup if damaged."
            ) from None
        except StoreError:
            with contextlib.suppress(AttributeError):
                self.db.close()
            os.close(self._lock)
            raise

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block is durable when it ends; if it raises, nothing of it has happened.
        Within `together` it is a part of that."""
        if self._together:
            yield self.db
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
            self.db.execute("COMMIT")
        except BaseException:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """All transactions within the block are one: what they say to have stored is durable when
        the block ends. If it raises, whoever was told otherwise must be forgotten."""
        with self.transaction():
            self._together = True
            try:
                yield
            finally:
                self._together = False

    def close(self) -> None:
        """Give the file back."""
        self.db.close()
        os.close(self._lock)

    def _upgrade(self, layout: Layout) -> None:
        """Lead an older file on, step by step, each of them whole or not at all."""
        found = _check_kind(self.db, self.path, layout)
        while found not in (0, layout.version):
            if found not in layout.upgrades:
                raise _other_version(self.path, found, layout)
            self.db.executescript(
                f"BEGIN IMMEDIATE; {layout.upgrades[found]};"
                f" PRAGMA user_version={found + 1:d}; COMMIT;"
            )
            found += 1


class Size(NamedTuple):
    """How large a store is, in bytes: of that, `free` is inside the file to be used again."""

    bytes: int
    free: int


def size_of(db: sqlite3.Connection) -> Size:
    """The size of a store, without its write-ahead log (16 MB at most, but for a moment)."""
    page, count, free = (
        db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_size", "page_count", "freelist_count")
    )
    return Size(page * count, page * free)


def open_reader(path: Path, layout: Layout | None = None) -> sqlite3.Connection:
    """A read-only connection beside the owner's. Raises StoreError if it is none of ours, or, with
    a `layout`, another one."""
    if not path.exists():
        raise StoreError(path, "does not exist", "Check its name; a first run makes it.")
    db = None
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        db.execute("PRAGMA busy_timeout=5000")
        db.execute("SELECT count(*) FROM stream").fetchone()
        if layout is not None and _check_kind(db, path, layout) != layout.version:
            raise _other_version(path, _version(db), layout)
    except UNUSABLE as error:
        if db is not None:
            db.close()
        raise StoreError(
            path, f"cannot be read ({error})", "Is it Talon's, and may you read it?"
        ) from None
    except StoreError:
        if db is not None:
            db.close()
        raise
    return db


@contextlib.contextmanager
def write_beside(
    path: Path, layout: Layout, limit_mb: int | None = None, wait_ms: int = 5_000
) -> Iterator[sqlite3.Connection]:
    """One short transaction in a store, beside its owner: for what a person enters.

    All of the block is durable when it ends; if it raises, nothing of it has happened. `wait_ms`:
    how long to wait for whoever writes. Raises StoreError if the file is none of ours or of another
    version, if it may not be written, and if somebody else goes on writing.
    """
    open_reader(path, layout).close()  # what is wrong with the file is said there
    which = path.stat().st_ino
    with contextlib.closing(
        sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
    ) as db:
        db.execute("PRAGMA synchronous=FULL")
        db.execute(f"PRAGMA busy_timeout={wait_ms:d}")
        _limit(db, limit_mb)
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise _not_now(path, error) from None
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
    if not path.exists() or path.stat().st_ino != which:
        raise StoreError(
            path, "was restored from a backup meanwhile", "Look what is in it, and enter it again."
        )


def _not_now(path: Path, error: sqlite3.OperationalError) -> StoreError:
    if "readonly" in str(error):
        return StoreError(path, "may not be written by you", "Use the collector's account.")
    return StoreError(
        path, f"somebody else is writing ({error})", "Nothing was changed; try again."
    )


def _limit(db: sqlite3.Connection, limit_mb: int | None) -> None:
    """The file grows no larger by this connection."""
    if limit_mb is not None:
        page = db.execute("PRAGMA page_size").fetchone()[0]
        db.execute(f"PRAGMA max_page_count={limit_mb * (1 << 20) // page:d}")


def _check_kind(db: sqlite3.Connection, path: Path, layout: Layout) -> int:
    """The version of the file behind `db`; StoreError if it is another kind of store."""
    found = db.execute("PRAGMA application_id").fetchone()[0]
    if found not in (0, layout.id):  # 0: a new one, or written before there were ids
        raise StoreError(path, f"is no {layout.name}", "Check `data` and the name.")
    return _version(db)


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _other_version(path: Path, found: int, layout: Layout) -> StoreError:
    remedy = (
        "Run the program once: it leads it on."
        if found in layout.upgrades
        else "Run the version that wrote it."
    )
    problem = f"was written by another version of Talon (schema {found}, here {layout.version})"
    return StoreError(path, problem, remedy)


def _open(path: Path, layout: Layout) -> sqlite3.Connection:
    # One thread at a time uses it, but not always the one that opened it.
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:  # before WAL, which is noted in the file: one that is not ours stays as it is
        found = _check_kind(db, path, layout)
        if found not in (0, layout.version, *layout.upgrades):
            raise _other_version(path, found, layout)
    except BaseException:
        db.close()
        raise
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA busy_timeout=5000")
    db.execute("PRAGMA cache_size=-8000")
    db.execute("PRAGMA wal_autocheckpoint=4000")
    return db


def claim(path: Path) -> int:
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

    def heads(self) -> list[tuple[str, str, str, int, int, int, int]]:
        """(site, node, epoch, written, watermark, seen, duplicates) of every stream, the newest
        epoch of a node last."""
        return self._db.execute(
            "SELECT site, node, epoch, max(written, seq), seq, seen, duplicates"
            " FROM stream ORDER BY id"
        ).fetchall()

    def note_written(self, site: str, node: str, epoch: str, written: int, seen: int) -> None:
        """The sender says how far it has written; part of the caller's transaction."""
        self._db.execute(
            "UPDATE stream SET written=max(written, ?), seen=? WHERE site=? AND node=? AND epoch=?",
            (written, seen, site, node, epoch),
        )

    def recall(self, site: str, node: str, epoch: str) -> bytes:
        """What `remember` stored last for this stream; at first, for the node's epoch before it."""
        row = self._db.execute(
            "SELECT memory FROM stream WHERE site=? AND node=?"
            " ORDER BY epoch=? DESC, id DESC LIMIT 1",
            (site, node, epoch),
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
CREATE TABLE IF NOT EXISTS pace (       -- how the journal grew: `n` was its next row at `at`
    at INTEGER PRIMARY KEY,             -- Unix ms, one entry an hour at most
    n INTEGER NOT NULL
);
"""
PACE_MS = 3_600_000
_MOST_FORGOTTEN = 20_000  # rows in one transaction

JournalRow = tuple[str, str, int, bytes]


class TableLog:
    """A sender's log in the table `journal`; implements `wire.hop.Log`.

    Acknowledged rows stay, until `forget`: a collector that was restored from a backup is served
    again from here.
    """

    def __init__(self, database: Database, token: Callable[[], str]) -> None:
        self._database = database
        self._db = database.db
        self._token = token
        try:
            self._begin()
        except (*UNUSABLE, TypeError) as error:  # TypeError: nothing where a number should be
            database.close()
            raise StoreError(
                database.path, f"cannot be read ({error})", "Check the disk; restore a backup."
            ) from None

    def _begin(self) -> None:
        row = self._db.execute("SELECT epoch, base, acked FROM sending").fetchone()
        if row is None:
            row = (self._token(), 0, 0)
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
        self._paced: int = self._db.execute("SELECT coalesce(max(at), 0) FROM pace").fetchone()[0]

    @property
    def oldest(self) -> int:
        """Lowest number of this epoch still held."""
        return max(self._lowest - self._base, 1)

    def append(self, rows: Sequence[JournalRow], now: int) -> None:
        """Add records at `now` (Unix ms); part of the caller's transaction."""
        start = self.last + self._base + 1
        if abs(now - self._paced) >= PACE_MS:  # also when the clock was set back
            self._db.execute("INSERT OR IGNORE INTO pace VALUES (?,?)", (now, start))
            self._paced = now
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

    def forgettable(self, before: int) -> int:
        """Up to which row (`n`) one hour's worth of the oldest rows may go: written before `before`
        (Unix ms) and acknowledged. 0: none.

        An hour's worth at a time, so that a clock that is years ahead for a moment costs no more.
        """
        acked = self.acked + self._base
        row = self._db.execute(
            "SELECT min(n) FROM pace WHERE at <= ? AND n > ?", (before, self._lowest)
        ).fetchone()
        upto = min(row[0] - 1, acked, self.last + self._base - 1) if row[0] else 0
        return min(
            upto, self._lowest + _MOST_FORGOTTEN - 1
        )  # a journal from before there was a pace

    def forget(self, upto: int) -> None:
        """Delete the rows up to `upto` (`n`), all acknowledged; part of the caller's transaction.

        The newest row stays: by it the numbering goes on.
        """
        if upto < self._lowest:
            return
        if upto > self.acked + self._base or upto >= self.last + self._base:
            raise ValueError(f"rows up to {upto} are not all acknowledged, or the newest is theirs")
        self._db.execute("DELETE FROM journal WHERE n <= ?", (upto,))
        self._db.execute("DELETE FROM pace WHERE n <= ?", (upto,))
        self._db.execute("UPDATE sending SET acked=?", (self.acked,))
        self._acked_stored = self.acked
        self._lowest = upto + 1

    def renew(self, after: int) -> None:
        """Start a new epoch in which the records after `after` are 1, 2, …, in one step."""
        epoch = self._token()
        with self._database.transaction() as db:
            db.execute("UPDATE sending SET epoch=?, base=?, acked=0", (epoch, self._base + after))
        self.epoch = epoch
        self._base += after
        self.acked = 0
        self.reload()
