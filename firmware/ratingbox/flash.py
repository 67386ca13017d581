"""Puts firmware and config onto a Pico over the cable, into the slot it does not run from.

As with an update over the air there is no moment at which a pulled cable leaves a box without a
firmware: the line that names the slot in use is written last. /log is never touched; a box that
gets another name has its log set aside, under the old one.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware.ratingbox.box_setup import Setup
from firmware.ratingbox.cable import Cable, CableError
from firmware.ratingbox.slots import (
    MANIFEST,
    NAMES,
    SERVICE,
    State,
    counter_of,
    decode_state,
    encode_state,
)
from wire.image import Image
from wire.update import Manifest, encode_manifest

MPY = 6  # version of .mpy files: MicroPython 1.19 and later
_HERE = Path(__file__).parent

_CLEAR = """
import os
def clear(path):
    for name, kind, *_ in os.ilistdir(path):
        if kind == 0x4000:
            clear(path + "/" + name)
            os.rmdir(path + "/" + name)
        else:
            os.remove(path + "/" + name)
try:
    clear(%r)
except OSError as error:
    if error.errno != 2:
        raise
"""
_MAKE = """
import os
try:
    os.mkdir(%r)
except OSError as error:
    if error.errno != 17:
        raise
"""


@dataclass(frozen=True)
class Kit:
    """What is put on a board: the firmware, and /slots.mpy that boots it."""

    image: Image
    chooser: bytes


@dataclass(frozen=True)
class Step:
    """How far it is: `done` of `total` bytes are on the board, hashed there and found right."""

    done: int
    total: int


def install(cable: Cable, kit: Kit, setup: Setup, tell: Callable[[Step], None]) -> tuple[str, str]:
    """Put `kit` and `setup` on the board; returns the slot, and what became of a log, if anything.

    `tell` is called after each file. Raises CableError; then what ran before still runs.
    """
    check_board(cable)
    stop_box(cable)
    state = _state(cable)
    slot = state.spare if _is_whole(cable, state.use) else state.use
    counter = state.counter + 1
    _write_slot(cable, slot, kit.image, _manifest(kit.image, setup, slot, counter), tell)
    aside = _set_log_aside(cable, setup)
    root = {
        "/slots.mpy": kit.chooser,
        **setup.files,
        "/main.py": (_HERE / "main.py").read_bytes(),
        "/slots": encode_state(State(slot, counter=counter)),  # last: now it is in use
    }
    for path, data in root.items():
        cable.write(path, data)
    return slot, aside


def check_board(cable: Cable) -> None:
    """CableError if the MicroPython there cannot run what is compiled here."""
    said = cable.run("import sys\nprint(sys.implementation[0], sys.implementation._mpy & 0xff)")
    if said.split() != ["micropython", str(MPY)]:
        raise CableError(
            f"the board says {said.strip()!r}, which runs no .mpy of version {MPY}."
            " Install MicroPython 1.24 or later for the Pico W on it"
        )


def stop_box(cable: Cable) -> None:
    """Keep a box at its prompt: its watchdog would reset the board in the middle."""
    if {"main.py", "slots.mpy"} <= set(cable.names("/")):
        cable.write(f"/{SERVICE}", b"")
        cable.reset()


def _state(cable: Cable) -> State:
    """What the board's line says; on a new board, that nothing was ever there."""
    state = decode_state(cable.read("/slots") or b"")
    counters = {slot: counter_of(cable.read(f"/{slot}/{MANIFEST}") or b"") for slot in NAMES}
    if state is None:
        whole = [slot for slot in NAMES if counters[slot]]
        use = min(whole, key=lambda slot: counters[slot]) if whole else NAMES[0]
        return State(use, counter=max(counters.values()))
    return state


def _is_whole(cable: Cable, slot: str) -> bool:
    return bool(cable.read(f"/{slot}/{MANIFEST}"))


def _manifest(image: Image, setup: Setup, slot: str, counter: int) -> bytes:
    manifest = Manifest(setup.site, setup.node, image.version, counter, slot, image.entries())
    return encode_manifest(manifest, setup.key)


def _write_slot(
    cable: Cable, slot: str, image: Image, manifest: bytes, tell: Callable[[Step], None]
) -> None:
    total = len(image.stream())
    cable.run("import os\ntry:\n os.remove(%r)\nexcept OSError:\n pass" % f"/{slot}/{MANIFEST}")
    cable.run(_CLEAR % f"/{slot}")
    made: set[str] = set()
    done = 0
    for path, data in image.files.items():
        for folder in _above(f"/{slot}/{path}"):
            if folder not in made:
                cable.run(_MAKE % folder)
                made.add(folder)
        cable.write(f"/{slot}/{path}", data)
        done += len(data)
        tell(Step(done, total))
    cable.write(f"/{slot}/{MANIFEST}", manifest)


def _above(path: str) -> list[str]:
    """The folders of a path, from the root on."""
    parts = path.split("/")[1:-1]
    return ["/" + "/".join(parts[: i + 1]) for i in range(len(parts))]


def _set_log_aside(cable: Cable, setup: Setup) -> str:
    """The log of another box is that box's: its records must not come under a new name."""
    before = _name(cable.read("/box.json") or b"")
    mine = f"{setup.site}.{setup.node}"
    names = cable.names("/")
    if before in ("", mine) or "log" not in names:
        return ""
    aside = f"log.{before}"
    if aside in names:
        raise CableError(
            f"this board was {before} twice, and holds two logs of it. Flash it as {before}, let it"
            " reach its gateway, and copy /log to a safe place before you give it another name"
        )
    back = f"log.{mine}"
    cable.run(f"import os\nos.rename('/log', '/{aside}')")
    if back in names:
        cable.run(f"import os\nos.rename('/{back}', '/log')")
    return (
        f"the board was {before}: its log is kept as /{aside}, and is sent if it is {before} again"
    )


def _name(box: bytes) -> str:
    try:
        said = json.loads(box)
        return f"{said['site']}.{said['node']}"
    except (ValueError, KeyError, TypeError):
        return ""
