"""Other visitors while the demo is live: they take tickets, are served at the desks that nobody
plays at, and press buttons. Everybody is quicker than in life, so that there is something to see.
"""

import random
from collections.abc import Mapping
from typing import Protocol

from simulator import profile
from simulator.devices import Box, TicketDispenser
from simulator.hall.clerks import Played
from simulator.hall.pushes import Pushes
from simulator.hall.visitor import Push, pushes_of

PACE = 10.0  # times as quick as in life
EVERY_MS = 6_000  # on average: a board shows each call for five seconds
WORK_MS = 500  # so often the clerks look at what there is to do


class Clerks(Protocol):
    """Those at the desks: `simulator.processes.City`."""

    def begin_work(self, since: int, until: int, calls: bool) -> None:
        """Let them work from `since` until `until` (Unix ms); `calls`: otherwise they only go on
        with the visitors they have."""

    def end_work(self) -> Played | None:
        """What has come of it; None: nothing yet."""


class Crowd:
    """Belongs to the thread that drives `boxes` and `dispensers`, of which the first is left to
    whoever plays. `comes`: whether visitors come; at first nobody does."""

    def __init__(
        self,
        boxes: Mapping[str, Box],
        dispensers: Mapping[str, TicketDispenser],
        clerks: Clerks,
        seed: int,
    ) -> None:
        self.comes = False
        self._boxes = boxes
        self._dispensers = list(dispensers.values())[1:]
        self._clerks = clerks
        self._seed = seed
        self._chance = random.Random(f"crowd/{seed}")
        self._pushes = Pushes()
        self._next = 0  # when the next one comes
        self._worked = 0  # until when the clerks have
        self._is_working = False  # devices do not wait for the office: it may be away

    def let_come(self, comes: bool, now: int) -> None:
        """From `now` (Unix ms) on visitors come, or none does any more: then those at the desks
        are still served, and nobody is called."""
        if comes and not self._worked:
            self._worked = now
        self._next = now
        self.comes = comes

    def step(self, now: int) -> None:
        """Do what is due at `now` (Unix ms)."""
        if self.comes and now >= self._next:
            self._next = now + round(self._chance.expovariate(1 / EVERY_MS))
            self._arrive()
        played = self._clerks.end_work() if self._is_working else None
        if played is not None:
            self._is_working = False
            for visit in played.ended:
                pushes = pushes_of(visit.id, visit.service, visit.desk, visit.at, self._seed)
                self._pushes.add(_hastened(push, visit.at) for push in pushes)
        if self._worked and not self._is_working and now - self._worked >= WORK_MS:
            self._clerks.begin_work(self._worked, now, self.comes)
            self._worked, self._is_working = now, True
        for push in self._pushes.before(now):
            box = self._boxes[push.box]
            box.panel.press(push.button)
            box.settle()

    def _arrive(self) -> None:
        weights = [service.weight for service in profile.SERVICES]
        (service,) = self._chance.choices(profile.SERVICES, weights)
        dispenser = self._chance.choice(self._dispensers)
        dispenser.buttons.press(service.id)
        dispenser.settle()


def _hastened(push: Push, done: int) -> Push:
    return push._replace(at=done + round((push.at - done) / PACE), hold_ms=0)
