"""Updates under real MicroPython on real LittleFS, cut at each flash operation."""

from pathlib import Path

import pytest

from tests.micropython.test_on_micropython import names_in, run, verdicts

CUTS = Path(__file__).with_name("power_cuts.py")


@pytest.mark.parametrize("name", names_in(CUTS))
def test_it_holds_on_littlefs(name: str) -> None:
    """As the docstring there says."""
    code, printed = run(CUTS)
    told = verdicts(printed)
    assert name in told, f"it did not run; micropython ended with {code}:\n{printed}"
    assert told[name] == "ok", f"under MicroPython:\n{told[name]}"
