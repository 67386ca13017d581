"""The thread that serves the page."""

from pathlib import Path

import pytest

from simulator.showroom.room import ShowroomError
from tests.simulator.showroom.room import Room


def test_a_page_that_has_died_is_noticed_by_who_drives_the_devices(room: Room) -> None:
    """So that the demo ends, and says so, instead of standing there without its page."""
    room.showroom.look()
    room.showroom.__exit__()
    with pytest.raises(ShowroomError, match="has ended by itself"):
        room.showroom.look()


def test_a_second_page_cannot_have_the_port_of_the_first(room: Room, tmp_path: Path) -> None:
    """It says what to do."""
    (tmp_path / "second").mkdir()
    with pytest.raises(ShowroomError, match=r"no page on port \d+: .*--page-port"):
        Room(tmp_path / "second", port=int(room.url.rpartition(":")[2]))
