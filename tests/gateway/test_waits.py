"""What tickets say of the wait, from the gateway's answer to the day's calibration."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli import cli
from gateway.queue.hall import Desk
from gateway.queue_config import Queue
from gateway.reception import Reception
from tests.gateway.bench import NOON, VISIT, Bench, Box
from tests.gateway.hall import Machine
from tests.gateway.test_config import GOOD
from wire.records import TicketTemplate

MIN = 60_000
STATED = Queue(minutes={"subsidy": 5.0})


def reception(bench: Bench) -> Reception:
    assert bench.office.reception is not None
    return bench.office.reception


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An office with one desk, at which Olena serves; a subsidy is said to take five minutes."""
    opened = Bench(tmp_path / "data", desk=[Desk("1")], queue=STATED)
    reception(opened).post("opened", "1", "olena", NOON)
    return opened


def ask(bench: Bench, visit: int) -> dict[str, Any]:
    """A dispenser asks, and the visitor joins the queue."""
    answer: dict[str, Any] = bench.ask(f"{visit:016x}", "subsidy")
    box = Box("disp-1", epoch=f"{visit:016x}")
    number = answer["number"]
    said = {"visit": f"{visit:016x}", "service": "subsidy", "number": number, "by": "gateway"}
    box.say("issued", at=bench.clock.ms, **said)
    bench.handle(box.batch())
    return answer


def call(bench: Bench) -> None:
    """The next one is called, comes, and is gone in the same moment."""
    visit = reception(bench).call_next("1", "olena", bench.clock.ms)
    assert visit is not None
    reception(bench).act("served", visit.id, "olena", bench.clock.ms, "1")
    reception(bench).act("finished", visit.id, "olena", bench.clock.ms, "1")


def test_the_answer_says_who_is_ahead_and_how_long_it_will_take(bench: Bench) -> None:
    """Each minds those before."""
    said = [ask(bench, visit) for visit in (1, 2, 3)]
    assert [(one["ahead"], one["wait"]) for one in said] == [
        (0, [0, 0]),
        (1, [5, 5]),
        (2, [10, 10]),
    ]


def test_asking_again_changes_nothing_of_it(bench: Bench) -> None:
    """Whoever came meanwhile, and also after a restart."""
    first = bench.ask(VISIT, "subsidy")
    ask(bench, 1)
    assert bench.ask(VISIT, "subsidy") == first
    bench.restart()
    assert bench.ask(VISIT, "subsidy") == first


def test_what_is_not_known_is_left_out(bench: Bench) -> None:
    """Nobody serves, or nobody knows how long a service takes; people are still counted."""
    passport = bench.ask("00000000000000b1", "passport")
    assert (passport["ahead"], "wait" in passport) == (0, False)
    reception(bench).post("closed", "1", "olena", NOON)
    subsidy = ask(bench, 2)
    assert (subsidy["ahead"], "wait" in subsidy) == (0, False)


def test_what_does_not_stand_on_the_tickets_is_not_told(tmp_path: Path) -> None:
    """It would be worked out for nothing, and be held against a wait that nobody was told."""
    ticket = TicketTemplate(show=("number", "service"))
    bench = Bench(tmp_path / "bare", desk=[Desk("1")], queue=STATED, ticket=ticket)
    reception(bench).post("opened", "1", "olena", NOON)
    assert not {"ahead", "wait"} & set(ask(bench, 1))
    assert reception(bench).calibration().told == 0


def test_an_office_without_a_queue_says_nothing_of_it(tmp_path: Path) -> None:
    """It is as it was."""
    assert not {"ahead", "wait"} & set(Bench(tmp_path).ask())


def test_it_stands_on_the_paper(bench: Bench) -> None:
    """By way of a real dispenser."""
    ask(bench, 1)
    machine = Machine(bench, "disp-1", "1")
    machine.press("subsidy")
    paper = machine.jobs[0].render()
    assert "Перед вами: 1 особа".encode("cp1251") in paper
    assert "Очікування: 5 хв".encode("cp1251") in paper


def test_the_day_s_calibration_says_how_often_it_was_right(bench: Bench) -> None:
    """One waits as told, one longer, one is not called yet."""
    for visit in (1, 2, 3):
        ask(bench, visit)
    call(bench)
    bench.clock.ms += 9 * MIN
    call(bench)
    found = reception(bench).calibration()
    assert (found.told, found.n, found.inside, found.later, found.share) == (3, 2, 1, 1, 0.5)


def test_who_was_told_nothing_after_all_is_not_counted(bench: Bench) -> None:
    """The answer came too late, and the dispenser's own number stands on the ticket."""
    bench.ask("00000000000000a5", "subsidy")
    box = Box("disp-1")
    said = {"visit": "00000000000000a5", "service": "subsidy", "number": "Б1-001"}
    box.say("issued", 1_000, bench.clock.ms, by="dispenser", **said)
    bench.handle(box.batch())
    assert reception(bench).calibration().told == 0


@pytest.fixture
def config(bench: Bench, tmp_path: Path) -> Path:
    """The config of that office, after two visits."""
    ask(bench, 1)
    ask(bench, 2)
    call(bench)
    bench.clock.ms += 30 * MIN
    call(bench)
    bench.journal.close()
    path = tmp_path / "office.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def run(config: Path, *more: str) -> str:
    result = CliRunner().invoke(cli, ["waits", "--config", str(config), *more])
    assert result.exit_code == 0
    return result.output


def test_the_command_says_it_in_both_languages(config: Path) -> None:
    """With how many that is."""
    said = run(config, "--day", "2026-10-26")
    assert "очікування збулося: 1 з 2 (50 %; має бути близько 80 %)" in said
    assert "чекали менше: 0, більше: 1; медіана проміжку: 0 хв" in said
    assert "the wait was as told: 1 of 2 (50 %" in run(
        config, "--day", "2026-10-26", "--lang", "en"
    )


def test_the_command_speaks_to_programs(config: Path) -> None:
    """All of it."""
    said = json.loads(run(config, "--day", "2026-10-26", "--json"))
    found = {"told": 2, "unknown": 0, "inside": 1, "sooner": 0, "later": 1, "share": 0.5}
    assert said == {"day": "2026-10-26", "n": 2, "width": 0.0, **found}


def test_a_day_without_anything_has_no_share(config: Path) -> None:
    """And says so."""
    assert "порівнювати ще нічого" in run(config, "--day", "2026-10-25")
    said = json.loads(run(config, "--day", "2026-10-25", "--json"))
    assert (said["n"], said["share"]) == (0, None)


def test_a_journal_from_before_is_led_on(bench: Bench) -> None:
    """It knows of nothing that was told, and keeps what is told from now on."""
    bench.journal.close()
    db = sqlite3.connect(bench.config.journal_path())
    db.executescript("DROP TABLE told; PRAGMA user_version=4")
    db.close()
    bench.open()
    assert reception(bench).calibration().told == 0
    ask(bench, 1)
    assert reception(bench).calibration().told == 1
