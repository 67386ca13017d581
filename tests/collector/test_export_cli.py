"""`talon-collector export`: what it says, and with which status it ends."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector import cli as cli_module
from tests.collector.parquet.shelf import LATER, add, files, ledger, made_up, row
from tests.collector.test_config import GOOD
from wire import clock


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config beside a ledger of two months, long after they were over."""
    monkeypatch.setattr(clock.SystemClock, "now", lambda self: LATER * 1000)
    ledger(tmp_path / "data" / "ledger.db", made_up(1, ["2027-01", "2027-02"]))
    path = tmp_path / "city.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def run(city: Path, *words: str) -> Result:
    """The command, with its folder beside the config."""
    out = city.parent / "out"
    return CliRunner().invoke(
        cli_module.cli, ["export", *words, "--config", str(city), "--out", str(out)]
    )


def test_it_says_what_it_wrote_and_that_it_is_not_for_publishing(city: Path) -> None:
    """Each month on a line of its own."""
    first = run(city, "--all-closed")
    assert first.exit_code == 0
    lines = first.output.splitlines()
    assert lines[0].startswith("2027-01: ") and "of 2 offices" in lines[0]
    assert lines[0].endswith(": written") and lines[1].endswith(": written")
    assert "internal, not for publishing" in lines[2]
    again = run(city, "2027-02", "2027-02")
    assert again.output.splitlines()[0].endswith(": unchanged")
    assert "hours/measurement=visit/month=2027-02/city.parquet" in files(city.parent / "out")


def test_the_check_ends_with_status_1_if_it_finds_anything(city: Path) -> None:
    """And writes nothing."""
    run(city, "--all-closed")
    sound = run(city, "--all-closed", "--check")
    assert (sound.exit_code, sound.output.count("as in the ledger")) == (0, 2)
    add(
        city.parent / "data" / "ledger.db",
        "visit",
        row("visit", LATER - 3600 * 24, "north", "tax", "-", "-", issued=1),
    )
    before = files(city.parent / "out")
    found = run(city, "--all-closed", "--check")
    assert found.exit_code == 1
    assert "2027-02 visit of north: changed since the export" in found.output
    assert "2027-01: as in the ledger" in found.output
    assert files(city.parent / "out") == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name the months, or say --all-closed"),
        (["2027-01", "--all-closed"], "name the months, or say --all-closed"),
        (["2027-03"], "2027-03 is not over"),
        (["2027-1"], "'2027-1' is not a month"),
        (["2026-12"], "no tallies of 2026-12; the first is of 2027-01"),
        (["2027-01", "2027-04"], "2027-04 has not begun"),
    ],
)
def test_what_cannot_be_exported_is_refused_and_nothing_is_written(
    city: Path, words: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the months beside it that could."""
    result = run(city, *words)
    assert result.exit_code != 0
    assert said in result.output + str(result.exception)
    assert not (city.parent / "out").exists()


def test_errors_are_one_line(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Through the command's entry point."""
    words = ["talon-collector", "export", "2027-03", "--config", str(city), "--out", "o"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", words)
        with pytest.raises(SystemExit) as ended:
            cli_module.main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("talon-collector: 2027-03 is not over") and said.count("\n") == 1


def test_a_ledger_in_which_no_month_is_over_says_so(city: Path) -> None:
    """Instead of doing nothing without a word."""
    ledger(city.parent / "data" / "ledger.db", {})
    result = run(city, "--all-closed")
    assert "no month is over yet" in str(result.exception)
