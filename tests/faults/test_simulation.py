"""Hundreds of virtual cities in which everything goes wrong; and bugs planted to see them found."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from simulator.microcosm.store import Shelf
from tests.faults import simulation
from tests.faults.planted import BUGS
from tests.faults.simulation import run, run_all

SEEDS = 400
FOUND_WITHIN = 200  # seeds


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    """A place for databases; what the programs log about their mishaps is left out."""
    logging.disable(logging.CRITICAL)
    with Shelf() as place:
        yield place
    logging.disable(logging.NOTSET)


def test_nothing_is_lost_in_hundreds_of_cities() -> None:
    """Safety at every step, and after all is mended everything arrives and adds up."""
    failures = [outcome.failure for outcome in run_all(range(SEEDS), 2) if outcome.failure]
    assert not failures, "\n\n".join(failures[:3])


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: str, shelf: Shelf) -> None:
    """The simulation would notice, and by what it does, not by a crash of what was planted."""
    with BUGS[bug]():
        failures = (run(seed, shelf).failure for seed in range(FOUND_WITHIN))
        found = next((failure for failure in failures if failure), "")
    assert ": Violation: " in found.partition("\n")[0]


def test_the_same_seed_is_the_same_run() -> None:
    """Message by message, also in another process in which sets have another order."""
    said = {_command(order, "--seed", "11").stdout for order in ("1", "2")}
    assert len(said) == 1
    assert "seed 11: well" in said.pop()


def test_another_seed_is_another_run(shelf: Shelf) -> None:
    """Or a thousand runs were one."""
    assert len({run(seed, shelf).digest for seed in range(5)}) == 5


def test_what_can_go_wrong_does_go_wrong(shelf: Shelf) -> None:
    """A mishap that never comes about is not survived."""
    lines: list[str] = []
    for seed in range(60):
        run(seed, shelf, lines.append)
    all_of_it = "\n".join(lines)
    for mishap in (
        "bytes written",
        "box-1 is killed",
        "gateway is killed at its work",
        "collector is killed at its work",
        "database or disk is full",
        "renews",
        "gets an older image",
        "gets a new card",
        "gets a new disk",
        "gets an older journal",
        "gets an older ledger",
        "restarts, forgetful",
        "is cut off",
        "influx, no answer",
        "influx, lost request",
        "influx, picky",
        "influx, too big",
    ):
        assert mishap in all_of_it, f"{mishap!r} never happens"


def test_a_failure_says_how_to_see_it_again(shelf: Shelf) -> None:
    """Seed, step, what happened last, and the command."""
    with BUGS["panel: lamp before disk"]():
        failure = run(3, shelf).failure
    first, *_, last = failure.splitlines()
    assert first.startswith("seed 3, step ")
    assert "Violation: " in first
    assert last == "replay: python -m tests.faults.simulation --seed 3 --trace"
    assert "is pressed" in failure
    assert len(failure.splitlines()) <= simulation.SHOWN + 6


def test_the_command_fails_with_a_violation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that a Makefile notices."""
    monkeypatch.setattr(sys, "argv", ["simulation", "--seed", "3"])
    assert simulation.main() == 0
    with BUGS["panel: lamp before disk"]():
        assert simulation.main() == 1
    assert "replay: " in capsys.readouterr().out


def test_the_command_runs_many_and_shows_how_far_it_is() -> None:
    """On stderr, so that what it finds can be kept."""
    done = _command("0", "--seeds", "3", "--first", "7", "--jobs", "1")
    assert done.returncode == 0, done.stdout
    assert "3 of 3 seeds, 0 failed" in done.stderr


def test_the_help_has_examples() -> None:
    """For whoever meets it first."""
    done = _command("0", "--help")
    assert done.returncode == 0
    assert "--seed 1234 --trace" in done.stdout


def _command(hash_seed: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.simulation", *arguments],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
