"""Set-up over the cable, to real MicroPython on real LittleFS behind a pseudo-terminal."""

from pathlib import Path

import pytest

from firmware.ratingbox.box_setup import Setup
from firmware.ratingbox.cable import Cable, CableError
from firmware.ratingbox.flash import Kit, Step, install
from firmware.ratingbox.slots import decode_state
from simulator.pico_cable import PicoOnCable
from tests.firmware.ratingbox.cable_bench import KEY, kit, setup
from wire.update import decode_manifest


def put(pico: PicoOnCable, what: Kit, who: Setup) -> tuple[str, list[Step]]:
    """Install, and leave the board to itself."""
    steps: list[Step] = []
    with Cable(pico.port) as cable:
        _, aside = install(cable, what, who, steps.append)
        cable.leave()
    return aside, steps


def in_use(cable: Cable) -> str:
    """The slot that the board's line names."""
    state = decode_state(cable.read("/slots") or b"")
    assert state is not None
    return state.use


def test_a_new_board_gets_everything_and_runs_it(pico: PicoOnCable) -> None:
    """Each file hashed where it lies; then it boots what it got."""
    aside, steps = put(pico, kit(), setup())
    total = len(kit().image.stream())
    assert (aside, steps[-1]) == ("", Step(total, total))
    with Cable(pico.port) as cable:
        assert cable.names("/") == sorted(
            ["a", "box.json", "main.py", "pins.json", "ran", "slots", "slots.mpy"]
        )
        assert cable.read("/ran") == b"0.1.0\n"
        manifest = decode_manifest(cable.read("/a/manifest") or b"", KEY)
        assert (manifest.version, manifest.counter, manifest.slot) == ("0.1.0", 1, "a")
        for path, data in kit().image.files.items():
            assert cable.read(f"/a/{path}") == data
        assert cable.read("/box.json") == setup().files["/box.json"]


def test_a_box_that_runs_is_stopped_and_gets_the_next_firmware_beside_its_own(
    pico: PicoOnCable,
) -> None:
    """Its log stays byte for byte."""
    put(pico, kit(), setup())
    with Cable(pico.port) as cable:
        cable.run("import os\nos.mkdir('/log')")
        cable.write("/log/00000001.log", b"what visitors said")
    put(pico, kit("0.2.0"), setup())
    with Cable(pico.port) as cable:
        assert in_use(cable) == "b"
        assert decode_manifest(cable.read("/b/manifest") or b"", KEY).counter == 2
        assert cable.read("/a/manifest")
        assert (cable.read("/ran") or b"").endswith(b"0.2.0\n")
        assert cable.read("/log/00000001.log") == b"what visitors said"
        assert "service" not in cable.names("/")


def test_a_pulled_cable_leaves_the_firmware_that_was_there(flash: Path) -> None:
    """At some places of the way; and the next try goes through."""
    with PicoOnCable(flash) as pico:
        put(pico, kit(), setup())
    for after in (2_500, 8_000):
        with PicoOnCable(flash, pull_after=after) as pico, pytest.raises(CableError):
            put(pico, kit("0.2.0"), setup())
        with PicoOnCable(flash) as pico, Cable(pico.port) as cable:
            assert in_use(cable) == "a"
            assert (cable.read("/ran") or b"").endswith(b"0.1.0\n"), after
    with PicoOnCable(flash) as pico:
        put(pico, kit("0.2.0"), setup())
        with Cable(pico.port) as cable:
            assert (cable.read("/ran") or b"").endswith(b"0.2.0\n")


def test_another_name_sets_the_log_aside_and_the_old_name_brings_it_back(
    pico: PicoOnCable,
) -> None:
    """Votes of one desk never come under another."""
    put(pico, kit(), setup("box-3"))
    with Cable(pico.port) as cable:
        cable.run("import os\nos.mkdir('/log')")
        cable.write("/log/00000001.log", b"of box-3")
    aside, _ = put(pico, kit(), setup("box-4"))
    assert aside.startswith("the board was kyiv-1.box-3: its log is kept as /log.kyiv-1.box-3")
    with Cable(pico.port) as cable:
        assert "log" not in cable.names("/")
        assert cable.read("/log.kyiv-1.box-3/00000001.log") == b"of box-3"
        cable.run("import os\nos.mkdir('/log')")
    put(pico, kit(), setup("box-3"))
    with Cable(pico.port) as cable:
        assert cable.read("/log/00000001.log") == b"of box-3"
        assert "log.kyiv-1.box-4" in cable.names("/")


def test_a_firmware_that_cannot_be_loaded_gives_way_to_the_one_before(pico: PicoOnCable) -> None:
    """What went wrong is kept for the technician."""
    put(pico, kit(), setup())
    broken = kit("0.2.0")
    broken.image.files["firmware/ratingbox/pico.mpy"] = b"M\x00not for you"  # type: ignore[index]
    put(pico, broken, setup())
    with Cable(pico.port) as cable:
        assert in_use(cable) == "a"
        assert b"incompatible .mpy" in (cable.read("/crash") or b"")
        assert (cable.read("/ran") or b"").count(b"0.1.0\n") >= 2


def test_a_firmware_that_ends_is_booted_again(pico: PicoOnCable) -> None:
    """A box that stands still is worse than one that boots."""
    often = """
import os
def run():
    with open("/ran", "a") as file:
        file.write("x")
    if os.stat("/ran")[6] < 3:
        raise ValueError("the paper is out")
    import machine
    while True:
        machine.idle()
"""
    put(pico, kit(source=often), setup())
    with Cable(pico.port) as cable:
        assert cable.read("/ran") == b"xxx"
        assert cable.read("/crash") == b"ValueError: the paper is out"


def test_a_flash_that_stores_other_bytes_is_named(pico: PicoOnCable) -> None:
    """With what to do; nothing is in use that was not found right."""
    with Cable(pico.port) as cable:
        cable.run(
            "import builtins\n"
            "class Bad:\n"
            " def __init__(self, file): self.file = file\n"
            " def write(self, data): return self.file.write(data[:-1] + b'?')\n"
            " def close(self): self.file.close()\n"
            "_open = open\n"
            "builtins.open = lambda p, m='r': Bad(_open(p, m)) if m == 'wb' else _open(p, m)\n"
        )
        with pytest.raises(CableError, match="was not stored as it was sent"):
            install(cable, kit(), setup(), lambda _: None)
        assert "slots" not in cable.names("/")


def test_a_port_without_a_board_is_named() -> None:
    """With how to find the right one."""
    with pytest.raises(CableError, match=r"cannot be opened .* `mpremote connect list"):
        Cable("/dev/ttyNOTHING")
