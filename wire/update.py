"""A firmware update over MQTT: what a gateway sends to a box, as bytes. Runs on MicroPython.

A manifest names the files of one firmware for one box and is signed with that box's key:

    talon-firmware 1
    site tsnap-1
    node box-3
    version 0.2.0
    counter 7                                       higher than that of any manifest before
    slot b                                          where it goes
    file wire/hop.mpy 3120 <sha256, 64 hex digits>  one line for each file, in order of sending
    hmac <64 hex digits>                            HMAC-SHA256 of all lines before this one

Each message on `…/command` is a line, and after it bytes:

    update ask                        say how you are
    update manifest ID AT TOTAL       bytes of the manifest from AT on; it has TOTAL
    update piece ID AT                bytes from AT on of all files, one after another
    update go ID                      do the next small thing
    update boot ID                    try the new firmware

ID is the beginning of the manifest's hmac. The box answers each with a `wire.records.Reply`, which
says what it wants next: a message that is lost, repeated or out of order costs a repetition.
"""

import binascii

from wire.seal import hmac_sha256, is_same

VERB = "update"
MAX_MANIFEST = 8_192  # bytes; one of 60 files
MAX_PIECE = 1_024  # bytes in one message: a box has little memory in one piece
MAX_FILES = 64
MAX_IMAGE = 200_000  # bytes of all files: two slots and the log share 848 kB
MAX_COUNTER = 1 << 53
ID_LENGTH = 16
SLOTS = ("a", "b")
_MAX_LINE = 200
_PATH = "abcdefghijklmnopqrstuvwxyz0123456789_/"
_ENDING = ".mpy"
_HEX = "0123456789abcdef"
_DIGITS = "0123456789"  # isdigit() knows many more


class UpdateError(ValueError):
    """An update that is not taken; the message says why."""


class Entry:
    """One file of a firmware: `path` from the slot on, `size` in bytes, `digest` in hex."""

    __slots__ = ("digest", "path", "size")

    def __init__(self, path: str, size: int, digest: str) -> None:
        self.path = path
        self.size = size
        self.digest = digest


class Manifest:
    """One firmware for one box; see above."""

    __slots__ = ("counter", "entries", "node", "site", "slot", "version")

    def __init__(
        self,
        site: str,
        node: str,
        version: str,
        counter: int,
        slot: str,
        entries: "list[Entry]",
    ) -> None:
        self.site = site
        self.node = node
        self.version = version
        self.counter = counter
        self.slot = slot
        self.entries = entries

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum([entry.size for entry in self.entries])


def encode_manifest(manifest: Manifest, key: bytes) -> bytes:
    """Write and sign it; raise UpdateError if no box would take it."""
    lines = [
        "talon-firmware 1",
        "site " + manifest.site,
        "node " + manifest.node,
        "version " + manifest.version,
        "counter %d" % manifest.counter,
        "slot " + manifest.slot,
    ]
    lines += ["file %s %d %s" % (one.path, one.size, one.digest) for one in manifest.entries]
    text = "\n".join(lines).encode() + b"\n"
    signed = text + b"hmac " + binascii.hexlify(hmac_sha256(key, text)) + b"\n"
    decode_manifest(signed, key)
    return signed


def decode_manifest(signed: bytes, key: bytes) -> Manifest:
    """Read it; raise UpdateError unless it is signed with `key` and within the limits."""
    if len(signed) > MAX_MANIFEST:
        raise UpdateError("a manifest of %d bytes; %d are allowed" % (len(signed), MAX_MANIFEST))
    start = len(signed) - ID_LENGTH * 4 - len(b"hmac \n")
    if start < 0 or signed[start : start + 5] != b"hmac " or not key:
        raise UpdateError("the manifest is not signed" if key else "this box has no key")
    expected = binascii.hexlify(hmac_sha256(key, signed[:start]))
    if not is_same(signed[start + 5 : -1], expected):
        raise UpdateError("the signature is not of this box's key")
    try:
        lines = signed[:start].decode().split("\n")[:-1]
    except ValueError:
        raise UpdateError("the manifest is no text")  # noqa: B904 - MicroPython has no `from`
    return _parse(lines)


def id_of(signed: bytes) -> str:
    """By which name messages mean this manifest."""
    start = len(signed) - ID_LENGTH * 4 - 1
    return signed[start : start + ID_LENGTH].decode()


def _parse(lines: "list[str]") -> Manifest:
    heads = ("talon-firmware ", "site ", "node ", "version ", "counter ", "slot ")
    if len(lines) < len(heads) + 1 or len(lines) > len(heads) + MAX_FILES:
        raise UpdateError("%d files; 1 to %d are allowed" % (len(lines) - len(heads), MAX_FILES))
    said = [_after(head, line) for head, line in zip(heads, lines)]  # noqa: B905
    if said[0] != "1":
        raise UpdateError("a manifest of version %s; this firmware knows 1" % said[0])
    if said[5] not in SLOTS:
        raise UpdateError("no slot %s" % said[5])
    entries = [_entry(line) for line in lines[len(heads) :]]
    if len({entry.path for entry in entries}) != len(entries):
        raise UpdateError("a file comes twice")
    counter = number(said[4], 1, MAX_COUNTER)
    manifest = Manifest(said[1], said[2], said[3], counter, said[5], entries)
    if manifest.size > MAX_IMAGE:
        raise UpdateError("%d bytes; %d are allowed" % (manifest.size, MAX_IMAGE))
    return manifest


def _after(head: str, line: str) -> str:
    if not line.startswith(head) or len(line) == len(head):
        raise UpdateError("where %sshould be stands %s" % (head, line[:_MAX_LINE]))
    return line[len(head) :]


def _entry(line: str) -> Entry:
    parts = _after("file ", line).split(" ")
    if len(parts) != 3 or not is_path(parts[0]) or not is_hex(parts[2], 64):
        raise UpdateError("no file: %s" % line[:_MAX_LINE])
    return Entry(parts[0], number(parts[1], 0, MAX_IMAGE), parts[2])


def is_path(path: str) -> bool:
    """Whether it may stand in a slot: below it, of letters that every file system knows."""
    stem = path[: -len(_ENDING)]
    if not path.endswith(_ENDING) or len(path) > 80:
        return False
    return all(stem.split("/")) and all(letter in _PATH for letter in stem)


def is_hex(text: str, length: int) -> bool:
    """Whether it is so many hex digits."""
    return len(text) == length and all(letter in _HEX for letter in text)


def number(text: str, low: int, high: int) -> int:
    """A whole number; raise UpdateError if it is none, or outside."""
    if not 0 < len(text) <= 16 or not all(letter in _DIGITS for letter in text):
        raise UpdateError("%r is no number" % text[:20])
    if not low <= int(text) <= high:
        raise UpdateError("%s is not a number from %d to %d" % (text, low, high))
    return int(text)


class Order:
    """One message: `word` is ask, manifest, piece, go or boot; what it does not say is empty."""

    __slots__ = ("at", "data", "id", "total", "word")

    def __init__(
        self, word: str, id: str = "", at: int = 0, total: int = 0, data: bytes = b""
    ) -> None:
        self.word = word
        self.id = id
        self.at = at
        self.total = total
        self.data = data


_PARTS = {"ask": 0, "manifest": 3, "piece": 2, "go": 1, "boot": 1}  # words after the first two


def encode_order(order: Order) -> bytes:
    """As bytes to publish."""
    said: "list[object]" = [order.id, order.at, order.total]
    words = [VERB, order.word] + said[: _PARTS[order.word]]  # noqa: RUF005
    return " ".join([str(word) for word in words]).encode() + b"\n" + order.data


def decode_order(payload: bytes) -> Order:
    """Read a message; raise UpdateError if it is none."""
    end = payload.find(b"\n", 0, _MAX_LINE)
    if end < 0 or len(payload) - end - 1 > MAX_PIECE:
        raise UpdateError("a message of %d bytes is none of an update" % len(payload))
    try:
        words = payload[:end].decode().split(" ")
    except ValueError:
        words = []
    if len(words) < 2 or words[0] != VERB or _PARTS.get(words[1]) != len(words) - 2:
        raise UpdateError("no such message: %r" % payload[: min(end, 40)])
    order = Order(words[1], data=payload[end + 1 :])
    if len(words) > 2:
        if not is_hex(words[2], ID_LENGTH):
            raise UpdateError("no such update")
        order.id = words[2]
    if len(words) > 3:
        order.at = number(words[3], 0, MAX_IMAGE)
    if len(words) > 4:
        order.total = number(words[4], 1, MAX_MANIFEST)
    return order
