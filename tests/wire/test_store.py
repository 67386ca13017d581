"""The hop's two ends in SQLite: one owner, one transaction, a log that can be renewed."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.gateway.bench import tokens
from wire.batch import Mark
from wire.hop import Admission, Sender
from wire.store import (
    LOG_SCHEMA,
    MARKS_SCHEMA,
    Database,
    JournalRow,
    Layout,
    Marks,
    StoreError,
    TableLog,
    open_reader,
    write_beside,
)

SCHEMA = MARKS_SCHEMA + LOG_SCHEMA
E1, E2 = "e000000000000001", "e000000000000002"


NOW = 1_780_000_000_000


class PowerCut(Exception):
    """Nothing after this happens."""


def store(folder: Path, version: int = 1) -> Database:
    return Database(folder / "store.db", Layout("store", SCHEMA, version))


def rows(*bodies: bytes) -> list[JournalRow]:
    return [("box-1", "b0000001", i, body) for i, body in enumerate(bodies)]


def filled(database: Database, count: int) -> TableLog:
    log = TableLog(database, tokens())
    with database.transaction():
        log.append(rows(*(b"r%d" % (i + 1) for i in range(count))), NOW)
    return log


@contextmanager
def cut_short(database: Database) -> Iterator[None]:
    """A transaction that ends before its commit."""
    with suppress(PowerCut), database.transaction():
        yield
        raise PowerCut


# ---- the file -----------------------------------------------------------------------------------
def test_a_second_owner_is_refused_and_told_who_is_the_first(tmp_path: Path) -> None:
    first = store(tmp_path)
    with pytest.raises(StoreError, match=rf"store\.db: is in use by process {os.getpid()}\. Stop"):
        store(tmp_path)
    first.close()
    store(tmp_path).close()


def test_a_file_is_free_again_when_its_owner_was_killed(tmp_path: Path) -> None:
    code = "import os, sys; from pathlib import Path; from tests.wire.test_store import store\n"
    code += "store(Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    store(tmp_path).close()


def test_a_file_of_another_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    store(tmp_path, version=1).close()
    with pytest.raises(StoreError, match=r"another version of Talon \(schema 1, here 2\)"):
        store(tmp_path, version=2)
    store(tmp_path, version=1).close()


@pytest.mark.parametrize("mark", ["application_id=7", "user_version=99"])
def test_a_database_of_somebody_elses_is_refused_byte_for_byte_as_it_was(
    tmp_path: Path, mark: str
) -> None:
    """Not even its journal mode, which is noted in the file, is changed."""
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA {mark}")
        db.execute("CREATE TABLE theirs (x)")
        db.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError):
        store(tmp_path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("harm", ["UPDATE sending SET base=NULL", "DROP TABLE journal"])
def test_a_log_that_is_damaged_is_refused_in_words(tmp_path: Path, harm: str) -> None:
    """And the file is free again."""
    schema = SCHEMA.replace("base INTEGER NOT NULL", "base INTEGER")
    database = Database(tmp_path / "store.db", Layout("store", schema, 1))
    TableLog(database, tokens())
    database.db.execute(harm)
    with pytest.raises(StoreError, match=r"store\.db: cannot be read \(.*restore a backup"):
        TableLog(database, tokens())
    store(tmp_path).close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"no database " * 100)
    with pytest.raises(StoreError, match=r"cannot be opened .* restore a backup"):
        store(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"no folder for it .* Check `data`"):
        store(tmp_path / "file" / "data")


def test_a_folder_that_may_not_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:  # root may write anywhere, so the system says it for us
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StoreError, match=r"cannot be written \(Permission denied\)\. Check the fo"):
        store(tmp_path)


def test_every_commit_is_synced(tmp_path: Path) -> None:
    db = store(tmp_path).db
    assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert db.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL


def test_a_reader_sees_what_is_committed_and_cannot_write(tmp_path: Path) -> None:
    folder = tmp_path / "100 %? #1"
    filled(store(folder), 2)
    reader = open_reader(folder / "store.db")
    assert reader.execute("SELECT count(*) FROM journal").fetchone()[0] == 2
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM journal")


def test_a_reader_of_no_file_is_told_so_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        open_reader(tmp_path / "store.db")
    assert list(tmp_path.iterdir()) == []


# ---- transactions -------------------------------------------------------------------------------
def test_a_power_cut_between_two_statements_leaves_neither(tmp_path: Path) -> None:
    database = store(tmp_path)
    log = filled(database, 1)
    admission = Admission(Mark(E1, 5, 7))
    with cut_short(database):
        log.append(rows(b"r2"), NOW)
        Marks(database.db).save("kyiv-1", "box-1", admission, 0)
    database.close()
    database = store(tmp_path)
    assert TableLog(database, tokens()).last == 1
    assert Marks(database.db).load("kyiv-1", "box-1") == ([], set())


def test_after_a_transaction_that_raised_the_next_one_works(tmp_path: Path) -> None:
    database = store(tmp_path)
    log = filled(database, 1)
    with cut_short(database):
        log.append(rows(b"lost"), NOW)
    log.reload()
    with database.transaction():
        log.append(rows(b"r2"), NOW)
    assert log.read(1, 9, 1 << 20) == [b"r1", b"r2"]


def test_transactions_together_stand_and_fall_as_one(tmp_path: Path) -> None:
    database = store(tmp_path)
    log = filled(database, 1)
    with suppress(PowerCut), database.together():
        with database.transaction():
            log.append(rows(b"lost"), NOW)
        raise PowerCut
    log.reload()
    with database.together():
        for row in (b"r2", b"r3"):
            with database.transaction():
                log.append(rows(row), NOW)
    assert log.read(1, 9, 1 << 20) == [b"r1", b"r2", b"r3"]


def test_a_transaction_within_another_by_mistake_is_refused(tmp_path: Path) -> None:
    database = store(tmp_path)
    with (
        pytest.raises(sqlite3.OperationalError),
        database.transaction(),
        database.transaction(),
    ):
        pass
    assert not database.db.in_transaction


# ---- watermarks ---------------------------------------------------------------------------------
def test_watermarks_come_back_in_the_order_of_their_epochs(tmp_path: Path) -> None:
    database = store(tmp_path)
    marks = Marks(database.db)
    for epoch, seq in ((E2, 3), (E1, 4), (E2, 9)):
        marks.save("kyiv-1", "box-1", Admission(Mark(epoch, seq, seq * 10)), 0)
    found, conflicts = marks.load("kyiv-1", "box-1")
    assert [(m.epoch, m.seq, m.crc) for m in found] == [(E2, 9, 90), (E1, 4, 40)]
    assert conflicts == set()
    ((_, _, newest),) = marks.newest()
    assert newest.epoch == E1


def test_what_was_remembered_comes_back(tmp_path: Path) -> None:
    marks = Marks(store(tmp_path).db)
    assert marks.recall("kyiv-1", "box-1", E1) == b""
    marks.save("kyiv-1", "box-1", Admission(Mark(E1, 1, 1)), 0)
    marks.remember("kyiv-1", "box-1", E1, b"x")
    marks.save("kyiv-1", "box-1", Admission(Mark(E1, 2, 2)), 0)
    assert marks.recall("kyiv-1", "box-1", E1) == b"x"


# ---- the log ------------------------------------------------------------------------------------
def test_an_empty_log_holds_nothing(tmp_path: Path) -> None:
    log = TableLog(store(tmp_path), tokens())
    assert (log.epoch, log.oldest, log.last, log.read(1, 9, 9)) == (E1, 1, 0, [])


def test_a_log_is_read_by_count_and_by_size_but_at_least_one(tmp_path: Path) -> None:
    log = filled(store(tmp_path), 5)
    assert log.read(2, 2, 1 << 20) == [b"r2", b"r3"]
    assert log.read(2, 9, 3) == [b"r2", b"r3"]
    assert log.read(2, 9, 0) == [b"r2"]


def test_a_log_goes_on_after_a_restart_in_its_epoch(tmp_path: Path) -> None:
    database = store(tmp_path)
    filled(database, 3)
    database.close()
    log = TableLog(store(tmp_path), tokens("f"))
    assert (log.epoch, log.last) == (E1, 3)


def test_what_is_acknowledged_is_stored_with_the_next_records(tmp_path: Path) -> None:
    database = store(tmp_path)
    log = filled(database, 3)
    log.prune(2)
    with database.transaction():
        log.append(rows(b"r4"), NOW)
    database.close()
    assert TableLog(store(tmp_path), tokens()).acked == 2


def test_an_acknowledgement_is_stored_later_if_the_transaction_failed(tmp_path: Path) -> None:
    database = store(tmp_path)
    log = filled(database, 3)
    log.prune(2)
    with cut_short(database):
        log.append(rows(b"lost"), NOW)
    log.reload()
    with database.transaction():
        log.append(rows(b"r4"), NOW)
    database.close()
    assert TableLog(store(tmp_path), tokens()).acked == 2


@pytest.mark.parametrize("restarts", [False, True])
def test_a_renewed_log_counts_from_one_after_what_was_acknowledged(
    tmp_path: Path, restarts: bool
) -> None:
    database = store(tmp_path)
    log = filled(database, 5)
    log.prune(3)
    log.renew(3)
    if restarts:
        database.close()
        database = store(tmp_path)
        log = TableLog(database, tokens("f"))
    assert (log.epoch, log.oldest, log.last, log.acked) == (E2, 1, 2, 0)
    assert log.read(1, 9, 1 << 20) == [b"r4", b"r5"]
    with database.transaction():
        log.append(rows(b"r6"), NOW)
    assert log.read(3, 9, 1 << 20) == [b"r6"]


def test_a_sender_that_was_rolled_back_renews_and_sends_what_is_new(tmp_path: Path) -> None:
    database = store(tmp_path)
    log = filled(database, 2)
    sender = Sender(log, "b0000001")
    sender.on_mark(Mark(E1, 7, 1), 0)
    batch = sender.next_batch(0)
    assert batch is not None
    assert (batch.epoch, batch.first, batch.records) == (E2, 1, [b"r1", b"r2"])


# ---- beside the owner ---------------------------------------------------------------------------
BESIDE = Layout("shelf", MARKS_SCHEMA + "CREATE TABLE IF NOT EXISTS book (title TEXT);", 1)


def test_what_is_written_beside_the_owner_is_there_for_the_owner(tmp_path: Path) -> None:
    owner = Database(tmp_path / "x.db", BESIDE)
    with write_beside(owner.path, BESIDE) as db:
        db.execute("INSERT INTO book VALUES ('Кобзар')")
    assert owner.db.execute("SELECT title FROM book").fetchall() == [("Кобзар",)]


def test_a_block_that_raises_beside_the_owner_has_not_happened(tmp_path: Path) -> None:
    owner = Database(tmp_path / "x.db", BESIDE)
    with suppress(PowerCut), write_beside(owner.path, BESIDE) as db:
        db.execute("INSERT INTO book VALUES ('Кобзар')")
        raise PowerCut
    assert owner.db.execute("SELECT count(*) FROM book").fetchone() == (0,)
    with owner.transaction() as db:
        db.execute("INSERT INTO book VALUES ('Енеїда')")


def test_while_the_owner_writes_nobody_else_does_and_is_told_so(tmp_path: Path) -> None:
    owner = Database(tmp_path / "x.db", BESIDE)
    with (
        owner.transaction(),
        pytest.raises(StoreError, match=r"writing \(.*locked\)\. Nothing was changed; try again"),
        write_beside(owner.path, BESIDE, wait_ms=0),
    ):
        raise AssertionError


def test_whoever_finds_the_file_busy_waits_and_gets_in(tmp_path: Path) -> None:
    """The collector writes for a moment at a time."""
    owner = Database(tmp_path / "x.db", BESIDE)
    asked = threading.Event()

    def write() -> None:
        asked.set()
        with write_beside(owner.path, BESIDE, wait_ms=60_000) as db:
            db.execute("INSERT INTO book VALUES ('Енеїда')")

    writer = threading.Thread(target=write)
    with owner.transaction() as db:
        db.execute("INSERT INTO book VALUES ('Кобзар')")
        writer.start()
        asked.wait()
    writer.join()
    titles = owner.db.execute("SELECT title FROM book ORDER BY rowid").fetchall()
    assert titles == [("Кобзар",), ("Енеїда",)]


def test_a_store_of_another_version_is_not_written_beside(tmp_path: Path) -> None:
    Database(tmp_path / "x.db", BESIDE).close()
    with (
        pytest.raises(StoreError, match="schema 1, here 2"),
        write_beside(tmp_path / "x.db", BESIDE._replace(version=2)),
    ):
        raise AssertionError


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreError, match="does not exist"),
        write_beside(tmp_path / "x.db", BESIDE),
    ):
        raise AssertionError
    assert list(tmp_path.iterdir()) == []


def test_the_limit_holds_for_whoever_writes_beside_the_owner(tmp_path: Path) -> None:
    owner = Database(tmp_path / "x.db", BESIDE, limit_mb=1)
    with (
        pytest.raises(sqlite3.OperationalError, match="full"),
        write_beside(owner.path, BESIDE, limit_mb=1) as db,
    ):
        db.execute("INSERT INTO book VALUES (zeroblob(2000000))")


def test_whoever_wrote_into_a_store_that_was_replaced_meanwhile_is_told(tmp_path: Path) -> None:
    """A restore gives the name to another file; what was written is in the one put aside."""
    path = tmp_path / "x.db"
    Database(path, BESIDE).close()
    Database(tmp_path / "backup.db", BESIDE).close()

    def write() -> None:
        with write_beside(path, BESIDE) as db:
            db.execute("INSERT INTO book VALUES ('Кобзар')")
            (tmp_path / "backup.db").rename(path)

    with pytest.raises(StoreError, match="restored from a backup meanwhile"):
        write()
