"""The hall today: every visit, who waits for what, who is next. Pure; a projection of the journal.

Commands (`call_next`, `ask`) only say what would happen: a `Turn`. The caller stores it and then
hands it to `take`; a restart does so with all that is stored, tickets and turns in the order in
which they were stored. So what the hall knows is what is on disk. Which desks are open it does not
know (`posts` does) and is told: `open_desks`, here and below.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from gateway.queue.choice import (
    Fairness,
    Waiting,
    choose,
    eligible,
    only_desk,
    overtakes,
    precedence,
)
from gateway.queue.visit import Illegal, Kind, State, Turn, Visit, begin, follow


class QueueError(ValueError):
    """It cannot be done; the message says why and what to do. `code` and `values`: the same for a
    page that says it in another language."""

    def __init__(self, code: str, message: str, **values: str) -> None:
        super().__init__(message)
        self.code = code
        self.values = values


class Desk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place where a clerk serves. `services`: which; none: all. `id`: as on the board."""

    id: str
    services: tuple[str, ...] = ()


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """How this office queues. `classes`: ids of priority classes, the first goes first; whoever is
    in none comes after them. `most_calls`: calls and recalls before a visit may be missed.
    `stated`: service times in ms to go by until enough are measured."""

    services: tuple[str, ...]
    desks: tuple[Desk, ...]
    classes: tuple[str, ...] = ()
    most_calls: int = 3
    fairness: Fairness = Fairness()
    stated: Mapping[str, int] = {}

    @property
    def served(self) -> tuple[str, ...]:
        """The services that a desk serves. There may be others: an office begins with some of its
        desks, and goes on calling for the rest as before; their tickets wait on nobody's list, and
        nobody can be transferred there."""
        return tuple(
            service
            for service in self.services
            if any(service in (desk.services or self.services) for desk in self.desks)
        )

    def rank(self, priority: str) -> int:
        """The rank of a priority class, 0 the first."""
        return self.classes.index(priority) if priority in self.classes else len(self.classes)


class Call(msgspec.Struct, frozen=True):
    """A call or a recall, `n` being its place among all of the day: boards show and say it."""

    n: int
    visit: str
    number: str
    desk: str
    at: int


class Hall:
    """The visits of one day. Not thread-safe: it belongs to the store thread, and so two clerks who
    press at once are one after the other."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._serves: dict[str, Collection[str]] = {
            desk.id: frozenset(desk.services or rules.services) for desk in rules.desks
        }
        self._visits: dict[str, Visit] = {}
        self._overtaken: dict[str, int] = {}  # of those who wait
        self._at: dict[str, str] = {}  # visit at each desk
        self.calls: list[Call] = []  # the newest last
        self._in_order: list[Visit] | None = None  # all visits, until something happens

    # ---- what happened ---------------------------------------------------------------------------
    def issue(self, id_: str, number: str, service: str, at: int, priority: str = "") -> Visit:
        """A ticket was issued at `at` (Unix ms). Told again of a visit, nothing changes."""
        known = self._visits.get(id_)
        if known is not None:
            return known
        visit = begin(id_, number, service, at, self._rules.rank(priority))
        self._visits[id_] = visit
        self._in_order = None
        self._overtaken[id_] = 0
        return visit

    def take(self, turn: Turn) -> Visit:
        """What is stored has happened. Illegal or QueueError: it cannot have; nothing changes."""
        if turn.desk:
            self._serves_of(turn.desk)
        return self._follow(turn)

    def replay(self, turn: Turn) -> Visit:
        """As `take`, of what was stored under an older config: a desk that has gone was there."""
        return self._follow(turn)

    def _follow(self, turn: Turn) -> Visit:
        before = self.visit(turn.visit)
        self._check_desk(before, turn)
        after = follow(before, turn)
        if turn.kind == "called":
            self._note_overtaken(before, turn.desk)
        if turn.kind in ("called", "recalled"):
            self.calls.append(
                Call(len(self.calls) + 1, after.id, after.number, after.desk, turn.at)
            )
        self._visits[after.id] = after
        self._in_order = None
        self._keep_desk(before, after)
        if after.state == "waiting":
            self._overtaken.setdefault(after.id, 0)
        else:
            self._overtaken.pop(after.id, None)
        return after

    # ---- what may happen -------------------------------------------------------------------------
    def call_next(
        self, desk: str, clerk: str, now: int, open_desks: Collection[str]
    ) -> Turn | None:
        """The call of the next visitor to `desk`; None if nobody waits for it."""
        self._serves_of(desk)
        self._check_free(desk)
        chosen = choose(self._eligible(desk, open_desks), self._rules.fairness)
        if chosen is None:
            return None
        return Turn(visit=chosen.visit.id, kind="called", at=now, clerk=clerk, desk=desk)

    def ask(
        self,
        kind: Kind,
        visit: str,
        clerk: str,
        now: int,
        desk: str = "",
        service: str = "",
        returns: bool = False,
        open_desks: Collection[str] = (),
    ) -> Turn:
        """What a clerk wants to do with a visit, checked; Illegal or QueueError if it cannot be.
        `open_desks`: of a call."""
        turn = Turn(
            visit=visit,
            kind=kind,
            at=now,
            clerk=clerk,
            desk=desk,
            service=service,
            returns=returns,
        )
        of = self.visit(visit)
        if desk:
            self._serves_of(desk)
        self._check_desk(of, turn)
        expects = only_desk(of, open_desks)
        if kind == "called" and expects not in ("", desk):
            raise Illegal(of.number, of.state, kind, f"Desk {expects} expects it.")
        if kind == "missed" and of.calls < self._rules.most_calls:
            raise Illegal(of.number, of.state, kind, self._more_calls(of))
        if kind == "transferred" and service not in self._rules.services:
            known = ", ".join(self._rules.services)
            raise QueueError(
                "no_service", f"{service!r} is no service. One of: {known}.", service=service
            )
        if kind == "transferred" and service not in self._rules.served:
            said = f"no desk serves {service!r}. One of: {', '.join(self._rules.served)}."
            raise QueueError("not_served", said, service=service)
        follow(of, turn)
        return turn

    # ---- what is ---------------------------------------------------------------------------------
    def visit(self, id_: str) -> Visit:
        """A visit of today; QueueError if there is none with that id."""
        try:
            return self._visits[id_]
        except KeyError:
            said = f"no visit {id_!r} today. Look at the waiting list."
            raise QueueError("no_visit", said, visit=id_) from None

    def visits(self) -> Sequence[Visit]:
        """All of today, in the order of their tickets. Not to be changed."""
        if self._in_order is None:
            self._in_order = sorted(self._visits.values(), key=lambda visit: (visit.at, visit.id))
        return self._in_order

    def waiting(self) -> list[Visit]:
        """Those who wait, in the order of their tickets."""
        return self.in_state("waiting")

    def waiting_for(self, desk: str, open_desks: Collection[str]) -> list[Visit]:
        """Whom a desk may call, in the order of their tickets."""
        mine = {one.visit.id for one in self._eligible(desk, open_desks)}
        return [visit for visit in self.visits() if visit.id in mine]

    def in_state(self, *states: State) -> list[Visit]:
        """Those in one of these states, in the order of their tickets."""
        return [visit for visit in self.visits() if visit.state in states]

    def at_desk(self, desk: str) -> Visit | None:
        """Who is called to a desk or served there."""
        self._serves_of(desk)
        id_ = self._at.get(desk)
        return None if id_ is None else self._visits[id_]

    def desks_of(self, service: str) -> list[str]:
        """Which desks serve a service, open or not."""
        return [desk for desk, served in self._serves.items() if service in served]

    def before(self, visit: Visit, open_desks: Collection[str]) -> list[Visit]:
        """Who waits for the desks that may call `visit` and goes before it, in the order in which
        they are called; `visit` may be one of somebody who comes now."""
        alone = only_desk(visit, open_desks)
        desks = [alone] if alone else self.desks_of(visit.service)
        shared = {service for desk in desks for service in self._serves[desk]}
        mine = precedence(visit)
        found = [
            other
            for other in map(self._visits.__getitem__, self._overtaken)
            if (
                other.reserved in desks if only_desk(other, open_desks) else other.service in shared
            )
            and precedence(other) < mine
        ]
        return sorted(found, key=precedence)

    def measured(self) -> dict[str, list[int]]:
        """Service times of today in ms by service, the newest last: of periods that are over."""
        ended = [
            period
            for visit in self._visits.values()
            for period in visit.periods
            if period.state == "serving" and period.until is not None
        ]
        found: dict[str, list[int]] = {}
        for period in sorted(ended, key=lambda period: period.until or 0):
            found.setdefault(period.service, []).append(period.lasted(0))
        return found

    def serves(self, desk: str) -> Collection[str]:
        """The services of a desk; QueueError if there is no such desk."""
        return self._serves_of(desk)

    def close(self, now: int) -> list[Turn]:
        """The evening: who still waits, is called or held has left; who is at a desk is unfinished,
        for nobody said how it ended. Nobody is served by a rule."""
        return [
            Turn(visit=v.id, kind="unfinished" if v.state == "serving" else "left", at=now)
            for v in self.visits()
            if v.is_open
        ]

    def displaced(self, now: int) -> list[Turn]:
        """Who is at a desk that has gone from the config, called there or served, waits again:
        nobody could finish that visit any more, and another desk can."""
        return [
            Turn(visit=id_, kind="requeued", at=now)
            for desk, id_ in self._at.items()
            if desk not in self._serves
        ]

    # ---- inside ----------------------------------------------------------------------------------
    def _waiting(self) -> Iterable[Waiting]:
        return (Waiting(self._visits[id_], count) for id_, count in self._overtaken.items())

    def _eligible(self, desk: str, open_desks: Collection[str]) -> list[Waiting]:
        return eligible(self._waiting(), desk, self._serves_of(desk), open_desks)

    def _note_overtaken(self, called: Visit, desk: str) -> None:
        # Mostly everybody is younger than who is called, and a start goes through each call of the
        # day: so those are left out first.
        older = [
            Waiting(visit, count)
            for id_, count in self._overtaken.items()
            if (visit := self._visits[id_]).at <= called.at
        ]
        for one in eligible(older, desk, self._serves.get(desk, ()), self._serves):
            if overtakes(called, one):
                self._overtaken[one.visit.id] += 1

    def _keep_desk(self, before: Visit, after: Visit) -> None:
        if before.desk and before.desk != after.desk:
            del self._at[before.desk]
        if after.desk:
            self._at[after.desk] = after.id

    def _check_desk(self, visit: Visit, turn: Turn) -> None:
        if turn.kind == "called":
            self._check_free(turn.desk)
        elif turn.desk and visit.desk != turn.desk:
            where = f"at desk {visit.desk}" if visit.desk else "at no desk"
            raise QueueError(
                "elsewhere",
                f"{visit.number} is {where}, not at desk {turn.desk}. Look at the list again.",
                number=visit.number,
            )

    def _check_free(self, desk: str) -> None:
        if desk in self._at:
            here = self._visits[self._at[desk]]
            raise Illegal(here.number, here.state, "followed by another visitor")

    def _serves_of(self, desk: str) -> Collection[str]:
        try:
            return self._serves[desk]
        except KeyError:
            known = ", ".join(self._serves)
            said = f"{desk!r} is no desk of this office. One of: {known}."
            raise QueueError("no_desk", said, desk=desk) from None

    def _more_calls(self, visit: Visit) -> str:
        left = self._rules.most_calls - visit.calls
        return f"Call it {left} more {'time' if left == 1 else 'times'} first."
