"""Tallies out of the ledger, day by day, and into files that DuckDB reads: whatever their number,
only a day's are in memory."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from collector.checksum import Part, digests
from collector.ledger import read_tallies
from collector.parquet.columns import shape, tally_columns
from collector.parquet.engine import literal
from collector.tally import TAGS, TallyRow

_DAY_S = 86_400
Span = tuple[int, int]
"""begin ≤ hour < end, Unix seconds."""


def tallies(db: sqlite3.Connection, measurement: str, span: Span) -> Iterator[TallyRow]:
    """The tallies of a measurement, in order of (hour, tags)."""
    begin, end = span
    for at in range(begin, end, _DAY_S):
        yield from read_tallies(db, measurement, at, min(at + _DAY_S, end))


def first_hour(db: sqlite3.Connection) -> int | None:
    """Of the ledger's tallies, Unix seconds; None: it has none."""
    found = [db.execute(f"SELECT min(hour) FROM tally_{name}").fetchone()[0] for name in TAGS]
    return min((hour for hour in found if hour is not None), default=None)


def spool(
    db: sqlite3.Connection, measurement: str, month: str, span: Span, to: Path
) -> dict[Part, str]:
    """Write the tallies of a measurement to the file `to`; returns the digests of its parts."""
    with to.open("w", encoding="utf-8") as file:
        return digests(measurement, month, _noted(file, tallies(db, measurement, span)))


def spooled(measurement: str, path: Path) -> str:
    """SQL: what `spool` wrote, as a table."""
    columns = ", ".join(
        f"{literal(name)}: {literal(kind)}"
        for name, kind in tally_columns(shape(measurement)).items()
    )
    return (
        f"read_csv({literal(path)}, columns = {{{columns}}}, auto_detect = false, header = false,"
        " delim = ',', quote = '', escape = '')"
    )


def _noted(file: TextIO, rows: Iterable[TallyRow]) -> Iterator[TallyRow]:
    """No tag holds a comma, a quote or white space (`wire.records.Tag`): nothing is quoted."""
    for row in rows:
        hour, tags, sums = row
        file.write(f"{hour},{','.join(tags)},{','.join(map(str, sums))}\n")
        yield row
