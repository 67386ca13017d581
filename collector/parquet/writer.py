"""Writes a month of tallies into a tree: every file is finished, and checked, before any of them
takes its place; the manifest, which makes them count, takes its place last."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from collector.checksum import whole
from collector.month import bounds
from collector.parquet.columns import Shape, hourly, monthly, parts, shape
from collector.parquet.engine import Engine, literal, table
from collector.parquet.manifest import Content, File, Manifest
from collector.parquet.tree import GRAINS, Grain, Tree, put

ROW_GROUP = 122_880  # rows: one office's month is a part of one, a country's is a few hundred
_SITES = 200  # whose digests are made at a time: it bounds the memory


class Work(NamedTuple):
    """A month to be written. `rows`: by measurement, what DuckDB is to select from; it must have
    `columns.tally_columns`."""

    month: str
    name: str
    zone: ZoneInfo
    is_open: bool
    version: str
    rows: Mapping[str, str]


def write_month(engine: Engine, tree: Tree, work: Work) -> Manifest:
    """Write a month and return its manifest; the tree is as it was until `publish`.

    The same tallies give the same bytes. Raises ParquetError.
    """
    content = {name: _write(engine, tree, work, name) for name in sorted(work.rows)}
    begin, end = bounds(work.month, work.zone)
    all_parts = {
        (name, site, work.month): digest
        for name, said in content.items()
        for site, digest in said.parts.items()
    }
    return Manifest(
        name=work.name,
        month=work.month,
        timezone=str(work.zone),
        begin=begin,
        end=end,
        open=work.is_open,
        sites=tuple(sorted({site for _, site, _ in all_parts})),
        checksum=whole(all_parts),
        version=work.version,
        content=content,
    )


def publish(tree: Tree, manifest: Manifest) -> None:
    """Give the files of `write_month` their places. While they are changed there is no manifest:
    if it breaks off half-way, the month is missing, and exporting it again mends that."""
    tree.withdraw(manifest.month, manifest.name)
    for name in manifest.content:
        for grain in GRAINS:
            place = tree.data(grain, name, manifest.month, manifest.name)
            put(_draft(tree, manifest.name, grain, name), place)
    draft = tree.workshop(manifest.name) / "manifest.json"
    draft.write_bytes(manifest.encode())
    put(draft, tree.manifest(manifest.month, manifest.name))


def _write(engine: Engine, tree: Tree, work: Work, name: str) -> Content:
    hours, months = (_draft(tree, work.name, grain, name) for grain in GRAINS)
    made = table(hours)
    of = shape(name)
    _copy(engine, hourly(of, work.rows[name]), hours)
    _copy(engine, monthly(of, made), months)
    return Content(
        tags=of.tags,
        fields=of.fields,
        hours=_file(engine, hours),
        months=_file(engine, months),
        parts=read_parts(engine, of, made),
    )


def _copy(engine: Engine, query: str, to: Path) -> None:
    """Rows in the order of the query, whatever the threads do: the same rows, the same bytes."""
    to.parent.mkdir(parents=True, exist_ok=True)
    engine.rows(
        f"COPY ({query}) TO {literal(to)}"
        f" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    )


def read_parts(engine: Engine, of: Shape, rows: str) -> dict[str, str]:
    """Digests by office of what is in a file for hours."""
    sites = [str(row[0]) for row in engine.rows(f"SELECT DISTINCT site FROM {rows} ORDER BY site")]
    query = parts(of, rows)
    found: dict[str, str] = {}
    for i in range(0, len(sites), _SITES):
        some = sites[i : i + _SITES]
        found |= {str(row[0]): str(row[1]) for row in engine.rows(query, (some[0], some[-1]))}
    return found


def _file(engine: Engine, path: Path) -> File:
    (rows,) = engine.rows(f"SELECT count(*) FROM {table(path)}")[0]
    assert isinstance(rows, int)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return File(rows=rows, bytes=path.stat().st_size, sha256=digest)


def _draft(tree: Tree, name: str, grain: Grain, measurement: str) -> Path:
    return tree.workshop(name) / f"{grain}-{measurement}.parquet"
