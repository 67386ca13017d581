"""Who is next at a desk. Pure: the office's fairness is these lines.

1. Who was sent elsewhere by this very desk and has come back.
2. Who has been overtaken as often as anybody may be: in the order of their tickets.
3. The highest priority class; within it in the order of the tickets.

So nobody waits for ever: before anybody are called those whose ticket is older, at most
`most_overtaken` whose ticket is younger, and who comes back to a desk that has already served them.
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


def eligible(waiting: Iterable[Waiting], desk: str, services: Collection[str]) -> list[Waiting]:
    """Those whom this desk may call: of its services, and not reserved for another desk."""
    return [
        one
        for one in waiting
        if (one.visit.reserved == desk)
        or (not one.visit.reserved and one.visit.service in services)
    ]


def choose(waiting: Sequence[Waiting], desk: str, fairness: Fairness) -> Waiting | None:
    """The next of those that are eligible; None if there is nobody."""
    return min(waiting, key=lambda one: _order(one, desk, fairness), default=None)


def overtakes(chosen: Visit, one: Waiting) -> bool:
    """Whether calling `chosen` lets `one` wait although its ticket is older."""
    return _age(one.visit) < _age(chosen) and not chosen.reserved


def _order(one: Waiting, desk: str, fairness: Fairness) -> tuple[int, int, tuple[int, str]]:
    if one.visit.reserved == desk:
        return 0, 0, _age(one.visit)
    if one.overtaken >= fairness.most_overtaken:
        return 1, 0, _age(one.visit)
    return 2, one.visit.rank, _age(one.visit)


def _age(visit: Visit) -> tuple[int, str]:
    return visit.at, visit.id
