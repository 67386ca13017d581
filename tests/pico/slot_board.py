"""A simulated Pico that boots from its own flash as it was set up: /main.py, /slots.mpy, slots.

    slot_board.py FOLDERS CHIP install FOLDER     the chip gets what is in FOLDER
    slot_board.py FOLDERS CHIP boot               until the board resets itself: exit status 7
    slot_board.py FOLDERS CHIP program FILE       as the cable has it run; both buttons are pressed

CHIP: the file that keeps the flash while the board is off. Nothing of the PC's modules is found
once it boots.
"""

import os
import sys

import vfs

sys.path.insert(0, __file__.rpartition("/")[0])

from on_bench import (  # type: ignore[import-not-found]
    ARGUMENTS,
    PINS,
    bench,
    machine,
    say,
)

from simulator.pico.flash import FlashChip
from simulator.pico.rp2 import StateMachine

RESET = 7
PRESS_IN_MS = 200
NEXT_PRESS_MS = 3_000  # after the one before; by then the gateway has acknowledged that one
HOST = "/host"

CHIP, WHAT = HOST + ARGUMENTS[0], ARGUMENTS[1]


def load() -> FlashChip:
    """The chip as it was when the board went off."""
    chip = FlashChip()
    with open(CHIP, "rb") as file:
        chip._data[:] = file.read()
    return chip


def save(chip: FlashChip) -> None:
    """Keep it."""
    with open(CHIP, "wb") as file:
        file.write(chip._data)


def copy(source: str, target: str) -> None:
    """A folder's content, with the folders in it."""
    for name in os.listdir(source):
        if os.stat(source + "/" + name)[0] & 0x4000:
            os.mkdir(target + "/" + name)
            copy(source + "/" + name, target + "/" + name)
        else:
            with open(source + "/" + name, "rb") as file, open(target + "/" + name, "wb") as out:
                out.write(file.read())


def install(folder: str) -> None:
    """Format the chip, and put the folder on it."""
    chip = FlashChip()
    vfs.VfsLfs2.mkfs(chip, progsize=256)
    vfs.mount(vfs.VfsLfs2(chip, progsize=256), "/")
    copy(HOST + folder, "")
    vfs.umount("/")
    save(chip)


def power_on() -> FlashChip:
    """Up to where MicroPython runs the first program."""
    chip = load()
    chip.spend = bench.leap
    vfs.mount(vfs.VfsLfs2(chip, progsize=256), "/")
    os.chdir("/")
    sys.path[:] = ["", ".frozen"]
    bench.power_on()
    return chip


def press_when_it_looks(*buttons: str) -> None:
    """One button after the other, as soon as the firmware looks at them: on a busy PC its start may
    take any time."""
    activate = StateMachine.active

    def active(self: StateMachine, on: int) -> None:
        activate(self, on)
        StateMachine.active = activate  # type: ignore[method-assign]
        for n, button in enumerate(buttons):
            bench.press(PINS[button], in_ms=PRESS_IN_MS + n * NEXT_PRESS_MS)

    StateMachine.active = active  # type: ignore[method-assign]


def run_program(path: str) -> None:
    """At the prompt, with a person at the buttons."""
    with open(HOST + path) as file:
        source = file.read()
    power_on()
    press_when_it_looks("satisfied", "unsatisfied")
    exec(source, {"__name__": "__main__"})


def boot() -> None:
    """Power on; somebody presses a moment later."""
    chip = power_on()
    press_when_it_looks("satisfied")
    try:
        with open("/main.py") as file:
            exec(file.read(), {"__name__": "__main__"})
    except BaseException as error:
        if error.__class__.__name__ != "Reset":
            raise
        say("reset:", error)
    save(chip)
    sys.exit(RESET)


machine.cause = machine.PWRON_RESET
if WHAT == "install":
    install(ARGUMENTS[2])
elif WHAT == "program":
    run_program(ARGUMENTS[2])
else:
    boot()
