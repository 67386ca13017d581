"""The append-only record log of a device: what is in here has happened. Runs on MicroPython.

A log is a folder of segment files `00000001.log`, `00000002.log`, …, each of a head and one line
per record; `firmware.common.logline` says how they look.

- A record is appended and synced before `append` returns.
- A torn or flipped tail ends the log there; what follows goes into a new segment, so that nothing
  is ever written behind bytes that cannot be trusted, and no file is ever rewritten.
- A record damaged between sound ones keeps its number: it is read as `DAMAGED`.
- Acknowledged records go by deleting whole segments, never the newest: there is no moment at which
  a power cut could lose a record that was not acknowledged.
- A new epoch begins with one new file, whose head names the epoch before and its last number that
  was not carried over: what follows that one is read as 1, 2, …; no record is copied.
- At its limit of bytes a log refuses new records and deletes nothing (docs/decisions/0007).
"""

from firmware.common.logline import (
    HEAD_BYTES,
    Page,
    Whole,
    head_line,
    parse,
    parse_head,
    whole_line,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Disk(Protocol):
        """A folder on something that keeps what it is given, power or no power.

        After an OSError a write may be done all the same.
        """

        def names(self) -> "list[str]": ...
        def size(self, name: str) -> int:
            """Bytes in a file."""

        def read(self, name: str, size: int = -1) -> bytes:
            """The first `size` bytes of a file; -1: all."""

        def readinto(self, name: str, buffer: bytearray) -> int:
            """Fill `buffer` from the beginning of a file; how many bytes there were."""

        def create(self, name: str, data: bytes) -> None:
            """A new file with all of `data`, or no file at all; durable on return."""

        def append(self, name: str, data: bytes) -> None:
            """Durable on return; on an error or a power cut, any part of `data` may be there."""

        def remove(self, name: str) -> None:
            """Durable on return; no error if there is no such file."""


MAX_RECORD = 4096  # bytes
_ENOSPC = 28  # MicroPython's errno does not know it
_SUFFIX = ".log"
_NO_EPOCH = "-"
_RECORD_BYTES = 200  # a press and its line, and a head if it begins a file
_SEGMENTS = 8  # at least so many make up the limit
_RESERVE = 16  # one part in so many of the limit is for notes


class LogFull(OSError):
    """The log has reached its limit; nothing was written, and nothing that it holds is gone."""

    def __init__(self, limit: int) -> None:
        super().__init__(_ENOSPC, "the log is at its limit of %d bytes" % limit)


class _Segment:
    """`first`: number of its first record, as it counts now; `shift`: by how much its lines say
    more, because they were written in an earlier epoch."""

    __slots__ = ("first", "index", "shift", "size")

    def __init__(self, index: int, first: int, size: int) -> None:
        self.index = index
        self.first = first
        self.size = size
        self.shift = 0

    @property
    def name(self) -> str:
        return "%08d%s" % (self.index, _SUFFIX)

    def renumber(self, by: int) -> None:
        """Its records count `by` less from now on."""
        self.first -= by
        self.shift += by


class FileLog:
    """Records `oldest` … `last` of one `epoch` on a disk.

    `token()` gives 16 random hex digits, for a new epoch. `segment_bytes`: size at which a new file
    is begun; one segment at a time is held in memory while it is read. `limit_bytes`: what all
    segments together never outgrow, a sixteenth of it for notes only; None: as much as you like.
    `short`: presses take short lines where they can; any log reads both.
    Raises OSError as the disk does; a record whose append raised is not in the log, unless the
    power goes before the next write: the disk may have kept it all the same.
    """

    def __init__(
        self,
        disk: "Disk",
        token: "Callable[[], str]",
        segment_bytes: int = 65_536,
        limit_bytes: "int | None" = None,
        short: bool = False,
    ) -> None:
        self._disk = disk
        self._token = token
        self._segment_bytes = segment_bytes
        if limit_bytes is not None:  # the newest is never deleted: it must not be all there is
            self._segment_bytes = min(segment_bytes, limit_bytes // _SEGMENTS)
        self._limit = limit_bytes
        self._segments: "list[_Segment]" = []
        self._origin = (
            _NO_EPOCH,
            0,
        )  # the epoch before this one, and after which of its records
        self._short = short
        self._page: "Page | None" = None
        self._room = bytearray(self._segment_bytes)  # of a page: one piece, taken once
        self._whole: "Whole | None" = None  # what the next short line would hang on
        self._sound = True  # whether the newest file may be appended to
        self._doubtful = ""  # a file whose creation failed: it may be there
        self.epoch = ""
        self.last = 0
        self.hold = 0  # from this record on nothing is pruned; 0: nothing is held back
        self.size = 0  # bytes of all segments
        self._open()

    @property
    def oldest(self) -> int:
        """Lowest number held."""
        return max(1, self._segments[0].first)

    @property
    def full(self) -> bool:
        """Whether a record of ordinary size would be refused."""
        return self._limit is not None and self.size + _RECORD_BYTES > self._room_for(False)

    def append(self, record: bytes, note: bool = False) -> int:
        """Write one record; it is durable on return. Returns its number.

        Raises LogFull beyond the limit; a `note` may still use the last sixteenth of it.
        """
        if b"\n" in record or len(record) > MAX_RECORD:
            raise ValueError("a record is one line of at most %d bytes" % MAX_RECORD)
        number = self.last + 1
        newest = self._segments[-1]
        short = self._whole.shorten(number, record) if self._whole is not None else None
        line = whole_line(number, record) if short is None else short + b"\n"
        begins = not self._sound or newest.size + len(line) > self._segment_bytes
        if begins:
            short = None
            line = self._head(number) + whole_line(number, record)
        if self._limit is not None and self.size + len(line) > self._room_for(note):
            raise LogFull(self._limit)
        # Before it is written: what is on the disk is in the log, even if memory has run out.
        whole = Whole(number, record) if short is None and self._short else None
        self._resolve_doubt()
        if begins:
            self._begin(number, line)
        else:
            self._sound = False  # until the disk says otherwise
            self._disk.append(newest.name, line)
            self._sound = True
            newest.size += len(line)
            self.size += len(line)
        self.last = number
        if whole is not None:
            self._whole = whole
        self._add_to_page(line)
        return number

    def read(self, first: int, count: int, size: int) -> "list[bytes]":
        """Records from `first` on: at most `count` and about `size` bytes, but at least one."""
        if not self.oldest <= first <= self.last:
            raise ValueError("no record %d; held are %d to %d" % (first, self.oldest, self.last))
        out: "list[bytes]" = []
        number = first
        while number <= self.last and len(out) < count and (size > 0 or not out):
            page = self._page_of(number)
            for held in range(number, page.first + page.count):
                out.append(page.record(held))
                size -= len(out[-1])
                if len(out) >= count or size <= 0:
                    break
            number = first + len(out)
        return out

    def prune(self, upto: int) -> None:
        """Delete the segments whose records are all at or below `upto` and before `hold`."""
        if self.hold:
            upto = min(upto, self.hold - 1)
        while len(self._segments) > 1 and self._segments[1].first - 1 <= upto:
            done = self._segments.pop(0)  # first: after an error the file may be gone or not
            self.size -= done.size
            self._disk.remove(done.name)

    def renew(self, after: int) -> None:
        """Begin a new epoch in which the records after `after` are 1, 2, …, in one step.

        That step is one small file: the records stay where they are, and count `after` less.
        """
        self._resolve_doubt()
        epoch = self._token()
        origin = (self.epoch, after)
        carried = max(0, self.last - after)
        fresh = self._create(carried + 1, head_line(epoch, carried + 1, origin))
        held = self._segments + [fresh]  # noqa: RUF005 - not on MicroPython's list
        self._doubtful = ""
        self.epoch = epoch
        self.last = carried
        self.hold = max(0, self.hold - after)
        self._turn(origin)
        self._segments = held
        self.size += fresh.size
        self._sound = True
        self._whole = None
        self._page = None
        self._forget_past()

    def _open(self) -> None:
        for index in sorted(_indices(self._disk.names())):
            name = _Segment(index, 0, 0).name
            head = parse_head(self._disk.read(name, HEAD_BYTES))
            if head is None:
                self._sound = False  # unreadable: left as it is, and never written to
                continue
            epoch, first, before, after = head
            if epoch != self.epoch:
                if before != self.epoch:  # nothing says how they count: left as they are
                    self._segments = []
                self.epoch = epoch
                self._turn((before, after))
            if self._segments and first < self._segments[-1].first:
                self._sound = False  # a copy of an old file: as unreadable
                continue
            segment = _Segment(index, first, self._disk.size(name))
            self._segments.append(segment)
            self._sound = True
        if not self._segments:
            self.epoch = self._token()
            self._begin(1, self._head(1))
            return
        self.size = sum([segment.size for segment in self._segments])
        self._forget_past()
        newest = self._segments[-1]
        self._page, end = self._read_page(newest, None)
        self.last = newest.first + self._page.count - 1
        self._sound = self._sound and end == newest.size

    def _room_for(self, note: bool) -> int:
        limit = self._limit or 0
        return limit if note else limit - limit // _RESERVE

    def _turn(self, origin: "tuple[str, int]") -> None:
        """What is held counts from the new epoch's beginning."""
        self._origin = origin
        for segment in self._segments:
            segment.renumber(origin[1])

    def _forget_past(self) -> None:
        """Delete the segments that lie wholly before this epoch."""
        while len(self._segments) > 1 and self._segments[1].first <= 1:
            past = self._segments.pop(0)
            self.size -= past.size
            try:  # noqa: SIM105 - no contextlib on MicroPython
                self._disk.remove(past.name)
            except (OSError, MemoryError):
                pass  # it is of the past, and the next boot tries again

    def _begin(self, number: int, data: bytes) -> None:
        fresh = self._create(number, data)
        self._segments.append(fresh)
        self._doubtful = ""
        self.size += fresh.size
        self._sound = True
        self._whole = None
        self._page = None

    def _add_to_page(self, line: bytes) -> None:
        if self._page is None or self._page.index != self._segments[-1].index:
            return
        try:
            self._page.add(line)
        except MemoryError:
            self._page = None  # a copy: it is read anew when it is needed

    def _head(self, first: int) -> bytes:
        return head_line(self.epoch, first, self._origin)

    def _create(self, first: int, data: bytes) -> _Segment:
        """A new file, which remains doubtful until the caller has taken it into the log."""
        taken = _indices(self._disk.names())  # unreadable files too: none is ever overwritten
        fresh = _Segment(max(taken) + 1 if taken else 1, first, len(data))
        self._doubtful = fresh.name
        self._disk.create(fresh.name, data)
        return fresh

    def _resolve_doubt(self) -> None:
        """Delete what a failed creation may have left: the next boot would take it for the newest,
        and what is written from now on for the past."""
        if self._doubtful:
            self._disk.remove(self._doubtful)
            self._doubtful = ""

    def _page_of(self, number: int) -> Page:
        at = len(self._segments) - 1
        while self._segments[at].first > number:
            at -= 1
        segment = self._segments[at]
        if self._page is None or self._page.index != segment.index:
            after = self._segments[at + 1].first if at + 1 < len(self._segments) else self.last + 1
            self._page = None  # its room is needed for the next one
            self._page, _ = self._read_page(segment, after)
        return self._page

    def _read_page(self, segment: _Segment, after: "int | None") -> "tuple[Page, int]":
        """A file's records, and where its sound bytes end."""
        if segment.size > len(self._room):
            self._room = bytearray(segment.size)
        size = self._disk.readinto(segment.name, self._room)
        starts, end = parse(self._room, size, segment.first, segment.shift, after)
        return Page(segment.index, segment.first, self._room, size, starts), end


def _indices(names: "list[str]") -> "list[int]":
    stems = [name[: -len(_SUFFIX)] for name in names if name.endswith(_SUFFIX)]
    return [int(stem) for stem in stems if stem.isdigit()]
