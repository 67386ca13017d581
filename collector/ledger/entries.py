"""What people enter into the ledger by hand: paper counts, the action register, annotations.

One table for all of them, to which rows are only ever added: the triggers refuse any other
statement, whoever makes it. What an entry says is its body, a JSON object that its book explains
(`collector.paper`, `collector.action`, `collector.annotation`); who, when, and what became of it
stand beside it.
"""

import sqlite3
from typing import TypeVar

import msgspec

from collector.entry import Entry

T = TypeVar("T")

ENTRIES_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (      -- entries by people; none is ever changed or deleted
    id INTEGER PRIMARY KEY,
    book TEXT NOT NULL,                 -- paper, action, annotation
    subject INTEGER NOT NULL,           -- what it is about: all entries of one action, for example
    day TEXT NOT NULL,                  -- that it is about, YYYY-MM-DD
    at INTEGER NOT NULL,                -- when it was entered: Unix ms
    who TEXT NOT NULL,                  -- the person, as given; and the login on this machine
    login TEXT NOT NULL,
    replaces INTEGER UNIQUE REFERENCES entry (id), -- corrected on the day it was entered
    reason TEXT NOT NULL,               -- why it was corrected
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entry_day ON entry (book, day);
CREATE INDEX IF NOT EXISTS entry_subject ON entry (book, subject);
CREATE TRIGGER IF NOT EXISTS entry_stays BEFORE DELETE ON entry
    BEGIN SELECT raise(ABORT, 'an entry is never deleted'); END;
CREATE TRIGGER IF NOT EXISTS entry_stands BEFORE UPDATE ON entry
    BEGIN SELECT raise(ABORT, 'an entry is never changed'); END;
"""

_COLUMNS = (
    "e.id, e.subject, e.day, e.at, e.who, e.login, e.replaces, e.reason, e.body,"
    " (SELECT n.id FROM entry n WHERE n.replaces=e.id)"
)


def read_entries(
    db: sqlite3.Connection,
    book: str,
    kind: type[T],
    where: str = "1",
    values: tuple[object, ...] = (),
) -> list[Entry[T]]:
    """Entries of a book, in the order in which they were made; `where`: a condition on the table
    `e`, with its `values`."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM entry e WHERE e.book=? AND ({where}) ORDER BY e.id",
        (book, *values),
    )
    decode = msgspec.json.Decoder(kind).decode
    return [
        Entry(id_, subject, day, at, who, login, replaces, reason, decode(body), replaced_by)
        for id_, subject, day, at, who, login, replaces, reason, body, replaced_by in rows
    ]


def add_entry(db: sqlite3.Connection, book: str, entry: Entry[T]) -> int:
    """Add an entry; returns the number it gets (its own is not looked at). Without a subject it is
    its own. Part of the caller's transaction. Raises sqlite3.IntegrityError if what it replaces is
    replaced already."""
    (id_,) = db.execute("SELECT coalesce(max(id), 0) + 1 FROM entry").fetchone()
    said = (entry.day, entry.at, entry.who, entry.login, entry.replaces, entry.reason)
    body = msgspec.json.encode(entry.body).decode()
    db.execute(
        "INSERT INTO entry (id, book, subject, day, at, who, login, replaces, reason, body)"
        " VALUES (?,?,?,?,?,?,?,?,?,?)",
        (id_, book, entry.subject or id_, *said, body),
    )
    return int(id_)


def next_subject(db: sqlite3.Connection, book: str) -> int:
    """The next number in a book whose subjects are numbered 1, 2, 3, …"""
    (number,) = db.execute(
        "SELECT coalesce(max(subject), 0) + 1 FROM entry WHERE book=?", (book,)
    ).fetchone()
    return int(number)
