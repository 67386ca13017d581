"""A Pico on a cable, for the tests of set-up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.pico_cable import PicoOnCable


@pytest.fixture
def flash(tmp_path: Path) -> Path:
    """A board's flash, with nothing on it."""
    return tmp_path / "flash"


@pytest.fixture
def pico(flash: Path) -> Iterator[PicoOnCable]:
    """A board on a cable."""
    with PicoOnCable(flash) as plugged:
        yield plugged
