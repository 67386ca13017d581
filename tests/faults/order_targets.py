"""What is fuzzed of a rating box's orders and updates; see tests.faults.fuzz_targets."""

from collections.abc import Callable
from pathlib import Path

from firmware.ratingbox.slots import Slots, State, decode_state, encode_state
from firmware.ratingbox.update import Updater
from tests.firmware.ratingbox.gateway_stand_in import KEY, NODE, SITE, Firmware
from wire.image import Image, read_image, write_image
from wire.seal import hmac_sha256
from wire.selftest import TestOrder, decode_test, encode_test
from wire.update import (
    Order,
    UpdateError,
    decode_manifest,
    decode_order,
    encode_manifest,
    encode_order,
)

Check = Callable[[bytes], None]
CUT = b"\n~~\n"  # between two messages of one input
_FIRMWARE = Firmware({"wire/hop.mpy": b"hop" * 50, "wire/__init__.mpy": b""}, 4)
_MAC = len("hmac ") + 64 + 1


def _order(_: Path) -> Check:
    def check(data: bytes) -> None:
        try:
            order = decode_order(data)
        except UpdateError:
            return
        again = decode_order(encode_order(order))
        assert all(getattr(again, name) == getattr(order, name) for name in order.__slots__)

    return check


def _manifest(_: Path) -> Check:
    """Whatever it says, signed rightly: whoever signs may be mistaken."""

    def check(data: bytes) -> None:
        signed = data + b"hmac " + hmac_sha256(KEY, data).hex().encode() + b"\n"
        try:
            manifest = decode_manifest(signed, KEY)
        except UpdateError:
            return
        again = decode_manifest(encode_manifest(manifest, KEY), KEY)
        assert (again.version, again.counter, again.slot) == (
            manifest.version,
            manifest.counter,
            manifest.slot,
        )
        assert [(e.path, e.size, e.digest) for e in again.entries] == [
            (e.path, e.size, e.digest) for e in manifest.entries
        ]

    return check


def _test_order(_: Path) -> Check:
    sound = encode_test(TestOrder(120, 7, "0a1b2c3d"), SITE, NODE, KEY)

    def check(data: bytes) -> None:
        try:
            order = decode_test(data, SITE, NODE, KEY)
        except UpdateError:
            return
        assert encode_test(order, SITE, NODE, KEY) == sound, "a signature that nobody made"

    return check


def _image(_: Path) -> Check:
    def check(data: bytes) -> None:
        try:
            image = read_image(data)
        except UpdateError:
            return
        assert read_image(write_image(image)) == image

    return check


def _line(_: Path) -> Check:
    def check(data: bytes) -> None:
        state = decode_state(data)
        assert state is None or encode_state(state) == data

    return check


def _updater(folder: Path) -> Check:
    """A box that hears anything: it answers, and what it runs stays what it was."""
    folder = folder / "flash"
    folder.mkdir()
    slots = Slots(str(folder))
    with slots.create("a", "wire/hop.mpy") as file:
        file.write(b"old")

    def check(data: bytes) -> None:
        slots.write(State("a", counter=3))
        updater = Updater(slots, SITE, NODE, KEY, "0.1.0", "0a1b2c3d")
        for message in data.split(CUT):
            assert updater.handle(message).startswith(b"{")
        updater.close()
        assert slots.read().use == "a"
        assert (folder / "a/wire/hop.mpy").read_bytes() == b"old"
        assert {path.name for path in folder.iterdir()} <= {"a", "b", "slots"}

    return check


_MESSAGES = (
    _FIRMWARE.manifest(),
    _FIRMWARE.order("go"),
    _FIRMWARE.piece(0, 64),
    _FIRMWARE.piece(0),
    _FIRMWARE.order("boot"),
    encode_order(Order("ask")),
)
_HEADS = ("talon-firmware 1", "site ", "counter ", "slot b", "file wire/hop.mpy 3 ")

ORDERS: dict[str, tuple[Callable[[Path], Check], tuple[bytes, ...], int, tuple[str, ...]]] = {
    "update-order": (_order, _MESSAGES, 10_000, ()),
    "update-manifest": (_manifest, (_FIRMWARE.signed[:-_MAC],), 3_000, _HEADS),
    "test-order": (
        _test_order,
        (encode_test(TestOrder(120, 7, "0a1b2c3d"), SITE, NODE, KEY),),
        3_000,
        (),
    ),
    "image": (
        _image,
        (write_image(Image("0.2.0", {"wire/hop.mpy": b"hop" * 50, "a.mpy": b""})),),
        1_000,
        (),
    ),
    "slots-line": (
        _line,
        (encode_state(State("a", "b", 3, 7)), encode_state(State("b"))),
        5_000,
        (),
    ),
    "updater": (_updater, (CUT.join(_MESSAGES[:3]), _MESSAGES[0]), 500, ()),
}
"""By name: what makes the check, valid inputs, runs per test, words."""
