"""A Pico's memory over thousands of presses without a link and as many links."""

from pathlib import Path

from firmware.ratingbox.simulate import HEAP
from tests.conftest import LONG
from tests.pico.rig import open_office, run_board
from tests.pico.terminal import staged

PRESSES, RECONNECTS = (10_000, 1_000) if LONG else (2_000, 100)
LEAK = 2_048  # bytes
UNFED_MS = 8_000


def test_memory_comes_back_and_the_watchdog_is_fed_over_thousands_of_presses_and_links(
    tmp_path: Path,
) -> None:
    """Ticks wrap in the first minute; all presses wait on the flash, then arrive, each once.

    The heap is 128 KiB of the Pico's 32-bit words; a PC's are twice as long.
    """
    with open_office(tmp_path) as office:
        lines = run_board(
            *("board_endures.py", office.port, tmp_path / "flash", PRESSES, RECONNECTS),
            heap=HEAP,
            path=staged(),
            timeout_s=600 if LONG else 90,
        )
        stored = office.presses()
    said = [line.split() for line in lines]
    told = {words[0]: int(words[1]) for words in said}
    free = [int(words[1]) for words in said if words[0] == "free"]
    assert free[-1] >= free[0] - LEAK, free
    assert told["unfed"] < UNFED_MS
    assert told["connects"] > RECONNECTS
    assert told["lost"] == 0
    assert told["last"] == 1 + PRESSES + (RECONNECTS + 19) // 20
    assert len(set(stored)) == len(stored) == told["last"] - 1
