"""`talon-collector actions` and `annotate`, and what a report reads of them."""

import json
from pathlib import Path

import pytest

from collector.annotation import Annotation
from collector.register import read_actions, read_annotations, read_history
from tests.collector.test_add_paper import Desk
from tests.collector.test_paper import at
from wire.store import StoreError

NEW = (
    "--point", "Черга понад годину", "--measure", "Друге вікно", "--owner", "Іваненко О. П.",
    "--deadline", "2026-12-15", "--decided", "2026Q3",
)  # fmt: skip
BRANCH = ("annotate", "2026-09-14", "Друге відділення", "Second branch")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


def do(desk: Desk, *words: str, who: str = "Коваль О. П.") -> str:
    """A command that is taken; what it says."""
    result = desk.say(*words, "--who", who)
    assert result.exit_code == 0, result.output
    return result.output


def refuse(desk: Desk, *words: str) -> str:
    """A command that is not taken, and enters nothing; what it says."""
    before = desk.count()
    result = desk.say(*words, "--who", "К")
    assert (result.exit_code, desk.count()) == (1, before), result.output
    assert result.output.startswith("talon-collector: ") and result.output.count("\n") == 1
    return result.output


# ---- actions ------------------------------------------------------------------------------------
def test_actions_are_numbered_from_one_whatever_else_was_entered(desk: Desk) -> None:
    do(desk, *BRANCH)
    assert do(desk, "actions", "add", *NEW).startswith("Захід 1: запис 2.\n")
    assert do(desk, "actions", "add", *NEW, "--site", "kyiv-2").startswith("Захід 2: запис 3.\n")
    assert [(a.number, a.site) for a in read_actions(desk.bench.ledger._db)] == [
        (1, "-"),
        (2, "kyiv-2"),
    ]


def test_the_whole_way_of_an_action(desk: Desk) -> None:
    """Decided, put off, done, measured; each by somebody, and the list says how it stands."""
    do(desk, "actions", "add", *NEW, "--criterion", "timeliness", "--service", "passport")
    desk.clock.ms = at("2026-12-16 10:00")
    listed = desk.say("actions", "list").output
    assert "ПРОСТРОЧЕНО" in listed and "[своєчасність, passport]" in listed
    do(desk, "actions", "change", "1", "--deadline", "2027-01-31", "--reason", "рішення № 14")
    assert "ПРОСТРОЧЕНО" not in desk.say("actions", "list").output
    desk.clock.ms = at("2027-01-20 10:00")
    do(desk, "actions", "done", "1", "--on", "2027-01-15", who="Бондар І. І.")
    assert "після виконання ще не минуло" in refuse(
        desk, "actions", "measure", "1", "--effect", "х"
    )
    desk.clock.ms = at("2027-04-05 10:00")
    said = do(desk, "actions", "measure", "1", "--effect", "Чекають удвічі менше")
    assert "ефект: Чекають удвічі менше (до 2026-08…2026-09, після 2027-02…2027-03)" in said
    assert "Немає заходів." in desk.say("actions", "list").output
    assert "Чекають удвічі менше" in desk.say("actions", "list", "--all").output
    entries = read_history(desk.bench.ledger._db, 1)
    assert [entry.who for entry in entries].count("Бондар І. І.") == 1
    assert [entry.body.state for entry in entries] == ["planned", "planned", "done", "done"]


def test_an_action_is_read_as_it_stood(desk: Desk) -> None:
    """So that a report of last quarter says what was known then."""
    do(desk, "actions", "add", *NEW)
    then = desk.clock.ms
    desk.clock.ms = at("2026-11-20 10:00")
    do(desk, "actions", "done", "1")
    db = desk.bench.ledger._db
    assert [a.state for a in read_actions(db, desk.clock.ms)] == ["planned"]
    assert [a.state for a in read_actions(db, desk.clock.ms + 1)] == ["done"]
    assert read_actions(db, then) == []
    early = desk.say("actions", "list", "--all", "--upto", "2026-11-19").output
    assert "заплановано" in early and "виконано" not in early
    assert "виконано 2026-11-20" in desk.say("actions", "list", "--upto", "2026-11-20").output


def test_the_newest_entry_is_put_right_on_its_day_only(desk: Desk) -> None:
    do(desk, "actions", "add", *NEW)
    do(desk, "actions", "change", "1", "--owner", "Бондар І. І.", "--correct")
    history = desk.say("actions", "history", "1").output
    assert "ЗАМІНЕНО ЗАПИСОМ 2" in history and "відповідальний: Бондар І. І." in history
    desk.clock.ms = at("2026-10-27 00:00")
    assert "замінити його вже не можна" in refuse(
        desk, "actions", "change", "1", "--owner", "К", "--correct"
    )
    do(desk, "actions", "change", "1", "--owner", "Коваль О. П.")


def test_the_history_says_what_each_entry_changed_and_no_more(desk: Desk) -> None:
    do(desk, "actions", "add", *NEW)
    desk.clock.ms = at("2026-11-03 09:00")
    do(desk, "actions", "change", "1", "--deadline", "2027-01-31", "--reason", "рішення № 14")
    lines = desk.say("actions", "history", "1").output.splitlines()
    entry = next(i for i, line in enumerate(lines) if "2026-11-03 09:00" in line)
    assert [line.strip() for line in lines[entry + 1 :]] == [
        "строк: 2027-01-31",
        "причина: рішення № 14",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("actions", "add"), "не вказано: --point, --measure, --owner, --deadline, --decided. При"),
        (("actions", "add", *NEW, "--owner", " "), "--owner: порожньо. Впишіть текст"),
        (("actions", "add", *NEW, "--site", "kiev-1"), "Можливо, 'kyiv-1'?"),
        (("actions", "add", *NEW, "--service", "pasport"), "Можливо, 'passport'?"),
        (("actions", "done", "7"), "немає заходу 7"),
        (("reannotate", "7", "--uk", "х"), "немає примітки 7"),
        (("annotate", "14.09.2026", "х", "x"), "не є днем"),
        (("annotate", "2026-09-14", "х", ""), "EN (текст англійською): порожньо. Впишіть текст"),
        (
            ("annotate", "2026-09-14", "х" * 81, "x"),
            "UK (текст українською): 81 знаків, дозволено 80",
        ),
        (("annotate", "2026-09-14", "х", "x", "--site", "lviv"), "Відомі: kyiv-1, kyiv-2"),
    ],
)
def test_what_cannot_be_is_refused_in_words(desk: Desk, words: tuple[str, ...], said: str) -> None:
    assert said in refuse(desk, *words)


def test_the_list_for_programs(desk: Desk) -> None:
    do(desk, "actions", "add", *NEW)
    (line,) = desk.say("actions", "list", "--json").output.splitlines()
    assert json.loads(line)["measure"] == "Друге вікно"


def test_while_somebody_else_writes_nothing_is_entered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import that holds the file for long, say: it is told, and may be tried again."""
    monkeypatch.setattr("collector.entry_cli.WAIT_MS", 0)
    with desk.bench.ledger.transaction():
        result = desk.say(*BRANCH, "--who", "К")
    assert isinstance(result.exception, StoreError)
    assert "Nothing was changed; try again" in str(result.exception)
    do(desk, *BRANCH)


# ---- annotations --------------------------------------------------------------------------------
def test_an_annotation_is_shown_in_its_days_for_its_office(desk: Desk) -> None:
    do(desk, *BRANCH)
    do(desk, "annotate", "2026-10-01", "Ремонт", "Repairs", "--site", "kyiv-2")
    db = desk.bench.ledger._db
    both = read_annotations(db, "2026-09-01", "2026-11-01")
    assert [found.en for found in both] == ["Second branch", "Repairs"]
    assert [a.en for a in read_annotations(db, "2026-09-01", "2026-10-01")] == ["Second branch"]
    assert [a.en for a in read_annotations(db, "2026-09-01", "2026-11-01", "kyiv-1")] == [
        "Second branch"
    ]
    assert read_annotations(db, "2026-09-01", "2026-11-01", "kyiv-2") == both


def test_an_annotation_is_corrected_on_its_day_and_afterwards_with_a_reason(desk: Desk) -> None:
    do(desk, *BRANCH)
    do(desk, "reannotate", "1", "--uk", "Третє відділення", "--en", "Third branch")
    desk.clock.ms = at("2026-10-27 00:00")
    assert "без причини" in refuse(desk, "reannotate", "1", "--day", "2026-09-15")
    do(desk, "reannotate", "1", "--day", "2026-09-15", "--reason", "перенесли")
    db = desk.bench.ledger._db
    assert read_annotations(db, "2026-01-01", "2027-01-01") == [
        Annotation("2026-09-15", "Третє відділення", "Third branch", "-", False, 1)
    ]
    listed = desk.say("annotations").output
    assert "ЗАМІНЕНО ЗАПИСОМ 2" in listed and "причина: перенесли" in listed
    assert len(listed.splitlines()) == 6


def test_a_withdrawn_annotation_is_not_shown_and_stays_in_the_list(desk: Desk) -> None:
    do(desk, *BRANCH)
    then = desk.clock.ms + 1
    desk.clock.ms = at("2026-11-01 09:00")
    do(desk, "reannotate", "1", "--withdraw", "--reason", "не відбулося")
    db = desk.bench.ledger._db
    assert read_annotations(db, "2026-01-01", "2027-01-01") == []
    assert len(read_annotations(db, "2026-01-01", "2027-01-01", upto=then)) == 1
    assert "[відкликано]" in desk.say("annotations").output
