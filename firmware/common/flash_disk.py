"""A folder of a Pico's flash (LittleFS) as a log's disk. Runs on MicroPython.

LittleFS keeps an append only after `close`, and then in one step: what a power cut interrupts is
not there. A new file is there, empty, before its bytes are: an empty one therefore counts as none,
which saves the erases of writing it aside and renaming it.
"""

import os

_ENOENT = 2
_SIZE = 6  # in the tuple of os.stat
_BLOCK, _FREE = 0, 3  # in that of os.statvfs


class FlashDisk:
    """Implements `firmware.common.filelog.Disk` in `folder`, which is made if need be."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        try:
            os.mkdir(folder)
        except OSError:
            os.stat(folder)  # it is there; if not, this says why
        for name in os.listdir(folder):
            if self.size(name) == 0:
                self.remove(name)

    def names(self) -> "list[str]":
        """Names of the files, without those whose creation was cut short."""
        return [name for name in os.listdir(self._folder) if self.size(name)]

    def size(self, name: str) -> int:
        """Bytes in a file."""
        return int(os.stat(self._path(name))[_SIZE])

    def read(self, name: str, size: int = -1) -> bytes:
        """The first `size` bytes of a file; -1: all."""
        with open(self._path(name), "rb") as file:
            return file.read(size)

    def readinto(self, name: str, buffer: bytearray) -> int:
        """Fill `buffer` from the beginning of a file; how many bytes there were."""
        with open(self._path(name), "rb") as file:
            return file.readinto(buffer)

    def create(self, name: str, data: bytes) -> None:
        """A new file with all of `data`, or none."""
        with open(self._path(name), "wb") as file:
            file.write(data)

    def append(self, name: str, data: bytes) -> None:
        """Add `data` to a file; durable on return."""
        with open(self._path(name), "ab") as file:
            file.write(data)

    def remove(self, name: str) -> None:
        """Delete a file, if it is there."""
        try:
            os.remove(self._path(name))
        except OSError as error:
            if error.errno != _ENOENT:
                raise

    def free(self) -> int:
        """Bytes of the flash that nobody uses."""
        told = os.statvfs(self._folder)
        return int(told[_BLOCK]) * int(told[_FREE])

    def _path(self, name: str) -> str:
        return self._folder + "/" + name
