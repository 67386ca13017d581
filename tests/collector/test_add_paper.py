"""`talon-collector add-paper` and `paper`, beside a collector that runs."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from collector import cli as cli_module
from collector import entry_cli
from collector.ledger import LAYOUT, read_tallies
from collector.register import read_corrections, read_paper
from collector.tally import FIELDS, TAGS, lines
from tests.collector.bench import HOUR, Bench, StepClock, rating, served, visit
from tests.collector.test_config import GOOD
from tests.collector.test_paper import at
from wire.backup import copy_store, put_back

PLACE = ("--day", "2026-10-26", "--site", "kyiv-1")


class Desk:
    """A quality manager at a terminal, and the collector that runs meanwhile."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.config = folder / "city.toml"
        self.config.write_text(GOOD, encoding="utf-8")
        self.clock = StepClock(at("2026-10-26 16:30"))
        self.bench = Bench(folder / "data")
        self.bench.take(rating(1), rating(2, "unsatisfied"), served(3))
        self.bench.take(visit(1), epoch="2" * 16)
        monkeypatch.setattr(entry_cli, "SystemClock", lambda: self.clock)

    def say(self, *words: str, answer: str | None = None) -> Result:
        """A command, and what the person answers to its question."""
        return CliRunner().invoke(
            cli_module.cli, [*words, "--config", str(self.config)], input=answer
        )

    def add(self, *words: str, who: str = "Коваль О. П.") -> Result:
        """Enter without being asked."""
        return self.say("add-paper", *words, "--who", who, "--yes")

    def paper_tally(self) -> dict[str, int]:
        """The tally of what has no service, on paper."""
        rows = read_tallies(self.bench.ledger._db, "rating", HOUR, HOUR + 1)
        found = [sums for _, tags, sums in rows if tags == ("kyiv-1", "-", "-", "paper")]
        return {} if not found else dict(zip(FIELDS["rating"], found[0], strict=True))

    def count(self) -> int:
        """How many entries there are."""
        db = self.bench.ledger._db
        return int(db.execute("SELECT count(*) FROM entry").fetchone()[0])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


# ---- entering -----------------------------------------------------------------------------------
def test_paper_is_entered_while_the_collector_runs_and_the_audit_counts_it(desk: Desk) -> None:
    """In the tallies with the entry; the collector goes on writing into the same ones."""
    done = desk.add(*PLACE, "--satisfied", "31", "--unsatisfied", "4", "--timeliness", "3")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "Внесено: запис 1.")
    assert desk.paper_tally()["satisfied"] == 31
    desk.bench.take(rating(9, channel="paper", service="-", desk="-"), epoch="3" * 16)
    assert (desk.paper_tally()["satisfied"], desk.paper_tally()["unclocked"]) == (32, 35)
    assert desk.bench.sum("reason", "named") == 3
    tallies = [problem for problem in desk.bench.audit().problems if "tally" in problem]
    assert tallies == []


def test_first_it_is_shown_and_asked(desk: Desk) -> None:
    """What will be entered, what is there, and what that makes; No enters nothing."""
    desk.add(*PLACE, "--satisfied", "31")
    words = ("add-paper", *PLACE, "--satisfied", "2", "--who", "Бондар І. І.")
    shown = desk.say(*words, answer="n\n")
    assert "задоволені 2" in shown.output and "задоволені 31" in shown.output
    assert "Разом після внесення:\n  2026-10-26 kyiv-1: задоволені 33" in shown.output
    assert (shown.exit_code, desk.count()) == (1, 1)
    assert desk.say(*words, answer="y\n").exit_code == 0
    assert (desk.count(), desk.paper_tally()["satisfied"]) == (2, 33)


def test_a_dry_run_enters_nothing(desk: Desk) -> None:
    before = desk.bench.all()
    shown = desk.say("add-paper", *PLACE, "--satisfied", "31", "--who", "К", "--dry-run")
    assert "Перевірка: нічого не внесено." in shown.output
    assert (desk.count(), desk.bench.all()) == (0, before)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--satisfied", "1", "--site", "kiev-1"), "немає підрозділу 'kiev-1'. Можливо, 'kyiv-1'?"),
        (("--satisfied", "1", "--site", "lviv"), "Відомі: kyiv-1, kyiv-2"),
        (("--satisfied", "1", "--service", "pasport"), "Можливо, 'passport'?"),
        (("--satisfied", "-1"), "задоволені: -1 менше нуля"),
        (("--satisfied", "1", "--day", "2026-10-27"), "2026-10-27 ще не настало"),
        (("--satisfied", "1", "--who", "root"), "не називає особу"),
        ((), "жодної кількості"),
        (("--satisfied", "1", "--correct", "9"), "немає запису 9"),
        (("--correcting", "9", "--satisfied", "1", "--reason", "x"), "немає запису 9"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_changes_nothing(
    desk: Desk, words: tuple[str, ...], said: str
) -> None:
    """One line, exit status 1."""
    before = desk.bench.all()
    refused = desk.say("add-paper", *PLACE, "--who", "К", "--yes", *words)
    assert refused.exit_code == 1 and said in refused.output
    assert refused.output.startswith("talon-collector: ") and refused.output.count("\n") == 1
    assert (desk.count(), desk.bench.all()) == (0, before)


def test_in_english_if_asked(desk: Desk) -> None:
    refused = desk.say("add-paper", *PLACE, "--satisfied", "-1", "--who", "K", "--lang", "en")
    assert "satisfied: -1 is below 0" in refused.output


# ---- the same day -------------------------------------------------------------------------------
def test_on_the_same_day_an_entry_is_replaced_and_its_tallies_with_it(desk: Desk) -> None:
    desk.add(*PLACE, "--satisfied", "31", "--unsatisfied", "4")
    assert desk.add("--correct", "1", "--satisfied", "13", who="Бондар І. І.").exit_code == 0
    assert (desk.paper_tally()["satisfied"], desk.paper_tally()["unsatisfied"]) == (13, 4)
    listed = desk.say("paper", "2026-10-26").output
    assert "ЗАМІНЕНО ЗАПИСОМ 2" in listed and "замінює 1" in listed
    assert "разом:\n  2026-10-26 kyiv-1: задоволені 13, незадоволені 4\n" in listed
    assert desk.bench.audit().problems == []


def test_after_midnight_only_a_correcting_entry_is_taken(desk: Desk) -> None:
    """Both stay; the report can tell what was corrected, by whom and why."""
    desk.add(*PLACE, "--satisfied", "31")
    desk.clock.ms = at("2026-10-27 00:00")
    refused = desk.add("--correct", "1", "--satisfied", "13")
    assert "--correcting 1 --reason" in refused.output and refused.exit_code == 1
    done = desk.add("--correcting", "1", "--satisfied", "-18", "--reason", "описка")
    assert "задоволені −18" in done.output and done.exit_code == 0
    assert desk.paper_tally()["satisfied"] == 13
    (correction,) = read_corrections(desk.bench.ledger._db, "2026-10-01", "2026-11-01")
    assert (correction.day, correction.reason, correction.body.corrects) == (
        "2026-10-26",
        "описка",
        1,
    )
    assert read_corrections(desk.bench.ledger._db, "2026-11-01", "2026-12-01") == []
    assert desk.bench.audit().problems == []


def test_a_sum_below_nought_is_refused(desk: Desk) -> None:
    desk.add(*PLACE, "--satisfied", "3")
    desk.clock.ms = at("2026-10-28 09:00")
    refused = desk.add("--correcting", "1", "--satisfied", "-4", "--reason", "описка")
    assert "задоволені = -1, менше нуля" in refused.output
    assert desk.paper_tally()["satisfied"] == 3


def test_who_is_asked_before_midnight_and_answers_after_it_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule is looked at again when it is written."""
    desk.add(*PLACE, "--satisfied", "31")
    desk.clock.ms = at("2026-10-26 23:59")

    def thinks(*_: Any, **__: Any) -> bool:
        desk.clock.ms = at("2026-10-27 00:01")
        return True

    monkeypatch.setattr("click.confirm", thinks)
    refused = desk.say("add-paper", "--correct", "1", "--satisfied", "13", "--who", "К")
    assert refused.exit_code == 1 and "запис 1 внесено 2026-10-26" in refused.output
    assert desk.paper_tally()["satisfied"] == 31


def test_two_people_who_enter_the_same_day_at_once_do_not_both_get_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is told of the first's entry, and looks again."""

    def meanwhile(*_: Any, **__: Any) -> bool:
        monkeypatch.setattr("click.confirm", lambda *_, **__: True)
        assert desk.add(*PLACE, "--satisfied", "31", who="Бондар І. І.").exit_code == 0
        return True

    monkeypatch.setattr("click.confirm", meanwhile)
    refused = desk.say("add-paper", *PLACE, "--satisfied", "31", "--who", "Коваль О. П.")
    assert refused.exit_code == 1 and "тим часом з'явився запис 1" in refused.output
    assert desk.paper_tally()["satisfied"] == 31


def test_two_people_who_correct_one_entry_at_once_do_not_both_get_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.add(*PLACE, "--satisfied", "31")

    def meanwhile(*_: Any, **__: Any) -> bool:
        assert desk.add("--correct", "1", "--satisfied", "13", who="Бондар І. І.").exit_code == 0
        return True

    monkeypatch.setattr("click.confirm", meanwhile)
    refused = desk.say("add-paper", "--correct", "1", "--satisfied", "12", "--who", "К")
    assert refused.exit_code == 1 and "запис 1 уже замінено записом 2" in refused.output
    assert desk.paper_tally()["satisfied"] == 13


def test_the_file_itself_takes_one_replacement_only(desk: Desk) -> None:
    """Whatever a program does."""
    desk.add(*PLACE, "--satisfied", "31")
    desk.add("--correct", "1", "--satisfied", "13")
    again = (
        "INSERT INTO entry (book, subject, day, at, who, login, replaces, reason, body)"
        " SELECT book, subject, day, at, who, login, 1, reason, body FROM entry WHERE id=2"
    )
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        desk.bench.ledger._db.execute(again)


# ---- kept for ever ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "statement", ["UPDATE entry SET body='{}'", "DELETE FROM entry", "UPDATE entry SET who='x'"]
)
def test_no_statement_changes_or_deletes_an_entry(desk: Desk, statement: str) -> None:
    desk.add(*PLACE, "--satisfied", "31")
    with pytest.raises(sqlite3.IntegrityError, match="an entry is never"):
        desk.bench.ledger._db.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tally_rating SET satisfied=32 WHERE channel='paper'",
        "UPDATE tally_reason SET named=0 WHERE reason='respect'",
        "DELETE FROM tally_complaint",
        "UPDATE tally_wait SET b6=0, b7=1",
        "UPDATE tally_serve SET b4=0",
    ],
)
def test_a_tally_that_is_not_what_was_entered_does_not_balance(desk: Desk, statement: str) -> None:
    desk.add(*PLACE, "--satisfied", "31", "--respect", "1", "--complaints", "2")
    assert desk.bench.audit().problems == []
    desk.bench.change(statement)
    (problem,) = desk.bench.audit().problems
    assert "its events and entries add up to" in problem


def test_an_entry_that_somebody_took_out_does_not_balance(desk: Desk) -> None:
    desk.add(*PLACE, "--satisfied", "31")
    desk.bench.ledger._db.execute("DROP TRIGGER entry_stays")
    desk.bench.change("DELETE FROM entry")
    assert len(desk.bench.audit().problems) == 1


def test_a_backup_holds_the_entries_and_they_come_back_with_it(desk: Desk, tmp_path: Path) -> None:
    desk.add(*PLACE, "--satisfied", "31", "--complaints", "2")
    copy_store(desk.bench.path, tmp_path / "copy.db", LAYOUT)
    desk.add(*PLACE, "--satisfied", "1")
    desk.bench.ledger.close()
    put_back(tmp_path / "copy.db", desk.bench.path, LAYOUT, 0)
    desk.bench.open()
    (entry,) = read_paper(desk.bench.ledger._db, "2026-10-01", "2026-11-01")
    assert entry.body.counts == {"satisfied": 31, "complaints": 2}
    assert desk.bench.audit().problems == []
    assert desk.add(*PLACE, "--satisfied", "1").exit_code == 0


# ---- InfluxDB -----------------------------------------------------------------------------------
def test_what_is_entered_goes_to_influxdb_and_again_when_it_is_corrected(desk: Desk) -> None:
    """By the collector's mirror, as absolute values; a nought overwrites what was there."""
    ledger = desk.bench.ledger
    desk.add(*PLACE, "--complaints", "2")
    assert _dirty(desk, "complaint") == [
        f"complaint,site=kyiv-1,service=-,channel=paper received=2i,unclocked=2i {HOUR}"
    ]
    for name in TAGS:
        ledger.written(name, ledger.dirty(name, 1000))
    assert ledger.count_dirty() == 0
    desk.add("--correct", "1", "--complaints", "0")
    assert _dirty(desk, "complaint") == [
        f"complaint,site=kyiv-1,service=-,channel=paper received=0i,unclocked=0i {HOUR}"
    ]


# ---- the list -----------------------------------------------------------------------------------
def test_the_list_for_programs_has_every_entry_whole(desk: Desk) -> None:
    desk.add(*PLACE, "--satisfied", "31", "--note", "скринька №2")
    desk.add("--correct", "1", "--satisfied", "13")
    out = desk.say("paper", "2026-10", "--json").output
    first, second = (json.loads(line) for line in out.splitlines())
    assert (first["replaced_by"], second["replaces"]) == (2, 1)
    assert second["body"]["counts"] == {"satisfied": 13}
    assert second["body"]["note"] == "скринька №2"


def test_the_list_of_another_month_or_office_is_empty(desk: Desk) -> None:
    desk.add(*PLACE, "--satisfied", "31")
    assert "Немає записів за 2026-09." in desk.say("paper", "2026-09").output
    assert "Немає записів" in desk.say("paper", "2026-10", "--site", "kyiv-2").output
    assert "'kiev'" in desk.say("paper", "2026-10", "--site", "kiev").output


def _dirty(desk: Desk, name: str) -> list[str]:
    rows = [row for row, _ in desk.bench.ledger.dirty(name, 1000)]
    return lines(name, rows).splitlines()
