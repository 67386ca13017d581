"""The office's visits, in the order of their issue: a projection of the journal, in its database.

Each ticket that was issued is a row from the moment its record is stored, and the outcome of its
paper follows. What a dispenser issued while it was alone joins where it belongs: by when the ticket
was issued, not by when the gateway heard of it. Ties are broken by the dispenser's name, and then
by the order in which its records were stored, which is that of its log.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from wire.records import TicketPrinted, VisitBegan

VISIT_SCHEMA = """
CREATE TABLE IF NOT EXISTS visit (      -- tickets issued; a projection of the table `journal`
    n INTEGER PRIMARY KEY,              -- the row of the journal that says so
    visit TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL, clock TEXT NOT NULL, -- when it was issued, and how that is known
    service TEXT NOT NULL, number TEXT NOT NULL,
    given_by TEXT NOT NULL, node TEXT NOT NULL,
    outcome TEXT NOT NULL DEFAULT ''    -- of its paper; empty: not heard of yet
);
CREATE INDEX IF NOT EXISTS visit_at ON visit (at, node, n);
"""
PROJECT = """
CREATE TEMP VIEW told AS SELECT n, node, json_extract(body, '$.kind') AS kind,
    json_extract(body, '$.visit') AS visit, json_extract(body, '$.at') AS at,
    json_extract(body, '$.clock') AS clock, json_extract(body, '$.service') AS service,
    json_extract(body, '$.number') AS number, json_extract(body, '$.by') AS given_by,
    json_extract(body, '$.outcome') AS outcome,
    coalesce(json_extract(body, '$.status'), 'counted') AS status
    FROM (SELECT n, node, CAST(body AS TEXT) AS body FROM main.journal
          WHERE instr(body, CAST('"kind":"visit"' AS BLOB)) > 0
             OR instr(body, CAST('"kind":"printed"' AS BLOB)) > 0);
INSERT OR IGNORE INTO visit SELECT n, visit, at, clock, service, number, given_by, node, ''
    FROM told WHERE kind = 'visit' AND status = 'counted' ORDER BY n;
CREATE TEMP TABLE papers AS SELECT visit, node, outcome FROM told
    WHERE kind = 'printed' AND status = 'counted' ORDER BY n;
CREATE INDEX temp.papers_visit ON papers (visit, node);
UPDATE visit SET outcome = coalesce((SELECT outcome FROM papers p
    WHERE p.visit = visit.visit AND p.node = visit.node), '');
DROP TABLE papers;
DROP VIEW told
"""
"""Makes the table anew from the rows of the journal that are still held."""


class IssuedVisit(NamedTuple):
    """A ticket that was issued at `at` (Unix ms); `clock`: how that is known. `by`: who gave the
    number, the gateway or the dispenser `node`. `outcome`: of its paper; empty: not heard yet."""

    visit: str
    number: str
    service: str
    at: int
    clock: str
    by: str
    node: str
    outcome: str


class Visits:
    """The table `visit`. Whoever adds to it holds the journal's transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def take(self, records: Iterable[tuple[int, VisitBegan | TicketPrinted]]) -> None:
        """Enter records, each with its row (`n`) in the journal. Only what counts is a visit."""
        for n, record in records:
            if record.status != "counted":
                continue
            if isinstance(record, VisitBegan):
                self._db.execute(
                    "INSERT OR IGNORE INTO visit (n, visit, at, clock, service, number, given_by,"
                    " node) VALUES (?,?,?,?,?,?,?,?)",
                    (
                        n,
                        record.visit,
                        record.at,
                        record.clock,
                        record.service,
                        record.number,
                        record.by,
                        record.node,
                    ),
                )
            else:
                self._db.execute(
                    "UPDATE visit SET outcome=? WHERE visit=? AND node=?",
                    (record.outcome, record.visit, record.node),
                )

    def place(self, times: Iterable[tuple[int, str, int]]) -> None:
        """Visits whose time is known now: (at, clock, row of the journal)."""
        self._db.executemany("UPDATE visit SET at=?, clock=? WHERE n=?", times)

    def forget(self, upto: int) -> None:
        """Let go of those whose rows of the journal go, up to that one."""
        self._db.execute("DELETE FROM visit WHERE n <= ?", (upto,))

    def outcome(self, visit: str) -> str:
        """What became of its paper; empty: not heard of."""
        row = self._db.execute("SELECT outcome FROM visit WHERE visit=?", (visit,)).fetchone()
        return "" if row is None else str(row[0])

    def between(self, begin: int, end: int, service: str = "") -> Iterator[IssuedVisit]:
        """Those issued with begin ≤ at < end (Unix ms), in the order of their issue."""
        rows = self._db.execute(
            "SELECT visit, number, service, at, clock, given_by, node, outcome FROM visit"
            " WHERE at >= ? AND at < ? AND (? = '' OR service = ?) ORDER BY at, node, n",
            (begin, end, service, service),
        )
        return (IssuedVisit(*row) for row in rows)


def day_bounds(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """Begin and end of a day in the office, Unix ms; it has 23, 24 or 25 hours."""
    begin, end = (
        datetime(one.year, one.month, one.day, tzinfo=zone) for one in (day, day + timedelta(1))
    )
    return int(begin.timestamp() * 1000), int(end.timestamp() * 1000)


def visits_json(visits: Iterable[IssuedVisit]) -> list[dict[str, Any]]:
    """Visits as plain values."""
    return [visit._asdict() for visit in visits]


def visits_lines(visits: Iterable[IssuedVisit], day: date, zone: ZoneInfo) -> str:
    """A day's visits as a table for people. `~`: a time that is not known, only estimated."""
    rows = [("issued", "number", "service", "number by", "dispenser", "paper")]
    own = papers = 0
    for visit in visits:
        local = datetime.fromtimestamp(visit.at / 1000, zone)
        mark = "~" if visit.clock == "unknown" else ""
        paper = visit.outcome or "not heard yet"
        own += visit.by == "dispenser"
        papers += visit.outcome == "printed"
        time = f"{mark}{local:%H:%M:%S}"
        rows.append((time, visit.number, visit.service, visit.by, visit.node, paper))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    count = len(rows) - 1
    total = f"{day}: {count} visits, {own} numbered by dispensers, {papers} tickets printed"
    return "\n".join([*lines, total] if count else [f"{day}: no visits"])
