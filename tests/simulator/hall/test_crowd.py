"""Other visitors in the live demo: they come when they are let, and press what follows from it."""

import pytest

from firmware.common.posix_clock import PosixClock, random_token
from simulator import profile
from simulator.demo import build_devices
from simulator.devices import Box, Mail, TicketDispenser
from simulator.hall.clerks import Ended, Played
from simulator.hall.crowd import EVERY_MS, PACE, WORK_MS, Crowd
from simulator.hall.visitor import pushes_of

NOON = 1_793_000_000_000


class Desks:
    """Clerks who end what `ended` holds, and say when they were to work."""

    def __init__(self) -> None:
        self.ended: list[Ended] = []
        self.told: list[tuple[int, int, bool]] = []
        self.are_away = False

    def begin_work(self, since: int, until: int, calls: bool) -> None:
        self.told.append((since, until, calls))

    def end_work(self) -> Played | None:
        if self.are_away:
            return None
        ended, self.ended = self.ended, []
        return Played(ended, 0)


class Hall:
    """The office's devices without a broker, a crowd, and its clerks."""

    def __init__(self) -> None:
        self.boxes: dict[str, Box]
        self.dispensers: dict[str, TicketDispenser]
        self.boxes, self.dispensers = build_devices(
            1, PosixClock, Mail(), lambda name: random_token
        )
        self.desks = Desks()
        self.crowd = Crowd(self.boxes, self.dispensers, self.desks, 1)
        self.now = NOON

    def go_on(self, ms: int) -> None:
        """The demo's loop, for so long."""
        end = self.now + ms
        while self.now < end:
            self.now += 100
            self.crowd.step(self.now)

    def tickets(self) -> dict[str, int]:
        """How many each dispenser has printed."""
        return {name: len(one.printer.paper) for name, one in self.dispensers.items()}


@pytest.fixture
def hall() -> Hall:
    return Hall()


def test_at_first_nobody_comes(hall: Hall) -> None:
    """And nobody works: whoever plays is alone."""
    hall.go_on(60_000)
    assert set(hall.tickets().values()) == {0}
    assert hall.desks.told == []


def test_they_come_to_all_dispensers_but_the_first(hall: Hall) -> None:
    """Whose tickets are for whoever plays."""
    hall.crowd.let_come(True, hall.now)
    hall.go_on(60 * EVERY_MS)
    tickets = hall.tickets()
    assert tickets.pop(profile.DISPENSERS[0]) == 0
    assert 40 < sum(tickets.values()) < 80 and all(tickets.values())


def test_the_clerks_work_without_a_gap(hall: Hall) -> None:
    """And call nobody when no more are to come."""
    hall.crowd.let_come(True, hall.now)
    hall.go_on(2_000)
    hall.crowd.let_come(False, hall.now)
    before = sum(hall.tickets().values())
    hall.go_on(60_000)
    told = hall.desks.told
    assert told[0][0] == NOON
    assert [since for since, _, _ in told[1:]] == [until for _, until, _ in told[:-1]]
    assert {until - since for since, until, _ in told} == {WORK_MS}
    assert [calls for _, _, calls in told[:4]] == [True] * 4 and not told[-1][2]
    assert sum(hall.tickets().values()) == before


def test_devices_do_not_wait_for_an_office_that_is_away(hall: Hall) -> None:
    """Tickets are taken all the same, and the clerks catch up."""
    hall.crowd.let_come(True, hall.now)
    hall.desks.are_away = True
    hall.go_on(10 * EVERY_MS)
    assert len(hall.desks.told) == 1 and sum(hall.tickets().values()) > 3
    hall.desks.are_away = False
    hall.go_on(1_000)
    assert hall.desks.told[1][0] == hall.desks.told[0][1]
    assert hall.desks.told[1][1] > NOON + 9 * EVERY_MS


def test_who_was_served_presses_as_drawn_but_sooner(hall: Hall) -> None:
    """On the very box."""
    hall.crowd.let_come(True, hall.now)
    visits = [f"{n:016x}" for n in range(40)]
    hall.desks.ended = [Ended(visit, "land", "6", NOON) for visit in visits]
    drawn = [push for visit in visits for push in pushes_of(visit, "land", "6", NOON, 1)]
    last = max(push.at for push in drawn) - NOON
    assert {push.box for push in drawn} > {"box-6"}
    hall.go_on(round(last / PACE) + 30_000)
    for name, box in hall.boxes.items():
        records = box.node.log.read(1, 1_000, 1 << 20)
        presses = sum(b'"kind":"press"' in record for record in records)
        assert presses == sum(push.box == name for push in drawn), name
