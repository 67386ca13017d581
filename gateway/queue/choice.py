"""Who is next at a desk. Pure: the office's fairness is these lines.

1. Who has come back from elsewhere: to the desk that sent them there while it is open; else to any
   that serves them. A pause counts as closed: nobody knows how long it lasts, and who has been at
   a desk already is not to wait for its end where another one could go on.
2. Who has been overtaken as often as anybody may be: in the order of their tickets.
3. The highest priority class; within it in the order of the tickets.

So nobody waits for ever: before anybody are called those whose ticket is older, at most
`most_overtaken` whose ticket is younger, and who comes back and has already been served.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Annotated

import msgspec

from gateway.queue.visit import Visit


class Waiting(msgspec.Struct, frozen=True):
    """A visit that waits, and how often one with a younger ticket was called before it."""

    visit: Visit
    overtaken: int = 0


class Fairness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`most_overtaken`: how many with a younger ticket may be called before anybody."""

    most_overtaken: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 3


def only_desk(visit: Visit, open_desks: Collection[str]) -> str:
    """The only desk that may call a visit now; empty: any that serves it."""
    return visit.reserved if visit.reserved in open_desks else ""


def eligible(
    waiting: Iterable[Waiting], desk: str, services: Collection[str], open_desks: Collection[str]
) -> list[Waiting]:
    """Those whom this desk may call: who comes back to it, whatever for, and of its services who
    does not come back to another desk that is open."""
    return [
        one
        for one in waiting
        if one.visit.reserved == desk
        or (one.visit.service in services and not only_desk(one.visit, open_desks))
    ]


def choose(waiting: Sequence[Waiting], fairness: Fairness) -> Waiting | None:
    """The next of those that are eligible; None if there is nobody."""
    return min(waiting, key=lambda one: _order(one, fairness), default=None)


def overtakes(chosen: Visit, one: Waiting) -> bool:
    """Whether calling `chosen` lets `one` wait although its ticket is older. Who comes back goes
    before all others, and so neither overtakes nor is overtaken."""
    return _age(one.visit) < _age(chosen) and not chosen.reserved and not one.visit.reserved


def precedence(visit: Visit) -> tuple[int, int, int, str]:
    """Visits in the order in which they are called, but for whom that would overtake too often."""
    return (0, 0, *_age(visit)) if visit.reserved else (1, visit.rank, *_age(visit))


def _order(one: Waiting, fairness: Fairness) -> tuple[int, int, tuple[int, str]]:
    if one.visit.reserved:
        return 0, 0, _age(one.visit)
    if one.overtaken >= fairness.most_overtaken:
        return 1, 0, _age(one.visit)
    return 2, one.visit.rank, _age(one.visit)


def _age(visit: Visit) -> tuple[int, str]:
    return visit.at, visit.id
