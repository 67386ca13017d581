"""An open showroom."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator.showroom.room import Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """With nobody in it."""
    opened = Room(tmp_path)
    yield opened
    opened.close()
