"""What people entered, read for reports: paper counts, actions, annotations.

Each function reads from an open ledger, and gives values that cannot change. Days are as
YYYY-MM-DD, `begin` is included and `end` is not.
"""

import sqlite3

from collector import action, annotation, paper
from collector.action import Action
from collector.annotation import Annotation
from collector.entry import Entry
from collector.ledger.entries import read_entries
from collector.paper import Paper

FOREVER = 1 << 62


def read_paper(db: sqlite3.Connection, begin: str, end: str, site: str = "") -> list[Entry[Paper]]:
    """Every paper entry for days from `begin` to `end`, in the order in which they were made, also
    those that others replace (`collector.entry.standing` leaves them out)."""
    entries = read_entries(db, paper.BOOK, Paper, "e.day >= ? AND e.day < ?", (begin, end))
    return [entry for entry in entries if not site or entry.body.site == site]


def read_paper_of_hours(db: sqlite3.Connection, begin: int, end: int) -> list[Entry[Paper]]:
    """Every paper entry whose tallies are of begin ≤ hour < end (Unix seconds)."""
    hour = "json_extract(e.body, '$.hour')"
    return read_entries(db, paper.BOOK, Paper, f"{hour} >= ? AND {hour} < ?", (begin, end))


def read_corrections(
    db: sqlite3.Connection, begin: str, end: str, site: str = ""
) -> list[Entry[Paper]]:
    """Correcting entries that the figures of these days contain: those made on a later day than
    what they correct. A count that was put right on the day it was entered is none."""
    entries = read_paper(db, begin, end, site)
    return [e for e in entries if e.body.corrects is not None and e.replaced_by is None]


def read_actions(db: sqlite3.Connection, upto: int = FOREVER) -> list[Action]:
    """Every action as it stood at `upto` (Unix ms, not included), by number."""
    newest: dict[int, Action] = {}
    for entry in _entries_upto(db, upto):
        newest[entry.subject] = entry.body
    return [newest[number] for number in sorted(newest)]


def read_history(db: sqlite3.Connection, number: int) -> list[Entry[Action]]:
    """Every entry of an action, also replaced ones, in the order in which they were made."""
    return read_entries(db, action.BOOK, Action, "e.subject = ?", (number,))


def read_annotations(
    db: sqlite3.Connection, begin: str, end: str, site: str = "", upto: int = FOREVER
) -> list[Annotation]:
    """What is shown for days from `begin` to `end`, as it stood at `upto`, in order of days.
    `site`: also what is of that office only; none: also what is of any."""
    newest: dict[int, Annotation] = {}
    for entry in read_entries(db, annotation.BOOK, Annotation, "e.at < ?", (upto,)):
        newest[entry.subject] = entry.body
    shown = [
        found
        for found in newest.values()
        if not found.withdrawn
        and begin <= found.day < end
        and (not site or found.site in (site, "-"))
    ]
    return sorted(shown, key=lambda found: (found.day, found.uk))


def _entries_upto(db: sqlite3.Connection, upto: int) -> list[Entry[Action]]:
    return read_entries(db, action.BOOK, Action, "e.at < ?", (upto,))
