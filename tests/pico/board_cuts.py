"""A box whose power is cut at each erase and program of a run in turn: `test_power_cuts.py`.

Arguments: the broker's port, and the part of the operation that is done when the power goes. Each
run is a box of its own, `box-0`, `box-1`, …, with the same presses of a day without a link on it.
"""

import sys

import vfs

sys.path.insert(0, __file__.rpartition("/")[0])

from on_bench import (  # type: ignore[import-not-found]
    ARGUMENTS,
    BUTTONS,
    PINS,
    Pico,
    bench,
    box_files,
    machine,
    new_chip,
    say,
    watch_lamps,
)

from firmware.common.filelog import FileLog
from firmware.common.flash_disk import FlashDisk
from firmware.ratingbox import pico as program
from simulator.disk import PowerCut
from simulator.pico.flash import FlashChip

PRESSES = 10
SEGMENT = 600  # bytes; so that a file outgrows LittleFS's inline ones, and another one is begun
SPEED = 25


def main() -> None:
    port, part = int(ARGUMENTS[0]), float(ARGUMENTS[1])
    program.SEGMENT = SEGMENT
    bench.speed = SPEED
    card = new_chip(port)
    before = prepare(card)
    operation = 0
    while run(card.copy(), operation, part, port, before):
        operation += 1
    say("operations", operation)


def prepare(card: FlashChip) -> "list[str]":
    """A log just below the size at which LittleFS gives a file blocks of its own; what to say of
    the presses in it."""
    mount(card)
    log = FileLog(FlashDisk(program.LOG), lambda: "0123456789abcdef", SEGMENT, short=True)
    said = []
    for number in range(24):
        up = 5_000 + 700 * number
        button = BUTTONS[number % 2]
        record = '{"kind":"press","at":null,"boot":"0a1b2c3d","up":%d,"button":"%s"}'
        seq = log.append((record % (up, button)).encode())
        said.append("%s %d %s" % (log.epoch, seq, button))
    umount()
    return said


def run(chip: FlashChip, operation: int, part: float, port: int, before: "list[str]") -> bool:
    """From a boot until all has arrived; whether the power was cut at all."""
    node = "box-%d" % operation
    say("node", node)
    for press in before:
        say("lamp", press)
    mount(chip)
    with open("/box.json", "w") as file:
        file.write(box_files(node, port, PINS)["box.json"])
    umount()
    chip.cut_power_at(operation, part)
    cut = False
    board = None
    try:
        board = Pico(chip)
        watch_lamps(board)
        for number in range(PRESSES):
            bench.press(PINS[BUTTONS[number % 2]], 60, 110 * number)
        assert board.until(lambda: bench.is_idle), "the finger is not done"
        assert board.until(lambda: is_delivered(board)), board.box.link.fault
        assert board.box.log.oldest > 1, "nothing was pruned"
    except PowerCut:
        cut = True
    unplug(board)
    again = Pico(chip.restore(), machine.WDT_RESET)
    watch_lamps(again)
    bench.press(PINS["satisfied"], 60, 20)
    assert again.until(lambda: bench.is_idle and is_delivered(again)), again.box.link.fault
    unplug(again)
    return cut


def is_delivered(board: Pico) -> bool:
    """Whether the gateway has acknowledged all, after the finger has done its work."""
    return bool(board.box.node.sender.pending == 0 and board.box.is_trusted)


def unplug(board: "Pico | None") -> None:
    """The finger lets go, and the power is off."""
    bench.let_go(PINS["satisfied"], PINS["unsatisfied"])
    if board is None:
        umount()
    else:
        board.off()


def mount(chip: FlashChip) -> None:
    """As it is on the board."""
    vfs.mount(vfs.VfsLfs2(chip, progsize=256), "/")


def umount() -> None:
    """Take it out."""
    vfs.umount("/")


main()
