"""The clerks of a made-up hall: they call, serve and finish at the gateway's own reception, with
visitors of whom some are not there when they are called.

Events in the order of their time, each at the time at which it would have happened; so a stretch of
an hour is played at once, and the same tickets and seed give the same turns.
"""

import heapq
import itertools
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from gateway.queue.hall import QueueError
from gateway.queue.visit import Illegal, Kind, Visit
from gateway.reception import Reception
from simulator.hall.visitor import Fate, fate_of

RECALL_MS = 30_000  # from one call to the next

Act = Callable[[int], None]
"""What happens at a time, in Unix ms."""


class Ended(NamedTuple):
    """A visit was finished at a desk, at `at` (Unix ms)."""

    id: str
    service: str
    desk: str
    at: int


class Played(NamedTuple):
    """What came of a stretch: whose visits were finished in it, how many still go on."""

    ended: list[Ended]
    going_on: int


class Clerks:
    """At each of `desks` (id: clerk) one who works whenever nobody else does. To be used where the
    reception is: in the store thread. `pace`: how many times as fast everybody is."""

    def __init__(
        self, reception: Reception, desks: Mapping[str, str], seed: int, pace: float = 1
    ) -> None:
        self._reception = reception
        self._desks = desks
        self._seed = seed
        self._pace = pace
        self._count = itertools.count()
        self._begin("")

    def play(self, since: int, until: int, calls: bool = True) -> Played:
        """Let them work from `since` until `until` (Unix ms), on the tickets that are known.
        `calls`: otherwise they only go on with the visitors they have."""
        self._calls = calls
        if self._reception.today.day != self._day:
            self._begin(self._reception.today.day)
        self._ended: list[Ended] = []
        for desk in sorted(self._free):
            self._then(since, partial(self._call, desk))
        self._free.clear()
        while self._coming and self._coming[0][0] < until:
            at, _, act = heapq.heappop(self._coming)
            act(at)
        going_on = self._reception.hall.in_state("waiting", "called", "serving", "held")
        return Played(self._ended, len(going_on))

    def _begin(self, day: str) -> None:
        self._day = day
        self._free = set(self._desks)  # desks at which nothing is under way
        self._coming: list[tuple[int, int, Act]] = []
        self._came_back: set[str] = set()  # visits that were missed, or had to fetch a paper

    def _then(self, at: float, act: Act) -> None:
        heapq.heappush(self._coming, (round(at), next(self._count), act))

    def _in(self, at: int, ms: float, act: Act) -> None:
        self._then(at + ms / self._pace, act)

    # ---- at a desk -------------------------------------------------------------------------------
    def _call(self, desk: str, at: int) -> None:
        """The clerk calls whoever is next; if nobody waits, looks again in the next stretch."""
        hall, clerk = self._reception.hall, self._desks[desk]
        if not self._is_here(desk, at):
            self._free.add(desk)
            return
        here = hall.at_desk(desk)
        if here is not None:  # as a restart, or somebody else, has left it
            self._go_on(here, desk, at)
            return
        open_ = self._reception.posts.open()
        turn = hall.call_next(desk, clerk, at, open_) if self._calls else None
        if turn is None:
            self._free.add(desk)
            return
        came = hall.visit(turn.visit).at
        if came > at:  # has not come yet
            self._then(came, partial(self._call, desk))
            return
        visit = self._reception.act("called", turn.visit, clerk, at, desk)
        fate = fate_of(visit.id, self._seed)
        gone = at - visit.at > fate.patience / self._pace
        if gone or (fate.away and visit.id not in self._came_back):
            self._in(
                at, RECALL_MS, partial(self._wait_for, visit.id, desk, 0 if gone else fate.away)
            )
        else:
            self._in(at, fate.walk, partial(self._serve, visit.id, desk, fate))

    def _go_on(self, visit: Visit, desk: str, at: int) -> None:
        fate = fate_of(visit.id, self._seed)
        if visit.state == "serving":
            self._in(at, fate.serve, partial(self._finish, visit.id, desk))
        else:
            self._in(at, fate.walk, partial(self._serve, visit.id, desk, fate))

    def _wait_for(self, visit: str, desk: str, away: int, at: int) -> None:
        """Nobody came: once more, or the next one, please."""
        if self._reception.hall.visit(visit).calls < self._reception.rules.most_calls:
            if self._act("recalled", visit, desk, at):
                self._in(at, RECALL_MS, partial(self._wait_for, visit, desk, away))
        elif self._act("missed", visit, desk, at):
            self._then(at, partial(self._call, desk))
            if away:
                self._in(at, away, partial(self._come_back, "returned", visit, desk))

    def _serve(self, visit: str, desk: str, fate: Fate, at: int) -> None:
        if not self._act("served", visit, desk, at):
            return
        if fate.fetch and visit not in self._came_back:
            self._in(at, fate.serve / 2, partial(self._hold, visit, desk, fate))
        else:
            self._in(at, fate.serve / (2 if fate.fetch else 1), partial(self._finish, visit, desk))

    def _hold(self, visit: str, desk: str, fate: Fate, at: int) -> None:
        if self._act("held", visit, desk, at):
            self._in(at, fate.fetch, partial(self._come_back, "resumed", visit, desk))
            self._in(at, fate.tidy, partial(self._call, desk))

    def _come_back(self, kind: Kind, visit: str, desk: str, at: int) -> None:
        """Whoever was missed, or had to fetch a paper, is here and waits."""
        self._came_back.add(visit)
        try:
            self._reception.act(kind, visit, self._desks[desk], at)
        except (Illegal, QueueError):
            return  # somebody at a page was faster
        for free in sorted(self._free):
            self._then(at, partial(self._call, free))
        self._free.clear()

    def _finish(self, visit: str, desk: str, at: int) -> None:
        finished = self._act("finished", visit, desk, at)
        if finished:
            if finished.state == "finished":  # else it goes back to the desk that sent it here
                self._ended.append(Ended(visit, finished.service, desk, at))
            self._in(at, fate_of(visit, self._seed).tidy, partial(self._call, desk))

    def _act(self, kind: Kind, visit: str, desk: str, at: int) -> Visit | None:
        """None: somebody else works here now; this clerk comes back when the desk is free."""
        if self._is_here(desk, at):
            try:
                return self._reception.act(kind, visit, self._desks[desk], at, desk)
            except (Illegal, QueueError):
                pass  # a person at the desk page was faster
        self._free.add(desk)
        return None

    def _is_here(self, desk: str, at: int) -> bool:
        """Whether this clerk works here; an empty desk is taken."""
        post = self._reception.posts.at(desk)
        if post is None:
            self._reception.post("opened", desk, self._desks[desk], at)
            return True
        return post.clerk == self._desks[desk] and not post.paused
