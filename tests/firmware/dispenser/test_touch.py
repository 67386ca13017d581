"""The touch page's choices: taken like presses, once, in time, and answered."""

import json
from typing import Any

import msgspec
import pytest

from firmware.common.filelog import FileLog
from firmware.common.node import Node
from firmware.dispenser import app
from firmware.dispenser.counter import ASK_MS, DOUBT_MS, Counter, Service
from firmware.dispenser.rendering import text_layout
from firmware.dispenser.series import Series
from firmware.dispenser.ticket import Job
from firmware.dispenser.touch import TOO_OLD_MS, Choice, Choices
from simulator.disk import SimDisk
from tests.firmware.bench import BenchClock
from wire.hours import Hours
from wire.records import Choice as Wire
from wire.records import Reply

SERVICES = {"passport": Service("А", "Паспорт"), "subsidy": Service("Б", "Субсидія")}
COMMAND = "talon/v1/kyiv-1/kiosk-1/command"
_reply = msgspec.json.Decoder(Reply)


class Bench:
    """A whole dispenser without buttons, and without threads; no paper comes out by itself."""

    def __init__(self, limit: int | None = None, **services: Service) -> None:
        self.clock = BenchClock()
        self.jobs: list[Job] = []
        log = FileLog(SimDisk(), lambda: "f" * 16, limit_bytes=limit)
        self.node = Node("kyiv-1", "kiosk-1", log, self.clock, "0.1.0")
        series = Series(SimDisk(), lambda: None, lambda: "0" * 16)
        layout = text_layout("ЦНАП")
        offered = {**SERVICES, **services}
        self.counter = Counter(self.node, series, self, layout, offered, "1", lambda: "b" * 16)
        self.dispenser = app.Dispenser(self.node, self, self.counter, lambda *_: None)
        self.node.on_link(True)

    def levels(self) -> dict[str, bool]:
        """Implements `firmware.dispenser.app.Buttons`."""
        return {}

    def light(self, service: str, on: bool) -> None:
        """It has no lamps."""

    def print(self, job: Job) -> None:
        """Implements `firmware.dispenser.counter.Paper`."""
        self.jobs.append(job)

    def command(self, payload: bytes) -> None:
        self.dispenser.handle("message", (COMMAND, payload))

    def choose(self, n: int, service: str = "passport", ago: int = 0) -> None:
        at = (self.clock.at() or 0) - ago
        self.command(msgspec.json.encode(Wire(v=1, press=service, id=f"{n:016x}", at=at)))

    def answer(self, n: int, **said: object) -> None:
        payload = json.dumps({"v": 1, "visit": f"{n:016x}", **said}).encode()
        self.dispenser.handle("message", (COMMAND.replace("command", "answer"), payload))

    def printed(self, visit: str, outcome: str = "printed") -> None:
        self.counter.on_printed(visit, outcome, "", self.clock.now)

    def said(self) -> list[Any]:
        """What it has said since the last look: asks as objects, replies as the gateway reads."""
        found: list[Any] = []
        for topic, payload, _ in self.node.outbox():
            if topic.endswith("/ask"):
                found.append(json.loads(payload))
            elif topic.endswith("/reply"):
                found.append(_reply.decode(payload))
        return found

    def records(self, kind: str) -> list[dict[str, Any]]:
        last = self.node.log.last
        found = [json.loads(one) for one in self.node.log.read(1, last, 1 << 20)]
        return [record for record in found if record["kind"] == kind]


def ticket(n: int, visit: int | None = None) -> Reply:
    """The reply that a ticket is on its way to the paper."""
    return Reply(v=1, re="press", id=f"{n:016x}", visit=f"{visit or n:016x}")


def refusal(n: int, error: str) -> Reply:
    """The reply that there is none."""
    return Reply(v=1, re="press", id=f"{n:016x}", error=error)


def test_a_choice_is_a_press_whose_visit_has_its_id() -> None:
    """From the ask over the number to the paper, and the page is told once it is on disk."""
    bench = Bench()
    bench.choose(7)
    assert bench.said() == [{"v": 1, "visit": f"{7:016x}", "service": "passport"}]
    bench.answer(7, number="А042")
    assert [(r["visit"], r["number"]) for r in bench.records("issued")] == [(f"{7:016x}", "А042")]
    assert bench.said() == [ticket(7)]
    assert [job.visit for job in bench.jobs] == [f"{7:016x}"]


def test_a_choice_that_comes_twice_is_one_ticket() -> None:
    """A broker may repeat it; also when the first is over."""
    bench = Bench()
    for _ in range(2):
        bench.choose(7)
    bench.answer(7, number="А042")
    bench.printed(f"{7:016x}")
    bench.choose(7)
    assert len(bench.jobs) == len(bench.records("issued")) == 1


def test_a_choice_whose_visitor_has_gone_prints_nothing() -> None:
    """It lay somewhere for longer than anybody waits; without a clock nobody can tell."""
    bench = Bench()
    bench.choose(7, ago=TOO_OLD_MS + 1)
    bench.choose(8, ago=TOO_OLD_MS)
    assert bench.said() == [
        refusal(7, "old"),
        {"v": 1, "visit": f"{8:016x}", "service": "passport"},
    ]
    assert not Choice("passport", "0" * 16, 1).is_old(None)


def test_without_an_answer_it_gets_a_number_of_the_own_series() -> None:
    """As a press would."""
    bench = Bench()
    bench.choose(7)
    bench.clock.now += ASK_MS
    bench.dispenser.step(bench.clock.now)
    assert [(r["visit"], r["by"]) for r in bench.records("issued")] == [(f"{7:016x}", "dispenser")]


def test_choices_of_several_pages_wait_for_the_printer() -> None:
    """One for each service, as presses do; the page is told of one too many."""
    bench = Bench()
    for n, service in ((1, "passport"), (2, "subsidy"), (3, "subsidy")):
        bench.choose(n, service)
    bench.answer(1, number="А001")
    bench.said()
    bench.printed(f"{1:016x}")
    bench.answer(2, number="Б001")
    assert [job.visit for job in bench.jobs] == [f"{1:016x}", f"{2:016x}"]
    bench.choose(4, "parcel")
    assert bench.said()[-1] == refusal(4, "no such service")


def test_one_too_many_is_told_so() -> None:
    """It may be touched again in a moment."""
    bench = Bench()
    for n, service in ((1, "passport"), (2, "subsidy"), (3, "subsidy")):
        bench.choose(n, service)
    assert bench.said()[-1] == refusal(3, "busy")


def test_a_printer_that_cannot_print_costs_no_number_and_the_page_says_why() -> None:
    """It is a missed press, like that of a button."""
    bench = Bench()
    bench.counter.on_status("no paper", "")
    bench.choose(7)
    assert bench.said() == [refusal(7, "printer: no paper")]
    assert bench.records("issued") == []
    assert [record["count"] for record in bench.records("missed")] == [1]


def test_a_closed_service_and_a_spent_limit_are_refused_by_their_names() -> None:
    """Whoever decides it."""
    shut = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "")
    bench = Bench(closed=Service("В", "Закрито", hours=Hours(shut)))
    bench.choose(1)
    bench.answer(1, declined="limit")
    assert bench.said()[-1] == refusal(1, "limit")
    bench.printed(bench.jobs[-1].visit)
    bench.node.on_link(False)
    bench.counter.on_link(False, bench.clock.now)
    bench.choose(2, "closed")
    assert [record["reason"] for record in bench.records("declined")] == ["limit", "closed"]


def test_a_copy_after_a_doubt_is_the_visit_of_before() -> None:
    """Nobody knows whether the first is out; who touches again gets it once more."""
    bench = Bench()
    bench.choose(7)
    bench.answer(7, number="А042")
    bench.printed(f"{7:016x}", "unknown")
    bench.said()
    bench.clock.now += DOUBT_MS // 2
    bench.choose(8)
    assert bench.said() == [ticket(8, 7)]
    assert [job.visit for job in bench.jobs] == [f"{7:016x}"] * 2


def test_a_full_card_gives_no_number_and_the_page_says_why() -> None:
    """As with a button."""
    bench = Bench(limit=70_000)
    while not bench.node.log.full:
        bench.node.record("lid", {"state": "opened"})
    bench.choose(7)
    assert bench.said()[-1] == refusal(7, "the card is full")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"update go 0123456789abcdef\n",
        b'{"v":2,"press":"passport","id":"0123456789abcdef","at":1}',
        b'{"v":1,"press":7,"id":"0123456789abcdef","at":1}',
        b'{"v":1,"press":"passport","id":"0123456789ABCDEF","at":1}',
        b'{"v":1,"press":"passport","id":"0123","at":1}',
        b'{"v":1,"press":"passport","id":"0123456789abcdef","at":true}',
        b'{"v":1,"press":"passport","id":"0123456789abcdef"}',
    ],
)
def test_what_is_no_choice_is_nothing(payload: bytes) -> None:
    """No ticket, no reply, no error."""
    assert Choices().take(payload) is None
    bench = Bench()
    bench.command(payload)
    assert bench.said() == []
