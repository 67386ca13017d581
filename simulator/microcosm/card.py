"""A device's card: outlives the program, is written to by one at a time, and can be swapped."""

from collections.abc import Callable

from firmware.common.filelog import FileLog
from simulator.disk import SimDisk
from simulator.microcosm.fate import Fate

Files = dict[str, bytes]


class Card:
    """Implements `firmware.common.filelog.Disk`. `chip`: what is on it, and the power under it.

    `fate`: a kill may wait at `write` and `written`. `removing`: called with the name of a file
    before it goes.
    """

    def __init__(self, fate: Fate, removing: Callable[[str], None]) -> None:
        self.chip = SimDisk()
        self._fate = fate
        self._removing = removing

    def names(self) -> list[str]:
        """Names of the files."""
        return self.chip.names()

    def size(self, name: str) -> int:
        """Bytes in a file."""
        return self.chip.size(name)

    def readinto(self, name: str, buffer: bytearray) -> int:
        """Fill `buffer` from the beginning of a file; how many bytes there were."""
        data = self.read(name, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read(self, name: str, size: int = -1) -> bytes:
        """The first `size` bytes of a file; -1: all."""
        return self.chip.read(name, size)

    def create(self, name: str, data: bytes) -> None:
        """A new file with all of `data`, or none."""
        self._fate.reach("write")
        self.chip.create(name, data)
        self._fate.reach("written")

    def append(self, name: str, data: bytes) -> None:
        """Add `data` to a file."""
        self._fate.reach("write")
        self.chip.append(name, data)
        self._fate.reach("written")

    def remove(self, name: str) -> None:
        """Delete a file."""
        self._fate.reach("write")
        self._removing(name)
        self.chip.remove(name)
        self._fate.reach("written")

    def restore(self) -> None:
        """Power on again."""
        self.chip = self.chip.restore()

    def image(self) -> Files:
        """All files, as a technician copies them."""
        return self.chip.snapshot()

    def overwrite(self, image: Files) -> None:
        """Write an image over the whole card; an empty one: a new card."""
        self.chip = SimDisk()
        self.chip.roll_back(image)


def logged(image: Files, without: str = "") -> dict[tuple[str, int], bytes]:
    """The records of the log in an image, by epoch and number, as the next boot would find them.

    `without`: a file that is not there any more.
    """
    disk = SimDisk()
    disk.roll_back({name: data for name, data in image.items() if name != without})
    log = FileLog(disk, lambda: "0" * 16)
    if log.last < log.oldest:
        return {}
    records = log.read(log.oldest, 1 << 30, 1 << 60)
    return {(log.epoch, log.oldest + i): record for i, record in enumerate(records)}
