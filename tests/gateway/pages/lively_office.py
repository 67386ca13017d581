"""An office in the middle of its morning: eight desks, people who wait, devices with faults."""

import random

from gateway.pages.access import Clerk
from gateway.queue.hall import Desk
from gateway.queue.visit import Kind
from gateway.queue_config import Queue
from gateway.reception import Reception
from gateway.roster import Device, Service
from gateway.turns import Chosen
from simulator import profile
from tests.gateway.bench import Bench, Box
from tests.gateway.pages.office import HASHED
from wire.records import State

NAMES = (
    *("Олена Коваль", "Петро Шевчук", "Ірина Бондар", "Марія Ткаченко-Верховинська"),
    *("Андрій Лис", "Оксана Гнатюк", "Тарас Бойко", "Надія Мельник"),
)
CLERKS = [Clerk(f"clerk-{n}", name, HASHED) for n, name in enumerate(NAMES, 1)]
SERVICES = [Service(s.id, s.letter, s.title, s.title_en) for s in profile.SERVICES[:10]]
TICKETS, STEP_MS = 60, 30_000
LAST = f"{TICKETS:016x}"  # the visit of the last ticket, which waits
CONFIG = {
    "name": profile.NAME,
    "service": SERVICES,
    "desk": [Desk(str(n)) for n in range(1, len(CLERKS) + 1)],
    "clerk": [*CLERKS, Clerk("manager", "Ганна Савчук", HASHED, "manager")],
    "queue": Queue(classes=["veterans", "booked"], minutes={s.id: 8 for s in SERVICES}),
    "device": [
        *(Device(f"box-{n}", "ratingbox", "desk", str(n)) for n in range(1, 4)),
        *(Device(f"disp-{n}", "dispenser", mark=str(n)) for n in (1, 2)),
    ],
}


def fill(bench: Bench, dispenser: Box) -> None:
    """Sixty tickets; then two desks are free, one makes a pause, two have called somebody who has
    not come yet; one visitor is on hold, one has left."""
    reception, choose = reception_of(bench), random.Random(1).choice
    for n, clerk in enumerate(CLERKS, 1):
        reception.post("opened", str(n), clerk.id, bench.clock.ms)
    for n in range(1, TICKETS + 1):
        bench.clock.ms += STEP_MS
        issue(bench, dispenser, f"{n:016x}", choose(SERVICES).id, "veterans" if n % 9 == 0 else "")
        if n <= len(CLERKS) or n % 2:
            desk = n if n <= len(CLERKS) else n // 2 % len(CLERKS) + 1
            _work(bench, str(desk), "finished", comes=n <= TICKETS - 4)
    ends: tuple[Kind, ...] = ("finished", "held", "left")
    for n, end in enumerate(ends, 1):
        _work(bench, str(n), end, goes_on=False)
    reception.post("paused", "3", CLERKS[2].id, bench.clock.ms)
    bench.clock.ms += 2 * STEP_MS
    bench.office.said.update(
        {
            "box-1": State(v=1, online=True),
            "box-2": State(v=1, online=False),
            "disp-1": State(v=1, online=True, fault="printer: the paper is near its end"),
        }
    )


def _work(bench: Bench, desk: str, end: Kind, goes_on: bool = True, comes: bool = True) -> None:
    """Whoever is at the desk ends so, and the next one is called, and `comes`."""
    reception, now = reception_of(bench), bench.clock.ms
    here = reception.hall.at_desk(desk)
    if here is not None:
        if here.state == "called":
            reception.act("served", here.id, "", now, desk)
        reception.act(end, here.id, "", now, desk)
    called = reception.call_next(desk, "", now) if goes_on else None
    if called is not None and comes:
        reception.act("served", called.id, "", now, desk)


def issue(bench: Bench, dispenser: Box, visit: str, service: str, priority: str = "") -> None:
    """A ticket, from the choice on the touch page to the dispenser's record."""
    if priority:
        reception_of(bench).choose(Chosen(visit, "disp-1", service, priority, bench.clock.ms))
    number = bench.ask(visit, service)["number"]
    said = {"visit": visit, "service": service, "number": number, "by": "gateway"}
    dispenser.say("issued", 1_000, bench.clock.ms, **said)
    bench.handle(dispenser.batch(first=len(dispenser.log)))


def reception_of(bench: Bench) -> Reception:
    assert bench.office.reception is not None
    return bench.office.reception
