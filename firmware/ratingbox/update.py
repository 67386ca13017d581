"""A box takes a firmware over MQTT, into the slot it does not run from. Runs on MicroPython.

Nothing is written before the manifest's signature is right. Each message costs one small thing (a
file deleted, a piece written, a file hashed), so that buttons and watchdog never wait for long.
"""

import binascii
import hashlib
import json

from firmware.ratingbox.slots import MANIFEST, NONE, TRIES, Slots, blocks, go_back, keep
from wire.update import (
    Entry,
    Manifest,
    Order,
    UpdateError,
    decode_manifest,
    decode_order,
    id_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TRIAL_MS = 600_000  # so long a firmware on trial has to reach its gateway, from its boot on
_BUFFER = 512


class Updater:
    """Follows the orders of `wire.update` for one box; `key` signs them, `boot` is this boot.

    `now`: ms since the boot. `reboot`: whether the board is to boot anew, once what was said is
    sent.
    """

    def __init__(
        self, slots: Slots, site: str, node: str, key: bytes, version: str, boot: str
    ) -> None:
        self.reboot = False
        self._slots = slots
        self._site = site
        self._node = node
        self._key = key
        self._version = version
        self._boot = boot
        self._gathering = ("", 0)  # id and bytes of a manifest that is not whole yet
        self._gathered = bytearray()
        self._session: "_Session | None" = None
        self._on_trial = slots.read().trial != NONE

    def handle(self, payload: bytes) -> bytes:
        """Follow an order; returns the reply."""
        try:
            self._follow(decode_order(payload))
            return self._reply("")
        except UpdateError as error:
            return self._reply(str(error))
        except OSError as error:
            self.close()
            return self._reply("the flash: %s" % error)
        except MemoryError:
            self.close()
            self._forget_manifest()
            return self._reply("no memory")

    def close(self) -> None:
        """An update that is under way is over."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def on_trusted(self) -> None:
        """The gateway has acknowledged records since this boot: the trial is passed."""
        if self._on_trial:
            keep(self._slots)
            self._on_trial = False

    def poll(self, now: int) -> None:
        """A trial that takes too long is over."""
        if self._on_trial and now > TRIAL_MS and not self.reboot:
            go_back(self._slots)
            self.reboot = True

    def due(self, now: int) -> "int | None":
        """In how many ms `poll` has something to do; None: never."""
        return max(0, TRIAL_MS + 1 - now) if self._on_trial and not self.reboot else None

    def _follow(self, order: Order) -> None:
        session = self._session
        if order.word != "manifest":
            self._forget_manifest()
        if order.word == "ask":
            return
        if session is not None and order.id == session.id:
            if order.word == session.want and session.follow(order):
                self.reboot = True
        elif order.word == "manifest":
            self._gather(order)
        else:
            raise UpdateError("no update %s is under way" % order.id)

    def _gather(self, order: Order) -> None:
        if order.at == 0:
            self._gathering = (order.id, order.total)
            self._gathered = bytearray()
        if self._gathering != (order.id, order.total) or order.at != len(self._gathered):
            return  # out of order: the reply says from where on
        if order.at + len(order.data) > order.total:
            raise UpdateError("more than the %d bytes that were announced" % order.total)
        self._gathered.extend(order.data)
        if len(self._gathered) == order.total:
            signed = bytes(self._gathered)
            self._forget_manifest()
            self._accept(signed, order.id)

    def _forget_manifest(self) -> None:
        if self._gathering[0]:
            self._gathering = ("", 0)
            self._gathered = bytearray()

    def _accept(self, signed: bytes, name: str) -> None:
        manifest = decode_manifest(signed, self._key)
        state = self._slots.read()
        if (manifest.site, manifest.node) != (self._site, self._node) or id_of(signed) != name:
            raise UpdateError("this is %s/%s" % (self._site, self._node))
        if state.trial != NONE or self.reboot:
            raise UpdateError("the last update is still on trial")
        if manifest.counter <= state.counter:
            raise UpdateError("counter %d is not above %d" % (manifest.counter, state.counter))
        if manifest.slot != state.spare:
            raise UpdateError("slot %s is in use" % manifest.slot)
        self._check_room(manifest)
        state.counter = manifest.counter  # first: whatever comes of it, this one never comes again
        self._slots.write(state)
        self.close()
        self._session = _Session(self._slots, manifest, signed)

    def _check_room(self, manifest: Manifest) -> None:
        needed = sum([blocks(entry.size) for entry in manifest.entries])
        freed = sum([size for _, size in self._slots.files(manifest.slot)])
        if needed > self._slots.room() + freed:
            raise UpdateError("%d bytes are needed, %d free" % (needed, self._slots.room() + freed))

    def _reply(self, error: str) -> bytes:
        state = self._slots.read()
        session = self._session
        said: "dict[str, Any]" = {
            "v": 1,
            "re": "update",
            "slot": state.trial if self._on_trial else state.use,
            "trial": self._on_trial,
            "counter": state.counter,
            "result": state.result,
            "boot": self._boot,
            "version": self._version,
            "error": error[:200],
        }
        if self._gathering[0]:
            said["id"] = self._gathering[0]
            said["want"] = "manifest"
            said["at"] = len(self._gathered)
        elif session is not None:
            said["id"] = session.id
            said["want"] = session.want
            said["at"] = session.at
            said["error"] = said["error"] or session.failed
        return json.dumps(said).encode()


class _Session:
    """One manifest on its way into its slot: cleared, written, checked, booted."""

    def __init__(self, slots: Slots, manifest: Manifest, signed: bytes) -> None:
        self.id = id_of(signed)
        self.want = "go"
        self.at = 0  # bytes of all files that are written
        self.failed = ""  # why it is over
        self._slots = slots
        self._manifest = manifest
        self._signed = signed
        self._clearing: "Any" = iter(slots.files(manifest.slot))
        self._index = 0  # of the file that is written, then checked
        self._file: "Any" = None
        self._hash: "Any" = None
        self._left = 0  # bytes of that file

    def follow(self, order: Order) -> bool:
        """Do what was wanted; True: it is done, boot."""
        if order.word == "piece":
            self._write(order)
        elif order.word == "boot":
            return self._try()
        elif self._clearing is not None:
            self._clear()
        else:
            self._check()
        return False

    def _clear(self) -> None:
        try:
            path, _ = next(self._clearing)
            self._slots.remove(path)
        except StopIteration:
            self._clearing = None
            self.want = "piece"
            self._open()

    def _open(self) -> None:
        """Begin the next file; those that are empty are done at once."""
        while self._index < len(self._manifest.entries) and not self.failed:
            entry = self._manifest.entries[self._index]
            self._file = self._slots.create(self._manifest.slot, entry.path)
            self._hash = hashlib.sha256()
            self._left = entry.size
            if self._left:
                return
            self._end_file()
        if not self.failed:
            self._index = 0
            self.want = "go"

    def _write(self, order: Order) -> None:
        if order.at != self.at:
            return  # the reply says from where on
        if self.at + len(order.data) > self._manifest.size:
            raise UpdateError("more than the %d bytes that were signed" % self._manifest.size)
        data = order.data
        while data and not self.failed:
            part = data[: self._left]
            self._file.write(part)
            self._hash.update(part)
            self.at += len(part)
            self._left -= len(part)
            data = data[len(part) :]
            if self._left == 0:
                self._end_file()
                self._open()

    def _end_file(self) -> None:
        self.close()
        self._compare(self._manifest.entries[self._index], self._hash)
        self._index += 1

    def close(self) -> None:
        """Let go of the file that is being written."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _check(self) -> None:
        """Read one file back from the flash; after the last, the slot is whole."""
        slot = self._manifest.slot
        if self._index < len(self._manifest.entries):
            entry = self._manifest.entries[self._index]
            self._compare(entry, read_hash(self._slots.path(slot, entry.path)))
            self._index += 1
            return
        with self._slots.create(slot, MANIFEST + ".new") as file:
            file.write(self._signed)
        self._slots.rename(slot, MANIFEST + ".new", MANIFEST)
        self.want = "boot"

    def _compare(self, entry: Entry, found: "Any") -> None:
        if binascii.hexlify(found.digest()).decode() != entry.digest:
            self.want = NONE  # this update is over; its slot has no manifest
            self.failed = "%s is not what was signed" % entry.path

    def _try(self) -> bool:
        state = self._slots.read()
        state.trial = self._manifest.slot
        state.tries = TRIES
        state.result = NONE
        self._slots.write(state)
        self.want = NONE
        return True


def read_hash(path: str) -> "Any":
    """SHA-256 of a file, with little memory."""
    found = hashlib.sha256()
    with open(path, "rb") as file:
        part = file.read(_BUFFER)
        while part:
            found.update(part)
            part = file.read(_BUFFER)
    return found
