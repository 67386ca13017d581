"""The lines of a record log as bytes, and back. A decision module; runs on MicroPython.

    talon 1 0123456789abcdef 37 - 0 9ab3ff01      head: epoch, number of the first record, the
                                                  epoch before and where it ended, CRC-32
    37 1c291ca3 {"kind":"press",…}                whole line: number, CRC-32 of number and record,
                                                  record
    S1k0aq9x04t2                                  short line: a press in a dozen bytes

A short line says only in what a press differs from the last whole line before it in the same file:
S or U (which button), six digits of CRC, two of the number's distance, the rest the distance in ms;
all in base 36, which MicroPython reads without a loop. Boot and the clock's lead over `up` are
those of the whole line. The CRC begins with that line's, so it is never read with another one.
"""

import binascii
from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    Data = bytes | bytearray

DAMAGED = b'{"kind":"damaged","at":null,"boot":"00000000","up":0}'
HEAD_BYTES = 120  # a head is shorter
SHORT_LINES = 63  # after a whole one: so much and no more hangs on it
_NO_EPOCH = "-"
_PRESS = b'"press"'
_REST = b',"button":'
_BUTTONS = {b'"satisfied"': b"S", b'"unsatisfied"': b"U"}
_NAMES = {b"S": "satisfied", b"U": "unsatisfied"}
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_CRC_BITS = 0x3FFFFFFF  # 30: a small int on the Pico
_CRC_DIGITS = 6
_NUMBER_DIGITS = 2
_MOST_MS = 36**7  # ahead of the whole line; two years
_FIXED = 1 + _CRC_DIGITS + _NUMBER_DIGITS
_MAX_SHORT = _FIXED + 7
_SMALL = 65_536  # bytes: all places in a file are numbers of 16 bits


class Whole:
    """A whole line, as far as short lines hang on it. `number`: as written. `lead`: at - up, None
    where the clock was not set."""

    __slots__ = ("boot", "crc", "lead", "number", "up")

    def __init__(self, number: int, record: bytes) -> None:
        self.number = number
        self.crc = binascii.crc32(record, number & _CRC_BITS)
        self.boot = b""
        self.up = 0
        self.lead: "int | None" = None
        said = _split(record)
        if said is not None:
            _, at, self.boot, self.up, _ = said
            self.lead = None if at is None else at - self.up

    def shorten(self, number: int, record: bytes) -> "bytes | None":
        """A press as a short line, without its end; None if it needs a whole one."""
        said = _split(record)
        if said is None or not 0 < number - self.number <= SHORT_LINES:
            return None
        kind, _, _, up, rest = said
        letter = _BUTTONS.get(rest[len(_REST) : -1]) if kind == _PRESS else None
        if letter is None or not 0 <= up - self.up < _MOST_MS:
            return None
        if self._record(letter, up) != record:
            return None
        body = letter + _base36(number - self.number, _NUMBER_DIGITS) + _base36(up - self.up, 1)
        return letter + self._check(body) + body[1:]

    def number_of(self, line: bytes) -> "int | None":
        """The number in a short line; None if it is damaged, or hangs on another line."""
        if not _FIXED < len(line) <= _MAX_SHORT:
            return None
        if self._check(line[:1] + line[1 + _CRC_DIGITS :]) != line[1 : 1 + _CRC_DIGITS]:
            return None
        return self.number + int(line[1 + _CRC_DIGITS : _FIXED], 36)

    def expand(self, line: bytes) -> bytes:
        """The record of a short line."""
        if self.number_of(line) is None:
            return DAMAGED
        return self._record(line[:1], self.up + int(line[_FIXED:], 36))

    def _check(self, body: bytes) -> bytes:
        return _base36(binascii.crc32(body, self.crc) & _CRC_BITS, _CRC_DIGITS)

    def _record(self, letter: bytes, up: int) -> bytes:
        at = "null" if self.lead is None else str(up + self.lead)
        return (
            '{"kind":"press","at":%s,"boot":"%s","up":%d,"button":"%s"}'
            % (at, self.boot.decode(), up, _NAMES[letter])
        ).encode()


class Page:
    """One file's records as they lie in it, `first` being the number of the first.

    It holds the file's bytes and where each record begins: a list of the records would take ten
    times as much on a Pico. `data`: at least the file's `size` bytes; it is used as it is.
    """

    def __init__(
        self, index: int, first: int, data: bytearray, size: int, starts: "array[int]"
    ) -> None:
        self.index = index
        self.first = first
        self._data = data
        self._size = size
        self._starts = starts  # 0, where the head is: a damaged record
        self._whole_at = -1
        self._whole: "Whole | None" = None

    @property
    def count(self) -> int:
        """How many records, damaged ones with them."""
        return len(self._starts)

    def add(self, line: bytes) -> None:
        """A line was appended to the file."""
        self._starts.append(self._size)
        end = self._size + len(line)
        if end > len(self._data):
            self._data.extend(bytes(end - len(self._data)))
        self._data[self._size : end] = line
        self._size = end

    def record(self, number: int) -> bytes:
        """A record as it was written."""
        place = number - self.first
        line = self._line(place)
        if not line:
            return DAMAGED
        if not is_short(line):
            return line.split(b" ", 2)[2]
        whole = self._whole_before(place)
        return whole.expand(line) if whole is not None else DAMAGED

    def _whole_before(self, place: int) -> "Whole | None":
        line = b""
        while place > 0 and (not line or is_short(line)):
            place -= 1
            line = self._line(place)
        if self._whole_at != place:
            found = parse_whole(line)
            self._whole = Whole(*found) if found else None
            self._whole_at = place
        return self._whole

    def _line(self, place: int) -> bytes:
        start = self._starts[place]
        return bytes(self._data[start : self._data.find(b"\n", start)]) if start else b""


def is_short(line: bytes) -> bool:
    """Whether it claims to be a short line."""
    return line[:1] in _NAMES


def whole_line(number: int, record: bytes) -> bytes:
    """A line with the whole record, and its end."""
    start = str(number).encode()
    return start + b" " + crc_text(start + b" " + record) + b" " + record + b"\n"


def parse_whole(line: bytes) -> "tuple[int, bytes] | None":
    """Number and record of a whole line; None if it is damaged."""
    parts = line.split(b" ", 2)
    if len(parts) != 3 or not parts[0].isdigit() or len(parts[0]) > 16:
        return None
    if crc_text(parts[0] + b" " + parts[2]) != parts[1]:
        return None
    return int(parts[0]), parts[2]


def head_line(epoch: str, first: int, origin: "tuple[str, int]") -> bytes:
    """The first line of a file. `origin`: the epoch before, and after which of its records."""
    text = ("talon 1 %s %d %s %d" % (epoch, first, origin[0], origin[1])).encode()
    return text + b" " + crc_text(text) + b"\n"


def parse_head(data: bytes) -> "tuple[str, int, str, int] | None":
    """Epoch, number of the first record, epoch before, and after which of its records."""
    parts = data[: data.find(b"\n") + 1].split()
    if (
        len(parts) not in (5, 7)
        or parts[0] != b"talon"
        or crc_text(b" ".join(parts[:-1])) != parts[-1]
    ):
        return None
    if len(parts) == 5:  # as the first version wrote it: a renewal then copied what it carried over
        return parts[2].decode(), int(parts[3]), _NO_EPOCH, 0
    return parts[2].decode(), int(parts[3]), parts[4].decode(), int(parts[5])


def parse(
    data: "Data", size: int, first: int, shift: int, after: "int | None"
) -> "tuple[array[int], int]":
    """Where each record of a file begins, from record `first` on, and where the sound bytes end.

    `data`, `size`: the file's bytes, and how many of them are its own. `shift`: by how much the
    numbers in it say more. `after`: number of the first record of the next file: what is missing
    before it is damaged, which shows as a beginning of 0.
    """
    starts = array("H" if len(data) <= _SMALL else "I")
    numbers = _Numbers()
    end = start = data.find(b"\n", 0, size) + 1
    while start < size:
        stop = data.find(b"\n", start, size)
        if stop < 0:
            break
        written = numbers.of(bytes(data[start:stop]))
        begin, start = start, stop + 1
        if written is None:
            continue
        number = written - shift
        if number < first + len(starts) or (after is not None and number >= after):
            continue
        if number - first > size:  # no such gap has room here, but would fill the memory
            continue
        _skip(starts, number - first)
        starts.append(begin)
        end = start
    if after is not None:
        _skip(starts, after - first)
    return starts, end


class _Numbers:
    """The numbers of a file's lines, one after the other."""

    def __init__(self) -> None:
        self._line: "tuple[int, bytes] | None" = None  # the last whole one
        self._whole: "Whole | None" = None

    def of(self, line: bytes) -> "int | None":
        if not is_short(line):
            found = parse_whole(line)
            if found is None:
                return None
            self._line = found
            self._whole = None
            return found[0]
        if self._whole is None and self._line is not None:
            self._whole = Whole(*self._line)
        return self._whole.number_of(line) if self._whole is not None else None


def _skip(starts: "array[int]", upto: int) -> None:
    while len(starts) < upto:
        starts.append(0)


def _split(record: bytes) -> "tuple[bytes, int | None, bytes, int, bytes] | None":
    """Kind, at, boot, up and the rest of a record that is written as `Node` writes it."""
    at = record.find(b',"at":')
    boot = record.find(b',"boot":"', at)
    up = record.find(b'","up":', boot)
    end = record.find(b",", up + 2)
    if record[:8] != b'{"kind":' or not 0 < at < boot < up:
        return None
    if end < 0:
        end = len(record) - 1
    clock, since = record[at + 6 : boot], record[up + 7 : end]
    if not since.isdigit() or not (clock == b"null" or clock.isdigit()) or len(since) > 16:
        return None
    known = None if clock == b"null" else int(clock)
    return record[8:at], known, record[boot + 9 : up], int(since), record[end:]


def crc_text(text: bytes) -> bytes:
    """The CRC-32 of a whole line or a head, as it stands there."""
    return ("%08x" % (binascii.crc32(text) & 0xFFFFFFFF)).encode()


def _base36(value: int, width: int) -> bytes:
    out = ""
    while value or len(out) < width:
        out = _DIGITS[value % 36] + out
        value //= 36
    return out.encode()
