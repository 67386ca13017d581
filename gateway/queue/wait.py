"""The expected wait, as a range, by playing the queue forward. Pure.

The desks that are open now serve who waits now, in the order of classes and tickets, with service
times drawn from those measured. `RUNS` plays give a distribution; its 10 % and 90 % points
are the range that a ticket, a kiosk and the board show. Nobody who may come later is played: a
younger ticket of a higher class can make the wait longer by as much as the fairness allows.
"""

from collections.abc import Collection, Mapping, Sequence
from heapq import heapify, heapreplace
from typing import Protocol

import msgspec

RUNS = 60
LOW, HIGH = 0.1, 0.9
LEAST_MEASURED = 5  # of a service; with fewer its stated time stands in for those that lack
MOST_MEASURED = 40  # the newest ones
LONGEST_MS = 24 * 3_600_000


class Draw(Protocol):
    """A source of randomness, as random.Random."""

    def random(self) -> float:
        """0 ≤ x < 1."""


class OpenDesk(msgspec.Struct, frozen=True):
    """A desk where somebody serves now. `busy_ms`: since when the visitor at it is being served;
    None: it is free. `service`: which one that visitor gets."""

    id: str
    services: Collection[str]
    busy_ms: int | None = None
    service: str = ""


class Expected(msgspec.Struct, frozen=True):
    """A wait in ms: in 8 of 10 plays it was from `low` to `high`."""

    low: int
    high: int


def expect(
    ahead: Sequence[str],
    service: str,
    desks: Sequence[OpenDesk],
    measured: Mapping[str, Sequence[int]],
    stated: Mapping[str, int],
    draw: Draw,
) -> Expected | None:
    """How long who comes now for `service` will wait; None if no open desk serves it, or nothing is
    known of how long services take.

    `ahead`: services of those who wait and go before, in their order. `measured`: service times by
    service in ms, the newest last; `stated`: what the config says of them.
    """
    if not any(service in desk.services for desk in desks):
        return None
    times = {
        name: _times(measured.get(name, ()), stated.get(name))
        for name in {service, *ahead, *(desk.service for desk in desks if desk.busy_ms is not None)}
    }
    everything = [ms for known in times.values() for ms in known]
    if not everything:
        return None
    sure = {name: known or everything for name, known in times.items()}
    waits = sorted(_play(ahead, service, desks, sure, draw) for _ in range(RUNS))
    return Expected(waits[int(LOW * RUNS)], waits[int(HIGH * RUNS) - 1])


def share_inside(told: Sequence[tuple[Expected, int]]) -> float | None:
    """Calibration: in how many of (expected, true wait in ms) the truth fell in the range."""
    if not told:
        return None
    return sum(range_.low <= true <= range_.high for range_, true in told) / len(told)


def _times(measured: Sequence[int], stated: int | None) -> list[int]:
    known = [max(0, ms) for ms in measured[-MOST_MEASURED:]]
    if stated is not None:
        known += [stated] * max(0, LEAST_MEASURED - len(known))
    return known


def _play(
    ahead: Sequence[str],
    service: str,
    desks: Sequence[OpenDesk],
    times: Mapping[str, Sequence[int]],
    draw: Draw,
) -> int:
    """One play: when a desk takes up who comes now, in ms from now."""
    free = [(_rest(desk, times, draw), i) for i, desk in enumerate(desks)]
    heapify(free)
    queue = [*ahead, service]
    while True:
        at, i = free[0]
        if at >= LONGEST_MS:
            return LONGEST_MS
        serves = desks[i].services
        first = (n for n, name in enumerate(queue) if name in serves)
        chosen = 0 if queue[0] in serves else next(first, None)
        if chosen is None:
            heapreplace(free, (LONGEST_MS, i))  # nobody is left for this desk
            continue
        if chosen == len(queue) - 1:
            return at
        heapreplace(free, (at + max(1, _drawn(times[queue.pop(chosen)], draw)), i))


def _rest(desk: OpenDesk, times: Mapping[str, Sequence[int]], draw: Draw) -> int:
    """How long the desk is still busy: a service time among those longer than what has passed."""
    if desk.busy_ms is None:
        return 0
    longer = [ms for ms in times[desk.service] if ms > desk.busy_ms]
    if not longer:  # longer than any before: as long again as a half of it, and no promise
        return max(desk.busy_ms // 2, 60_000)
    return _drawn(longer, draw) - desk.busy_ms


def _drawn(times: Sequence[int], draw: Draw) -> int:
    return times[int(draw.random() * len(times))]
