"""The newest happenings: what a visitor did, and how far the record of it has got. Pure."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from simulator.showroom.seen import Note, Seen
from simulator.showroom.views import City

SHOWN = 10

Stage = Literal["card", "gateway", "city"]


class Happening(msgspec.Struct, frozen=True):
    """`seq`: of the record on the card of `node`; `outcome`: of the paper, empty: not known yet.
    `stage`: how far the record has got; `status`: what the gateway made of it, once the city has
    it; `after_ms`: how long it took until it was seen there, None: it was there before we looked.
    """

    note: Note
    outcome: str
    stage: Stage
    status: str
    after_ms: int | None


class Arrivals:
    """When notes were first seen in the ledger."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, str, int], int] = {}
        self._began = 0

    def note(self, city: City, now: int) -> None:
        """The ledger as it is at `now` (Unix ms)."""
        self._began = self._began or now
        self._at = {key: self._at.get(key, now) for key in city.stored}

    def after(self, note: Note) -> int | None:
        """How long the way of a record took, from the card's clock to ours: one machine's."""
        at = self._at.get((note.node, note.epoch, note.seq))
        return None if at is None or note.at < self._began else max(0, at - note.at)


def happenings(seen: Seen, city: City, arrivals: Arrivals) -> tuple[Happening, ...]:
    """The newest first. What became of a ticket's paper is one happening with the ticket."""
    papers = {note.visit: note.outcome for note in seen.notes if note.kind == "printed"}
    found = [
        Happening(
            note=note,
            outcome=papers.get(note.visit, note.outcome) if note.visit else note.outcome,
            stage=_stage(note, city.stored, seen.acked),
            status=city.stored.get((note.node, note.epoch, note.seq), ""),
            after_ms=arrivals.after(note),
        )
        for note in seen.notes
        if note.kind != "printed"
    ]
    return tuple(reversed(found[-SHOWN:]))


def _stage(
    note: Note, stored: Mapping[tuple[str, str, int], str], acked: Mapping[str, int]
) -> Stage:
    if (note.node, note.epoch, note.seq) in stored:
        return "city"
    return "gateway" if note.seq <= acked.get(note.node, 0) else "card"
