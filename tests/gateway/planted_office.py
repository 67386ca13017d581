"""Bugs to plant into the gateway, to see that the machine over a whole office finds them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import msgspec

from gateway.numbers import Numbers
from gateway.queue import choice as choice_module
from gateway.queue import visit as visit_module
from gateway.queue.hall import Hall
from gateway.queue.visit import Turn, Visit
from gateway.reception import Reception
from gateway.turns import Ticket, Turns

Make = Callable[[Any], Any]


def instead(*changes: tuple[Any, str, Make]) -> Callable[[], Any]:
    """A context in which each `name` of an owner is what `make` makes of it."""

    @contextmanager
    def planted() -> Iterator[None]:
        with ExitStack() as stack:
            for owner, name, make in changes:
                stack.enter_context(patch.object(owner, name, make(owner.__dict__[name])))
            yield

    return planted


def _take_before_store(happen: Any) -> Any:
    def hasty(self: Reception, turns: Sequence[Turn], now: int) -> list[Visit]:
        taken = [self._take(turn) for turn in turns]
        with (
            patch.object(self, "_take", lambda turn: self.hall.visit(turn.visit)),
            patch("gateway.reception.follow", lambda visit, turn: visit),
        ):
            happen(self, turns, now)
        return taken

    return hasty


def _join_before_commit(store_tickets: Any) -> Any:
    def hasty(self: Reception, tickets: Sequence[Ticket], now: int) -> list[Ticket]:
        self.join(store_tickets(self, tickets, now))
        return []

    return hasty


def _nothing(_: Any) -> Any:
    return lambda *_: None


def _desk_kept(keep_desk: Any) -> Any:
    def sticky(self: Hall, before: Visit, after: Visit) -> None:
        if after.state != "waiting":
            keep_desk(self, before, after)

    return sticky


def _served_by_a_rule(close: Any) -> Any:
    def generous(self: Hall, now: int) -> list[Turn]:
        turns: list[Turn] = close(self, now)
        kinds = {"unfinished": "finished"}
        return [msgspec.structs.replace(t, kind=kinds.get(t.kind, t.kind)) for t in turns]

    return generous


def _overtaken_forgotten(replay: Any) -> Any:
    def forgetful(self: Hall, turn: Turn) -> Visit:
        with patch.object(self, "_note_overtaken", lambda *_: None):
            visit: Visit = replay(self, turn)
        return visit

    return forgetful


def _told_of_each_finish(happen: Any) -> Any:
    def eager(self: Reception, turns: Sequence[Turn], now: int) -> list[Visit]:
        with self._transaction():
            for turn in turns:
                self._turns.add(self._day, turn, now)
                if turn.kind == "finished":
                    self._store_end(self.hall.visit(turn.visit), turn.at)
        return [self._take(turn) for turn in turns]

    return eager


def _told_after_the_commit(happen: Any) -> Any:
    def late(self: Reception, turns: Sequence[Turn], now: int) -> list[Visit]:
        store_end, self._store_end = self._store_end, lambda visit, at: None
        try:
            visits: list[Visit] = happen(self, turns, now)
        finally:
            self._store_end = store_end
        for turn, visit in zip(turns, visits, strict=True):
            if visit.state == "finished":
                with self._transaction():
                    store_end(visit, turn.at)
        return visits

    return late


def _no_evening_before_the_morning(turn_day: Any) -> Any:
    def sleepy(self: Reception, now: int, sure: bool = True) -> bool:
        with patch.object(self.hall, "close", lambda now: []):
            turned: bool = turn_day(self, now, sure)
        return turned

    return sleepy


def _numbers_kept(begin: Any) -> Any:
    def stubborn(self: Numbers, day: str, given: Any, issued: Iterable[Any] = ()) -> None:
        kept = dict(self._given)
        begin(self, day, given, issued)
        self._given = {**kept, **self._given}

    return stubborn


def _clock_believed(moved: Any) -> Any:
    def gullible(visit: Visit, state: Any, service: str, desk: str, at: int) -> Visit:
        after: Visit = moved(visit, state, service, desk, at)
        *before, last = after.periods
        if last.until is not None or last.since == at or not before:
            return after
        last = msgspec.structs.replace(last, since=at)
        return msgspec.structs.replace(after, periods=(*before, last))

    return gullible


def _reserved_for_ever(_: Any) -> Any:
    return lambda visit, open_desks: visit.reserved


def _without_class(with_class: Any) -> Any:
    """A class that is known only to the process that heard of it."""

    def forgetful(self: Reception, ticket: Ticket) -> Ticket:
        known: set[str] = getattr(self, "_known", set())
        return with_class(self, ticket) if ticket.visit in known else ticket

    return forgetful


def _class_in_memory(choose: Any) -> Any:
    def remembering(self: Reception, chosen: Any) -> None:
        self.__dict__.setdefault("_known", set()).add(chosen.id)
        choose(self, chosen)

    return remembering


BUGS: dict[str, Callable[[], Any]] = {
    "a turn is taken before it is stored": instead((Reception, "_happen", _take_before_store)),
    "a ticket joins before the commit": instead((Reception, "store_tickets", _join_before_commit)),
    "a vote is remembered though it was rolled back": instead(
        (Reception, "forget_votes", _nothing)
    ),
    "a vote is not stored": instead((Turns, "add_voted", _nothing)),
    "who is transferred keeps the desk": instead((Hall, "_keep_desk", _desk_kept)),
    "two visitors at one desk": instead((Hall, "_check_free", _nothing)),
    "the evening finishes visits": instead((Hall, "close", _served_by_a_rule)),
    "a night without an evening": instead((Reception, "turn_day", _no_evening_before_the_morning)),
    "who was overtaken is forgotten at a start": instead((Hall, "replay", _overtaken_forgotten)),
    "nobody is ever overtaken too often": instead((Hall, "_note_overtaken", _nothing)),
    "the city hears of visits that go on": instead((Reception, "_happen", _told_of_each_finish)),
    "the city hears after the commit": instead((Reception, "_happen", _told_after_the_commit)),
    "a number is kept though it was rolled back": instead((Numbers, "begin", _numbers_kept)),
    "a clock that goes back is believed": instead((visit_module, "_moved", _clock_believed)),
    "who comes back waits for a desk where nobody is": instead(
        (choice_module, "only_desk", _reserved_for_ever)
    ),
    "a class is forgotten at a start": instead(
        (Reception, "_with_class", _without_class), (Reception, "choose", _class_in_memory)
    ),
}
