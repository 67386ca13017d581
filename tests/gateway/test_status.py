"""`talon-gateway status` and the errors of its commands, as a person sees them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway import cli as cli_module
from gateway.status import read_status, status_lines
from tests.gateway.bench import NOON, Bench, Box, ask, pressed
from tests.gateway.test_config import GOOD


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "data")


@pytest.fixture
def office(tmp_path: Path) -> Path:
    path = tmp_path / "office.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def outcome(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str]:
    """Exit status and what the command says to stderr."""
    monkeypatch.setattr("sys.argv", ["talon-gateway", *words])
    with pytest.raises(SystemExit) as caught:
        cli_module.main()
    assert isinstance(caught.value.code, int)
    return caught.value.code, capsys.readouterr().err


def test_the_status_tells_stored_pending_and_given(bench: Bench) -> None:
    box = pressed(5)
    bench.handle(box.batch(1, 2), box.batch(1, 2), box.state(), ask())
    found = read_status(bench.config.journal_path())
    assert (found.written, found.acked, found.held) == (2, 0, 2)
    assert found.numbers_given == {"2026-10-26": 1}
    (box_1,) = found.accounts
    assert (box_1.written, box_1.counted, box_1.pending, box_1.duplicates) == (5, 2, 3, 2)
    assert found.problems == []


def test_the_status_shouts_of_a_conflict(bench: Bench) -> None:
    old, new = pressed(2), Box(epoch="b" * 16, boot="b0000002")
    new.press()
    bench.handle(old.batch(1, 1), new.batch(), old.batch(2))
    said = status_lines(read_status(bench.config.journal_path()), 64, NOON + 60_000)
    assert "box-1: CONFLICT: two devices speak with this name" in said
    assert "to the city: 4 written, at least 0 acknowledged" in said
    assert said.endswith("balances: every number is explained")


def test_status_reads_beside_the_running_gateway(bench: Bench, office: Path) -> None:
    bench.handle(pressed(2).batch())
    result = CliRunner().invoke(
        cli_module.cli, ["status", "--config", str(office), "--json"], catch_exceptions=False
    )
    assert json.loads(result.output)["devices"][0]["written"] == 2


def test_check_says_what_is_in_the_config(office: Path) -> None:
    result = CliRunner().invoke(cli_module.cli, ["check", "--config", str(office)])
    assert result.output == f"{office}: kyiv-1 «ЦНАП», 2 services, 3 devices: all right\n"


def test_a_bad_config_is_one_line_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], office: Path
) -> None:
    office.write_text(GOOD.replace("mark", "make", 1), encoding="utf-8")
    status, said = outcome(monkeypatch, capsys, "check", "--config", str(office))
    assert status == 1
    assert said.startswith(f"talon-gateway: {office}: unknown key 'make'")
    assert said.count("\n") == 1


def test_a_journal_in_use_is_one_line_and_status_1(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    office: Path,
    bench: Bench,
) -> None:
    status, said = outcome(monkeypatch, capsys, "run", "--config", str(office))
    assert status == 1 and "is in use by process" in said and said.count("\n") == 1


@pytest.mark.parametrize("content", [None, b"", b"not a database " * 100])
def test_a_journal_that_is_none_is_one_line_and_status_1(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    office: Path,
    content: bytes | None,
) -> None:
    journal = office.parent / "data" / "journal.db"
    if content is not None:
        journal.parent.mkdir()
        journal.write_bytes(content)
    status, said = outcome(monkeypatch, capsys, "status", "--config", str(office))
    assert status == 1
    assert said.startswith(f"talon-gateway: {journal}: ") and said.count("\n") == 1


def test_presses_that_a_full_card_did_not_take_are_shown_and_are_no_numbers(bench: Bench) -> None:
    box = pressed(2)
    box.say("missed", count=17)
    bench.handle(box.batch(), box.state())
    found = read_status(bench.config.journal_path())
    (mine,) = found.accounts
    assert (mine.written, mine.counted, mine.notes, mine.not_taken) == (3, 2, 1, 17)
    assert found.problems == []
    assert "17 presses were not taken there" in status_lines(found, 64, NOON)
