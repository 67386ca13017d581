"""The power of a simulated Pico goes at every erase and program of a run."""

from collections import Counter
from pathlib import Path

import pytest

from tests.pico.rig import open_office, run_board, thanked

MOST_OPERATIONS = 150


@pytest.mark.parametrize("part", [0.0, 0.5])
def test_a_press_whose_lamp_lit_arrives_once_wherever_the_power_goes(
    part: float, tmp_path: Path
) -> None:
    """Before an operation and in the middle of it; the real firmware, broker and gateway."""
    nodes = [f"box-{number}" for number in range(MOST_OPERATIONS)]
    with open_office(tmp_path, nodes) as office:
        lines = run_board("board_cuts.py", office.port, part)
        stored = Counter(office.presses())
    operations = int(lines[-1].split()[1])
    lit = thanked(lines)
    assert 40 < operations < MOST_OPERATIONS
    assert len(lit) > 27 * operations
    assert [press for press in lit if stored[press] != 1] == []
    assert max(stored.values()) == 1
    assert len(stored) - len(lit) <= operations  # on the flash, and then the power went
