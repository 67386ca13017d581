"""A simulated Pico W from power on to power off, running the firmware as it is.

Importing this puts the bench's modules in the place of MicroPython's own: whatever imports
`machine`, `network`, `rp2` or `time` from now on gets them. The chip's file system is mounted at
`/`, as on a Pico; the PC's is at `/host` then.
"""

import json
import os
import sys

import vfs

from simulator.pico import machine, network, rp2
from simulator.pico import time as board_time
from simulator.pico.bench import Reset, bench

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from firmware.ratingbox.pico import PicoBox
    from simulator.pico.flash import FlashChip
    from simulator.pico.flash_file import FlashFile

HOST = "/host"
PROGRAM_SIZE = 256  # of LittleFS, as MicroPython's `_boot.py` on the Pico has it

for _name, _module in (
    ("machine", machine),
    ("network", network),
    ("rp2", rp2),
    ("time", board_time),
):
    sys.modules[_name] = _module


def move_host(path: "list[str]") -> "list[str]":
    """The PC's files go to `/host`: returns `path` as it is found from now on."""
    here = os.getcwd()
    vfs.umount("/")
    vfs.mount(vfs.VfsPosix("/"), HOST)
    for module in sys.modules.values():
        if hasattr(module, "__path__"):  # of a package: one string in MicroPython
            module.__path__ = _moved(str(module.__path__), here)  # type: ignore[assignment]
    return [_moved(entry, here) for entry in path]


def _moved(entry: str, here: str) -> str:
    if entry == ".frozen":
        return entry
    return HOST + (entry if entry.startswith("/") else here + "/" + entry)


def format_chip(chip: "FlashChip | FlashFile", files: "dict[str, str]") -> None:
    """A file system with these files in its root."""
    vfs.VfsLfs2.mkfs(chip, progsize=PROGRAM_SIZE)
    vfs.mount(vfs.VfsLfs2(chip, progsize=PROGRAM_SIZE), "/")
    for name, text in files.items():
        with open("/" + name, "w") as file:
            file.write(text)
    os.chdir("/")
    vfs.umount("/")


def box_files(
    node: str, port: int, pins: "dict[str, int]", host: str = "127.0.0.1", **broker: "Any"
) -> "dict[str, str]":
    """box.json and pins.json of a box of the office `kyiv-1`."""
    said = {
        "site": "kyiv-1",
        "node": node,
        "key": "6b" * 32,
        "broker": dict({"host": host, "port": port}, **broker),
        "wifi": {"ssid": "Центр", "password": "секрет"},
    }
    return {"box.json": json.dumps(said), "pins.json": json.dumps(pins)}


class Pico:
    """One board with `chip`. `cause`: of the boot."""

    def __init__(self, chip: "FlashChip | FlashFile", cause: int = machine.PWRON_RESET) -> None:
        chip.spend = bench.leap
        self.chip = chip
        bench.power_on()
        machine.cause = cause
        vfs.mount(vfs.VfsLfs2(chip, progsize=PROGRAM_SIZE), "/")
        from firmware.ratingbox import board_pico, pico
        from firmware.ratingbox.box_config import read_box, read_pins

        self.parts = board_pico.Parts()
        self.parts.ntp_port = bench.ntp_port
        self.box: PicoBox = pico.PicoBox(read_box(), read_pins(), self.parts)

    def turns(self, count: int) -> None:
        """Let the program go around so often."""
        for _ in range(count):
            self.box.turn()

    def until(self, condition: "Any", most_ms: int = 120_000) -> bool:
        """Let it run until `condition()`, or for so long."""
        end = bench.ms() + most_ms
        while not condition():
            if bench.ms() > end:
                return False
            self.box.turn()
        return True

    def off(self) -> None:
        """Pull the plug. Without this, the next board finds its files mounted."""
        vfs.umount("/")
        self.box.link._line.close()


__all__ = ["HOST", "Pico", "Reset", "bench", "box_files", "format_chip", "machine", "move_host"]
