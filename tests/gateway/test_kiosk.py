"""A touch page's choice, from the gateway over a real dispenser's counter to the queue."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from firmware.dispenser.touch import Choices
from gateway.kiosk import PATIENCE_MS, Kiosk
from gateway.queue.hall import Desk, QueueError
from gateway.queue_config import Queue
from gateway.reception import Reception
from gateway.roster import Device, Service
from tests.gateway.bench import NOON, Bench
from tests.gateway.hall import Machine
from wire import topics
from wire.link import Outgoing
from wire.records import Choice, State

SERVICES = [
    Service("passport", "А", "Паспорт", limit=1),
    Service("subsidy", "Б", "Субсидії", hours={"mon": "08:00-12:30"}),
]
DEVICES = [
    Device("disp-1", "dispenser", mark="1"),
    Device("disp-2", "dispenser", mark="2"),
    Device("box-1", "ratingbox", "desk", "1"),
]
HALF_HOUR = 30 * 60_000


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """On a Monday at noon; a class goes before the others."""
    queue = Queue(classes=["veterans"], minutes={"subsidy": 5.0})
    return Bench(tmp_path, desk=[Desk("1")], queue=queue, service=SERVICES, device=DEVICES)


def kiosk(bench: Bench) -> Kiosk:
    assert bench.office.kiosk is not None
    return bench.office.kiosk


def reception(bench: Bench) -> Reception:
    assert bench.office.reception is not None
    return bench.office.reception


def touch(bench: Bench, service: str = "passport", priority: str = "") -> tuple[str, Outgoing]:
    """The choice's id, and what the dispenser is told."""
    id_, order = kiosk(bench).choose("disp-1", service, priority, bench.clock.ms)
    assert order is not None
    return id_, order


def hear(machine: Machine, order: Outgoing) -> None:
    """The dispenser gets its order, and does all that comes of it."""
    choice = Choices().take(order.payload)
    assert choice is not None
    machine.counter.choose(choice, machine.clock.up())
    machine.talk()


def follow(bench: Bench, id_: str) -> Any:
    return kiosk(bench).follow("disp-1", id_, bench.clock.ms)


def refused(bench: Bench, service: str) -> str:
    """The code of why there is no ticket."""
    with pytest.raises(QueueError) as caught:
        kiosk(bench).choose("disp-1", service, "", bench.clock.ms)
    return caught.value.code


def test_the_order_is_the_dispensers_alone_and_says_what_and_when(bench: Bench) -> None:
    """And is not retained: who was off shall not print it later."""
    id_, order = touch(bench)
    assert (order.topic, order.retain) == ("talon/v1/kyiv-1/disp-1/command", False)
    said = msgspec.json.decode(order.payload, type=Choice)
    assert said == Choice(v=1, press="passport", id=id_, at=NOON)


def test_the_visit_that_comes_of_it_has_its_id_and_its_class(bench: Bench) -> None:
    """By which its ticket speaks of the right wait, too: nobody of that class is ahead."""
    machine = Machine(bench, "disp-1", "1")
    machine.press("subsidy")
    id_, order = touch(bench, priority="veterans")
    hear(machine, order)
    visit = reception(bench).hall.visit(id_)
    assert (visit.number, visit.rank) == ("А001", 0)
    found = follow(bench, id_)
    assert (found.stage, found.number, found.ahead, found.paper) == ("ticket", "А001", 0, "printed")
    called = reception(bench).call_next("1", "olena", bench.clock.ms)
    assert called is not None
    assert called.id == id_


def test_a_class_that_there_is_not_is_none(bench: Bench) -> None:
    """Whatever a browser sends."""
    id_, order = touch(bench, priority="generals")
    hear(Machine(bench, "disp-1", "1"), order)
    assert reception(bench).hall.visit(id_).rank == 1


def test_a_class_outlives_a_restart_before_the_ticket_is_heard_of(bench: Bench) -> None:
    """It was stored before the dispenser was told."""
    id_, order = touch(bench, priority="veterans")
    bench.restart()
    hear(Machine(bench, "disp-1", "1"), order)
    assert reception(bench).hall.visit(id_).rank == 0


def test_what_is_closed_or_spent_is_shown_and_refused(bench: Bench) -> None:
    """As the gateway counts it, also after a restart, before any dispenser has asked."""
    hear(Machine(bench, "disp-1", "1"), touch(bench)[1])
    bench.restart()
    bench.clock.ms += HALF_HOUR
    bench.office.tend()
    offered = kiosk(bench).look("disp-1", NOON).services
    assert [(one.id, one.closed) for one in offered] == [
        ("passport", "limit"),
        ("subsidy", "closed"),
    ]
    assert (refused(bench, "passport"), refused(bench, "subsidy")) == ("limit", "closed")
    assert refused(bench, "parcel") == "no_service"


def test_the_dispensers_reason_reaches_the_page(bench: Bench) -> None:
    """And no number was taken."""
    machine = Machine(bench, "disp-1", "1")
    machine.counter.on_status("no paper", "")
    id_, order = touch(bench)
    hear(machine, order)
    found = follow(bench, id_)
    assert (found.stage, found.error) == ("refused", "printer: no paper")
    assert reception(bench).hall.visits() == []


def test_a_dispenser_that_is_off_or_silent_is_told_apart(bench: Bench) -> None:
    """Its last will says that it is off; silence is known when nobody would wait on."""
    id_, _ = touch(bench)
    assert follow(bench, id_).stage == "asked"
    bench.clock.ms += PATIENCE_MS
    assert follow(bench, id_).stage == "silent"
    state = topics.topic("kyiv-1", "disp-1", topics.STATE)
    bench.handle((state, b'{"v":1,"online":false}'))
    assert refused(bench, "passport") == "offline"
    bench.handle((state, msgspec.json.encode(State(v=1, online=True))))
    assert touch(bench)[0] != id_


def test_only_its_own_dispenser_answers_for_a_page(bench: Bench) -> None:
    """A rating box, or a reply to another order, changes nothing; nor does what is no reply."""
    id_, _ = touch(bench)
    for node, said in (
        ("disp-2", f'{{"v":1,"re":"press","id":"{id_}","error":"busy"}}'),
        ("box-1", f'{{"v":1,"re":"press","id":"{id_}","error":"busy"}}'),
        ("disp-1", f'{{"v":1,"re":"test","id":"{id_}","error":"busy"}}'),
        ("disp-1", "{"),
    ):
        bench.handle((topics.topic("kyiv-1", node, topics.REPLY), said.encode()))
    assert follow(bench, id_).stage == "asked"


def test_only_dispensers_have_a_page(bench: Bench) -> None:
    """A rating box prints nothing."""
    assert list(kiosk(bench).nodes) == ["disp-1", "disp-2"]


def test_the_expected_wait_is_reckoned_when_it_is_old(bench: Bench) -> None:
    """Of all services at once, and shared by all pages."""
    page = kiosk(bench)
    reception(bench).post("opened", "1", "olena", NOON)
    assert page.look("disp-1", NOON).services[1].wait == (0, 0)
    Machine(bench, "disp-1", "1").press("subsidy")
    assert page.look("disp-2", NOON + 9_999).services[1].wait == (0, 0)
    assert page.look("disp-1", NOON + 10_000).services[1].wait == (5, 5)
    assert page.look("disp-1", NOON - 1).services[1].wait == (5, 5)  # a clock that was set back
