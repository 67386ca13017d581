"""The expected wait, as a range, by playing the queue forward. Pure.

The desks that are open now serve who waits now, in the order of classes and tickets, with service
times drawn from those measured. `RUNS` plays give a distribution; its 10 % and 90 % points
are the range that a ticket, a touch page and a visitor's own page show. Nobody who may come later
is played: a younger ticket of a higher class can make the wait longer by as much as the fairness
allows. One play is enough for all services: a screen asks for all at once (`expect_each`).
"""

from collections.abc import Collection, Mapping, Sequence
from heapq import heapify, heapreplace
from typing import NamedTuple, Protocol

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


class Place(NamedTuple):
    """Somebody who waits for a service; `desk`: for that one alone, whatever it serves; empty: for
    any that serves it."""

    service: str
    desk: str = ""


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
    ahead: Sequence[Place],
    who: Place,
    desks: Sequence[OpenDesk],
    measured: Mapping[str, Sequence[int]],
    stated: Mapping[str, int],
    draw: Draw,
) -> Expected | None:
    """How long `who` will wait; None if no open desk may call them, or nothing is known of how long
    services take.

    `ahead`: those who wait and go before, in their order. `measured`: service times by
    service in ms, the newest last; `stated`: what the config says of them.
    """
    return expect_each(ahead, [who], desks, measured, stated, draw)[who]


def expect_each(
    ahead: Sequence[Place],
    comers: Collection[Place],
    desks: Sequence[OpenDesk],
    measured: Mapping[str, Sequence[int]],
    stated: Mapping[str, int],
    draw: Draw,
) -> dict[Place, Expected | None]:
    """As `expect`, of several who come: `ahead` go before all of them, and they do not delay one
    another."""
    places = list(dict.fromkeys([*ahead, *comers]))
    ids = {place: n for n, place in enumerate(places)}  # plays look for them very often
    calls = [frozenset(n for p, n in ids.items() if _may_call(desk, p)) for desk in desks]
    served = [who for who in comers if any(ids[who] in mine for mine in calls)]
    services = {place.service for place in (*ahead, *served)}
    services.update(desk.service for desk in desks if desk.busy_ms is not None)
    known = {name: _times(measured.get(name, ()), stated.get(name)) for name in services}
    everything = [ms for times in known.values() for ms in times]
    found: dict[Place, Expected | None] = dict.fromkeys(comers)
    if not everything or not served:
        return found
    sure = {name: times or everything for name, times in known.items()}
    taken = [ids[who] for who in served]
    queue = [(ids[place], sure[place.service]) for place in ahead]
    plays = [
        _play(queue, taken, [_rest(desk, sure, draw) for desk in desks], calls, draw)
        for _ in range(RUNS)
    ]
    for who in served:
        waits = sorted(play[ids[who]] for play in plays)
        found[who] = Expected(waits[int(LOW * RUNS)], waits[int(HIGH * RUNS) - 1])
    return found


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


def _may_call(desk: OpenDesk, place: Place) -> bool:
    return place.desk == desk.id if place.desk else place.service in desk.services


def _play(
    ahead: Sequence[tuple[int, Sequence[int]]],
    comers: Collection[int],
    rests: Sequence[int],
    calls: Sequence[Collection[int]],
    draw: Draw,
) -> dict[int, int]:
    """One play: when a desk takes up each of the `comers`, in ms from now. That is when the first
    that may call them finds nobody else. `ahead`: ids and service times; `rests`: when each desk is
    free, in ms; `calls`: whom it may call."""
    free = [(rest, desk) for desk, rest in enumerate(rests)]
    heapify(free)
    queue = list(ahead)
    taken: dict[int, int] = {}
    while len(taken) < len(comers):
        at, desk = free[0]
        if at >= LONGEST_MS:
            return dict.fromkeys(comers, LONGEST_MS) | taken
        mine = calls[desk]
        if queue and queue[0][0] in mine:  # mostly, and that is much quicker
            chosen: int | None = 0
        else:
            chosen = next((n for n, (id_, _) in enumerate(queue) if id_ in mine), None)
        if chosen is not None:
            _, times = queue.pop(chosen)
            heapreplace(free, (at + max(1, _drawn(times, draw)), desk))
            continue
        for who in comers:
            if who in mine:
                taken.setdefault(who, at)
        heapreplace(free, (LONGEST_MS, desk))
    return taken


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
