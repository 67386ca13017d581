"""Exports months out of a ledger."""

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from collector.checksum import Part, whole
from collector.ledger import LAYOUT
from collector.month import bounds
from collector.parquet.engine import Engine, ParquetError
from collector.parquet.localtime import months_in
from collector.parquet.manifest import Manifest, misfits, read_manifest
from collector.parquet.spool import first_hour, spool, spooled
from collector.parquet.tree import Tree
from collector.parquet.writer import Work, publish, write_month
from collector.tally import TAGS
from wire.store import claim, open_reader

State = Literal["written", "renewed", "unchanged"]


class Exporter(NamedTuple):
    """Who exports. `name`: of the collector's files; `version`: of Talon."""

    name: str
    version: str
    ledger: Path
    zone: ZoneInfo


class Done(NamedTuple):
    """What became of a month. `renewed`: its tallies had changed since it was exported."""

    state: State
    manifest: Manifest


def closed_months(exporter: Exporter, now_s: int) -> list[str]:
    """The months that are over at `now_s` (Unix s), from the ledger's first tally on."""
    with contextlib.closing(open_reader(exporter.ledger, LAYOUT)) as db:
        begin = first_hour(db)
    months = months_in(begin, now_s, exporter.zone) if begin is not None else ()
    return [name for name, _, end in months if end <= now_s]


def check_months(exporter: Exporter, months: Sequence[str], now_s: int, open_too: bool) -> None:
    """Before anything is written: ParquetError for a month that is not over (unless `open_too`),
    has not begun, or is earlier than all tallies; MonthError for one that is none."""
    with contextlib.closing(open_reader(exporter.ledger, LAYOUT)) as db:
        first = first_hour(db)
    for month in months:
        begin, end = bounds(month, exporter.zone)
        if now_s < begin:
            raise ParquetError(f"{month} has not begun. Name a month that is over")
        if now_s < end and not open_too:
            raise ParquetError(
                f"{month} is not over: its tallies still change."
                " Wait until it is, or say --open to export it as an open month"
            )
        if first is None:
            raise ParquetError(f"{exporter.ledger}: no tallies of {month}, none at all")
        if end <= first:
            since = datetime.fromtimestamp(first, exporter.zone).date().isoformat()
            raise ParquetError(f"{exporter.ledger}: no tallies of {month}; the first is of {since}")


def export_month(exporter: Exporter, tree: Tree, engine: Engine, month: str, now_s: int) -> Done:
    """Export a month, unless the tree has it already as it is in the ledger.

    Raises ParquetError, and wire.store.StoreError if another process exports under this name;
    the tree is then as it was.
    """
    with _workshop(tree, exporter.name) as shop:
        parts = _spool(exporter, month, shop)
        old = _exported(tree, month, exporter.name)
        is_open = now_s < bounds(month, exporter.zone)[1]
        _check_writers(tree, exporter.name, month, frozenset(site for _, site, _ in parts))
        if old and _is_same(old, whole(parts), exporter, is_open) and not misfits(tree, old):
            return Done("unchanged", old)
        rows = {name: spooled(name, _csv(shop, name)) for name in TAGS}
        work = Work(month, exporter.name, exporter.zone, is_open, exporter.version, rows)
        manifest = write_month(engine, tree, work)
        if manifest.checksum != whole(parts):  # what DuckDB reads back is what SQLite gave
            raise ParquetError(f"{month}: what was written is not what the ledger holds. Try again")
        publish(tree, manifest)
        return Done("renewed" if old else "written", manifest)


def _spool(exporter: Exporter, month: str, shop: Path) -> dict[Part, str]:
    span = bounds(month, exporter.zone)
    parts: dict[Part, str] = {}
    with contextlib.closing(open_reader(exporter.ledger, LAYOUT)) as db:
        db.execute("BEGIN")  # all measurements of one moment, though the collector runs
        for name in TAGS:
            parts |= spool(db, name, month, span, _csv(shop, name))
    return parts


def _exported(tree: Tree, month: str, name: str) -> Manifest | None:
    path = tree.manifest(month, name)
    return read_manifest(path) if path.exists() else None


def _is_same(old: Manifest, checksum: str, exporter: Exporter, is_open: bool) -> bool:
    said = (old.checksum, old.timezone, old.open)
    return said == (checksum, str(exporter.zone), is_open)


def _check_writers(tree: Tree, name: str, month: str, sites: frozenset[str]) -> None:
    """An office's month has one writer, and a name one collector."""
    for found, other, path in tree.manifests():
        if found != month:
            continue
        theirs = frozenset(read_manifest(path).sites)
        if other != name and theirs & sites:
            raise ParquetError(
                f"{path}: {other} has exported {min(theirs & sites)} for {month} already, and an"
                f" office has one writer. Remove that export if it is {name} that has the office"
            )
        if other == name and theirs and sites and not theirs & sites:
            raise ParquetError(
                f"{path}: is of other offices ({min(theirs)}, …), so of another collector."
                " Give each collector a `name` of its own in its config"
            )


@contextlib.contextmanager
def _workshop(tree: Tree, name: str) -> Iterator[Path]:
    """A folder for what is not finished; nobody else exports under this name meanwhile."""
    shop = tree.workshop(name)
    try:
        tree.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParquetError(f"{tree.root}: no such folder ({error.strerror}). Check --out") from None
    lock = claim(shop)
    try:
        shutil.rmtree(shop, ignore_errors=True)  # of a run that was killed
        shop.mkdir()
        yield shop
    except OSError as error:
        raise ParquetError(
            f"{tree.root}: cannot be written ({error}). Check its owner, and the space there"
        ) from None
    finally:
        shutil.rmtree(shop, ignore_errors=True)
        os.close(lock)


def _csv(shop: Path, measurement: str) -> Path:
    return shop / f"{measurement}.csv"
