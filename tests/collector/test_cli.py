"""`talon-collector`: what it prints, and with which status it ends."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector import cli as cli_module
from collector.ledger import read_tallies
from collector.tally import TallyRow
from tests.collector.bench import Bench, lost, rating, visit
from tests.collector.test_config import GOOD
from wire.store import StoreError


@pytest.fixture
def city(tmp_path: Path) -> Path:
    path = tmp_path / "city.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path / "data")
    bench.take(rating(1), rating(2, "unsatisfied"), rating(3, status="repeat"), lost(4, 4))
    bench.take(visit(1), epoch="2" * 16)
    return bench


def run(*words: str) -> Result:
    return CliRunner().invoke(cli_module.cli, words)


def test_a_sound_ledger_passes_the_audit_beside_its_owner(city: Path, bench: Bench) -> None:
    result = run("audit", "2026-10", "--config", str(city))
    assert result.exit_code == 0 and "balances" in result.output


def test_a_month_without_tallies_is_said_to_be_empty(city: Path, bench: Bench) -> None:
    """The accounts balance, being of all time; of the month that says nothing."""
    empty = run("audit", "2020-01", "--config", str(city))
    assert empty.exit_code == 0 and "\n2020-01 IS EMPTY: no tallies lie here; " in empty.output
    assert "IS EMPTY" not in run("audit", "2026-10", "--config", str(city)).output


def test_the_ledger_is_not_its_own_backup(city: Path, bench: Bench) -> None:
    """Nothing is copied, nothing moved aside."""
    bench.ledger.close()
    data = city.parent / "data"
    before = sorted(path.name for path in data.iterdir())
    result = run("restore", "--config", str(city), str(data / "ledger.db"))
    assert isinstance(result.exception, StoreError)
    assert str(result.exception).endswith(
        "ledger.db: is the very store to be restored. Name a backup of it."
    )
    assert sorted(path.name for path in data.iterdir()) == before


@pytest.mark.parametrize(
    "statement", ["DELETE FROM event WHERE seq=2", "UPDATE tally_rating SET satisfied=0"]
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_ledger_that_does_not_balance_ends_with_status_1(
    city: Path, bench: Bench, statement: str, form: list[str]
) -> None:
    bench.change(statement)
    assert run("audit", "2026-10", "--config", str(city), *form).exit_code == 1


@pytest.mark.parametrize("equal", [True, False])
def test_an_influxdb_that_differs_ends_with_status_1(
    city: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch, equal: bool
) -> None:
    class PretendInflux:
        """Holds the ledger's tallies, or none."""

        def __init__(self, _: object) -> None: ...

        def read(self, name: str, begin: int, end: int) -> list[TallyRow]:
            """Tallies of a measurement."""
            return read_tallies(bench.ledger._db, name, begin, end) if equal else []

    monkeypatch.setattr("collector.influx.Influx", PretendInflux)
    city.write_text(GOOD + '\n[influx]\nurl = "http://127.0.0.1:1"\n', encoding="utf-8")
    result = run("audit", "2026-10", "--config", str(city))
    assert result.exit_code == (0 if equal else 1)
    assert ("in InfluxDB" in result.output) is not equal


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report", "2026-13"], "'2026-13' is not a month"),
        (["audit", "9999-12"], "'9999-12' is not a month"),
        (["audit", "2026-10"], "does not exist"),
        (["audit", "9000-01"], "9000-01 has not begun. Name one that has"),
        (["restore", "nothing.db"], "nothing.db: no such backup. Check its name."),
        (["rebuild"], "no [influx] in it"),
    ],
)
def test_an_error_a_person_can_mend_is_one_line_and_status_1(
    city: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    monkeypatch.setattr("sys.argv", ["talon-collector", *words, "--config", str(city)])
    with pytest.raises(SystemExit) as caught:
        cli_module.main()
    err = capsys.readouterr().err
    assert caught.value.code == 1
    assert err.startswith("talon-collector: ") and said in err and err.count("\n") == 1
