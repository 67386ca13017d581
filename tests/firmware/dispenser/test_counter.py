"""The counter: from a press to the paper, with a gateway that answers, is late, or is not there."""

import json
from typing import Any

import pytest

from firmware.common.filelog import FileLog
from firmware.common.node import Node
from firmware.dispenser.counter import (
    ASK_MS,
    DOUBT_MS,
    NOTICE_EVERY_MS,
    PAY_MS,
    PRINT_MS,
    Counter,
    Service,
)
from firmware.dispenser.rendering import text_layout
from firmware.dispenser.series import Series
from firmware.dispenser.ticket import Job
from simulator.disk import SimDisk
from tests.firmware.bench import BenchClock
from wire.hours import Hours

SERVICES = {"passport": Service("А", "Паспорт"), "subsidy": Service("Б", "Субсидія")}


class BenchPaper:
    """Writes down each ticket, and what was on disk at that moment."""

    def __init__(self, log: FileLog) -> None:
        self.jobs: list[tuple[str, bytes]] = []
        self.on_disk: list[dict[str, Any]] = []
        self._log = log

    def print(self, job: Job) -> None:
        self.jobs.append((job.visit, job.render()))
        self.on_disk.append(json.loads(self._log.read(self._log.last, 1, 0)[0]))


class Bench:
    """A counter on a bench; visits are called 00…01, 00…02, …"""

    def __init__(self, online: bool = True, limit: int | None = None) -> None:
        self.clock = BenchClock()
        self.disk = SimDisk()
        self.own = SimDisk()
        self.log = FileLog(self.disk, lambda: "f" * 16, limit_bytes=limit)
        self.node = Node("kyiv-1", "dispenser-1", self.log, self.clock, "0.1.0")
        self.node.on_link(online)
        self._visits = 0
        self._start()

    def restart(self) -> None:
        """The power is cut and comes back."""
        self.log = FileLog(self.disk.restore(), lambda: "f" * 16)
        self.node = Node("kyiv-1", "dispenser-1", self.log, self.clock, "0.1.0")
        self._start()

    def _start(self) -> None:
        self.paper = BenchPaper(self.log)
        self.counter = Counter(
            self.node,
            Series(self.own, lambda: None, lambda: "0" * 16),
            self.paper,
            text_layout("ЦНАП"),
            SERVICES,
            "1",
            self._token,
        )

    def press(self, service: str = "passport") -> None:
        self.counter.press(service, self.clock.now)

    def answer(self, visit: int, **fields: object) -> None:
        said = {"v": 1, "visit": f"{visit:016x}", **fields}
        self.counter.on_answer(json.dumps(said).encode(), self.clock.now)

    def printed(self, visit: int, outcome: str = "printed", detail: str = "") -> None:
        self.counter.on_printed(f"{visit:016x}", outcome, detail, self.clock.now)

    def wait(self, ms: int) -> None:
        self.clock.now += ms
        self.counter.poll(self.clock.now)

    def asked(self) -> list[dict[str, Any]]:
        out = self.node.outbox()
        return [json.loads(data) for topic, data, _ in out if topic.endswith("/ask")]

    def records(self) -> list[dict[str, Any]]:
        last = self.log.last
        return [json.loads(record) for record in self.log.read(1, last, 1 << 20)] if last else []

    def issued(self) -> list[tuple[str, str]]:
        return [(r["number"], r["by"]) for r in self.records() if r["kind"] == "issued"]

    def _token(self) -> str:
        self._visits += 1
        return f"{self._visits:016x}"


def test_the_gateways_number_is_asked_for_and_printed() -> None:
    """The ticket bears it, and the log says by whom."""
    bench = Bench()
    bench.press()
    assert bench.asked() == [{"v": 1, "visit": f"{1:016x}", "service": "passport"}]
    bench.answer(1, number="А042")
    assert bench.issued() == [("А042", "gateway")]
    assert b"\xc0042\n" in bench.paper.jobs[0][1]


def test_a_number_is_on_disk_before_the_printer_hears_of_it() -> None:
    """Nothing is confirmed by paper before."""
    bench = Bench()
    bench.press()
    bench.answer(1, number="А042")
    assert bench.paper.on_disk[0]["kind"] == "issued"
    assert bench.paper.on_disk[0]["number"] == "А042"


def test_what_became_of_the_paper_is_on_record() -> None:
    """With the printer's reason."""
    bench = Bench(online=False)
    bench.press()
    bench.printed(1, "failed", "no paper")
    said = bench.records()[-1]
    assert (said["kind"], said["outcome"], said["detail"]) == ("printed", "failed", "no paper")
    assert not bench.counter.busy


def test_without_an_answer_in_250_ms_the_own_series_gives_the_number() -> None:
    """And not a millisecond before."""
    bench = Bench()
    bench.press()
    assert bench.counter.due(bench.clock.now) == ASK_MS == 250
    bench.wait(249)
    assert bench.issued() == []
    bench.wait(1)
    assert bench.issued() == [("А1-001", "dispenser")]


def test_without_a_link_the_own_series_answers_at_once() -> None:
    """The visitor does not wait for nobody."""
    bench = Bench(online=False)
    bench.press("subsidy")
    assert bench.issued() == [("Б1-001", "dispenser")]


def test_a_link_that_breaks_while_asking_is_not_waited_for() -> None:
    """No answer can come any more."""
    bench = Bench()
    bench.press()
    bench.node.on_link(False)
    bench.counter.on_link(False, bench.clock.now)
    assert bench.issued() == [("А1-001", "dispenser")]


@pytest.mark.parametrize(
    "fields",
    [
        {"error": "no such service"},
        {},
        {"number": ""},
        {"number": None},
        {"number": 42},
        {"number": "А" * 17},
        {"number": "А\n1"},
        {"number": "А1-001"},
    ],
)
def test_an_answer_without_a_good_number_is_not_waited_upon(fields: dict[str, object]) -> None:
    """A number with a dash could be one of this series."""
    bench = Bench()
    bench.press()
    bench.answer(1, **fields)
    assert bench.issued() == [("А1-001", "dispenser")]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"v":2,"visit":"0000000000000001","number":"X"}',
        b'{"v":1,"visit":"0000000000000002","number":"X"}',
        b'{"v":1,"number":"X"}',
    ],
)
def test_what_is_no_answer_to_this_visit_changes_nothing(payload: bytes) -> None:
    """Rubbish, another version, another visit."""
    bench = Bench()
    bench.press()
    bench.counter.on_answer(payload, bench.clock.now)
    assert bench.issued() == []
    bench.answer(1, number="А042")
    assert bench.issued() == [("А042", "gateway")]


def test_a_late_answer_changes_nothing() -> None:
    """The visitor has a number already."""
    bench = Bench()
    bench.press()
    bench.wait(ASK_MS)
    bench.answer(1, number="А042")
    bench.printed(1)
    bench.answer(1, number="А042")
    assert bench.issued() == [("А1-001", "dispenser")]


def test_presses_while_busy_wait_and_one_service_waits_once() -> None:
    """Three impatient pushes of one button are two tickets; another service is served too."""
    bench = Bench(online=False)
    for service in ("passport", "passport", "subsidy", "passport"):
        bench.press(service)
    assert len(bench.paper.jobs) == 1
    for visit in range(1, 4):
        bench.printed(visit)
    assert [number for number, _ in bench.issued()] == ["А1-001", "А1-002", "Б1-003"]
    assert not bench.counter.busy


def test_a_full_disk_gives_no_ticket_and_says_so() -> None:
    """The printer is not called, and the gateway's number is nobody's."""
    bench = Bench()
    bench.disk.fill_up()
    bench.press()
    bench.answer(1, number="А042")
    assert bench.paper.jobs == []
    assert "cannot write a record" in bench.node.fault
    assert not bench.counter.busy


def test_a_full_disk_of_the_own_series_gives_no_ticket_and_says_so() -> None:
    """A number that is not stored could be given twice."""
    bench = Bench(online=False)
    bench.own.fill_up()
    bench.press()
    assert bench.paper.jobs == []
    assert bench.issued() == []
    assert "cannot store its number" in bench.node.fault
    bench.own.make_room()
    bench.press()
    assert bench.issued() == [("А1-001", "dispenser")]
    assert bench.node.fault == ""
    assert [said["count"] for said in bench.records() if said["kind"] == "missed"] == [1]


def test_visitors_who_got_no_ticket_are_on_record() -> None:
    """As many as there were, once there is room again."""
    bench = Bench(online=False)
    bench.disk.fill_up()
    for _ in range(5):
        bench.press()
    assert "(presses not taken: 5," in bench.node.fault
    bench.disk.make_room()
    bench.press("subsidy")
    assert [said["count"] for said in bench.records() if said["kind"] == "missed"] == [5]
    assert len(bench.issued()) == 1


def test_at_the_limit_no_number_is_taken_and_the_visitors_are_counted() -> None:
    """The outcome of the last ticket is on record all the same."""
    bench = Bench(online=False, limit=8_000)
    for visit in range(1, 101):
        bench.press()
        if bench.counter.busy:
            bench.printed(visit)
    tickets = len(bench.paper.jobs)
    assert 10 < tickets < 40
    assert bench.node.fault.startswith(f"the card is full (presses not taken: {100 - tickets},")
    kinds = [said["kind"] for said in bench.records()]
    assert kinds.count("issued") == kinds.count("printed") == tickets
    assert Series(bench.own, lambda: None, lambda: "0" * 16).take() == tickets + 1


def test_a_printer_that_fails_is_a_fault_until_it_prints() -> None:
    """Beside that of the disk, which it does not hide."""
    bench = Bench(online=False)
    bench.press()
    bench.printed(1, "failed", "no paper")
    assert bench.node.fault == "printer: failed: no paper"
    bench.disk.fill_up()
    bench.press()
    assert "no paper" in bench.node.fault
    assert "cannot write a record" in bench.node.fault
    bench.disk.make_room()
    bench.press()
    bench.printed(3)
    assert bench.node.fault == ""


def test_a_printer_without_a_word_is_unknown_and_does_not_hold_up_the_next() -> None:
    """Its word, when it comes at last, changes nothing."""
    bench = Bench(online=False)
    bench.press()
    bench.press("subsidy")
    bench.wait(PRINT_MS - 1)
    assert len(bench.paper.jobs) == 1
    bench.wait(1)
    assert len(bench.paper.jobs) == 2
    bench.printed(1)
    bench.wait(DOUBT_MS)  # nobody asked for a copy
    outcomes = [(r["visit"], r["outcome"]) for r in bench.records() if r["kind"] == "printed"]
    assert outcomes[0] == (f"{1:016x}", "unknown")


def test_nothing_is_due_while_nobody_is_there() -> None:
    """The program may sleep."""
    bench = Bench()
    assert bench.counter.due(bench.clock.now) is None


def outcomes(bench: Bench) -> list[tuple[str, str]]:
    """(outcome, detail) of each visit that has one."""
    return [(r["outcome"], r["detail"]) for r in bench.records() if r["kind"] == "printed"]


def test_a_doubt_gives_one_copy_with_the_same_number() -> None:
    """And the press after that a new one; each visit has one outcome on record."""
    bench = Bench(online=False)
    bench.press()
    bench.printed(1, "unknown", "it broke off")
    assert outcomes(bench) == []
    bench.press()
    assert [visit for visit, _ in bench.paper.jobs] == [f"{1:016x}"] * 2
    assert "КОПІЯ".encode("cp1251") in bench.paper.jobs[1][1]
    assert b"1-001" in bench.paper.jobs[1][1]
    bench.printed(1, "unknown", "again")
    assert outcomes(bench) == [("unknown", "as a copy, after a doubt: again")]
    bench.press()
    assert bench.issued() == [("А1-001", "dispenser"), ("А1-002", "dispenser")]


def test_a_copy_that_fails_leaves_the_doubt_about_the_ticket() -> None:
    """Nothing of the copy is on paper, but perhaps all of the first one."""
    bench = Bench(online=False)
    bench.press()
    bench.printed(1, "unknown", "it broke off")
    bench.press()
    bench.printed(1, "failed", "no paper")
    assert outcomes(bench) == [("unknown", "as a copy, after a doubt: no paper")]


def test_a_ticket_after_a_doubt_is_kept_apart_from_the_half_one() -> None:
    """Until one is printed; a failed one, of which nothing was sent, changes nothing."""
    bench = Bench(online=False)
    for visit, (outcome, service) in enumerate(
        [
            ("printed", "passport"),
            ("unknown", "passport"),
            ("failed", "subsidy"),
            ("printed", "subsidy"),
        ],
        1,
    ):
        bench.press(service)
        bench.printed(visit, outcome)
    bench.press("subsidy")
    apart = text_layout("ЦНАП").apart
    assert [job.startswith(apart) for _, job in bench.paper.jobs] == [
        False,
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(("said", "apart"), [(None, True), ("unknown", True), ("printed", False)])
def test_the_first_ticket_after_a_start_is_kept_apart_if_the_last_one_may_be_half(
    said: str | None, apart: bool
) -> None:
    """The card knows: no outcome, or a doubt."""
    bench = Bench(online=False)
    bench.press()
    if said is not None:
        bench.printed(1, said)
        bench.counter.end()
    bench.restart()
    bench.press()
    ((_, job),) = bench.paper.jobs
    assert job.startswith(text_layout("ЦНАП").apart) is apart


def test_an_outcome_that_the_card_refused_is_written_later() -> None:
    """Until then the visit stays open on the card, for a start to find."""
    bench = Bench(online=False)
    bench.press()
    bench.disk.stumble()
    bench.printed(1)
    assert outcomes(bench) == []
    assert bench.log.hold == 1
    assert bench.counter.due(bench.clock.now) == PAY_MS
    bench.wait(PAY_MS)
    assert outcomes(bench) == [("printed", "")]
    assert bench.log.hold == 0
    assert bench.counter.due(bench.clock.now) is None


def test_what_a_start_must_know_of_half_a_ticket_stays_on_the_card() -> None:
    """Over as many starts as it takes, until a ticket is printed."""
    bench = Bench(online=False)
    bench.press()
    for _ in range(2):
        bench.restart()
        assert bench.log.hold > 0
    bench.press()
    assert bench.paper.jobs[0][1].startswith(text_layout("ЦНАП").apart)
    bench.printed(2)
    assert bench.log.hold == 0


def test_a_doubt_ends_and_is_nobody_elses() -> None:
    """Who presses later, or for another service, gets a number of their own."""
    bench = Bench(online=False)
    bench.press()
    bench.printed(1, "unknown", "it broke off")
    bench.press("subsidy")
    bench.printed(2)
    bench.wait(DOUBT_MS)
    assert outcomes(bench) == [("printed", ""), ("unknown", "it broke off")]
    bench.press()
    assert bench.issued()[-1] == ("А1-003", "dispenser")


def test_a_printer_that_is_out_costs_no_number() -> None:
    """The press counts as not taken; after the roll is changed nothing prints by itself."""
    bench = Bench(online=False)
    bench.counter.on_status("no paper", "")
    bench.press()
    assert bench.issued() == [] and bench.paper.jobs == []
    assert [r["count"] for r in bench.records() if r["kind"] == "missed"] == [1]
    assert "no paper" in bench.node.fault
    bench.counter.on_status("", "the paper is near its end")
    assert bench.paper.jobs == []
    assert "near its end" in bench.node.fault
    bench.press()
    assert bench.issued() == [("А1-001", "dispenser")]


def test_a_start_tells_of_the_ticket_that_was_at_the_printer_and_repeats_nothing() -> None:
    """Also if the gateway has acknowledged it: until it has an outcome it stays on the card."""
    bench = Bench(online=False)
    bench.press()
    assert bench.log.hold == 1
    bench.restart()
    assert bench.paper.jobs == []
    assert outcomes(bench) == [("unknown", "the program ended while it printed")]


# ---- closed services ----------------------------------------------------------------------------
AT = 1_800_000_000_000  # the bench's clock: Friday, 15.01.2027, 10:00 in Kyiv
CLOSED = Service("А", "Паспорт", "Passport", Hours({"fri": "11:00-17:00"}))
LIMITED = Service("А", "Паспорт", limit=2)


def offering(service: Service, online: bool = False) -> Bench:
    """A bench that offers this service, and another one as ever."""
    bench = Bench(online)
    bench.counter.use(text_layout("ЦНАП"), {**SERVICES, "passport": service})
    return bench


def declined(bench: Bench) -> list[tuple[str, str]]:
    """(reason, by) of each visitor who got no ticket."""
    return [(r["reason"], r["by"]) for r in bench.records() if r["kind"] == "declined"]


def paper(bench: Bench) -> list[str]:
    """What was printed, as text."""
    return [data.decode("cp1251", "replace") for _, data in bench.paper.jobs]


def test_a_closed_service_takes_no_number_and_says_why_on_paper() -> None:
    """With the next opening; it is on record before, and is no missed press."""
    bench = offering(CLOSED)
    assert "passport" not in bench.counter.serving()
    assert "subsidy" in bench.counter.serving()
    bench.press()
    assert declined(bench) == [("closed", "dispenser")]
    assert [r["kind"] for r in bench.records()] == ["declined"]
    (slip,) = paper(bench)
    assert "Зараз не приймаємо" in slip.replace("\n", " ")
    assert "15.01.2027, 11:00" in slip.replace("\n", " ")
    assert "001" not in slip
    bench.printed(1)
    assert not bench.counter.busy
    assert outcomes(bench) == []
    assert Series(bench.own, lambda: None, lambda: "0" * 16).take() == 1


def test_who_goes_on_pressing_gets_one_notice_and_is_counted_each_time() -> None:
    """One in ten seconds, of each service."""
    bench = offering(CLOSED)
    bench.press()
    bench.printed(1)
    for _ in range(5):
        bench.press()
    assert len(bench.paper.jobs) == 1
    assert len(declined(bench)) == 6
    bench.wait(NOTICE_EVERY_MS)
    bench.press()
    assert len(bench.paper.jobs) == 2


def test_a_ticket_waits_for_the_notice_before_it() -> None:
    """The printer has one job at a time; and a notice that nobody saw is no doubt."""
    bench = offering(CLOSED)
    bench.press()
    bench.press("subsidy")
    assert len(bench.paper.jobs) == 1
    bench.printed(1, "unknown", "no word")
    assert [number for number, _ in bench.issued()] == ["Б1-001"]
    bench.printed(2)
    bench.press()
    assert len(bench.paper.jobs) == 2  # no copy of a notice


def test_without_paper_nothing_is_printed_and_it_is_on_record() -> None:
    """As declined, not as missed: there would have been no ticket anyway."""
    bench = offering(CLOSED)
    bench.counter.on_status("no paper", "")
    bench.press()
    assert bench.paper.jobs == []
    assert declined(bench) == [("closed", "dispenser")]
    assert [r for r in bench.records() if r["kind"] == "missed"] == []


def test_without_a_clock_it_is_open() -> None:
    """A visitor is not sent away because a clock is not set."""
    bench = offering(CLOSED)
    bench.clock.at = lambda: None  # type: ignore[method-assign]
    assert "passport" in bench.counter.serving()
    bench.press()
    assert bench.issued() == [("А1-001", "dispenser")]


@pytest.mark.parametrize("reason", ["closed", "limit"])
def test_the_gateway_declines_for_the_whole_hall(reason: str) -> None:
    """Also what looks open from here; nothing of the own series is taken then."""
    bench = Bench()
    bench.press()
    bench.answer(1, declined=reason)
    assert declined(bench) == [(reason, "gateway")]
    assert bench.issued() == []
    assert len(bench.paper.jobs) == 1


def test_the_gateway_may_know_better_than_this_clock() -> None:
    """What looks closed from here is asked for all the same; if it is silent, it stays closed."""
    bench = offering(CLOSED, online=True)
    bench.press()
    bench.answer(1, number="А001")
    bench.printed(1)
    assert bench.issued() == [("А001", "gateway")]
    bench.press()
    bench.wait(ASK_MS)
    assert declined(bench) == [("closed", "dispenser")]


def test_past_its_limit_a_service_is_dark_until_the_next_day() -> None:
    """Counted by what this dispenser issued; the other services go on."""
    bench = offering(LIMITED)
    for visit in (1, 2):
        bench.press()
        bench.printed(visit)
    assert "passport" not in bench.counter.serving()
    bench.press()
    assert declined(bench) == [("limit", "dispenser")]
    assert "Талонів на сьогодні" in paper(bench)[-1].replace("\n", " ")
    bench.clock.at = lambda: AT + 86_400_000  # type: ignore[method-assign]
    assert "passport" in bench.counter.serving()


def test_a_limit_is_known_after_a_restart_as_far_as_the_card_tells() -> None:
    """What was issued today and is still on the card counts."""
    bench = offering(LIMITED)
    for visit in (1, 2):
        bench.press()
        bench.printed(visit)
    log = FileLog(bench.disk.restore(), lambda: "f" * 16)
    node = Node("kyiv-1", "dispenser-1", log, bench.clock, "0.1.0")
    series = Series(bench.own, lambda: None, lambda: "0" * 16)
    layout, services = text_layout("ЦНАП"), {"passport": LIMITED}
    again = Counter(node, series, bench.paper, layout, services, "1", lambda: "e" * 16)
    assert "passport" not in again.serving()


def test_what_the_gateway_says_is_left_holds_when_it_is_gone() -> None:
    """Its answer counts this visit already."""
    bench = offering(Service("А", "Паспорт", limit=50), online=True)
    bench.press()
    bench.answer(1, number="А049", left={"passport": 1})
    bench.printed(1)
    bench.node.on_link(False)
    bench.press()
    bench.printed(2)
    assert [number for number, _ in bench.issued()] == ["А049", "А1-001"]
    bench.press()
    assert declined(bench) == [("limit", "dispenser")]


def test_a_declined_press_that_cannot_be_written_is_missed() -> None:
    """Nothing is said that is not on disk."""
    bench = offering(CLOSED)
    bench.disk.fill_up()
    bench.press()
    assert bench.paper.jobs == []
    bench.disk.make_room()
    bench.press()
    assert [r["count"] for r in bench.records() if r["kind"] == "missed"] == [1]
    assert len(declined(bench)) == 1


# ---- what the queue says ------------------------------------------------------------------------
def test_people_ahead_and_the_expected_wait_are_on_the_ticket_and_on_its_copy() -> None:
    """As the gateway said them with the number."""
    bench = Bench()
    bench.press()
    bench.answer(1, number="А042", ahead=4, wait=[10, 20])
    bench.printed(1, "unknown", "it broke off")
    bench.press()
    for slip in paper(bench):
        assert "Перед вами: 4 особи" in slip
        assert "Очікування: 10" in slip
    assert len(paper(bench)) == 2


def test_absurd_figures_are_not_on_the_ticket() -> None:
    """The number is."""
    bench = Bench()
    bench.press()
    bench.answer(1, number="А042", ahead=-3, wait=[20, 10])
    (slip,) = paper(bench)
    assert "042" in slip
    assert "Перед вами" not in slip
    assert "Очікування" not in slip
