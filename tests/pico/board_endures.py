"""A box with a Pico's memory: thousands of presses without a link, then a thousand links.

Arguments: the broker's port, the file of the flash, how many presses, how many reconnects.
"""

import sys

sys.path.insert(0, __file__.rpartition("/")[0])

import gc

from on_bench import (  # type: ignore[import-not-found]
    ARGUMENTS,
    BUTTONS,
    PINS,
    Pico,
    bench,
    box_files,
    say,
)

from firmware.ratingbox import pico as program
from simulator.pico.device import HOST, format_chip
from simulator.pico.flash_file import FlashFile

BATCH = 10  # presses that the finger makes at a time
EVERY_MS = 200
STEP_MS = 50  # of the loop, so that it takes minutes and not hours


def main() -> None:
    port, path = int(ARGUMENTS[0]), HOST + ARGUMENTS[1]
    presses, reconnects = int(ARGUMENTS[2]), int(ARGUMENTS[3])
    program.STEP_MS = STEP_MS  # type: ignore[attr-defined]
    chip = FlashFile(path)
    format_chip(chip, box_files("box-3", 1, PINS))  # nobody listens there
    bench.is_exact = True  # a PC that is busy would be a Pico that stands still for a second
    bench.start_ticks((1 << 30) - 60_000)  # they wrap within the first minute
    board = Pico(chip)
    before = free()
    say("free", before)
    press(board, presses)
    offline = free()
    say("free", offline)
    board.box.link._where = ("127.0.0.1", port)
    bench.be_real()
    bench.speed = 50
    assert board.until(lambda: is_done(board), 3_600_000), (board.box.link.fault, pending(board))
    say("delivered", board.box.log.last, board.box.link.connects)
    settled = free()
    say("free", settled)
    for number in range(reconnects):
        board.box.link.drop("pulled")
        if number % 20 == 0:
            bench.press(PINS[BUTTONS[0]], 60)
        assert board.until(lambda: board.box.link.is_up), board.box.link.fault
        board.box.link._retry_ms = 1
    assert board.until(lambda: is_done(board), 600_000), (board.box.link.fault, pending(board))
    say("free", free())
    say("connects", board.box.link.connects)
    say("unfed", bench.longest_unfed)
    say("lost", board.box.board.lost)
    say("last", board.box.log.last)


def press(board: Pico, presses: int) -> None:
    """So many, alternately, as fast as one hand can."""
    for number in range(0, presses, BATCH):
        for one in range(BATCH):
            bench.press(PINS[BUTTONS[one % 2]], 60, EVERY_MS * one + 20)
        assert board.until(lambda: bench.is_idle)
        board.turns(3)
        if number % 1_000 == 0:
            say("pressed", number, gc.mem_free())  # type: ignore[attr-defined]


def is_done(board: Pico) -> bool:
    return pending(board) == 0


def pending(board: Pico) -> int:
    return int(board.box.node.sender.pending)


def free() -> int:
    """Bytes of the heap, all that can be collected being collected."""
    gc.collect()
    gc.collect()
    return int(gc.mem_free())  # type: ignore[attr-defined]


main()
