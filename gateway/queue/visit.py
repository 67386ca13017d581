"""A visit's way through the queue, and what may happen to it next. Pure.

A visit is a row of periods, each in one state at one desk; what is over is never altered. One that
goes on has exactly one open period, one that has ended has none, and the periods follow each other
without a gap: so waiting times add up, whoever called whom how often.
"""

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

State = Literal["waiting", "called", "serving", "held", "finished", "missed", "left", "unfinished"]
Kind = Literal[
    "called",  # to a desk
    "recalled",  # once more to the same desk; changes no period
    "served",  # the visitor is at the desk
    "finished",
    "missed",  # did not come when called
    "returned",  # came after all, and waits again
    "held",  # sent away for a paper; keeps the place
    "resumed",  # came back from that
    "transferred",  # to another service
    "left",  # gave up, or was still waiting in the evening
    "unfinished",  # still at the desk in the evening: nobody said how it ended
    "requeued",  # its desk has gone from the config: waits again, for another one
]
KINDS: tuple[Kind, ...] = get_args(Kind)

_NEXT: Mapping[State, Mapping[Kind, State]] = {
    "waiting": {"called": "called", "held": "held", "left": "left"},
    "called": {
        "recalled": "called",
        "served": "serving",
        "missed": "missed",
        "left": "left",
        "requeued": "waiting",
    },
    "serving": {
        "finished": "finished",
        "held": "held",
        "transferred": "waiting",
        "left": "left",
        "unfinished": "unfinished",
        "requeued": "waiting",
    },
    "held": {"resumed": "waiting", "left": "left"},
    "missed": {"returned": "waiting"},
    "finished": {},
    "left": {},
    "unfinished": {},
}
ENDS: tuple[State, ...] = ("finished", "missed", "left", "unfinished")
"""In these a visit has no open period. One that was missed may still return."""

_REMEDIES: Mapping[State, str] = {
    "waiting": "Call it first.",
    "called": "Say that it is served, or missed.",
    "serving": "Finish, hold or transfer it first.",
    "held": "Resume it first.",
    "missed": "It can return to the queue.",
    "finished": "It is over: the visitor needs a new ticket.",
    "left": "It is over: the visitor needs a new ticket.",
    "unfinished": "It is over: the visitor needs a new ticket.",
}


class Illegal(ValueError):
    """This cannot happen to this visit now. `number`, `state`, `kind`, `remedy`: why. `is_usual`:
    the remedy is the one of the state."""

    def __init__(self, number: str, state: State, kind: str, remedy: str = "") -> None:
        self.number = number
        self.state = state
        self.kind = kind
        self.is_usual = not remedy
        self.remedy = remedy or _REMEDIES[state]
        super().__init__(f"{number} is {state} and cannot be {kind}. {self.remedy}")


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a visit, as it is journalled. `at`: Unix ms.

    `clerk`: who did it; empty: a rule. `service`: where a transfer goes. `returns`: of a transfer:
    afterwards the visitor comes back to this desk.
    """

    visit: str
    kind: Kind
    at: int
    clerk: str = ""
    desk: str = ""
    service: str = ""
    returns: bool = False


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Time spent in one state. `until` None: it goes on. Both Unix ms."""

    state: State
    service: str
    since: int
    until: int | None = None
    desk: str = ""

    def lasted(self, now: int) -> int:
        """Milliseconds until its end, or until `now`."""
        return max(0, (now if self.until is None else self.until) - self.since)


class Return(msgspec.Struct, frozen=True):
    """Where a transferred visitor goes back to."""

    service: str
    desk: str


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One visitor's way. `at`: when the ticket was issued, Unix ms. `rank`: of its priority class,
    0 the first. `back`: where it returns after a transfer. `reserved`: it has come back to this
    desk, which alone calls it while it is open.
    """

    id: str
    number: str
    service: str
    at: int
    rank: int = 0
    state: State = "waiting"
    periods: tuple[Period, ...] = ()
    calls: int = 0  # of this wait, recalls included
    back: Return | None = None
    reserved: str = ""

    @property
    def desk(self) -> str:
        """Where the visitor is called to or served; empty: nowhere."""
        return self.periods[-1].desk if self.periods and self.is_open else ""

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.state not in ENDS

    def waited(self, now: int) -> int:
        """Milliseconds spent waiting, in all its waits; time called or held is none of it."""
        return self._in("waiting", now)

    def served(self, now: int) -> int:
        """Milliseconds spent at desks."""
        return self._in("serving", now)

    def _in(self, state: State, now: int) -> int:
        return sum(period.lasted(now) for period in self.periods if period.state == state)


def begin(id_: str, number: str, service: str, at: int, rank: int = 0) -> Visit:
    """A visit whose ticket was issued at `at` (Unix ms): it waits."""
    first = Period(state="waiting", service=service, since=at)
    return Visit(id=id_, number=number, service=service, at=at, rank=rank, periods=(first,))


def follow(visit: Visit, turn: Turn) -> Visit:
    """The visit after `turn`; Illegal if that cannot happen to it.

    A turn is never before the one it follows: where the clock went back, it is at the same time.
    """
    state = _NEXT[visit.state].get(turn.kind)
    if state is None:
        raise Illegal(visit.number, visit.state, turn.kind)
    if turn.kind in ("called", "recalled") and not turn.desk:
        raise Illegal(visit.number, visit.state, turn.kind, "Say to which desk.")
    if turn.kind == "recalled":
        return msgspec.structs.replace(visit, calls=visit.calls + 1)
    if turn.kind == "transferred":
        return _transfer(visit, turn)
    if turn.kind == "finished" and visit.back is not None:
        return _come_back(visit, turn)
    desk = turn.desk if turn.kind == "called" else visit.desk if state == "serving" else ""
    calls = 1 if turn.kind == "called" else 0 if state == "waiting" else visit.calls
    moved = _moved(visit, state, visit.service, desk, turn.at)
    reserved = "" if state == "serving" else visit.reserved
    if turn.kind == "requeued":  # has had its turn, and goes before others at any desk
        reserved = visit.reserved or visit.desk
    return msgspec.structs.replace(moved, calls=calls, reserved=reserved)


def _transfer(visit: Visit, turn: Turn) -> Visit:
    if not turn.service or turn.service == visit.service:
        raise Illegal(visit.number, visit.state, turn.kind, "Say to which other service.")
    back = Return(visit.service, visit.desk) if turn.returns else visit.back
    moved = _moved(visit, "waiting", turn.service, "", turn.at)
    return msgspec.structs.replace(moved, calls=0, back=back, reserved="")


def _come_back(visit: Visit, turn: Turn) -> Visit:
    """The other desk is done: the visitor waits for the one that sent them."""
    assert visit.back is not None
    moved = _moved(visit, "waiting", visit.back.service, "", turn.at)
    return msgspec.structs.replace(moved, calls=0, back=None, reserved=visit.back.desk)


def _moved(visit: Visit, state: State, service: str, desk: str, at: int) -> Visit:
    *before, last = visit.periods
    if last.until is None:
        at = max(at, last.since)
        periods = [*before, msgspec.structs.replace(last, until=at)]
    else:  # missed, and came back: that time was no waiting
        at = max(at, last.until)
        away = Period(state="missed", service=last.service, since=last.until, until=at)
        periods = [*before, last, away]
    if state not in ENDS:
        periods.append(Period(state=state, service=service, since=at, desk=desk))
    return msgspec.structs.replace(visit, state=state, service=service, periods=tuple(periods))
