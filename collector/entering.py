"""Entries on their way into the ledger: what is proposed, and how it is entered.

A proposal is shown to the person first, and changes nothing. When it is entered, the ledger is
looked at again, in the same transaction: if somebody else has entered something of the same day
meanwhile, or midnight has passed, the person looks again.
"""

import sqlite3
from typing import Generic, TypeVar

import msgspec

from collector import action, annotation, paper
from collector.action import Action
from collector.annotation import Annotation
from collector.entry import Entry, EntryError, Signature
from collector.known import Known
from collector.ledger.entries import add_entry, next_subject, read_entries
from collector.ledger.tallies import add_tallies
from collector.paper import Draft, Paper
from collector.tally import Tallies

T = TypeVar("T")


class PaperOrder(msgspec.Struct, frozen=True):
    """What somebody wants entered. `correct`: the entry to be replaced; `correcting`: the entry
    that differences are to be added to; at most one of them."""

    draft: Draft
    correct: int | None = None
    correcting: int | None = None
    reason: str = ""


class Proposal(msgspec.Struct, Generic[T], frozen=True):
    """The entry as it would be made, and the entries beside it: of its day and office, or before
    it about the same."""

    entry: Entry[T]
    beside: list[Entry[T]]

    def check_same(self, other: "Proposal[T]") -> None:
        """EntryError if what is beside it has changed."""
        seen = {(one.id, one.replaced_by) for one in self.beside}
        for one in other.beside:
            if (one.id, one.replaced_by) not in seen:
                raise EntryError("meanwhile", id=one.replaced_by or one.id)


# ---- paper --------------------------------------------------------------------------------------
def propose_paper(
    db: sqlite3.Connection, order: PaperOrder, known: Known, now: Signature
) -> Proposal[Paper]:
    """What would be entered. EntryError if it may not be."""
    entry = _paper_entry(db, order, now)
    if order.correcting is None:
        known.check_site(entry.body.site)
        known.check_service(entry.body.service, entry.body.site)
    days = {entry.day}
    if order.correct is not None:
        days.add(_one(db, paper.BOOK, Paper, order.correct).day)
    around = [
        one
        for day in sorted(days)
        for one in read_entries(db, paper.BOOK, Paper, "e.day = ?", (day,))
        if one.body.site == entry.body.site or one.id == order.correct
    ]
    paper.check_sums(entry, around)
    return Proposal(entry, around)


def enter_paper(
    db: sqlite3.Connection,
    order: PaperOrder,
    known: Known,
    now: Signature,
    seen: Proposal[Paper] | None = None,
) -> int:
    """Enter it, with its tallies; returns its number. Part of the caller's transaction. `seen`:
    what the person was shown."""
    proposal = propose_paper(db, order, known, now)
    if seen is not None:
        seen.check_same(proposal)
    tallies = Tallies()
    if order.correct is not None:
        old = next(one for one in proposal.beside if one.id == order.correct)
        paper.count_paper(tallies, old.body, -1)
    paper.count_paper(tallies, proposal.entry.body)
    id_ = add_entry(db, paper.BOOK, proposal.entry)
    add_tallies(db, tallies)
    return id_


def _paper_entry(db: sqlite3.Connection, order: PaperOrder, now: Signature) -> Entry[Paper]:
    if order.correct is not None:
        old = _one(db, paper.BOOK, Paper, order.correct)
        return paper.replacement(old, order.draft, order.reason, now)
    if order.correcting is not None:
        old = _one(db, paper.BOOK, Paper, order.correcting)
        return paper.correcting(old, order.draft, order.reason, now)
    return paper.fresh(order.draft, now)


# ---- the register -------------------------------------------------------------------------------
def enter_action(
    db: sqlite3.Connection, new: Action, known: Known, now: Signature
) -> Entry[Action]:
    """Begin an action; its number is given here. Part of the caller's transaction."""
    new = msgspec.structs.replace(new, number=next_subject(db, action.BOOK))
    entry = action.first_entry(new, now)
    _check_place(known, new)
    return _with_id(db, action.BOOK, entry)


def change_action(
    db: sqlite3.Connection,
    number: int,
    changes: dict[str, object],
    reason: str,
    known: Known,
    now: Signature,
    correct: bool = False,
) -> Entry[Action]:
    """Enter a change of an action, or with `correct` put its newest entry, of today, right. Part
    of the caller's transaction."""
    last = newest(db, action.BOOK, Action, number)
    changed = msgspec.structs.replace(last.body, **changes)
    entry = action.change_entry(last, changed, reason, now, correct)
    _check_place(known, changed)
    return _with_id(db, action.BOOK, entry)


def enter_annotation(
    db: sqlite3.Connection, new: Annotation, known: Known, now: Signature
) -> Entry[Annotation]:
    """Enter an annotation; part of the caller's transaction."""
    new = msgspec.structs.replace(new, number=next_subject(db, annotation.BOOK))
    known.check_site(new.site, or_all=True)
    return _with_id(db, annotation.BOOK, annotation.annotate(new, now))


def change_annotation(
    db: sqlite3.Connection,
    number: int,
    changes: dict[str, object],
    reason: str,
    known: Known,
    now: Signature,
) -> Entry[Annotation]:
    """Enter a change of an annotation; part of the caller's transaction."""
    last = newest(db, annotation.BOOK, Annotation, number)
    changed = msgspec.structs.replace(last.body, **changes)
    known.check_site(changed.site, or_all=True)
    entry = annotation.change_annotation(last, changed, reason, now)
    return _with_id(db, annotation.BOOK, entry)


def newest(db: sqlite3.Connection, book: str, kind: type[T], number: int) -> Entry[T]:
    """The newest entry about a subject; EntryError if there is none."""
    entries = read_entries(db, book, kind, "e.subject = ?", (number,))
    if not entries:
        raise EntryError(f"no_{book}", number=number)
    return entries[-1]


def _one(db: sqlite3.Connection, book: str, kind: type[T], id_: int) -> Entry[T]:
    found = read_entries(db, book, kind, "e.id = ?", (id_,))
    if not found:
        raise EntryError("no_entry", id=id_)
    return found[0]


def _with_id(db: sqlite3.Connection, book: str, entry: Entry[T]) -> Entry[T]:
    id_ = add_entry(db, book, entry)
    return msgspec.structs.replace(entry, id=id_)


def _check_place(known: Known, about: Action) -> None:
    known.check_site(about.site, or_all=True)
    known.check_service(about.service, about.site)
