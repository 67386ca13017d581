"""The other end of an update, for tests on both interpreters: a firmware, signed and sent."""

import json
from binascii import hexlify
from hashlib import sha256

from wire.update import MAX_PIECE, Entry, Manifest, Order, encode_manifest, encode_order, id_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from firmware.ratingbox.update import Updater

KEY = b"k" * 32
SITE = "kyiv-1"
NODE = "box-3"


class Firmware:
    """Some files, signed for one box."""

    def __init__(
        self,
        files: "dict[str, bytes]",
        counter: int,
        slot: str = "b",
        version: str = "0.2.0",
        key: bytes = KEY,
        node: str = NODE,
    ) -> None:
        entries = [Entry(path, len(data), digest(data)) for path, data in files.items()]
        manifest = Manifest(SITE, node, version, counter, slot, entries)
        self.signed = encode_manifest(manifest, key)
        self.id = id_of(self.signed)
        self.stream = b"".join([files[entry.path] for entry in entries])

    def manifest(self, at: int = 0, size: int = MAX_PIECE) -> bytes:
        """The order with a part of the manifest."""
        total = len(self.signed)
        return encode_order(Order("manifest", self.id, at, total, self.signed[at : at + size]))

    def piece(self, at: int, size: int = MAX_PIECE) -> bytes:
        """The order with a part of the files."""
        return encode_order(Order("piece", self.id, at, 0, self.stream[at : at + size]))

    def order(self, word: str) -> bytes:
        """One that is only a word."""
        return encode_order(Order(word, self.id))

    def answer(self, reply: "dict[str, Any]", size: int = MAX_PIECE) -> "bytes | None":
        """What the box wants next; None: nothing."""
        want = reply["want"]
        if want == "-":
            return None
        if want == "manifest":
            return self.manifest(reply["at"], size)
        if want == "piece":
            return self.piece(reply["at"], size)
        return self.order(want)


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hexlify(sha256(data).digest()).decode()


def say(updater: "Updater", payload: bytes) -> "dict[str, Any]":
    """Hand a box an order; returns what it says."""
    reply: "dict[str, Any]" = json.loads(updater.handle(payload))
    reply.setdefault("want", "-")
    return reply


def send(updater: "Updater", firmware: Firmware, until: str = "-") -> "dict[str, Any]":
    """A whole update, or until the box wants `until`; returns the last reply."""
    reply = say(updater, firmware.manifest())
    payload = firmware.answer(reply)
    while payload is not None and reply["want"] != until:
        reply = say(updater, payload)
        payload = firmware.answer(reply)
    return reply
