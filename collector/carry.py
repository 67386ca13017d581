"""What people entered since a backup, brought into it before it is put back.

Events come again from the gateways; what was entered by hand would not.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from collector import paper
from collector.ledger import LAYOUT
from collector.ledger.entries import read_entries
from collector.ledger.tallies import add_tallies
from collector.paper import Paper
from collector.tally import Tallies
from wire.store import StoreError, open_reader, write_beside

_COLUMNS = "id, book, subject, day, at, who, login, replaces, reason, body"


class Unreadable(Exception):
    """The ledger that was there does not tell what was entered since."""


def carry_entries(old: Path, backup: Path) -> int:
    """Add to the ledger `backup` the entries that `old` has and it lacks, with their tallies;
    returns how many. In one transaction.

    Raises Unreadable if `old` cannot be read, or the two do not begin with the same entries.
    """
    if not old.exists():
        return 0
    try:
        with closing(open_reader(old, LAYOUT)) as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM entry ORDER BY id").fetchall()
            counts = {e.id: e.body for e in read_entries(db, paper.BOOK, Paper)}
    except (StoreError, sqlite3.Error) as error:
        raise Unreadable(str(error)) from None
    with write_beside(backup, LAYOUT) as fresh:
        here = fresh.execute(f"SELECT {_COLUMNS} FROM entry ORDER BY id").fetchall()
        if rows[: len(here)] != here:
            raise Unreadable(f"{old} and {backup} do not begin with the same entries")
        new = rows[len(here) :]
        marks = ",".join("?" * len(_COLUMNS.split(", ")))
        fresh.executemany(f"INSERT INTO entry ({_COLUMNS}) VALUES ({marks})", new)
        add_tallies(fresh, _tallies(new, counts))
    return len(new)


def _tallies(rows: list[tuple[object, ...]], counts: dict[int, Paper]) -> Tallies:
    """What these entries add to the tallies."""
    tallies = Tallies()
    for id_, book, _, _, _, _, _, replaces, *_ in rows:
        if book != paper.BOOK:
            continue
        assert isinstance(id_, int)
        paper.count_paper(tallies, counts[id_])
        if isinstance(replaces, int):
            paper.count_paper(tallies, counts[replaces], -1)
    return tallies
