"""`talon-collector report`: what it shows, what it writes, and what it refuses."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector import cli as cli_module
from collector.report.files import ReportError
from tests.collector.bench import Bench, rating, visit
from tests.collector.test_config import GOOD
from wire.store import StoreError

VOTES = 12


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A config beside its ledger: twelve visits and votes in October 2026, all at one office."""
    path = tmp_path / "city.toml"
    path.write_text(GOOD, encoding="utf-8")
    bench = Bench(tmp_path / "data")
    ratings = [rating(n, "unsatisfied" if n == 1 else "satisfied") for n in range(1, VOTES + 1)]
    bench.take(*ratings, rating(VOTES + 1, status="repeat"))
    visits = [visit(n, visit=f"{n:016x}", number=f"А{n:03d}") for n in range(1, VOTES + 1)]
    bench.take(*visits, epoch="2" * 16)
    bench.ledger.close()
    return path


def run(city: Path, *words: str) -> Result:
    """The command with a config."""
    return CliRunner().invoke(cli_module.cli, ["report", "--config", str(city), *words])


def test_it_is_ukrainian_unless_asked_otherwise(city: Path) -> None:
    """A comma and a point."""
    uk, en = run(city, "2026-10").output, run(city, "2026-10", "--lang", "en").output
    assert "Задоволених: 91,7\u00a0%" in uk and "Паспорт" in uk
    assert "Satisfied: 91.7%" in en and "Паспорт" in en


def test_open_data_tells_the_same(city: Path) -> None:
    """JSON and the long CSV, on standard output."""
    found = json.loads(run(city, "2026-10", "--format", "json").output)
    assert found["answer"]["share"]["votes"] == VOTES and found["answer"]["visits"] == VOTES
    lines = csv.DictReader(io.StringIO(run(city, "2026-10", "--format", "csv").output))
    by_field = {line["field"]: line["value"] for line in lines if line["table"] == "answer"}
    assert (by_field["votes"], by_field["satisfied"]) == ("12", "11")


def test_it_is_public_unless_asked_otherwise(city: Path) -> None:
    """Desks only internally, and then the first page says so."""
    public = json.loads(run(city, "2026-10", "--format", "json").output)
    internal = json.loads(run(city, "2026-10", "--format", "json", "--edition", "internal").output)
    assert (public["edition"], public["desks"]) == ("public", [])
    assert len(internal["desks"]) == 1
    assert "Не оприлюднювати" in run(city, "2026-10", "--edition", "internal").output


def test_every_format_is_written(city: Path, tmp_path: Path) -> None:
    """Into the folder, by names that say of what they are."""
    out = tmp_path / "out"
    result = run(city, "2026-10", "--format", "all", "--out", str(out))
    assert result.exit_code == 0
    names = sorted(str(path.relative_to(out)) for path in out.rglob("*.*") if path.is_file())
    assert [name for name in names if "/" not in name] == [
        "2026-10.json",
        "2026-10.uk.html",
        "2026-10.uk.pdf",
        "2026-10.uk.txt",
        "2026-10.uk.xlsx",
    ]
    assert {"2026-10.uk-csv/schema.json", "2026-10.uk-csv/services.csv"} <= set(names)
    assert (out / "2026-10.uk.pdf").read_bytes().startswith(b"%PDF-1.7")


def test_both_languages_go_into_one_folder(city: Path, tmp_path: Path) -> None:
    """Nothing of one stands in the way of the other: what is of a language has it in its name."""
    out = ("--out", str(tmp_path / "out"))
    for lang in ("uk", "en"):
        for form in ("csv", "json", "table"):
            result = run(city, "2026-10", "--format", form, "--lang", lang, *out)
            assert result.exit_code == 0, result.exception
    uk, en = (tmp_path / "out" / f"2026-10.{lang}-csv" for lang in ("uk", "en"))
    differ = {
        path.name for path in uk.iterdir() if path.read_bytes() != (en / path.name).read_bytes()
    }
    assert differ == {"schema.json"}


def test_the_same_again_is_silent_and_another_is_refused(city: Path, tmp_path: Path) -> None:
    """What was published stays as it is, unless a person says otherwise; and then whole."""
    out = ("--format", "json", "--out", str(tmp_path / "out"))
    assert run(city, "2026-10", *out).exit_code == 0
    assert "(the same as before)" in run(city, "2026-10", *out).output
    file = tmp_path / "out" / "2026-10.json"
    file.write_bytes(b"{}")
    refused = run(city, "2026-10", *out)
    assert refused.exit_code == 1 and "say --replace" in str(refused.exception)
    assert file.read_bytes() == b"{}"
    assert run(city, "2026-10", *out, "--replace").exit_code == 0
    assert json.loads(file.read_bytes())["period"] == "2026-10"
    assert [path.name for path in file.parent.iterdir()] == ["2026-10.json"]


def test_a_refused_file_leaves_the_others_unwritten(city: Path, tmp_path: Path) -> None:
    """All or nothing: a half-new folder would say two things."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "2026-10.json").write_bytes(b"{}")
    assert run(city, "2026-10", "--format", "all", "--out", str(out)).exit_code == 1
    assert [path.name for path in out.iterdir()] == ["2026-10.json"]


def test_a_quarter_has_the_annex(city: Path) -> None:
    """Alone, or after its month."""
    quarter = run(city, "--quarter", "2026Q4").output
    assert "Додаток для виконавчого комітету" in quarter and "ВИРІШИВ:" in quarter
    both = run(city, "2026-10", "--quarter", "2026Q4").output
    assert "жовтень\u00a02026\u00a0року\n" in both and both.endswith(quarter)


def test_accounts_are_claimed_to_balance_only_if_they_were_checked(city: Path) -> None:
    """Without --audit the report says that nobody looked."""
    assert "Звірку для цього звіту не робили" in run(city, "2026-10").output
    checked = run(city, "2026-10", "--audit").output
    assert "Звірка сходиться" in checked and "auditing 2026-10" in checked


def test_an_empty_month_says_so(city: Path) -> None:
    """And defines nothing."""
    result = run(city, "2026-01")
    assert result.exit_code == 0
    assert "!! Немає жодного відвідування й жодної оцінки" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say a month, such as 2026-10, or --quarter 2026Q4"),
        (["--quarter", "2026-4"], "'2026-4' is not a quarter; write it as 2026Q4"),
        (["--quarter", "2026-10"], "'2026-10' is not a quarter; write it as 2026Q4"),
        (["2026-10", "--format", "all"], "that is more than one file: say --out FOLDER"),
        (["2026-10", "--quarter", "2026Q4", "--format", "json"], "say --out FOLDER"),
        (["2026-10", "--source", "influx"], "--source influx needs [influx] in the config"),
        (["2026-10", "--source", "parquet"], "--source parquet and --parquet FOLDER belong"),
        (["2026-10", "--site", "lviv"], "'lviv' is no office of"),
        (["2026-10", "--site", "lviv"], "known: kyiv-1, kyiv-2"),
        (["2026-10", "--format", "docx"], "'docx' is not one of"),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(city: Path, words: list[str], said: str) -> None:
    """Exit status 2, before anything is read."""
    result = run(city, *words)
    assert result.exit_code == 2 and said in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["2026-13"], "'2026-13' is not a month; write it as 2026-10"),
        (["--quarter", "2026-Q4"], "'2026-Q4' is not a quarter; write it as 2026Q4"),
        (["--quarter", "2026Q5"], "'2026Q5' is not a quarter; write it as 2026Q4"),
    ],
)
def test_a_wrong_period_is_one_line_and_status_1(
    city: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    """As all errors that a person can mend."""
    monkeypatch.setattr("sys.argv", ["talon-collector", "report", "--config", str(city), *words])
    with pytest.raises(SystemExit) as caught:
        cli_module.main()
    assert caught.value.code == 1
    assert capsys.readouterr().err == f"talon-collector: {said}\n"


@pytest.mark.parametrize("words", [["9000-11"], ["--quarter", "9000Q4"]])
def test_a_period_that_has_not_begun_is_refused(city: Path, words: list[str]) -> None:
    """There is nothing to be said of it, and no report that says so in a folder of reports."""
    result = run(city, *words)
    assert result.exit_code == 1 and result.output == ""
    assert str(result.exception) == f"{words[-1]} has not begun. Name one that has"


@pytest.mark.parametrize("form", ["table", "all"])
@pytest.mark.parametrize("folder", ["city.toml/x", "/proc/x", "/proc/x/y"])
def test_a_folder_that_cannot_be_written_is_refused_before_the_work(
    city: Path, monkeypatch: pytest.MonkeyPatch, folder: str, form: str
) -> None:
    """All formats take half a minute; the remedy is known at once."""
    monkeypatch.setattr("collector.report.assemble.make_report", lambda *_: pytest.fail("worked"))
    result = run(city, "2026-10", "--format", form, "--out", str(city.parent / folder))
    assert isinstance(result.exception, ReportError) and result.output == ""
    assert str(result.exception).startswith(f"{city.parent / folder}: cannot be written (No")
    assert str(result.exception).endswith("). Check the folder, or name another --out")


def test_a_report_that_is_refused_later_leaves_no_folder(city: Path, tmp_path: Path) -> None:
    """Also not the empty one in which writing was tried, nor the one above it."""
    (tmp_path / "data" / "ledger.db").unlink()
    result = run(city, "2026-10", "--out", str(tmp_path / "a" / "b"))
    assert isinstance(result.exception, StoreError)
    assert not (tmp_path / "a").exists()


def test_an_office_without_offices_in_the_config_is_known_by_its_reports(
    city: Path, tmp_path: Path
) -> None:
    """kyiv-1 has reported; lviv has not."""
    city.write_text(GOOD.split("[[site]]")[0], encoding="utf-8")
    assert run(city, "2026-10", "--site", "kyiv-1").exit_code == 0
    refused = run(city, "2026-10", "--site", "lviv")
    assert refused.exit_code == 2 and "known: kyiv-1" in refused.output


def test_an_influxdb_that_is_away_is_said_and_nothing_is_written(
    city: Path, tmp_path: Path
) -> None:
    """One line, no file."""
    city.write_text(GOOD + '\n[influx]\nurl = "http://127.0.0.1:1"\n', encoding="utf-8")
    out = tmp_path / "out"
    result = run(city, "2026-10", "--source", "influx", "--format", "json", "--out", str(out))
    assert result.exit_code == 1 and type(result.exception).__name__ == "Unavailable"
    assert not out.exists()
