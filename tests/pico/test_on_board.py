"""What only real MicroPython can run: the tests in the `check_*.py` beside this file."""

from pathlib import Path

import pytest

from firmware.ratingbox.contents import cache_folder, fetch_umqtt
from tests.micropython.test_on_micropython import ROOT, names_in, run, verdicts

CHECKS = [
    pytest.param(path, name, id=f"{path.stem}::{name}")
    for path in sorted(Path(__file__).parent.glob("check_*.py"))
    for name in names_in(path)
]


@pytest.fixture(autouse=True)
def umqtt(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the firmware needs of micropython-lib is on MicroPython's path."""
    monkeypatch.setenv("MICROPYPATH", f".frozen:{fetch_umqtt(cache_folder())}")


@pytest.mark.parametrize(("path", "name"), CHECKS)
def test_it_holds_on_the_board(path: Path, name: str) -> None:
    """One assertion about the board, in a process that runs all those of its file."""
    code, printed = run(path)
    told = verdicts(printed)
    assert name in told, f"it did not run; micropython ended with {code}:\n{printed}"
    assert told[name] == "ok", f"{path.relative_to(ROOT)} under MicroPython:\n{told[name]}"
