"""A folder of a Raspberry Pi's card as a log's disk: every write is synced before it returns."""

import os
from pathlib import Path

_TEMPORARY = ".tmp"


class PosixDisk:
    """Implements `firmware.common.filelog.Disk` in `folder`, which is created if need be."""

    def __init__(self, folder: Path) -> None:
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for made in missing:
            _sync_folder(made.parent)
        self._folder = folder
        self._open_name = ""
        self._open_file = -1

    def names(self) -> list[str]:
        """Names of the files, without those whose creation was cut short."""
        return [name for name in os.listdir(self._folder) if not name.endswith(_TEMPORARY)]

    def size(self, name: str) -> int:
        """Bytes in a file."""
        return (self._folder / name).stat().st_size

    def read(self, name: str, size: int = -1) -> bytes:
        """The first `size` bytes of a file; -1: all."""
        with (self._folder / name).open("rb", buffering=0) as file:
            return file.read(size)

    def readinto(self, name: str, buffer: bytearray) -> int:
        """Fill `buffer` from the beginning of a file; how many bytes there were."""
        with (self._folder / name).open("rb", buffering=0) as file:
            return file.readinto(buffer)

    def create(self, name: str, data: bytes) -> None:
        """A new file with all of `data`, or none: written aside, synced, then renamed."""
        aside = self._folder / (name + _TEMPORARY)
        file = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            _write_all(file, data)
        finally:
            os.close(file)
        aside.rename(self._folder / name)
        _sync_folder(self._folder)

    def append(self, name: str, data: bytes) -> None:
        """Add `data` to a file and sync it; the file is kept open for the next time."""
        if name != self._open_name:
            self.close()
            self._open_file = os.open(self._folder / name, os.O_WRONLY | os.O_APPEND)
            self._open_name = name
        _write_all(self._open_file, data)

    def remove(self, name: str) -> None:
        """Delete a file, if it is there."""
        if name == self._open_name:
            self.close()
        (self._folder / name).unlink(missing_ok=True)
        _sync_folder(self._folder)

    def close(self) -> None:
        """Give the open file back; the next append opens it again."""
        if self._open_file >= 0:
            os.close(self._open_file)
        self._open_file = -1
        self._open_name = ""


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
    os.fsync(file)
