"""Services that give no tickets now: one decision for the whole hall, whoever is asked."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.numbering import Numbering
from gateway.roster import Device, Service
from tests.gateway.bench import HOUR, NOON, Bench, StepClock, ask
from tests.gateway.hall import Machine

KYIV = ZoneInfo("Europe/Kyiv")
DEVICES = [Device("disp-1", "dispenser", mark="1"), Device("disp-2", "dispenser", mark="2")]
HOURS = {"mon": "08:00-17:00", "tue": "08:00-20:00", "sun": ""}
SERVICES = [
    Service("passport", "А", "Паспорт", limit=4),
    Service("subsidy", "Б", "Субсидії", hours={"mon": "13:00-15:00"}),
]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Monday, noon."""
    return Bench(tmp_path, device=DEVICES, service=SERVICES, hours=HOURS)


def visit(number: int) -> str:
    """Unlike any that a machine takes."""
    return f"{0xFACE0000 + number:016x}"


@pytest.mark.parametrize(
    ("hour", "service", "reason"),
    [
        (12, "passport", None), (12, "subsidy", "closed"), (13, "subsidy", None),
        (15, "subsidy", "closed"), (17, "passport", "closed"), (7, "passport", "closed"),
    ],
)  # fmt: skip
def test_outside_its_hours_a_service_gives_no_number(
    tmp_path: Path, hour: int, service: str, reason: str | None
) -> None:
    """Its own hours go before the office's."""
    clock = StepClock(NOON + (hour - 12) * HOUR)
    bench = Bench(tmp_path, clock, device=DEVICES, service=SERVICES, hours=HOURS)
    answer = bench.ask(service=service)
    assert answer.get("declined") == reason
    assert ("number" in answer) == (reason is None)
    assert "error" not in answer


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_in_the_nights_when_the_clocks_change_wall_time_decides(
    tmp_path: Path, day: str, hours: int
) -> None:
    """A service that is open from 02:00 to 04:00 on that Sunday."""
    night = [Service("passport", "А", "Паспорт", hours={"sun": "02:00-04:00"})]
    midnight = int(datetime.fromisoformat(day).replace(tzinfo=KYIV).timestamp() * 1000)
    bench = Bench(tmp_path, StepClock(midnight), service=night)
    found = []
    for hour in range(6):
        bench.clock.ms = midnight + hour * HOUR
        found.append("declined" not in bench.ask(visit(hour)))
    assert found == [False, False, True, hours == 25, hours == 25, False]


def test_a_visitor_who_has_a_number_keeps_it_after_closing_time(bench: Bench) -> None:
    """Asking again changes nothing."""
    number = bench.ask()["number"]
    bench.clock.ms = NOON + 6 * HOUR
    assert bench.ask()["number"] == number


class Unset(StepClock):
    """There is a time service, and it has not set the clock since the power came back."""

    def synced(self) -> bool | None:
        return False


def test_while_the_gateway_does_not_know_the_time_nobody_is_sent_away(tmp_path: Path) -> None:
    """It gives no numbers, so the dispensers do; or it has gone on without the time."""
    bench = Bench(tmp_path, Unset(NOON + 6 * HOUR), device=DEVICES, hours=HOURS)
    assert "declined" not in bench.ask()
    bench.clock.ms += HOUR
    assert bench.ask()["number"] == "А001"


def test_the_limit_is_that_of_the_whole_hall(bench: Bench) -> None:
    """Every answer says how many are left."""
    left = [
        bench.ask(visit(i), node=f"disp-{i % 2 + 1}").get("left", {}).get("passport")
        for i in range(4)
    ]
    assert left == [3, 2, 1, 0]
    refused = bench.ask(visit(9))
    assert (refused["declined"], refused["left"]) == ("limit", {"passport": 0})
    assert bench.ask(visit(0))["number"] == "А001"


def test_a_new_day_has_all_its_numbers(bench: Bench) -> None:
    for i in range(5):
        bench.ask(visit(i))
    bench.clock.ms = NOON + 24 * HOUR
    answer = bench.ask(visit(9))
    assert (answer["number"], answer["left"]) == ("А001", {"passport": 3})


@pytest.mark.parametrize("restarts", [False, True])
def test_what_a_dispenser_issued_alone_counts_when_it_is_back(bench: Bench, restarts: bool) -> None:
    """And is not counted twice, over restarts."""
    one, two = Machine(bench, "disp-1", "1"), Machine(bench, "disp-2", "2", online=False)
    one.press()
    for _ in range(2):
        two.press()
    assert bench.ask(visit(1))["left"] == {"passport": 2}
    two.connect(True)
    if restarts:
        bench.restart()
    assert bench.ask(visit(2))["left"] == {"passport": 0}
    assert bench.ask(visit(3))["declined"] == "limit"


def test_a_visit_with_two_numbers_is_one(bench: Bench) -> None:
    """The gateway's answer was too late, and the dispenser took one of its own."""
    two = Machine(bench, "disp-2", "2", online=False)
    two.press()
    (job,) = two.jobs
    bench.handle(ask(job.visit, node="disp-2"))
    two.connect(True)
    assert bench.ask(visit(1))["left"] == {"passport": 2}


def test_a_number_whose_commit_failed_is_not_counted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next who asks gets it."""

    def fail(*_: object) -> None:
        raise OSError("disk")

    with monkeypatch.context() as patch:
        patch.setattr(Numbering, "store", fail)
        with pytest.raises(OSError, match="disk"):
            bench.ask()
    assert bench.ask()["left"] == {"passport": 3}


def test_who_was_declined_is_in_the_journal_and_in_the_account(bench: Bench) -> None:
    """As no visit, and as no missed press."""
    machine = Machine(bench, "disp-1", "1")
    machine.press("subsidy")
    (record,) = (r for r in bench.records() if r.__struct_config__.tag == "declined")
    assert (record.reason, record.by, record.status) == ("closed", "gateway", "counted")
    kinds = [row[0] for row in bench.journal._db.execute("SELECT kind FROM account")]
    assert kinds == ["declined"]
