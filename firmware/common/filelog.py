"""The append-only record log of a device: what is in here has happened. Runs on MicroPython.

A log is a folder of segment files `00000001.log`, `00000002.log`, …:

    talon 1 0123456789abcdef 37 9ab3ff01          head: epoch, number of the first record, CRC-32
    37 1c291ca3 {"kind":"press",…}                number, CRC-32 of number and record, record

- A record is appended and synced before `append` returns.
- A torn or flipped tail ends the log there; what follows goes into a new segment, so that nothing
  is ever written behind bytes that cannot be trusted, and no file is ever rewritten.
- A record damaged between sound ones keeps its number: it is read as `DAMAGED`.
- Acknowledged records go by deleting whole segments, never the newest: there is no moment at which
  a power cut could lose a record that was not acknowledged.
"""

import binascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Disk(Protocol):
        """A folder on something that keeps what it is given, power or no power.

        After an OSError a write may be done all the same.
        """

        def names(self) -> "list[str]": ...
        def read(self, name: str) -> bytes: ...
        def create(self, name: str, data: bytes) -> None:
            """A new file with all of `data`, or no file at all; durable on return."""

        def append(self, name: str, data: bytes) -> None:
            """Durable on return; on an error or a power cut, any part of `data` may be there."""

        def remove(self, name: str) -> None:
            """Durable on return; no error if there is no such file."""


DAMAGED = b'{"kind":"damaged","at":null,"boot":"00000000","up":0}'
MAX_RECORD = 4096  # bytes
_SUFFIX = ".log"


class _Segment:
    __slots__ = ("first", "index", "size")

    def __init__(self, index: int, first: int, size: int) -> None:
        self.index = index
        self.first = first
        self.size = size

    @property
    def name(self) -> str:
        return "%08d%s" % (self.index, _SUFFIX)


class FileLog:
    """Records `oldest` … `last` of one `epoch` on a disk.

    `token()` gives 16 random hex digits, for a new epoch. `segment_bytes`: size at which a new file
    is begun; one segment at a time is held in memory while it is read.
    Raises OSError as the disk does; a record whose append raised is not in the log, unless the
    power goes before the next write: the disk may have kept it all the same.
    """

    def __init__(
        self, disk: "Disk", token: "Callable[[], str]", segment_bytes: int = 65_536
    ) -> None:
        self._disk = disk
        self._token = token
        self._segment_bytes = segment_bytes
        self._segments: "list[_Segment]" = []
        self._cached: "tuple[int, list[bytes]] | None" = None
        self._sound = True  # whether the newest file may be appended to
        self._doubtful = ""  # a file whose creation failed: it may be there
        self.epoch = ""
        self.last = 0
        self._open()

    @property
    def oldest(self) -> int:
        """Lowest number held."""
        return self._segments[0].first

    def append(self, record: bytes) -> int:
        """Write one record; it is durable on return. Returns its number."""
        if b"\n" in record or len(record) > MAX_RECORD:
            raise ValueError("a record is one line of at most %d bytes" % MAX_RECORD)
        self._resolve_doubt()
        number = self.last + 1
        line = _line(number, record)
        newest = self._segments[-1]
        if not self._sound or newest.size + len(line) > self._segment_bytes:
            self._begin(number, line)
            newest = self._segments[-1]
        else:
            self._sound = False  # until the disk says otherwise
            self._disk.append(newest.name, line)
            self._sound = True
            newest.size += len(line)
        self.last = number
        if self._cached is not None and self._cached[0] == newest.index:
            self._cached[1].append(record)
        return number

    def read(self, first: int, count: int, size: int) -> "list[bytes]":
        """Records from `first` on: at most `count` and about `size` bytes, but at least one."""
        if not self.oldest <= first <= self.last:
            raise ValueError("no record %d; held are %d to %d" % (first, self.oldest, self.last))
        out: "list[bytes]" = []
        number = first
        while number <= self.last and len(out) < count and (size > 0 or not out):
            start, records = self._segment_of(number)
            for record in records[number - start :]:
                out.append(record)
                size -= len(record)
                if len(out) >= count or size <= 0:
                    break
            number = first + len(out)
        return out

    def prune(self, upto: int) -> None:
        """Delete the segments whose records are all at or below `upto`."""
        while len(self._segments) > 1 and self._segments[1].first - 1 <= upto:
            done = self._segments.pop(0)  # first: after an error the file may be gone or not
            self._disk.remove(done.name)

    def renew(self, after: int) -> None:
        """Begin a new epoch in which the records after `after` are 1, 2, …, in one step."""
        self._resolve_doubt()
        carried = self.read(after + 1, self.last - after, 1 << 60) if after < self.last else []
        epoch = self._token()
        lines = [_line(number + 1, record) for number, record in enumerate(carried)]
        data = _head(epoch, 1) + b"".join(lines)
        old = self._segments
        fresh = self._create(1, data)
        self._segments = [fresh]
        self.epoch = epoch
        self.last = len(carried)
        self._sound = True
        self._cached = None
        self._forget(old)

    def _open(self) -> None:
        for index in sorted(_indices(self._disk.names())):
            name = _Segment(index, 0, 0).name
            data = self._disk.read(name)
            head = _parse_head(data)
            if head is None:
                self._sound = False  # unreadable: left as it is, and never written to
                continue
            if head[0] != self.epoch:  # a renewal: what came before it is of the past
                self._forget(self._segments)
                self._segments = []
                self.epoch = head[0]
            if self._segments and head[1] < self._segments[-1].first:
                self._sound = False  # from another card: as unreadable
                continue
            self._segments.append(_Segment(index, head[1], len(data)))
            self._sound = True
        if not self._segments:
            self.epoch = self._token()
            self._begin(1, b"")
            return
        newest = self._segments[-1]
        data = self._disk.read(newest.name)
        records, end = _parse(data, newest.first, None)
        self.last = newest.first + len(records) - 1
        self._sound = self._sound and end == len(data)
        self._cached = (newest.index, records)

    def _forget(self, segments: "list[_Segment]") -> None:
        for segment in segments:
            try:  # noqa: SIM105 - no contextlib on MicroPython
                self._disk.remove(segment.name)
            except OSError:
                pass  # it is of the past, and the next boot tries again

    def _begin(self, number: int, line: bytes) -> None:
        fresh = self._create(number, _head(self.epoch, number) + line)
        self._segments.append(fresh)
        self._sound = True
        self._cached = (fresh.index, [])

    def _create(self, first: int, data: bytes) -> _Segment:
        taken = _indices(self._disk.names())  # unreadable files too: none is ever overwritten
        fresh = _Segment(max(taken) + 1 if taken else 1, first, len(data))
        self._doubtful = fresh.name
        self._disk.create(fresh.name, data)
        self._doubtful = ""
        return fresh

    def _resolve_doubt(self) -> None:
        """Delete what a failed creation may have left: the next boot would take it for the newest,
        and what is written from now on for the past."""
        if self._doubtful:
            self._disk.remove(self._doubtful)
            self._doubtful = ""

    def _segment_of(self, number: int) -> "tuple[int, list[bytes]]":
        at = len(self._segments) - 1
        while self._segments[at].first > number:
            at -= 1
        segment = self._segments[at]
        if self._cached is None or self._cached[0] != segment.index:
            after = self._segments[at + 1].first if at + 1 < len(self._segments) else self.last + 1
            records, _ = _parse(self._disk.read(segment.name), segment.first, after)
            self._cached = (segment.index, records)
        return segment.first, self._cached[1]


def _indices(names: "list[str]") -> "list[int]":
    stems = [name[: -len(_SUFFIX)] for name in names if name.endswith(_SUFFIX)]
    return [int(stem) for stem in stems if stem.isdigit()]


def _crc(text: bytes) -> bytes:
    return ("%08x" % (binascii.crc32(text) & 0xFFFFFFFF)).encode()


def _line(number: int, record: bytes) -> bytes:
    start = str(number).encode()
    return start + b" " + _crc(start + b" " + record) + b" " + record + b"\n"


def _head(epoch: str, first: int) -> bytes:
    text = ("talon 1 %s %d" % (epoch, first)).encode()
    return text + b" " + _crc(text) + b"\n"


def _parse_head(data: bytes) -> "tuple[str, int] | None":
    parts = data[: data.find(b"\n", 0, 80) + 1].split()
    if len(parts) != 5 or parts[0] != b"talon" or _crc(b" ".join(parts[:4])) != parts[4]:
        return None
    return parts[2].decode(), int(parts[3])


def _parse(data: bytes, first: int, after: "int | None") -> "tuple[list[bytes], int]":
    """The records from `first` on, and where the sound bytes end.

    `after`: number of the first record of the next segment: what is missing before it is `DAMAGED`.
    """
    records: "list[bytes]" = []
    end = start = data.find(b"\n") + 1
    while start < len(data):
        stop = data.find(b"\n", start)
        if stop < 0:
            break
        found = _parse_line(data[start:stop])
        start = stop + 1
        if found is None:
            continue
        number, record = found
        if number < first + len(records) or (after is not None and number >= after):
            continue
        if number - first > len(data):  # no such gap has room here, but would fill the memory
            continue
        records.extend([DAMAGED] * (number - first - len(records)))
        records.append(record)
        end = start
    if after is not None:
        records.extend([DAMAGED] * (after - first - len(records)))
    return records, end


def _parse_line(line: bytes) -> "tuple[int, bytes] | None":
    parts = line.split(b" ", 2)
    if len(parts) != 3 or not parts[0].isdigit() or len(parts[0]) > 16:
        return None
    if _crc(parts[0] + b" " + parts[2]) != parts[1]:
        return None
    return int(parts[0]), parts[2]
