"""Visits in the order of their issue, whoever numbered them and whenever they are heard of."""

import json
import sqlite3
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from gateway.cli import cli
from gateway.roster import Device
from gateway.visits import IssuedVisit, day_bounds
from tests.gateway.bench import HOUR, NOON, VISIT, Bench, Box, StepClock
from tests.gateway.hall import Machine
from tests.gateway.test_config import GOOD
from wire.batch import Mark
from wire.hop import Sender

KYIV = ZoneInfo("Europe/Kyiv")
MONDAY = date(2026, 10, 26)
TUESDAY = date(2026, 10, 27)
DEVICES = [Device("disp-1", "dispenser", mark="1"), Device("disp-2", "dispenser", mark="2")]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, device=DEVICES)


def visits(bench: Bench, day: date = MONDAY, service: str = "") -> list[IssuedVisit]:
    """A day's, as they are read."""
    return list(bench.journal.visits.between(*day_bounds(day, KYIV), service))


def numbers(bench: Bench, day: date = MONDAY) -> list[str]:
    """As printed, in the order of issue."""
    return [visit.number for visit in visits(bench, day)]


def issued(box: Box, number: str = "А001", visit: str = VISIT, after: int = 1_000) -> None:
    """A dispenser writes that it gave a ticket."""
    said = {"visit": visit, "service": "passport", "number": number, "by": "dispenser"}
    box.say("issued", after, at=None, **said)


def printed(box: Box, outcome: str = "printed", visit: str = VISIT) -> None:
    """And what became of its paper."""
    box.say("printed", at=None, visit=visit, service="passport", outcome=outcome)


# ---- the hall -----------------------------------------------------------------------------------
def test_the_gateways_numbers_come_in_order_from_several_dispensers(bench: Bench) -> None:
    """Each with its outcome, from the moment that its record is stored."""
    one, two = Machine(bench, "disp-1", "1"), Machine(bench, "disp-2", "2")
    for machine in (one, two, two, one):
        machine.press()
        bench.clock.ms += 1_000
    assert numbers(bench) == ["А001", "А002", "А003", "А004"]
    assert {(v.outcome, v.by, v.clock) for v in visits(bench)} == {("printed", "gateway", "set")}


def test_a_dispenser_that_was_alone_joins_in_the_order_of_issue(bench: Bench) -> None:
    """Not behind those who came later, and the gateway's own order is not disturbed."""
    one, two = Machine(bench, "disp-1", "1"), Machine(bench, "disp-2", "2")
    two.connect(False)
    for machine in (one, two, one, two, two, one):
        bench.clock.ms += 60_000
        machine.press()
    assert numbers(bench) == ["А001", "А002", "А003"]
    two.connect(True)
    assert numbers(bench) == ["А001", "А2-001", "А002", "А2-002", "А2-003", "А003"]
    assert [v.by for v in visits(bench)].count("dispenser") == 3


def test_over_midnight_and_restarts_nothing_is_reset_and_no_day_sees_a_number_twice(
    bench: Bench,
) -> None:
    """Of both: the dispenser that is alone, and the gateway."""
    one, two = Machine(bench, "disp-1", "1"), Machine(bench, "disp-2", "2")
    two.connect(False)
    bench.clock.ms = NOON + 12 * HOUR - 120_000
    for _ in range(2):
        one.press()
        two.press()
        bench.clock.ms += 50_000
    two.start(online=False)
    bench.restart()
    one.connect(True)
    bench.clock.ms += 60_000  # it is Tuesday
    for _ in range(2):
        one.press()
        two.press()
        bench.clock.ms += 50_000
    two.start(online=True)
    assert numbers(bench) == ["А001", "А2-001", "А002", "А2-002"]
    assert numbers(bench, TUESDAY) == ["А001", "А2-003", "А002", "А2-004"]
    bench.restart()
    assert len(numbers(bench) + numbers(bench, TUESDAY)) == 8
    one.press()
    assert numbers(bench, TUESDAY)[-1] == "А003"


def test_a_dispenser_without_a_clock_is_placed_by_its_ups(bench: Bench) -> None:
    """It never knew the date, and yet the order is right."""
    one, two = Machine(bench, "disp-1", "1"), Machine(bench, "disp-2", "2")
    two.start(online=False, clock_known=False)
    for machine in (two, one, two, one):
        bench.clock.ms += 60_000
        machine.press()
    two.connect(True)
    assert numbers(bench) == ["А2-001", "А001", "А2-002", "А002"]
    assert [visit.clock for visit in visits(bench)] == ["placed", "set", "placed", "set"]


# ---- what is a visit ----------------------------------------------------------------------------
def test_tickets_of_the_same_moment_are_in_the_order_of_name_and_log(bench: Bench) -> None:
    """Whoever is heard first."""
    boxes = {node: Box(node, epoch) for node, epoch in (("disp-2", "b" * 16), ("disp-1", "a" * 16))}
    for i, node in enumerate(("disp-2", "disp-2", "disp-1")):
        issued(boxes[node], f"{node}/{i}", f"{i:016x}", after=0)
    for box in boxes.values():
        bench.handle(box.batch())
    assert numbers(bench) == ["disp-1/2", "disp-2/0", "disp-2/1"]


def test_the_outcome_of_the_paper_follows(bench: Bench) -> None:
    """In the same batch, or in a later one; without a visit it is nothing."""
    box = Box("disp-1")
    printed(box, visit="f" * 16)
    issued(box)
    bench.handle(box.batch())
    assert [visit.outcome for visit in visits(bench)] == [""]
    printed(box, "failed")
    bench.handle(box.batch(3))
    assert [visit.outcome for visit in visits(bench)] == ["failed"]


def test_what_comes_again_is_one_visit(bench: Bench) -> None:
    """Also from a card that was rolled back."""
    box = Box("disp-1")
    issued(box)
    bench.handle(box.batch(), box.batch())
    box.epoch = "b" * 16
    bench.handle(box.batch())
    assert len(visits(bench)) == 1


def test_a_strangers_tickets_are_no_visits(bench: Bench) -> None:
    """Nobody knows whose they are; they are in the journal as `unknown`."""
    box = Box("disp-9")
    issued(box)
    bench.handle(box.batch())
    assert visits(bench) == []


def test_a_service_alone_can_be_asked_for(bench: Bench) -> None:
    """In its own order."""
    one = Machine(bench, "disp-1", "1")
    for service in ("passport", "subsidy", "passport"):
        one.press(service)
        bench.clock.ms += 1_000
    assert [v.number for v in visits(bench, service="passport")] == ["А001", "А002"]


class NewBoard(StepClock):
    """It has just booted, and does not know the date yet."""

    def up(self) -> int:
        return 60_000


def test_what_was_held_while_the_time_was_unknown_gets_its_place(tmp_path: Path) -> None:
    """When the gateway knows the time, as in the journal."""
    bench = Bench(tmp_path, NewBoard(1_000_000), device=DEVICES)
    box = Box("disp-1")
    issued(box)
    bench.handle(box.batch())
    assert visits(bench) == []
    bench.clock.ms = NOON
    bench.office.tend()
    (visit,) = visits(bench)
    (row,) = bench.records()
    assert (visit.at, visit.clock) == (row.at, row.clock) == (NOON, "placed")


def test_visits_go_with_the_rows_of_the_journal_and_not_before(bench: Bench) -> None:
    """Old ones that the city does not have stay."""
    box = Box("disp-1")
    for i in range(3):
        issued(box, f"А1-{i}", f"{i:016x}")
    bench.handle(box.batch(1, 1))
    bench.clock.ms += HOUR
    bench.handle(box.batch(2))
    assert bench.journal.forget(bench.clock.ms + HOUR) == 0
    assert len(visits(bench)) == 3
    sender = Sender(bench.journal.log, "c0c0c0c0")
    while sender.next_batch(0) is not None:
        pass
    sender.on_mark(Mark(bench.journal.log.epoch, 3, 0), 0)
    assert bench.journal.forget(bench.clock.ms + HOUR) == 1
    assert numbers(bench) == ["А1-1", "А1-2"]


# ---- an older journal ---------------------------------------------------------------------------
BACK_TO_2 = "DROP TABLE visit; PRAGMA user_version=2;"


def test_a_journal_of_before_there_were_visits_is_led_on(bench: Bench) -> None:
    """With all the visits that its rows tell of, in the same order and with their outcomes."""
    one, two = Machine(bench, "disp-1", "1"), Machine(bench, "disp-2", "2", online=False)
    for machine in (one, two, one, two):
        bench.clock.ms += 60_000
        machine.press()
    two.connect(True)
    before = visits(bench)
    bench.journal.close()
    with sqlite3.connect(bench.config.journal_path()) as db:
        db.executescript(BACK_TO_2)
    db.close()
    bench.open()
    assert len(before) == 4
    assert visits(bench) == before


# ---- days, and the command ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (MONDAY, 24)],
)
def test_a_day_is_the_offices_from_midnight_to_midnight(day: date, hours: int) -> None:
    """Also when the clocks change."""
    begin, end = day_bounds(day, KYIV)
    assert (end - begin) == hours * HOUR


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An office of two visits, one without a clock."""
    bench = Bench(tmp_path / "data", device=DEVICES)
    Machine(bench, "disp-1", "1").press()
    bench.clock.ms += 1_000
    two = Machine(bench, "disp-2", "2", online=False)
    two.press("subsidy")
    two.connect(True)
    bench.journal.close()
    path = tmp_path / "office.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def run(config: Path, *more: str) -> tuple[int, str]:
    """The command's exit code, and what it says."""
    result = CliRunner().invoke(cli, ["visits", "--config", str(config), *more])
    return result.exit_code, result.output


def test_the_command_shows_a_day_as_a_table(config: Path) -> None:
    code, said = run(config, "--day", "2026-10-26")
    assert (code, said.splitlines()[0].split()[:2]) == (0, ["issued", "number"])
    assert "А001    passport  gateway    disp-1     printed" in said
    assert "Б2-001  subsidy   dispenser  disp-2     printed" in said
    assert said.endswith("2026-10-26: 2 visits, 1 numbered by dispensers, 2 tickets printed\n")


def test_the_command_speaks_to_programs_and_of_one_service(config: Path) -> None:
    code, said = run(config, "--day", "2026-10-26", "--service", "subsidy", "--json")
    (visit,) = (json.loads(line) for line in said.splitlines())
    assert (code, visit["number"], visit["by"], visit["clock"]) == (0, "Б2-001", "dispenser", "set")


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (("--day", "2026-10-25"), 0, "2026-10-25: no visits"),
        (("--day", "26.10.2026"), 2, "does not match the format"),
        (("--service", "passports"), 2, "Did you mean 'passport'?"),
        (("--service", "zzz"), 2, "There are: passport, subsidy."),
        (("--help",), 0, "--day 2026-10-26 --service passport"),
    ],
)
def test_the_command_says_what_it_cannot_do(
    config: Path, more: tuple[str, ...], code: int, said: str
) -> None:
    found, output = run(config, *more)
    assert found == code
    assert said in output
