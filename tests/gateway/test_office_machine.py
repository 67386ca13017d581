"""An office's days in any order: whoever comes, whatever fails, it stays one queue.

The programs are the real ones, the journal is on disk, and whatever fails, fails in the middle.
Bugs planted in the gateway show that the machine would notice.
"""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gateway.queue.hall import Desk, QueueError
from gateway.queue.posts import POST_KINDS, PostKind
from gateway.queue.visit import KINDS, Illegal, Kind, State
from gateway.queue_config import Queue
from gateway.roster import Device, Policies, Service
from simulator import profile
from simulator.disk import SimDisk
from tests.gateway.bench import config
from tests.gateway.breaking_disk import How
from tests.gateway.office_witness import Witness
from tests.gateway.planted_office import BUGS
from tests.gateway.virtual_office import BEGAN, Fate, VirtualOffice
from wire.link import Outgoing

SECOND = 1_000
MIN = 60 * SECOND
HOUR = 60 * MIN
DAY = 24 * HOUR
EVENING = 13 * HOUR  # after 10:00, when a run begins

CLASSES = ["booked", "veteran"]
SERVICES = ["passport", "subsidy", "land"]
DESKS = {"1": "box-1", "2": "box-2", "3": "box-3"}
MACHINES = ["disp-1", "disp-2"]

BY_RULE: tuple[Kind, ...] = ("unfinished", "requeued")

AT_A_DESK: dict[State, list[Kind]] = {
    "called": ["served", "served", "served", "recalled", "recalled", "missed"],
    "serving": ["finished", "transferred", "transferred", "held"],
}
"""What clerks do with whom they have called, the usual more often."""

lives = st.integers(0, 1 << 20)
"""Which of all ordinary days this is."""
HOWS: list[How] = ["refuses", "refuses", "dies", "dies committed"]
STATEMENTS = [-3, -2, -1, -1, *range(0, 20, 2)]
"""Or commits, at which the gateway fails."""
FATES: list[Fate] = ["is lost", "comes twice", "comes twice", "comes late"]

in_memory = Path("/dev/shm")


def office_in(folder: str) -> VirtualOffice:
    """Three services, three desks with their boxes, two dispensers."""
    boxes = [Device(box, "ratingbox", "desk", desk) for desk, box in DESKS.items()]
    return VirtualOffice(
        config(
            Path(folder),
            site=profile.SITE,
            service=[
                Service("passport", "А", "Паспорт"),
                Service("subsidy", "Б", "Субсидії"),
                Service("land", "В", "Земля"),
            ],
            device=[*(Device(node, "dispenser", mark=node[-1]) for node in MACHINES), *boxes],
            policies=Policies(repeat_s=0.0, flood_presses=1_000),
            desk=[Desk("1"), Desk("2", ("passport",)), Desk("3", ("subsidy", "land"))],
            queue=Queue(classes=CLASSES, most_calls=2, most_overtaken=2),
        )
    )


class OfficeMachine(RuleBasedStateMachine):
    """What powers and people do that is out of the ordinary; ordinary life goes on after it."""

    def __init__(self) -> None:
        super().__init__()
        where = in_memory if in_memory.is_dir() else None
        self.folder = tempfile.TemporaryDirectory(prefix="talon-", dir=where)
        self.office = office_in(self.folder.name)
        self.witness = Witness(self.office)
        self.left_from = "1"  # the desk where a visit was finished last

    @initialize(life=lives)
    def the_doors_open(self, life: int) -> None:
        """Some have waited for that."""
        random = Random(life)
        for _ in range(random.randrange(8)):
            self._take_a_ticket(random)

    @rule(life=lives)
    def life_goes_on(self, life: int) -> None:
        """Visitors come, clerks work, somebody votes."""
        random = Random(life)
        for _ in range(8):
            self._something_ordinary(random)

    # ---- powers ----------------------------------------------------------------------------------
    @rule(how=st.sampled_from(HOWS), life=lives)
    def the_gateway_is_bad(self, how: How, life: int) -> None:
        """Its disk refuses, or it dies, in the middle of one transaction after the other."""
        random = Random(life)
        for _ in range(8):
            self.office.doom((how, random.choice(STATEMENTS)))
            self._something_ordinary(random)
        self.office.doom(None)

    @rule(how=st.sampled_from([None, "refuses", "refuses"]), life=lives)
    def the_broker_is_bad(self, how: How | None, life: int) -> None:
        """Of what is said some is lost, repeated or late; the gateway may be bad, too."""
        random = Random(life)
        for _ in range(8):
            self.office.doom(how and (how, random.choice(STATEMENTS)))
            self.office.fates.append(random.choice(FATES))
            self._something_ordinary(random)
        self.office.doom(None)

    @rule(node=st.sampled_from([*MACHINES, *MACHINES, *DESKS.values()]), life=lives)
    def a_link_breaks(self, node: str, life: int) -> None:
        """A dispenser numbers by itself then, and a box keeps its presses."""
        self.office.cut_off(node)
        self.life_goes_on(life)

    @rule(hours=st.integers(0, 3), life=lives)
    def links_come_back(self, hours: int, life: int) -> None:
        """All of them, perhaps hours later."""
        self.office.pass_time(hours * HOUR)
        for node, device in self.office.devices.items():
            if not device.connected:
                self.office.connect(node)
        self.office.talk()
        self.life_goes_on(life)

    @rule(
        node=st.sampled_from(MACHINES),
        writes=st.integers(0, 3),
        keep=st.sampled_from([0, 9, 999]),
        life=lives,
    )
    def a_dispenser_loses_power(self, node: str, writes: int, keep: int, life: int) -> None:
        """In the middle of one of its next writes."""
        cast(SimDisk, self.office.devices[node].card).cut_power_after(writes, keep)
        self.life_goes_on(life)

    @rule(life=lives)
    def the_gateway_restarts(self, life: int) -> None:
        """Its process."""
        self.office.restart()
        self.life_goes_on(life)

    @rule(by=st.sampled_from([-7_200, -7_200, -50, -5, 50, 1_800]), known=st.booleans(), life=lives)
    def the_clock_steps(self, by: int, known: bool, life: int) -> None:
        """The gateway's, by so many seconds; the network may say that it is right."""
        self.office.clock.wrong += by * SECOND
        self.office.clock.synced_ = True if known else None
        self.life_goes_on(life)

    @rule(life=lives)
    def the_evening_comes(self, life: int) -> None:
        """By then somebody has set the clock."""
        self._set_the_clock()
        since = (self.office.now - BEGAN) % DAY
        self.office.pass_time((EVENING - since) % DAY)
        self.office.pass_time(SECOND)  # and those whose tickets came with the last message
        self.witness.look_at_the_evening()
        self.life_goes_on(life)

    @rule(life=lives)
    def the_next_day_comes(self, life: int) -> None:
        """The gateway was off in the evening."""
        self._set_the_clock()
        since = (self.office.now - BEGAN) % DAY
        self.office.pass_time(DAY - since)
        self.life_goes_on(life)

    # ---- people ----------------------------------------------------------------------------------
    @rule()
    def all_call(self) -> None:
        """All clerks press Next at once: nobody is called twice."""
        called = [visit for desk in DESKS if (visit := self._call(desk))]
        assert len(called) == len(set(called))

    @precondition(lambda self: self.office.reception.hall.visits())
    @rule(
        kind=st.sampled_from([kind for kind in KINDS if kind not in ("called", *BY_RULE)]),
        n=st.integers(0, 99),
        desk=st.sampled_from(["", *DESKS]),
        service=st.sampled_from([*SERVICES, "fishing"]),
    )
    def a_clerk_errs(self, kind: Kind, n: int, desk: str, service: str) -> None:
        """And does anything to anybody."""
        visits = self.office.reception.hall.visits()
        self._act(kind, visits[n % len(visits)].id, desk, service)

    @rule(desk=st.sampled_from(list(DESKS)), kind=st.sampled_from(POST_KINDS))
    def a_clerk_comes_or_goes(self, desk: str, kind: PostKind) -> None:
        """Or makes a pause."""
        reception, now = self.office.reception, self.office.clock.now()
        self.office.at_gateway(lambda: reception.post(kind, desk, f"clerk {desk}", now))

    # ---- what must hold --------------------------------------------------------------------------
    @invariant()
    def everything_is_in_its_place(self) -> None:
        """Whatever has happened."""
        self.witness.look()

    def teardown(self) -> None:
        """All is mended and said; then nothing is missing."""
        try:
            self.office.mend()
            self.office.restart()
            self.witness.look_at_the_end()
        finally:
            self.office.close()
            self.folder.cleanup()

    # ---- ordinary life ---------------------------------------------------------------------------
    def _something_ordinary(self, random: Random) -> None:
        deeds = [self._take_a_ticket, self._work, self._serve] * 2 + [self._rate, self._fetch]
        random.choice(deeds)(random)
        self.office.pass_time(random.choice([1, 5, 20, 70]) * SECOND)

    def _take_a_ticket(self, random: Random) -> None:
        """By a button, or on the touch page."""
        node, service = random.choice(MACHINES), random.choice(SERVICES)
        if random.random() < 0.6:
            self.office.push(node, service)
            self.office.talk()
        else:
            self._touch(node, service, random.choice(["", *CLASSES]))
        self.witness.look()

    def _touch(self, node: str, service: str, priority: str) -> None:
        """The page says then what stands on the ticket."""
        sent = self.office.at_gateway(lambda: self._choose(node, service, priority))
        if sent is None:
            return
        id_, order = sent
        if order is not None:
            self.witness.chosen[id_] = priority
            self.office.order(order)
        self.office.talk()
        found = self.office.kiosk.follow(node, id_, self.office.clock.now())
        if found.stage == "ticket":
            assert found.number in {one.number for one in self.office.issued().values()}

    def _work(self, random: Random) -> None:
        """A clerk calls, or does the next thing with the visitor."""
        desk = random.choice(list(DESKS))
        here = self.office.reception.hall.at_desk(desk)
        if here is None:
            self._call(desk)
            return
        kind = random.choice(AT_A_DESK[here.state])
        self._act(kind, here.id, desk, random.choice(SERVICES), random.random() < 0.8)
        if kind == "finished":
            self.left_from = desk

    def _serve(self, random: Random) -> None:
        """All of it, and what is pressed after it."""
        desk = random.choice(list(DESKS))
        here = self.office.reception.hall.at_desk(desk)
        visit = here.id if here else self._call(desk)
        if visit:
            self._act("served", visit, desk)
            self._act("finished", visit, desk)
            self.left_from = desk
            for _ in range(random.choice([0, 1, 1, 2])):
                self._press(desk)

    def _rate(self, random: Random) -> None:
        """Somebody presses at a desk's box: mostly who has been served last."""
        self._press(random.choice([self.left_from, self.left_from, *DESKS]))

    def _press(self, desk: str) -> None:
        self.office.push(DESKS[desk], "satisfied")
        self.office.talk()
        self.witness.look()

    def _fetch(self, random: Random) -> None:
        """Who was sent away for a paper, or did not come, is there again."""
        away = self.office.reception.hall.in_state("held", "missed")
        if away:
            visit = random.choice(away)
            self._act("resumed" if visit.state == "held" else "returned", visit.id, "")

    def _set_the_clock(self) -> None:
        self.office.clock.wrong, self.office.clock.synced_ = 0, True

    def _choose(self, node: str, service: str, priority: str) -> tuple[str, Outgoing | None] | None:
        try:
            return self.office.kiosk.choose(node, service, priority, self.office.clock.now())
        except QueueError:  # it is off, or there were too many
            return None

    def _call(self, desk: str) -> str:
        """Who is called; empty: nobody."""
        reception, now = self.office.reception, self.office.clock.now()
        before = reception.hall.at_desk(desk)
        try:
            visit = self.office.at_gateway(lambda: reception.call_next(desk, f"clerk {desk}", now))
        except Illegal:
            assert before is not None
            return ""
        here = self.office.reception.hall.at_desk(desk)
        called = here.id if here is not None and before is None else ""
        if visit is not None:
            assert visit == here
        self.witness.look(called)
        self.office.invite()
        return called

    def _act(
        self, kind: Kind, visit: str, desk: str, service: str = "", returns: bool = False
    ) -> None:
        """It happens, or is refused and changes nothing."""
        reception, now = self.office.reception, self.office.clock.now()
        before = list(reception.hall.visits())
        to = service if kind == "transferred" else ""
        try:
            after = self.office.at_gateway(
                lambda: reception.act(kind, visit, f"clerk {desk}", now, desk, to, returns)
            )
        except (Illegal, QueueError):
            assert reception.hall.visits() == before
            return
        if after is not None:
            assert self.office.reception.hall.visit(visit) == after
        self.witness.look(visit)
        self.office.invite()


ORDINARY = settings(
    max_examples=25,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestOfficeMachine = OfficeMachine.TestCase
TestOfficeMachine.settings = ORDINARY


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What the programs log about their mishaps is left out."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: str) -> None:
    """By what the office does, or as a gateway does not start on what it stored. The rarest takes
    some 150 runs; how many, also hangs on the modules that are loaded, whose constants Hypothesis
    tries, so there are many more: they end with the first that finds it."""
    hunt = settings(
        ORDINARY,
        max_examples=3_000,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    with BUGS[bug](), pytest.raises((AssertionError, Illegal, QueueError)):
        run_state_machine_as_test(OfficeMachine, settings=hunt)
