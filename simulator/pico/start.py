"""Switches a simulated Pico W on, from a PC's terminal: `talon-ratingbox simulate` runs this.

    micropython simulator/pico/start.py FOLDERS FLASH CONFIG PINS SPEED

FOLDERS: with the firmware's modules, divided by `:`. FLASH: a file, made if need be, which then
gets CONFIG and PINS (JSON files) as its /box.json and /pins.json. What the finger does comes as
lines from stdin; what the box shows goes to stdout.
"""

import json
import select
import sys

from simulator.pico.device import HOST, Pico, Reset, bench, format_chip, machine, move_host
from simulator.pico.flash_file import FlashFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HELP = (
    "s, u: press satisfied, unsatisfied; hold s, release s; open, close: the lid;"
    " power: cut it and put it back; state; quit"
)
_NAMES = {"s": "satisfied", "u": "unsatisfied"}


class Terminal:
    """Between a person and the board."""

    def __init__(self, pins: "dict[str, int]") -> None:
        self._pins = pins
        self._outputs = {pins[use]: use for use in pins}
        self._poll = select.poll()
        self._poll.register(sys.stdin, 1)
        self._known: "dict[str, object]" = {}
        self._hand = 0  # when it may press again
        bench.on_output = self._show_output

    def follow(self, board: Pico) -> bool:
        """Do what the person says; False: the power is to go."""
        if not self._poll.poll(0):
            return True
        line = sys.stdin.readline()
        if not line:
            raise SystemExit
        words = line.split()
        if words:
            return self._do(words, board)
        return True

    def show(self, board: Pico) -> None:
        """Say what is new."""
        box = board.box
        state: "dict[str, object]" = {
            "link": "up" if box.link.is_up else "down",
            "epoch": box.log.epoch,
            "written": box.log.last,
            "acknowledged": box.node.sender.acked,
            "fault": box.node.fault or "none",
        }
        for name in ("link", "epoch", "written", "acknowledged", "fault"):
            if self._known.get(name) != state[name]:
                say(name, state[name])
        self._known = state

    def _do(self, words: "list[str]", board: Pico) -> bool:
        word = words[0]
        if word in _NAMES:
            self._press(self._pins[_NAMES[word]])
        elif word in ("hold", "release") and len(words) > 1 and words[1] in _NAMES:
            bench.move(bench.us(), self._pins[_NAMES[words[1]]], int(word == "release"))
        elif word in ("open", "close"):
            bench.levels[self._pins["lid"]] = int(word == "open")
        elif word == "power":
            return False
        elif word == "state":
            say("state", board.box.node.state().decode())
        elif word == "quit":
            raise SystemExit
        else:
            say(HELP)
        return True

    def _press(self, pin: int) -> None:
        """As soon as a hand can, which is 300 ms after the last time."""
        wait = max(0, self._hand - bench.ms())
        bench.press(pin, in_ms=wait)
        self._hand = bench.ms() + wait + 300

    def _show_output(self, pin: int, level: int) -> None:
        say(self._outputs[pin], "on" if level else "off", bench.ms())


def say(*words: object) -> None:
    """A line for the person."""
    sys.stdout.write(" ".join([str(word) for word in words]) + "\n")
    flush: "Any" = getattr(sys.stdout, "flush", None)
    if flush is not None:
        flush()


def main(arguments: "list[str]") -> None:
    """See above."""
    folders, flash, config, pins_file, speed = arguments
    sys.path[:] = move_host(folders.split(":") + [".frozen"])  # noqa: RUF005
    with open(HOST + config) as file:
        box = file.read()
    with open(HOST + pins_file) as file:
        pins = json.load(file)
    bench.speed = int(speed)
    bench.levels[pins["lid"]] = 0
    chip = FlashFile(HOST + flash)
    if chip.is_new:
        format_chip(chip, {"box.json": box, "pins.json": json.dumps(pins)})
    terminal = Terminal(pins)
    say(HELP)
    cause = machine.PWRON_RESET
    while True:
        cause = _boot(chip, cause, terminal)


def _boot(chip: FlashFile, cause: int, terminal: Terminal) -> int:
    """From power on until the board boots anew; why it did."""
    say("boot", "after power" if cause == machine.PWRON_RESET else "after a reset")
    board = Pico(chip, cause)
    _tell_thanks(board)
    try:
        while terminal.follow(board):
            board.box.turn()
            terminal.show(board)
    except Reset:
        return machine.WDT_RESET
    finally:
        board.off()
    return machine.PWRON_RESET


def _tell_thanks(board: Pico) -> None:
    """A lamp that is lit already does not show that it is lit once more."""
    panel = board.box.board
    thank = panel.thank

    def thank_and_tell(button: str) -> None:
        thank(button)
        say("thanked", button, bench.ms())

    panel.thank = thank_and_tell  # type: ignore[method-assign]


if __name__ == "__main__":
    main(sys.argv[1:])
