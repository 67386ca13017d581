"""What happened in the queue, in the journal's database: tickets, turns and who was at which desk,
in the order in which they were stored. Rows are only added; a day's hall is made anew from them.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from gateway.queue.calibration import Told
from gateway.queue.posts import Posted
from gateway.queue.visit import Turn

TURN_SCHEMA = """
CREATE TABLE IF NOT EXISTS turn (       -- what happened to visits, in order; never altered,
                                        -- but for the date of what came before it was known
    n INTEGER PRIMARY KEY,
    day TEXT NOT NULL,                  -- the office's date
    at INTEGER NOT NULL,                -- Unix ms
    visit TEXT NOT NULL, kind TEXT NOT NULL,
    clerk TEXT NOT NULL,                -- who did it; empty: a device, or a rule
    desk TEXT NOT NULL, service TEXT NOT NULL,
    number TEXT NOT NULL DEFAULT '', priority TEXT NOT NULL DEFAULT '', -- of kind 'issued'
    returns INTEGER NOT NULL DEFAULT 0,
    stored INTEGER NOT NULL             -- when, Unix ms
);
CREATE INDEX IF NOT EXISTS turn_day ON turn (day);
CREATE UNIQUE INDEX IF NOT EXISTS turn_issued ON turn (visit) WHERE kind='issued';
CREATE TABLE IF NOT EXISTS post (       -- who was at which desk, and who could not log in
    n INTEGER PRIMARY KEY,
    day TEXT NOT NULL, at INTEGER NOT NULL,
    kind TEXT NOT NULL, desk TEXT NOT NULL, clerk TEXT NOT NULL, address TEXT NOT NULL,
    stored INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS post_day ON post (day);
CREATE TABLE IF NOT EXISTS voted (      -- which visits have voted; how, stands nowhere beside them
    visit TEXT PRIMARY KEY, day TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS voted_day ON voted (day);
"""

TOLD_SCHEMA = """
CREATE TABLE IF NOT EXISTS told (       -- what a ticket said of the wait, to be held against it
    visit TEXT PRIMARY KEY, day TEXT NOT NULL,
    at INTEGER NOT NULL,                -- Unix ms
    ahead INTEGER NOT NULL,
    low INTEGER, high INTEGER           -- minutes; NULL: not known
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS told_day ON told (day);
CREATE TABLE IF NOT EXISTS choice (     -- what was chosen on touch pages
    id TEXT PRIMARY KEY,                -- and the visit's, if there came one of it
    day TEXT NOT NULL, at INTEGER NOT NULL,
    node TEXT NOT NULL, service TEXT NOT NULL, priority TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS choice_day ON choice (day);
"""
TURN_SCHEMA += TOLD_SCHEMA

ISSUED = "issued"
_DAY_S = 86_400


class Ticket(NamedTuple):
    """A visit that begins: its ticket was issued at `at` (Unix ms)."""

    visit: str
    number: str
    service: str
    at: int
    priority: str = ""


class Chosen(NamedTuple):
    """A choice on the touch page of the dispenser `node`, at `at` (Unix ms)."""

    id: str
    node: str
    service: str
    priority: str
    at: int


class Turns:
    """The table `turn`. Whoever adds to it holds the journal's transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add_ticket(self, day: str, ticket: Ticket, now: int) -> bool:
        """Store that a visit began; False if that is stored already, whatever day it is of."""
        done = self._db.execute(
            "INSERT OR IGNORE INTO turn (day, at, visit, kind, clerk, desk, service, number,"
            " priority, stored) VALUES (?,?,?,?,'','',?,?,?,?)",
            (
                day,
                ticket.at,
                ticket.visit,
                ISSUED,
                ticket.service,
                ticket.number,
                ticket.priority,
                now,
            ),
        )
        return done.rowcount == 1

    def add(self, day: str, turn: Turn, now: int) -> None:
        """Store a turn of a visit."""
        self._db.execute(
            "INSERT INTO turn (day, at, visit, kind, clerk, desk, service, returns, stored)"
            " VALUES (?,?,?,?,?,?,?,?,?)",
            (
                day,
                turn.at,
                turn.visit,
                turn.kind,
                turn.clerk,
                turn.desk,
                turn.service,
                turn.returns,
                now,
            ),
        )

    def of(self, day: str) -> Iterator[Ticket | Turn]:
        """All of a day, in the order in which it was stored."""
        rows = self._db.execute(
            "SELECT kind, visit, at, clerk, desk, service, number, priority, returns"
            " FROM turn WHERE day=? ORDER BY n",
            (day,),
        )
        for kind, visit, at, clerk, desk, service, number, priority, returns in rows:
            if kind == ISSUED:
                yield Ticket(visit, number, service, at, priority)
            else:
                yield Turn(
                    visit=visit,
                    kind=kind,
                    at=at,
                    clerk=clerk,
                    desk=desk,
                    service=service,
                    returns=bool(returns),
                )

    def add_post(self, day: str, posted: Posted, now: int) -> None:
        """Store what happened at a desk."""
        self._db.execute(
            "INSERT INTO post (day, at, kind, desk, clerk, address, stored) VALUES (?,?,?,?,?,?,?)",
            (day, posted.at, posted.kind, posted.desk, posted.clerk, posted.address, now),
        )

    def posts_of(self, day: str) -> list[Posted]:
        """What happened at the desks on a day, in order."""
        rows = self._db.execute(
            "SELECT kind, at, desk, clerk, address FROM post WHERE day=? ORDER BY n", (day,)
        )
        return [
            Posted(kind=kind, at=at, desk=desk, clerk=clerk, address=address)
            for kind, at, desk, clerk, address in rows
        ]

    def add_voted(self, day: str, visit: str) -> None:
        """Store that a visit has voted; not how."""
        self._db.execute("INSERT OR IGNORE INTO voted VALUES (?,?)", (visit, day))

    def voted_of(self, day: str) -> set[str]:
        """The visits of a day that have voted."""
        return {row[0] for row in self._db.execute("SELECT visit FROM voted WHERE day=?", (day,))}

    def add_told(self, day: str, told: Told, now: int) -> None:
        """Store what a ticket is going to say."""
        row = (told.visit, day, now, told.ahead, told.low, told.high)
        self._db.execute("INSERT OR IGNORE INTO told VALUES (?,?,?,?,?,?)", row)

    def told(self, visit: str) -> Told | None:
        """What a visit's ticket says; None: nothing."""
        row = self._db.execute(
            "SELECT visit, ahead, low, high FROM told WHERE visit=?", (visit,)
        ).fetchone()
        return None if row is None else Told(*row)

    def told_of(self, day: str) -> list[Told]:
        """What the tickets of a day said."""
        rows = self._db.execute("SELECT visit, ahead, low, high FROM told WHERE day=?", (day,))
        return [Told(*row) for row in rows]

    def untell(self, visits: Iterable[str]) -> None:
        """The answer came too late: nothing of it stands on their tickets."""
        self._db.executemany("DELETE FROM told WHERE visit=?", ((visit,) for visit in visits))

    def add_choice(self, day: str, chosen: Chosen) -> None:
        """Store what was chosen."""
        self._db.execute(
            "INSERT INTO choice (id, node, service, priority, at, day) VALUES (?,?,?,?,?,?)",
            (*chosen, day),
        )

    def choice(self, id_: str) -> Chosen | None:
        """What was chosen under this id; None: nothing."""
        row = self._db.execute(
            "SELECT id, node, service, priority, at FROM choice WHERE id=?", (id_,)
        ).fetchone()
        return None if row is None else Chosen(*row)

    def last(self) -> int:
        """The newest row; 0: none."""
        return int(self._db.execute("SELECT max(n) FROM turn").fetchone()[0] or 0)

    def begun_after(self, n: int) -> set[str]:
        """The visits that began after row `n`."""
        rows = self._db.execute("SELECT visit FROM turn WHERE n>? AND kind=?", (n, ISSUED))
        return {row[0] for row in rows}

    def redate(self, visits: Iterable[str], day: str, at: int) -> None:
        """These visits are of another day than it seemed; when on it, is not known: what has
        happened to them counts from `at` (Unix ms) on."""
        for visit in visits:
            self._db.execute("UPDATE turn SET day=?, at=? WHERE visit=?", (day, at, visit))
            self._db.execute("UPDATE told SET day=? WHERE visit=?", (day, visit))
            self._db.execute("UPDATE choice SET day=? WHERE id=?", (day, visit))

    def last_day(self) -> str:
        """The newest day there is anything of; empty: none."""
        return str(self._db.execute("SELECT max(day) FROM turn").fetchone()[0] or "")

    def forget(self, before: int) -> None:
        """Let go of days that were over before `before` (Unix ms), wherever the office is."""
        day = datetime.fromtimestamp(before / 1000 - _DAY_S, UTC).date().isoformat()
        for table in ("turn", "post", "voted", "told", "choice"):
            self._db.execute(f"DELETE FROM {table} WHERE day < ?", (day,))
