"""A flash chip as the Pico W's W25Q16JV: blocks to erase, pages to program, a plug to pull.

Implements MicroPython's extended block device (`vfs.AbstractBlockDev`, os.ioctl numbers of its
documentation) in memory. As in NOR flash, programming only clears bits: what was not erased before
comes out wrong, and the file system would notice.
"""

from simulator.disk import PowerCut

BLOCK = 4_096  # bytes that one erase makes 0xff
PAGE = 256  # bytes that are programmed at a time
PICO_BLOCKS = 212  # of MicroPython's file system on a Pico W: 848 KiB of the 2 MiB
# W25Q16JV data sheet, section 9.6 (AC electrical characteristics): typical, µs.
ERASE_US = 45_000
PROGRAM_US = 400
_ERASED = b"\xff" * PAGE
_COUNT, _SIZE, _ERASE = 4, 5, 6
_EIO = -5

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def no_time(us: int) -> None:
    """Time does not pass."""


class FlashChip:
    """A chip of `blocks` blocks. `spend(us)`: called with what each operation takes.

    `erases`: by block. `programs`, `operations`: how many pages and how many operations so far.
    """

    def __init__(self, blocks: int = PICO_BLOCKS, spend: "Callable[[int], None]" = no_time) -> None:
        self.blocks = blocks
        self.spend = spend
        self.erases = [0] * blocks
        self.programs = 0
        self.operations = 0
        self._data = bytearray(b"\xff" * (blocks * BLOCK))
        self._cut_at: "int | None" = None
        self._part = 0.0
        self._on = True
        self._gone = False  # taken out: files that are closed late get an error, without a word

    # What the file system does.

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> int:
        """Fill `buffer` from `offset` in a block on."""
        if self._gone:
            return _EIO
        self._need_power()
        start = block * BLOCK + offset
        buffer[:] = self._data[start : start + len(buffer)]
        return 0

    def writeblocks(self, block: int, buffer: bytes, offset: int = -1) -> int:
        """Program; without an offset the blocks are erased before."""
        if self._gone:
            return _EIO
        if offset < 0:
            for extra in range(len(buffer) // BLOCK):
                self.ioctl(_ERASE, block + extra)
            offset = 0
        start = block * BLOCK + offset
        for page in range(0, len(buffer), PAGE):
            self._program(start + page, bytes(buffer[page : page + PAGE]))
        return 0

    def ioctl(self, request: int, argument: int) -> int:
        """What the chip is, and erasing."""
        if self._gone:
            return _EIO
        self._need_power()
        if request == _COUNT:
            return self.blocks
        if request == _SIZE:
            return BLOCK
        if request == _ERASE:
            self._erase(argument)
        return 0

    # What the world does.

    def cut_power_at(self, operation: int, part: float = 0.5) -> None:
        """Pull the plug in that erase or program, counted from now; `part` of it is done."""
        self._cut_at = self.operations + operation
        self._part = part

    def restore(self) -> "FlashChip":
        """Power on again: the chip as the next boot finds it. This one stays dead."""
        self._on = False
        self._gone = True
        found = self.__class__(0, self.spend)
        found.blocks = self.blocks
        found.erases = self.erases
        found._data = self._data
        return found

    def copy(self) -> "FlashChip":
        """Another chip with the same on it."""
        other = self.__class__(0, self.spend)
        other.blocks = self.blocks
        other.erases = list(self.erases)
        other._data = bytearray(self._data)
        return other

    def _need_power(self) -> None:
        if not self._on:
            raise PowerCut

    def _erase(self, block: int) -> None:
        done = self._fate(BLOCK)
        start = block * BLOCK
        self._data[start : start + done] = b"\xff" * done
        self.erases[block] += 1
        self.spend(ERASE_US)
        self._end(done, BLOCK)

    def _program(self, start: int, data: bytes) -> None:
        done = self._fate(len(data))
        if self._data[start : start + done] == _ERASED[:done]:
            self._data[start : start + done] = data[:done]
        else:
            for place in range(done):
                self._data[start + place] &= data[place]
        self.programs += 1
        self.spend(PROGRAM_US)
        self._end(done, len(data))

    def _fate(self, size: int) -> int:
        """How many bytes of this operation are done."""
        self._need_power()
        self.operations += 1
        cut = self._cut_at is not None and self.operations > self._cut_at
        return int(size * self._part) if cut else size

    def _end(self, done: int, size: int) -> None:
        if self._cut_at is not None and self.operations > self._cut_at:
            self._on = False
            raise PowerCut("flash", size, done)
