"""A small firmware for the tests of the cable, compiled, and the config of the box that gets it."""

import functools
import json
import subprocess
import tempfile
from pathlib import Path

from firmware.ratingbox.box_setup import Setup
from firmware.ratingbox.flash import Kit
from tests.micropython.test_on_micropython import ROOT, program
from wire.image import Image

KEY = b"k" * 32
RUNNING = """
import machine
def run():
    with open("/ran", "a") as file:
        file.write(VERSION + "\\n")
    while True:
        machine.idle()
"""


@functools.cache
def compiled(source: str) -> bytes:
    """A module, as the Pico reads it."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "module.py", Path(folder) / "module.mpy"
        path.write_text(source)
        subprocess.run([program("mpy-cross"), "-o", str(out), str(path)], check=True)
        return out.read_bytes()


def kit(version: str = "0.1.0", source: str = RUNNING) -> Kit:
    """A firmware that waits until it is interrupted, and what boots it."""
    files = {
        "firmware/ratingbox/pico.mpy": compiled(f"VERSION = {version!r}\n{source}"),
    }
    chooser = compiled((ROOT / "firmware/ratingbox/slots.py").read_text())
    return Kit(Image(version, files), chooser)


def setup(node: str = "box-3") -> Setup:
    """Of one box."""
    said = {"site": "kyiv-1", "node": node, "key": KEY.hex()}
    return Setup("kyiv-1", node, KEY, {"/box.json": json.dumps(said).encode(), "/pins.json": b"{}"})
