"""Ranges of numbers that nobody holds, and what is left of them when some come after all."""

import sqlite3
from collections.abc import Sequence


def without(first: int, last: int, out: Sequence[int]) -> list[tuple[int, int]]:
    """What is left of first … last without the numbers `out`, which are in order."""
    left = []
    for seq in out:
        if seq > first:
            left.append((first, seq - 1))
        first = seq + 1
    return [*left, (first, last)] if first <= last else left


def lost_ranges(db: sqlite3.Connection, origin: int) -> list[tuple[int, int, str, int]]:
    """(first, last, reason, at) of what is lost of an origin: each number once, and without those
    that came after all."""
    left: list[tuple[int, int, str, int]] = []
    upto = 0
    for first, last, reason, at in db.execute(
        "SELECT first, last, reason, at FROM lost WHERE origin=? ORDER BY first", (origin,)
    ).fetchall():
        first = max(first, upto + 1)
        if last < first:
            continue
        came = db.execute(
            "SELECT seq FROM event WHERE origin=? AND seq BETWEEN ? AND ? ORDER BY seq",
            (origin, first, last),
        )
        left += [(*span, reason, at) for span in without(first, last, [row[0] for row in came])]
        upto = last
    return left


def count_lost(db: sqlite3.Connection, origin: int) -> int:
    """How many numbers of an origin are lost."""
    return sum(last - first + 1 for first, last, _, _ in lost_ranges(db, origin))
