"""Updates on LittleFS whose power is cut at each program and each erase. For MicroPython only;
`tests/micropython/test_power_cuts.py` runs it."""

import builtins
import gc

from firmware.ratingbox.slots import BACK, KEPT, NAMES, NONE, TRIES, Slots, State, keep, take_turn
from firmware.ratingbox.update import Updater, read_hash
from tests.firmware.ratingbox.flash_bench import Flash, PowerCutError, fresh_root, mount, unmount
from tests.firmware.ratingbox.gateway_stand_in import KEY, NODE, SITE, Firmware, send
from wire.update import decode_manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BLOCKS = 24
OLD = {"wire/hop.mpy": b"old hop" * 400, "wire/old.mpy": b"old", "firmware/pico.mpy": b"old pico"}
NEW = {"wire/hop.mpy": b"new hop" * 900, "firmware/pico.mpy": b"new pico", "wire/two.mpy": b""}
PRESSES = b"what visitors said\n" * 30


_open = open
_opened: "list[Any]" = []


def _watching_open(path: str, mode: str = "r") -> "Any":
    file = _open(path, mode)
    _opened.append(file)
    return file


builtins.open = _watching_open  # type: ignore[assignment]


def bury(flash: Flash) -> None:
    """Close what a cut left open, before MicroPython's collector does and complains of it."""
    flash.bury()
    for file in _opened:
        try:  # noqa: SIM105 - no contextlib on MicroPython
            file.close()
        except OSError:
            pass
    _opened.clear()


def install(slots: Slots, slot: str, firmware: Firmware, files: "dict[str, bytes]") -> None:
    """As the cable does it."""
    for path, data in files.items():
        with slots.create(slot, path) as file:
            file.write(data)
    with slots.create(slot, "manifest") as file:
        file.write(firmware.signed)


def new_flash() -> bytearray:
    """A box that runs from a; an older firmware is in b; presses are in its log."""
    flash = Flash(BLOCKS)
    root = fresh_root(flash)
    slots = Slots(root)
    install(slots, "a", Firmware(OLD, 2, "a", "0.1.0"), OLD)
    install(slots, "b", Firmware(OLD, 1, "b", "0.0.9"), OLD)
    slots.write(State("a", counter=2))
    with slots.create("log", "00000001.log") as file:
        file.write(PRESSES)
    unmount(root)
    return flash.data


def boot(slots: Slots) -> str:
    """Which slot boots; every file of it must be what was signed."""
    slot = take_turn(slots)
    check(slots, slot)
    return slot


def check(slots: Slots, slot: str) -> None:
    """A slot that has a manifest has every file of it."""
    manifest = decode_manifest(slots.manifest(slot), KEY)
    for entry in manifest.entries:
        found = read_hash(slots.path(slot, entry.path)).digest()
        assert "".join(["%02x" % byte for byte in found]) == entry.digest, entry.path


def updater(slots: Slots) -> Updater:
    """The firmware's own, after a boot."""
    return Updater(slots, SITE, NODE, KEY, "0.1.0", "0a1b2c3d")


def whole_update(slots: Slots, reaches: bool) -> None:
    """From the first message until it is kept, or has gone back."""
    reply = send(updater(slots), Firmware(NEW, slots.read().counter + 1, slots.read().spare))
    assert reply["error"] == "", reply["error"]
    for _ in range(TRIES + 1):
        boot(slots)
        if reaches:
            keep(slots)
            return


def settle(slots: Slots, reaches: bool) -> None:
    """Boots until no trial is left; each of them must find a whole firmware."""
    for _ in range(TRIES + 2):
        boot(slots)
        if slots.read().trial == NONE:
            return
        if reaches:
            keep(slots)
    raise AssertionError("a trial that never ends")


def cut_everywhere(reaches: bool) -> int:
    """Cut at operation 1, 2, 3, …; after each, the box boots, settles and takes the next update.

    Returns how many operations there were to cut at.
    """
    before = new_flash()
    cut = 0
    while True:
        flash = Flash(0, before)
        root = mount(flash)
        flash.operations = 0
        flash.cut_after = cut
        done = False
        try:
            whole_update(Slots(root), reaches)
            done = True
        except PowerCutError:
            bury(flash)
        unmount(root)
        again = Flash(0, flash.data)
        root = mount(again)
        look_after(Slots(root), reaches)
        unmount(root)
        gc.collect()
        if done:
            return cut
        cut += 1


def look_after(slots: Slots, reaches: bool) -> None:
    """What holds after any cut."""
    for slot in NAMES:
        if slots.manifest(slot):
            check(slots, slot)
    settle(slots, reaches)
    assert slots.read().use == "a" or reaches, "an untried firmware is in use"
    whole_update(slots, True)
    boot(slots)
    assert (slots.read().trial, slots.read().result) == (NONE, KEPT)
    with open(slots.path("log", "00000001.log"), "rb") as file:
        assert file.read() == PRESSES


def test_a_cut_at_any_operation_of_an_update_that_works() -> None:
    """Download, check, trial, confirmation: always a whole firmware, and the next update goes."""
    assert cut_everywhere(True) > 30


def test_a_cut_at_any_operation_of_an_update_that_fails() -> None:
    """And of its way back: what never reached its gateway is never in use."""
    assert cut_everywhere(False) > 30


def test_the_check_of_a_boot_would_notice_a_slot_that_is_not_whole() -> None:
    """Otherwise the above would prove nothing."""
    flash = Flash(0, new_flash())
    root = mount(flash)
    slots = Slots(root)
    with slots.create("a", "wire/hop.mpy") as file:
        file.write(b"half")
    found = ""
    try:
        boot(slots)
    except AssertionError as error:
        found = str(error)
    unmount(root)
    assert found == "wire/hop.mpy"


def test_a_cut_of_the_way_back_is_not_the_end_of_it() -> None:
    """The line says `back` at the latest after the next boot."""
    flash = Flash(0, new_flash())
    root = mount(flash)
    slots = Slots(root)
    whole_update(slots, False)
    assert (slots.read().use, slots.read().result) == ("a", BACK)
    unmount(root)
