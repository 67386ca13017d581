"""The benchmark works: each measurement, in its tiniest form, gives figures, however high."""

import math
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.bench.__main__ import MEASUREMENTS, main
from tests.bench.rig import Rig
from tests.bench.table import ROWS, Row, table, verdict


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    """One broker for all."""
    with closing(Rig()) as running:
        yield running


@pytest.fixture(scope="module")
def measured(rig: Rig) -> dict[str, float]:
    """What all measurements found; that no number is given twice they assert themselves."""
    figures: dict[str, float] = {}
    for what in MEASUREMENTS.values():
        figures |= what.run(rig, what.tiny)
    return figures


def test_every_measurement_gives_positive_figures(measured: dict[str, float]) -> None:
    """A rate, a time or a memory of 0 would be a fault of the benchmark."""
    assert all(math.isfinite(value) and value > 0 for value in measured.values()), measured


def test_every_row_of_the_table_is_measured_and_every_figure_shown(
    measured: dict[str, float],
) -> None:
    """Nothing is measured in vain, and no row stays empty."""
    assert {row.figure for row in ROWS} == set(measured)
    assert {row.by for row in ROWS} - {""} <= set(measured)
    assert len(table([measured])) == 1 + len(ROWS)


def test_a_missed_aim_says_by_how_much() -> None:
    """At either end."""
    assert verdict(Row("rate", "a", least=100), 75) == "missed by 25 %"
    assert verdict(Row("memory", "a", most=40), 50) == "missed by 25 %"
    assert verdict(Row("rate", "a", least=100), 100) == "reached"
    assert verdict(Row("rate", "a"), 1) == ""


def test_ratios_are_taken_round_by_round() -> None:
    """A round in which the machine was slow is slow for both."""
    rounds = [{"lamp": 2.0, "disk": 1.0}, {"lamp": 20.0, "disk": 10.0}, {"lamp": 3.0, "disk": 1.0}]
    line = next(line for line in table(rounds) if "bare disk, median" in line)
    assert "2 ×" in line and "reached" in line


@pytest.mark.parametrize("said", ["0", "4001", "all"])
def test_a_country_has_as_many_offices_as_can_be_drawn(
    said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anything else is refused before something is started."""
    with pytest.raises(SystemExit):
        main(["--country", said])
    assert f"'{said}' is neither full nor from 1 to 4000" in capsys.readouterr().err


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """And the names for `--only`."""
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert "--only flow" in said
    assert all(name in said for name in MEASUREMENTS)
