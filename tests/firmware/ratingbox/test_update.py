"""A box takes its update, or refuses it and stays what it was. Runs under MicroPython too."""

import json
import os

from firmware.ratingbox.slots import BACK, KEPT, NONE, TRIES, Slots, State, keep, take_turn
from firmware.ratingbox.update import TRIAL_MS, Updater
from tests.firmware.ratingbox.flash_bench import fresh_root, names
from tests.firmware.ratingbox.gateway_stand_in import (
    KEY,
    NODE,
    SITE,
    Firmware,
    digest,
    say,
    send,
)
from wire.update import Order, encode_order

RUNS_ON_MICROPYTHON = True

FILES = {
    "wire/__init__.mpy": b"",
    "wire/hop.mpy": bytes(range(256)) * 9,
    "firmware/ratingbox/pico.mpy": b"\x00\xff" * 700,
}


class Box:
    """One that runs from slot a, with nothing in b."""

    def __init__(self, key: bytes = KEY) -> None:
        self.key = key
        self.slots = Slots(fresh_root())
        first = Firmware({"wire/__init__.mpy": b"old"}, 3, "a", "0.1.0")
        with self.slots.create("a", "wire/__init__.mpy") as file:
            file.write(b"old")
        with self.slots.create("a", "manifest") as file:
            file.write(first.signed)
        self.slots.write(State("a", counter=3))
        self.updater = self.start()

    def start(self) -> Updater:
        """The updater of the firmware that runs."""
        return Updater(self.slots, SITE, NODE, self.key, "0.1.0", "0a1b2c3d")

    def boot(self) -> str:
        """Power off and on; returns which slot runs now."""
        self.updater.close()  # else MicroPython's collector does, some time later
        slot = take_turn(self.slots)
        self.updater = self.start()
        return slot

    def state(self) -> "tuple[str, str, int, int, str]":
        """What the line says."""
        state = self.slots.read()
        return state.use, state.trial, state.tries, state.counter, state.result

    def has(self, slot: str) -> "dict[str, bytes]":
        """Every file of a slot, by its path in it."""
        found = {}
        start = len(self.slots.path(slot)) + 1
        for path, _ in list(self.slots.files(slot)):
            if not os.stat(path)[0] & 0x4000:
                with open(path, "rb") as file:
                    found[path[start:]] = file.read()
        return found


UNCHANGED = ("a", NONE, 0, 3, NONE)


def test_an_update_is_written_checked_and_tried() -> None:
    """Then it has so many boots to reach its gateway, and stays when it has."""
    box = Box()
    firmware = Firmware(FILES, 4)
    reply = send(box.updater, firmware)
    assert (reply["error"], reply["want"], box.updater.reboot) == ("", "-", True)
    expected = dict(FILES)
    expected["manifest"] = firmware.signed
    assert box.has("b") == expected
    assert box.state() == ("a", "b", TRIES, 4, NONE)
    assert box.boot() == "b"
    assert say(box.updater, b"update ask\n")["trial"]
    box.updater.on_trusted()
    assert box.state() == ("b", NONE, 0, 4, KEPT)
    reply = say(box.updater, b"update ask\n")
    assert (reply["slot"], reply["trial"], reply["result"]) == ("b", False, KEPT)
    assert box.boot() == "b"


def test_a_firmware_that_never_reaches_its_gateway_goes_back_after_some_boots() -> None:
    """Each boot is counted before it begins."""
    box = Box()
    send(box.updater, Firmware(FILES, 4))
    assert [box.boot() for _ in range(TRIES + 2)] == ["b"] * TRIES + ["a", "a"]
    assert box.state() == ("a", NONE, 0, 4, BACK)
    assert say(box.updater, b"update ask\n")["result"] == BACK


def test_a_firmware_that_stays_alone_for_ten_minutes_goes_back() -> None:
    """Without waiting for its other boots."""
    box = Box()
    send(box.updater, Firmware(FILES, 4))
    box.boot()
    assert box.updater.due(1_000) == TRIAL_MS - 999
    box.updater.poll(TRIAL_MS)
    assert not box.updater.reboot
    box.updater.poll(TRIAL_MS + 1)
    assert box.updater.reboot
    assert box.updater.due(TRIAL_MS + 2) is None
    assert box.boot() == "a"
    assert box.state() == ("a", NONE, 0, 4, BACK)


def test_after_going_back_the_next_update_is_taken() -> None:
    """Into the same slot, in place of the one that failed; nothing of that is left."""
    box = Box()
    send(box.updater, Firmware(FILES, 4))
    for _ in range(TRIES + 1):
        box.boot()
    mended = Firmware({"wire/hop.mpy": b"mended"}, 5)
    send(box.updater, mended)
    assert box.has("b") == {"wire/hop.mpy": b"mended", "manifest": mended.signed}
    assert box.boot() == "b"


def refused(box: Box, payload: bytes, why: str) -> None:
    """The box says why, and is as it was."""
    before = (box.state(), box.has("a"), box.has("b"))
    reply = say(box.updater, payload)
    assert why in reply["error"], reply
    assert (box.state(), box.has("a"), box.has("b")) == before
    assert not box.updater.reboot


def test_a_wrong_signature_changes_nothing() -> None:
    """Another key, another box, a box without a key."""
    refused(Box(), Firmware(FILES, 4, key=b"j" * 32).manifest(), "not of this box's key")
    refused(Box(), Firmware(FILES, 4, node="box-4").manifest(), "this is kyiv-1/box-3")
    refused(Box(b""), Firmware(FILES, 4).manifest(), "no key")


def test_what_was_signed_once_is_not_taken_again() -> None:
    """Neither one that came before, nor the very same, whatever became of it."""
    box = Box()
    refused(box, Firmware(FILES, 3).manifest(), "counter 3 is not above 3")
    refused(box, Firmware(FILES, 2).manifest(), "counter 2 is not above 3")
    firmware = Firmware(FILES, 4)
    assert say(box.updater, firmware.manifest())["want"] == "go"
    box.boot()  # cut in the middle
    refused(box, firmware.manifest(), "counter 4 is not above 4")
    assert send(box.updater, Firmware(FILES, 5))["error"] == ""


def test_the_slot_in_use_is_never_written() -> None:
    """Nor is the spare one while it is on trial."""
    box = Box()
    refused(box, Firmware(FILES, 4, "a").manifest(), "slot a is in use")
    send(box.updater, Firmware(FILES, 4))
    box.boot()
    refused(box, Firmware(FILES, 5).manifest(), "still on trial")
    refused(box, Firmware(FILES, 5, "a").manifest(), "still on trial")


def test_orders_without_an_update_are_refused() -> None:
    """Also those of another update, and bytes that are no order."""
    box = Box()
    firmware = Firmware(FILES, 4)
    for payload in (firmware.piece(0), firmware.order("go"), firmware.order("boot")):
        refused(box, payload, "is under way")
    refused(box, b"update go\n", "no such message")
    refused(box, b"\x00" * 2_000, "none of an update")
    say(box.updater, firmware.manifest())
    refused(box, Firmware(FILES, 5).piece(0), "is under way")


def test_a_manifest_comes_in_parts_of_any_size_and_order() -> None:
    """A part out of order is not taken; the reply says which is wanted."""
    box = Box()
    firmware = Firmware(FILES, 4)
    assert say(box.updater, firmware.manifest(100, 100))["want"] == "-"
    assert say(box.updater, firmware.manifest(0, 100))["at"] == 100
    assert say(box.updater, firmware.manifest(200, 100))["at"] == 100
    assert say(box.updater, firmware.manifest(100, 100))["at"] == 200
    assert say(box.updater, firmware.manifest(100, 100))["at"] == 200
    over = encode_order(Order("manifest", firmware.id, 200, len(firmware.signed), b"x" * 1_000))
    refused(box, over, "that were announced")
    assert say(box.updater, firmware.manifest(200, 1_000))["want"] == "go"


def test_pieces_out_of_order_and_repeated_cost_a_repetition() -> None:
    """Every piece twice, and the one after it too early."""
    box = Box()
    firmware = Firmware(FILES, 4)
    reply = send(box.updater, firmware, until="piece")
    while reply["want"] == "piece":
        at = reply["at"]
        assert say(box.updater, firmware.piece(at + 300, 300))["at"] == at
        reply = say(box.updater, firmware.piece(at, 300))
        say(box.updater, firmware.piece(at, 300))
    while reply["want"] == "go":
        reply = say(box.updater, firmware.order("go"))
    assert (reply["want"], reply["error"]) == ("boot", "")


def test_a_byte_that_is_not_what_was_signed_ends_the_update() -> None:
    """The slot is not whole, so it never boots."""
    box = Box()
    firmware = Firmware(FILES, 4)
    firmware.stream = firmware.stream[:700] + b"\x01" + firmware.stream[701:]
    reply = send(box.updater, firmware)
    assert reply["error"].endswith("is not what was signed")
    assert say(box.updater, b"update ask\n")["error"] == reply["error"]  # as often as it is asked
    assert (reply["want"], box.updater.reboot) == ("-", False)
    assert "manifest" not in box.has("b")
    say(box.updater, firmware.order("boot"))
    assert not box.updater.reboot
    assert box.boot() == "a"


def test_more_bytes_than_were_signed_are_refused() -> None:
    """And fewer never lead to a boot."""
    box = Box()
    firmware = Firmware(FILES, 4)
    send(box.updater, firmware, until="piece")
    firmware.stream += b"x"
    end = len(firmware.stream) - 1
    reply = say(box.updater, firmware.piece(0))
    while reply["at"] + 1_024 < end:
        reply = say(box.updater, firmware.piece(reply["at"]))
    refused(box, firmware.piece(reply["at"]), "that were signed")
    say(box.updater, firmware.order("boot"))
    assert not box.updater.reboot


def test_a_flash_that_kept_other_bytes_is_noticed_before_the_boot() -> None:
    """What is checked is what lies there, not what was sent."""
    box = Box()
    firmware = Firmware(FILES, 4)
    reply = send(box.updater, firmware, until="piece")
    while reply["want"] == "piece":
        reply = say(box.updater, firmware.piece(reply["at"]))
    with box.slots.create("b", "wire/hop.mpy") as file:
        file.write(FILES["wire/hop.mpy"][:-1] + b"\x00")
    for _ in range(len(FILES)):
        reply = say(box.updater, firmware.order("go"))
    assert "wire/hop.mpy is not what was signed" in reply["error"]
    assert box.boot() == "a"


def test_a_firmware_for_which_there_is_no_room_is_refused() -> None:
    """Before anything of the old one is deleted."""
    box = Box()
    box.slots.room = lambda: 8_191  # type: ignore[method-assign]
    refused(box, Firmware(FILES, 4).manifest(), "12288 bytes are needed, 8191 free")


def test_each_message_deletes_at_most_one_file() -> None:
    """A flash block takes tens of milliseconds to erase, and the buttons wait for it."""
    box = Box()
    send(box.updater, Firmware(FILES, 4))
    for _ in range(TRIES + 1):
        box.boot()
    reply = say(box.updater, Firmware(FILES, 5).manifest())
    counts = []
    while reply["want"] == "go":
        counts.append(len(list(box.slots.files("b"))))
        reply = say(box.updater, Firmware(FILES, 5).order("go"))
    steps = [before - after for before, after in zip(counts, counts[1:])]  # noqa: RUF007, B905
    assert max(steps) <= 2  # the manifest shows twice in that list
    assert counts[-1] == 0


def test_a_line_that_rotted_falls_back_to_the_firmware_that_proved_itself() -> None:
    """And no manifest that the box has ever had is taken again."""
    box = Box()
    send(box.updater, Firmware(FILES, 9))
    with open(box.slots.root + "/slots", "wb") as file:
        file.write(b"talon-slots 1 b b 3 0 - 00000000\n")
    assert box.state() == ("a", NONE, 0, 9, NONE)
    assert box.boot() == "a"


def test_a_flash_that_takes_no_more_boots_what_proved_itself() -> None:
    """A trial that cannot be counted might never end."""
    box = Box()
    send(box.updater, Firmware(FILES, 4))

    def refuse(state: State) -> None:
        raise OSError(28)

    box.slots.write = refuse  # type: ignore[method-assign]
    assert [box.boot() for _ in range(5)] == ["a"] * 5


def test_a_kept_firmware_is_kept_once() -> None:
    """Later acknowledgements write nothing."""
    box = Box()
    send(box.updater, Firmware(FILES, 4))
    box.boot()
    box.updater.on_trusted()
    os.remove(box.slots.root + "/slots")
    box.updater.on_trusted()
    assert names(box.slots.root) == ["a", "b"]
    keep(box.slots)
    assert names(box.slots.root) == ["a", "b"]


def test_replies_are_small_and_whole() -> None:
    """They go through a small radio, and are what the wire declares (checked on the desk)."""
    box = Box()
    reply = box.updater.handle(Firmware(FILES, 4).manifest())
    assert len(reply) < 400
    assert json.loads(reply)["re"] == "update"
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
