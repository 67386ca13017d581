"""Letting old events go: which of a device's may go, and how what they counted stays known."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from collector.ledger.lost import without


class Leaving(NamedTuple):
    """What may go of a device's events, `seqs`, and with that all its numbers up to `upto`.

    `counts`: how many there are by (kind, status, clock), and `at` of the newest of them; `lost`:
    the device's lost ranges from there on, as stored.
    """

    origin: int
    upto: int
    seqs: list[int]
    counts: dict[tuple[str, str, str], list[int]]
    lost: list[tuple[int, int, int, str]]


def find_leaving(
    db: sqlite3.Connection, origin: int, since: int, before: int, most: int
) -> Leaving | None:
    """The oldest events of a device, at most `most`, that happened before `before` (Unix ms) and
    may go; None if there are none. `since`: up to which number they are gone already."""
    first = db.execute(
        "SELECT at FROM event WHERE origin=? AND seq>? ORDER BY seq LIMIT 1", (origin, since)
    ).fetchone()
    if first is None or first[0] >= before:
        return None  # as with nearly every device, nearly always
    rows = db.execute(
        "SELECT seq, at, kind, status, clock FROM event WHERE origin=? AND seq>?"
        " ORDER BY seq LIMIT ?",
        (origin, since, most),
    ).fetchall()
    lost = db.execute(
        "SELECT first, last, at, reason FROM lost WHERE origin=? AND last>? ORDER BY first",
        (origin, since),
    ).fetchall()
    upto = settled(since, [row[:2] for row in rows], [span[:2] for span in lost], before)
    if upto == since:
        return None
    gone = [row for row in rows if row[0] <= upto and row[2] != "quarantined"]
    counts: dict[tuple[str, str, str], list[int]] = {}
    for _, at, *key in gone:
        sums = counts.setdefault((key[0], key[1], key[2]), [0, 0])
        sums[0] += 1
        sums[1] = max(sums[1], at)
    return Leaving(origin, upto, [row[0] for row in gone], counts, lost)


def let_go(db: sqlite3.Connection, leaving: Leaving) -> None:
    """Delete them, and keep their counts; part of the caller's transaction."""
    origin = leaving.origin
    db.executemany(
        "INSERT INTO forgotten VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET"
        " count=count+excluded.count, newest=max(newest, excluded.newest)",
        [(origin, *key, *sums) for key, sums in leaving.counts.items()],
    )
    _shrink_lost(db, origin, leaving.lost, set(leaving.seqs))
    db.executemany(
        "DELETE FROM event WHERE origin=? AND seq=?", [(origin, seq) for seq in leaving.seqs]
    )
    db.execute("UPDATE origin SET forgotten=? WHERE id=?", (leaving.upto, origin))


def _shrink_lost(
    db: sqlite3.Connection, origin: int, lost: Sequence[tuple[int, int, int, str]], gone: set[int]
) -> None:
    """Numbers that were believed lost and came after all no longer show in the events."""
    for first, last, at, reason in lost:
        came = sorted(seq for seq in gone if first <= seq <= last)
        if not came:
            continue
        db.execute("DELETE FROM lost WHERE origin=? AND first=?", (origin, first))
        db.executemany(
            "INSERT INTO lost VALUES (?,?,?,?,?)"
            " ON CONFLICT DO UPDATE SET last=max(last, excluded.last)",
            [(origin, *span, at, reason) for span in without(first, last, came)],
        )


def settled(
    since: int,
    events: Sequence[tuple[int, int]],
    lost: Sequence[tuple[int, int]],
    before: int,
) -> int:
    """Up to which number, from `since` + 1 on, all are accounted for and happened before `before`.

    `events`: (seq, at) in order; `lost`: (first, last) in order.
    """
    upto = since
    ranges = list(lost)
    for seq, at in events:
        while upto + 1 < seq:
            while ranges and ranges[0][1] <= upto:
                ranges.pop(0)
            if not ranges or ranges[0][0] > upto + 1:
                return upto  # neither here nor lost: it may come yet
            upto = min(ranges[0][1], seq - 1)
        if at >= before:
            return upto
        upto = max(upto, seq)
    return upto
