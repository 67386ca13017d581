"""A flash chip whose content is a file of the PC: it outlives the process, and takes no memory.

Without the parts of a bench that `simulator.pico.flash` has, since it is for a box that runs long.
"""

import os

BLOCK = 4_096
_COUNT, _SIZE, _ERASE = 4, 5, 6
_ERASED = b"\xff" * 256
_ERASURES = BLOCK // len(_ERASED)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ERASE_US, PROGRAM_US, PAGE = 45_000, 400, 256  # as simulator.pico.flash says


def no_time(us: int) -> None:
    """Time does not pass."""


class FlashFile:
    """A chip of `blocks` blocks in the file `path`, which is made if need be."""

    def __init__(
        self, path: str, blocks: int = 212, spend: "Callable[[int], None]" = no_time
    ) -> None:
        self.spend = spend
        self.blocks = blocks
        self.is_new = not _exists(path)
        if self.is_new:
            with open(path, "wb") as made:
                for _ in range(blocks * _ERASURES):
                    made.write(_ERASED)
        self._file = open(path, "r+b")  # noqa: SIM115 - open as long as the chip is

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> int:
        """Fill `buffer`."""
        self._file.seek(block * BLOCK + offset)
        self._file.readinto(buffer)
        return 0

    def writeblocks(self, block: int, buffer: bytes, offset: int = -1) -> int:
        """Program; LittleFS erases before."""
        self._file.seek(block * BLOCK + max(0, offset))
        self._file.write(buffer)
        self.spend((len(buffer) + PAGE - 1) // PAGE * PROGRAM_US)
        return 0

    def ioctl(self, request: int, argument: int) -> int:
        """What the chip is, and erasing."""
        if request == _COUNT:
            return self.blocks
        if request == _SIZE:
            return BLOCK
        if request == _ERASE:
            self._file.seek(argument * BLOCK)
            for _ in range(_ERASURES):
                self._file.write(_ERASED)
            self.spend(ERASE_US)
        return 0

    def close(self) -> None:
        """All is in the file."""
        self._file.close()


def _exists(path: str) -> bool:
    try:
        os.stat(path)
    except OSError:
        return False
    return True
