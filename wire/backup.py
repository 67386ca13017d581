"""Copies of a store, made while its owner runs, and put back while it does not."""

import contextlib
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from wire.store import Layout, StoreError, claim, open_reader

T = TypeVar("T")

_EVERY = 2_000  # pages between two looks


def copy_store(path: Path, target: Path, layout: Layout) -> int:
    """Copy the store at `path` to the file `target`, which must not exist; returns its bytes.

    The copy is one moment's, checked page by page and synced before it has its name.
    Raises StoreError.
    """
    if target.exists():
        raise StoreError(target, "exists already", "Name another file; none is ever overwritten.")
    source = open_reader(path, layout)
    aside = target.with_name(target.name + ".part")
    try:
        with contextlib.closing(sqlite3.connect(aside, isolation_level=None)) as copy:
            copy.execute("PRAGMA synchronous=OFF")  # it is synced as a whole below
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM stream").fetchone()  # from here on: this moment
            source.backup(copy, pages=_EVERY)
            source.execute("COMMIT")
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
            _check(copy, aside)
        _sync(aside)
        aside.rename(target)
        _sync(target.absolute().parent)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            target, f"cannot be written ({error})", "Check the folder, and the space there."
        ) from None
    finally:
        source.close()
        aside.unlink(missing_ok=True)
    return target.stat().st_size


def read_backup(source: Path, path: Path, read: Callable[[Path], T]) -> T:
    """What `read` makes of a backup that is to be put in the place of the store at `path`.

    Raises StoreError, also if it is damaged, or is that store itself.
    """
    if not source.exists():
        raise StoreError(source, "no such backup", "Check its name.")
    if path.exists() and source.samefile(path):
        raise StoreError(source, "is the very store to be restored", "Name a backup of it.")
    try:
        return read(source)
    except sqlite3.Error as error:
        raise StoreError(source, f"is damaged ({error})", "Use another backup.") from None


def put_back(
    source: Path,
    path: Path,
    layout: Layout,
    now: int,
    prepare: Callable[[Path], None] = lambda _: None,
) -> Path | None:
    """Put a copy of the backup `source` in the place of the store at `path`, whose owner must not
    run; returns where the store that was there is kept, if there was one. `now`: Unix ms.
    `prepare` is given the copy before it takes the place: both happen, or neither.

    Raises StoreError, and then the store is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = claim(path)
    fresh = path.with_name(path.name + ".restoring")
    try:
        fresh.unlink(missing_ok=True)
        copy_store(source, fresh, layout)
        prepare(fresh)
        fresh.with_name(fresh.name + ".lock").unlink(missing_ok=True)  # of who prepared it
        _sync(fresh)
        aside = _move_aside(path, now)
        fresh.rename(path)
        _sync(path.parent)
    except OSError as error:
        raise StoreError(
            path, f"cannot be restored ({error})", "Check the folder's owner and the disk."
        ) from None
    finally:
        os.close(lock)
    return aside


def _move_aside(path: Path, now: int) -> Path | None:
    if not path.exists():
        return None
    stamp = datetime.fromtimestamp(now / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}.before-{stamp}")
    if aside.exists():
        raise StoreError(aside, "exists already", "Wait a second, and try again.")
    # A damaged file is kept as it is, with its log.
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.link(path, aside)  # the store keeps its name until the other one takes it, in one step
    for suffix in ("-wal", "-shm"):  # only a damaged one still has them; the other's they are not
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))
    return aside


def _check(db: sqlite3.Connection, path: Path) -> None:
    found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise StoreError(path, f"is damaged ({found})", "Use another backup.")


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
