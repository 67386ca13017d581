"""The hop's two messages as bytes: a batch of records, and the watermark that acknowledges them.

A batch is lines: a head, then one line per record. A record that is not even JSON spoils its own
line and no other (docs/decisions/0002). The head is

    {"v":1,"epoch":"…","first":n,"oldest":k,"count":c,"prev":p,"boot":"…","up":ms}

and a watermark is `{"v":1,"epoch":"…","seq":m,"crc":c}`, where `c` is the CRC-32 of record m: by it
a sender that was rolled back notices that its record m is another one. Runs on MicroPython.
"""

import binascii
import json

VERSION = 1
MAX_HEAD = 512  # bytes; a head is below 200
MAX_BRACKETS = 8  # in a head or a watermark, which are flat: nesting would cost a Pico its memory
MAX_BATCH = 1 << 20  # bytes; senders stay far below
MAX_COUNT = 100_000
MAX_SEQ = 1 << 53  # what every JSON reader still holds exactly
_HEX = "0123456789abcdef"


class BatchError(ValueError):
    """Bytes that are not a batch or a watermark; nothing of them can be used."""


class Batch:
    """Records `first`, `first`+1, … of one epoch, as the sender wrote them.

    `oldest`: lowest number the sender still holds. `boot`, `up` (ms since that boot): the sender's
    own clock at the moment of sending, by which records without a time of day are placed.
    `prev`: CRC of record `first` - 1, by which the receiver sees that the batch continues what is
    stored; 0 where the sender no longer holds it.
    """

    __slots__ = ("boot", "epoch", "first", "oldest", "prev", "records", "up")

    def __init__(
        self,
        epoch: str,
        first: int,
        oldest: int,
        boot: str,
        up: int,
        records: "list[bytes]",
        prev: int = 0,
    ) -> None:
        self.epoch = epoch
        self.first = first
        self.oldest = oldest
        self.boot = boot
        self.up = up
        self.records = records
        self.prev = prev

    @property
    def last(self) -> int:
        """Number of the last record; `first` - 1 when there is none."""
        return self.first + len(self.records) - 1


def encode_batch(batch: Batch) -> bytes:
    """The batch as bytes to publish."""
    head = (
        '{"v":%d,"epoch":"%s","first":%d,"oldest":%d,"count":%d,"prev":%d,"boot":"%s","up":%d}'
        % (
            VERSION,
            batch.epoch,
            batch.first,
            batch.oldest,
            len(batch.records),
            batch.prev,
            batch.boot,
            batch.up,
        )
    ).encode()
    return b"\n".join([head] + batch.records + [b""])  # noqa: RUF005 - not on MicroPython's list


def decode_batch(payload: bytes) -> Batch:
    """Read a batch; raise `BatchError` if its head is wrong or lines are missing."""
    if len(payload) > MAX_BATCH:
        raise BatchError("a batch of %d bytes; %d are allowed" % (len(payload), MAX_BATCH))
    end = payload.find(b"\n", 0, MAX_HEAD)
    if end < 0:
        raise BatchError("no head line in the first %d bytes" % MAX_HEAD)
    head = _object(payload[:end])
    epoch = _token(head, "epoch", 16)
    boot = _token(head, "boot", 8)
    first = _number(head, "first", 1, MAX_SEQ)
    oldest = _number(head, "oldest", 1, first)
    count = _number(head, "count", 0, MAX_COUNT)
    prev = _number(head, "prev", 0, 0xFFFFFFFF)
    up = _number(head, "up", 0, MAX_SEQ)
    if first + count - 1 > MAX_SEQ:
        raise BatchError("%d records from %d go beyond %d" % (count, first, MAX_SEQ))
    lines = payload[end + 1 :].split(b"\n")
    if lines[-1]:
        raise BatchError("the last line is cut off")
    lines.pop()
    if len(lines) != count:
        raise BatchError("%d records where the head says %d" % (len(lines), count))
    return Batch(epoch, first, oldest, boot, up, lines, prev)


class Mark:
    """A watermark: all of `epoch` up to `seq` is stored; `crc` is its CRC (0: none)."""

    __slots__ = ("crc", "epoch", "seq")

    def __init__(self, epoch: str, seq: int, crc: int) -> None:
        self.epoch = epoch
        self.seq = seq
        self.crc = crc


def crc_of(record: bytes) -> int:
    """The CRC-32 by which two records with one number are told apart."""
    return binascii.crc32(record) & 0xFFFFFFFF


def encode_mark(mark: Mark) -> bytes:
    """The watermark as bytes to publish, retained."""
    return (
        '{"v":%d,"epoch":"%s","seq":%d,"crc":%d}' % (VERSION, mark.epoch, mark.seq, mark.crc)
    ).encode()


def decode_mark(payload: bytes) -> Mark:
    """Read a watermark; raise `BatchError` if it is none."""
    if len(payload) > MAX_HEAD:
        raise BatchError("a watermark of %d bytes" % len(payload))
    mark = _object(payload)
    return Mark(
        _token(mark, "epoch", 16),
        _number(mark, "seq", 0, MAX_SEQ),
        _number(mark, "crc", 0, 0xFFFFFFFF),
    )


def _object(line: bytes) -> "dict[str, object]":
    if line.count(b"[") + line.count(b"{") > MAX_BRACKETS:
        raise BatchError("nested too deeply")
    try:
        value = json.loads(line.decode())
    except ValueError as error:
        raise BatchError("not JSON in UTF-8: %s" % error)  # noqa: B904 - MicroPython has no `from`
    if not isinstance(value, dict):
        raise BatchError("not a JSON object")
    if value.get("v") != VERSION:
        raise BatchError("version %r; this is version %d" % (value.get("v"), VERSION))
    return value


def _number(head: "dict[str, object]", key: str, low: int, high: int) -> int:
    value = head.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise BatchError("%s is %r; it is a whole number from %d to %d" % (key, value, low, high))
    return value


def _token(head: "dict[str, object]", key: str, length: int) -> str:
    value = head.get(key)
    if not isinstance(value, str) or len(value) != length or not all(c in _HEX for c in value):
        raise BatchError("%s is %r; it is %d hexadecimal digits" % (key, value, length))
    return value
