"""`talon-ratingbox simulate`: the Pico's firmware on a PC, under real MicroPython.

The simulated board is `simulator/pico`, which only MicroPython runs: another process, not an
import, for a program must not depend on its simulator.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.common.program import ProgramError
from firmware.ratingbox.contents import ROOT, UMQTT, cache_folder, fetch_umqtt, modules

PINS = ROOT / "hardware" / "ratingbox" / "pins_pico.json"
BENCH = ROOT / "simulator" / "pico"
HEAP = "128wk"  # 128 KiB of 32-bit words, as on a Pico, whatever the PC's words are
_TOOLS = ("micropython", "mpy-cross")
_COMPILER = ("-O3",)


@dataclass(frozen=True)
class Simulated:
    """One box that is not there. `flash`: the file that keeps its flash."""

    site: str
    node: str
    host: str
    port: int
    flash: Path
    speed: int = 1


def run(box: Simulated) -> int:
    """Run until the person at the terminal has had enough; returns the exit code."""
    for name in _TOOLS:
        tool(name)
    with tempfile.TemporaryDirectory(prefix="talon-pico-") as folder:
        stage(Path(folder))
        config = Path(folder) / "box.json"
        config.write_text(json.dumps(config_of(box)), encoding="utf-8")
        return subprocess.run(command(box, Path(folder), config), check=False).returncode


def command(box: Simulated, folder: Path, config: Path, heap: str = HEAP) -> list[str]:
    """What starts it: the firmware compiled in `folder`, with `config` as its box.json."""
    start = [tool("micropython"), "-X", f"heapsize={heap}", "-c", _start(folder)]
    return [*start, str(folder), str(box.flash.absolute()), str(config), str(PINS), str(box.speed)]


def stage(folder: Path) -> None:
    """Compile the firmware and the board that is not there into `folder`."""
    if not BENCH.is_dir():
        raise ProgramError(f"{BENCH} is not there: simulate needs a checkout of the repository")
    bench = [path.relative_to(ROOT).as_posix() for path in sorted(BENCH.glob("*.py"))]
    ours = [*modules(), "simulator/__init__.py", "simulator/disk.py", *bench]
    sources = [(ROOT / path, path) for path in ours]
    sources.append((fetch_umqtt(cache_folder()) / UMQTT, UMQTT))
    for source, path in sources:
        compile_module(source, path, (folder / path).with_suffix(".mpy"))


def compile_module(source: Path, name: str, out: Path) -> None:
    """One module as MicroPython's bytecode; ProgramError with what the compiler says."""
    out.parent.mkdir(parents=True, exist_ok=True)
    arguments = [tool("mpy-cross"), *_COMPILER, "-s", name, "-o", str(out), str(source)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProgramError(f"{name} does not compile: {done.stderr.strip()}")


def tool(name: str) -> str:
    """Path of one of MicroPython's own tools. ProgramError if it is not installed."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which(name, path=beside) or shutil.which(name)
    if found is None:
        raise ProgramError(f"{name} is missing: pip install '.[dev]'")
    return found


def _start(folder: Path) -> str:
    return (
        f"import sys; sys.path.insert(0, {str(folder)!r});"
        " from simulator.pico.start import main; main(sys.argv[1:])"
    )


def config_of(box: Simulated) -> dict[str, Any]:
    """Its box.json, as of a box without a key or a login."""
    return {
        "site": box.site,
        "node": box.node,
        "broker": {"host": box.host, "port": box.port},
        "wifi": {"ssid": "simulated"},
    }
