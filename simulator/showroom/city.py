"""What the city's ledger says, read beside its collector."""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from collector.ledger import LAYOUT, read_tallies
from simulator.showroom.seen import Card, Note
from simulator.showroom.views import HOUR_S, City
from wire.store import StoreError, open_reader

Origins = Mapping[tuple[str, str], int]
"""The ledger's id of (node, epoch)."""


class Ledger:
    """The ledger in `path`, which may not be there yet. Of one thread."""

    def __init__(self, path: Path, site: str) -> None:
        self._path = path
        self._site = site
        self._db: sqlite3.Connection | None = None

    def version(self) -> int:
        """Another number whenever somebody has written; 0: there is no ledger yet."""
        if self._db is None:
            try:
                self._db = open_reader(self._path, LAYOUT)
            except StoreError:  # the collector is about to make it
                return 0
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def look(self, cards: Iterable[Card], notes: Iterable[Note], now: int) -> City:
        """What it holds of these cards and notes, and of the hour of `now` (Unix ms): one
        consistent picture."""
        db = self._db
        if db is None:
            return City()
        hour = now // 1000 // HOUR_S * HOUR_S
        db.execute("BEGIN")
        try:
            origins = self._origins(db)
            return City(
                tops=_tops(db, origins, cards),
                ratings=_ratings(db, origins, cards),
                stored=_stored(db, origins, notes),
                tallies=tuple(
                    (tags[1:], sums)
                    for _, tags, sums in read_tallies(db, "rating", hour, hour + HOUR_S)
                    if tags[0] == self._site
                ),
            )
        finally:
            db.execute("COMMIT")

    def close(self) -> None:
        """Hang up."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _origins(self, db: sqlite3.Connection) -> Origins:
        rows = db.execute("SELECT node, epoch, id FROM origin WHERE site=?", (self._site,))
        return {(node, epoch): id_ for node, epoch, id_ in rows}


def _tops(db: sqlite3.Connection, origins: Origins, cards: Iterable[Card]) -> dict[str, int]:
    return {
        card.node: top
        for card in cards
        for (top,) in db.execute(
            "SELECT coalesce(max(seq), 0) FROM event WHERE origin=?",
            (origins.get((card.node, card.epoch)),),
        )
    }


def _ratings(db: sqlite3.Connection, origins: Origins, cards: Iterable[Card]) -> dict[str, int]:
    """No record is counted that was not yet on the card when that was looked at."""
    found: dict[str, int] = {}
    for card in cards:
        for status, count in db.execute(
            "SELECT status, count(*) FROM event"
            " WHERE origin=? AND seq<=? AND kind='rating' GROUP BY status",
            (origins.get((card.node, card.epoch)), card.last),
        ):
            found[status] = found.get(status, 0) + count
    return found


def _stored(
    db: sqlite3.Connection, origins: Origins, notes: Iterable[Note]
) -> dict[tuple[str, str, int], str]:
    found = {}
    for note in notes:
        row = db.execute(
            "SELECT status FROM event WHERE origin=? AND seq=?",
            (origins.get((note.node, note.epoch)), note.seq),
        ).fetchone()
        if row is not None:
            found[note.node, note.epoch, note.seq] = str(row[0])
    return found
