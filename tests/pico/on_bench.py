"""What scripts on a simulated board begin with. Only for MicroPython.

The first argument is folders with modules, the others are the script's.
"""

import json
import sys

ARGUMENTS = sys.argv[2:]
sys.path[:] = sys.argv[1].split(":") + [".frozen"]  # noqa: RUF005 - not on MicroPython's list

from simulator.pico.device import (  # noqa: E402
    Pico,
    bench,
    box_files,
    format_chip,
    machine,
    move_host,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from simulator.pico.flash import FlashChip

with open(__file__.rsplit("/", 3)[0] + "/hardware/ratingbox/pins_pico.json") as _file:
    PINS = json.load(_file)
BUTTONS = ("satisfied", "unsatisfied")
bench.levels[PINS["lid"]] = 0
sys.path[:] = move_host(sys.path)


def say(*words: object) -> None:
    """To whoever started this."""
    sys.stdout.write(" ".join([str(word) for word in words]) + "\n")


def new_chip(port: int, blocks: int = 40, **broker: "Any") -> "FlashChip":
    """A formatted flash with a box's config."""
    from simulator.pico.flash import FlashChip

    chip = FlashChip(blocks)
    format_chip(chip, box_files("box-3", port, PINS, **broker))
    return chip


def watch_lamps(pico: Pico) -> None:
    """Say for which record each press is thanked; a lamp that is lit stays lit for the next one."""
    log, board = pico.box.log, pico.box.board
    thank = board.thank

    def thank_and_tell(button: str) -> None:
        thank(button)
        said = json.loads(log.read(log.last, 1, 0)[0])
        assert bench.outputs[PINS[button + "_lamp"]] == 1
        assert said["kind"] == "press", said
        assert said["button"] == button, said
        say("lamp", log.epoch, log.last, button)

    board.thank = thank_and_tell  # type: ignore[method-assign]


__all__ = [
    "ARGUMENTS",
    "BUTTONS",
    "PINS",
    "Pico",
    "bench",
    "box_files",
    "machine",
    "new_chip",
    "say",
    "watch_lamps",
]
