"""Who waited for how long, and was served where: a queue before the office's desks. Pure.

The gateway of the demo has no desks and sends no `wire.records.Served`, so the demo lets this queue
stand in for the hall's: first come, first served, at desks that each have their services.
"""

import heapq
import random
from collections.abc import Sequence
from typing import NamedTuple

from simulator import profile
from wire.records import Served

NODE = "queue"  # the name under which the queue's records are written
SPREAD = 0.45  # deviation of the logarithm of a service's time, which is normal
_DAY_MINUTES = 540 * 0.88  # of a desk, less its breaks


class Taken(NamedTuple):
    """A ticket was taken, at `at` (Unix ms); `known`: whether that is when."""

    at: int
    visit: str
    service: str
    known: bool


def desks_of(service: str) -> tuple[str, ...]:
    """The desks where a service is to be had: as many as its visitors need, or the common ones."""
    weights = {one.id: one.weight for one in profile.SERVICES}
    own = list(profile.DESKS.values())
    if service in own:
        number = own.index(service) + 1
        names = [str(number), *(f"{number}-{letter}" for letter in "абв")]
        return tuple(names[: _needed(weights[service])])
    rest = sum(weight for name, weight in weights.items() if name not in own)
    first = len(own) + 1
    return tuple(str(first + index) for index in range(_needed(rest)))


def serve_day(
    taken: Sequence[Taken], epoch: str, first: int, chance: random.Random
) -> list[Served]:
    """What becomes of one day's tickets: records with numbers from `first` on, in the order in
    which the visits ended. The same tickets and chance, the same records."""
    free: dict[str, list[tuple[int, str]]] = {}
    served: list[tuple[int, int, Taken, str, int]] = []
    for ticket in sorted(taken):
        names = desks_of(ticket.service)
        line = free.setdefault(names[0], [(0, name) for name in names])
        ready, desk = heapq.heappop(line)
        begun = max(ready, ticket.at + _WALK_MS)
        took = round(60_000 * profile.SERVICE_MINUTES * chance.lognormvariate(0, SPREAD))
        heapq.heappush(line, (begun + took, desk))
        served.append((begun + took, begun, ticket, desk, took))
    return [
        Served(
            node=NODE,
            epoch=epoch,
            seq=first + index,
            at=end,
            clock="set",
            got=end,
            visit=ticket.visit,
            service=ticket.service,
            desk=desk,
            wait_ms=begun - ticket.at if ticket.known else None,
            serve_ms=took,
        )
        for index, (end, begun, ticket, desk, took) in enumerate(sorted(served))
    ]


_WALK_MS = 25_000  # from the dispenser to the desk


def _needed(weight: float) -> int:
    """Desks for that part of an ordinary day's visitors."""
    total = sum(one.weight for one in profile.SERVICES)
    minutes = (
        profile.VISITS_A_DAY * weight / total * profile.SERVICE_MINUTES * 1.11
    )  # mean of the median
    return max(1, round(minutes / _DAY_MINUTES + 0.5))
