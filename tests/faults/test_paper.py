"""A thousand random faults of printer and process, then paper against visits; and planted bugs."""

import logging
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from simulator.escpos import Reader
from tests.conftest import LONG
from tests.faults import paper
from tests.faults.paper import run, run_all, seeds_for
from tests.faults.paper_checks import Paper, Strip
from tests.faults.planted_paper import BUGS

FAULTS = 10_000 if LONG else 1_000
PARTS = 4  # so that several cores may share them
FOUND_WITHIN = 60  # halls


@pytest.fixture
def quiet() -> Iterator[None]:
    """Without what the program logs about its mishaps."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("part", range(PARTS))
def test_paper_and_visits_agree_after_a_thousand_random_faults(part: int, seed: int) -> None:
    """Each visit has one paper or a stated doubt, each paper one visit; a copy is marked."""
    faults = -(-FAULTS // PARTS)
    outcomes = run_all(seeds_for(faults, seed + part * 100_000))
    failures = [outcome.failure for outcome in outcomes if outcome.failure]
    assert not failures, "\n\n".join(failures[:3])
    assert sum(len(outcome.faults) for outcome in outcomes) >= faults
    totals = sum((outcome.totals for outcome in outcomes), Counter[str]())
    assert min(totals[what] for what in ("printed", "unknown", "failed", "copies")) > 0, totals


@pytest.mark.parametrize("bug", BUGS)
@pytest.mark.usefixtures("quiet")
def test_a_planted_bug_is_found(bug: str) -> None:
    """By what is on paper and on record, not by a crash of what was planted."""
    with BUGS[bug]():
        failures = (run(seed).failure for seed in range(FOUND_WITHIN))
        found = next((failure for failure in failures if failure), "")
    assert ": Violation: " in found.partition("\n")[0]


def test_the_same_seed_is_the_same_hall_and_another_one_another() -> None:
    """Event by event, also in another process; or a thousand faults were one."""
    said = {_command("--seed", "5", "--trace").stdout for _ in range(2)}
    assert len(said) == 1
    digests = {outcome.digest for outcome in run_all([5, 6, 7])}
    assert len(digests) == 3


@pytest.mark.usefixtures("quiet")
def test_what_can_go_wrong_does_go_wrong() -> None:
    """A fault that never comes about is not survived."""
    lines: list[str] = []
    for seed in range(20):
        run(seed, lines.append)
    all_of_it = "\n".join(lines)
    for fault in (
        "serial, asked", "network, asked", "not asked",
        "tear_paper", "open_cover", "jam", "go_silent", "go_offline", "switch_off", "stall", "pull",
        "tear_paper at byte", "stall at byte", "near_end", "die_after", "changed twice",
        "killed at byte", "killed at write", "killed at written", "killed at publish",
        "power fails at byte", "bytes written", "the card refuses", "no link for", "weather turns",
        "as a copy", "the program ended while it printed", "failed: nobody there",
        "failed: it does not answer", "failed: no paper", "it took nothing",
        "the printer did not say",
    ):  # fmt: skip
        assert fault in all_of_it, f"{fault!r} never happens"


def test_a_failure_says_how_to_see_it_again() -> None:
    """Seed, what happened last, and the command."""
    with BUGS["dialogue: printed when it is taken"]():
        failure = next(outcome.failure for outcome in run_all(range(9)) if outcome.failure)
    first, *_, last = failure.splitlines()
    assert first.startswith("seed ") and "Violation: " in first
    assert last.startswith("replay: python -m tests.faults.paper --seed ")
    assert len(failure.splitlines()) <= paper.SHOWN + 3


def test_the_command_counts_and_fails_with_a_violation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that a Makefile notices."""
    monkeypatch.setattr(sys, "argv", ["paper", "--faults", "60"])
    assert paper.main() == 0
    assert capsys.readouterr().out.startswith("60 faults in 3 halls, 0 failed; ")
    with BUGS["dialogue: printed when it is taken"]():
        assert paper.main() == 1
    assert "replay: " in capsys.readouterr().out


def test_the_papers_on_a_strip_are_told_apart() -> None:
    """Marked or not, whole or not, in one piece or as it comes."""
    reader = Reader({46: "cp1251"})
    strip = Strip()
    begin, end = b"\x1b@\x1bt\x2e", b"\x1bd\x04"
    large = b"\x1d!\x33%b\n\x1d!\x00"
    reader.feed(begin + large % "А001".encode("cp1251"))
    assert strip.read(reader.sheets, reader.unfinished) == [Paper("А001", False, False)]
    reader.feed(end + b"\x1dV\x00" + begin + large % "КОПІЯ".encode("cp1251"))
    assert strip.read(reader.sheets, reader.unfinished) == []
    reader.feed(large % "А001".encode("cp1251") + end)
    assert strip.read(reader.sheets, reader.unfinished) == [Paper("А001", True, True)]
    assert strip.papers[0] == Paper("А001", False, True)
    reader.feed(begin + large % "А002".encode("cp1251") + begin + large % "А003".encode("cp1251"))
    assert strip.read(reader.sheets, reader.unfinished)[1] == Paper("А003", False, False, "А002")


def _command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.paper", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
