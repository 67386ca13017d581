"""A disk that is not there: what a card or a flash chip does to a log when the power goes.

Runs on MicroPython, so that the Pico's log is tried on the Pico's interpreter.
"""

_ENOENT = 2
_EIO = 5
_ENOSPC = 28  # MicroPython's errno does not know it


class PowerCut(BaseException):
    """The board is off. Not an `Exception`: no handler of the program outlives it.

    `name`: the file being written. `size`: bytes of that write, `kept`: those on the disk.
    """

    def __init__(self, name: str = "", size: int = 0, kept: int = 0) -> None:
        super().__init__("power cut: %d of %d bytes of %r are on the disk" % (kept, size, name))
        self.name = name
        self.size = size
        self.kept = kept


class SimDisk:
    """Implements `firmware.common.filelog.Disk` in memory. Each create, append and remove is one
    write."""

    def __init__(self) -> None:
        self._files: "dict[str, bytearray]" = {}
        self._on = True
        self._cut_in: "int | None" = None  # writes before the one that is cut
        self._cut_keeps = 0
        self._room: "int | None" = None  # bytes; None: as much as you like
        self._stumble_in: "int | None" = None  # writes before the one that fails
        self._stumble_keeps = 0

    # What the program does.

    def names(self) -> "list[str]":
        """Names of the files, in no order that could be relied on."""
        self._need_power()
        return sorted(self._files, reverse=True)

    def size(self, name: str) -> int:
        """Bytes in a file."""
        self._need_power()
        return len(self._file(name))

    def read(self, name: str, size: int = -1) -> bytes:
        """The first `size` bytes of a file; -1: all."""
        self._need_power()
        file = self._file(name)
        return bytes(file if size < 0 else file[:size])

    def readinto(self, name: str, buffer: bytearray) -> int:
        """Fill `buffer` from the beginning of a file; how many bytes there were."""
        data = self.read(name, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def create(self, name: str, data: bytes) -> None:
        """A new file with all of `data`, or none."""
        kept, error = self._fate(name, len(data))
        if kept == len(data):
            self._files[name] = bytearray(data)
            self._take_room(kept)
        if error is not None:
            raise error

    def append(self, name: str, data: bytes) -> None:
        """Add `data` to a file; on an error a part of it may be there."""
        file = self._file(name)
        kept, error = self._fate(name, len(data))
        file.extend(data[:kept])
        self._take_room(kept)
        if error is not None:
            raise error

    def remove(self, name: str) -> None:
        """Delete a file, if it is there."""
        size = len(self._files[name]) if name in self._files else 0
        _, error = self._fate(name, 0)
        self._files.pop(name, None)
        self._take_room(-size)
        if error is not None:
            raise error

    # What the world does.

    def cut_power(self) -> None:
        """Pull the plug between two writes."""
        self._on = False

    def cut_power_after(self, writes: int, keep_bytes: int = 0) -> None:
        """Pull the plug in the write after the next `writes`: it raises `PowerCut`.

        `keep_bytes`: how much of it is on the disk all the same. A file is created only if that is
        all of it; a removal has happened.
        """
        self._cut_in = writes
        self._cut_keeps = keep_bytes

    def restore(self) -> "SimDisk":
        """Power on again: the disk as the next boot finds it. This one stays dead, and with it
        whatever program still holds it."""
        self._on = False
        found = SimDisk()
        found._room = self._room
        found.roll_back(self.snapshot())
        return found

    def copy(self) -> "SimDisk":
        """Another card with the same on it."""
        other = SimDisk()
        other.roll_back(self.snapshot())
        return other

    def fill_up(self, bytes_left: int = 0) -> None:
        """Something else takes the space: what no longer fits raises ENOSPC, but for a part."""
        self._room = bytes_left

    def make_room(self) -> None:
        """There is space again."""
        self._room = None

    def stumble(self, keep_bytes: int = 0, after: int = 0) -> None:
        """A worn chip: the write after the next `after` raises EIO, though `keep_bytes` of it are
        there; a removal has happened."""
        self._stumble_in = after
        self._stumble_keeps = keep_bytes

    def flip(self, name: str, offset: int, mask: int = 1) -> None:
        """Bit rot: the bits of `mask` change in one byte of a file."""
        self._file(name)[offset] ^= mask

    def snapshot(self) -> "dict[str, bytes]":
        """An image of the card, as a technician makes one."""
        return {name: bytes(data) for name, data in self._files.items()}

    def roll_back(self, snapshot: "dict[str, bytes]") -> None:
        """The card is overwritten with an older image."""
        self._files = {name: bytearray(data) for name, data in snapshot.items()}

    def _need_power(self) -> None:
        if not self._on:
            raise PowerCut

    def _file(self, name: str) -> bytearray:
        if name not in self._files:
            raise OSError(_ENOENT, "no file %r" % name)
        return self._files[name]

    def _fate(self, name: str, size: int) -> "tuple[int, BaseException | None]":
        """How many bytes of a write reach the disk, and what it raises then."""
        self._need_power()
        if self._cut_in == 0:
            self._on = False
            kept = min(self._cut_keeps, size)
            return kept, PowerCut(name, size, kept)
        if self._cut_in is not None:
            self._cut_in -= 1
        if self._stumble_in is not None:
            self._stumble_in -= 1
        if self._stumble_in == -1:
            self._stumble_in = None
            kept = min(self._stumble_keeps, size)
            return kept, OSError(_EIO, "input/output error in %r" % name)
        if self._room is not None and size > self._room:
            return self._room, OSError(_ENOSPC, "no space left for %d bytes of %r" % (size, name))
        return size, None

    def _take_room(self, size: int) -> None:
        if self._room is not None:
            self._room -= size
