"""A disk that is full or read-only, really, and is well again later.

Full: a small file system where we may mount one, else a file size limit. Read-only: files that
nobody may change, where the file system knows that; a remount is refused while a file is open for
writing, and by errors only happens to a disk that is really broken.
"""

import contextlib
import fcntl
import os
import resource
import struct
import subprocess
from pathlib import Path
from typing import Protocol

_LIMIT = resource.RLIMIT_FSIZE
# Linux, include/uapi/linux/fs.h: FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_IMMUTABLE_FL
_GET_FLAGS, _SET_FLAGS, _IMMUTABLE = 0x8008_6601, 0x4008_6602, 0x10


class Disk(Protocol):
    """A folder whose disk can be spoilt. `is_total`: then no new file can be begun there either."""

    folder: Path
    is_total: bool

    def fill(self, pid: int) -> None:
        """From now on nothing can be written; `pid` is who will notice."""

    def free(self, pid: int) -> None:
        """It is well again."""

    def close(self) -> None:
        """Take it away."""


class SmallDisk:
    """A tmpfs of 8 MB at `folder`, which only root may mount. A context manager."""

    is_total = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"
        folder.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m", "talon-test", str(folder)],
            check=True,
            capture_output=True,
        )

    def fill(self, pid: int) -> None:
        """Something else takes all the space; `pid` is who will notice."""
        with self._ballast.open("wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(4096))
            except OSError:
                return

    def free(self, pid: int) -> None:
        """There is space again."""
        self._ballast.unlink()

    def close(self) -> None:
        """Take it away, whoever still has a file open there."""
        subprocess.run(["umount", "-l", str(self.folder)], check=True)


class SizeLimit:
    """The same for anybody: no file of the process may grow (EFBIG in the place of ENOSPC)."""

    is_total = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def fill(self, pid: int) -> None:
        """No file of the process `pid` grows beyond a size that its log of errors still has."""
        files = list(self.folder.rglob("*-wal")) or [
            path for path in self.folder.rglob("*") if path.is_file()
        ]
        sizes = [path.stat().st_size for path in files]
        resource.prlimit(pid, _LIMIT, (max(sizes), resource.RLIM_INFINITY))

    def free(self, pid: int) -> None:
        """They may grow again."""
        resource.prlimit(pid, _LIMIT, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def close(self) -> None:
        """Nothing to take away."""


class ReadOnly:
    """A folder at `folder` in which nothing can be changed, not by root nor through open files.

    But for what SQLite maps into memory: a write there would be SIGBUS, a kill like any other.
    """

    is_total = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def fill(self, pid: int) -> None:
        """Nothing can be changed from now on."""
        for path in (*self.folder.rglob("*"), self.folder):
            if not path.name.endswith("-shm"):
                _freeze(path, True)

    def free(self, pid: int) -> None:
        """It can be changed again."""
        for path in (self.folder, *self.folder.rglob("*")):
            _freeze(path, False)

    def close(self) -> None:
        """So that somebody can delete it."""
        self.free(0)


def _freeze(path: Path, frozen: bool) -> None:
    with contextlib.suppress(FileNotFoundError):  # a database's side files come and go
        file = os.open(path, os.O_RDONLY)
        try:
            (flags,) = struct.unpack("l", fcntl.ioctl(file, _GET_FLAGS, bytes(8)))
            flags = flags | _IMMUTABLE if frozen else flags & ~_IMMUTABLE
            fcntl.ioctl(file, _SET_FLAGS, struct.pack("l", flags))
        finally:
            os.close(file)


def can_freeze(folder: Path) -> bool:
    """Whether ReadOnly does what it says: we are root, and the file system knows how."""
    disk = ReadOnly(folder)
    file = folder / "file"
    with file.open("wb", buffering=0) as held:
        try:
            disk.fill(0)
            held.write(b"x")
        except PermissionError:
            return os.geteuid() == 0
        except OSError:
            return False
        finally:
            with contextlib.suppress(OSError):
                disk.close()
    return False


def full(folder: Path) -> Disk:
    """A disk at `folder` that can be filled, by the best means here."""
    return (
        SmallDisk(folder)
        if can_mount(folder.with_name(f"try-{folder.name}"))
        else SizeLimit(folder)
    )


def read_only(folder: Path) -> Disk:
    """A disk at `folder` that can become read-only; where it cannot, it can be filled."""
    return ReadOnly(folder) if can_freeze(folder.with_name(f"ice-{folder.name}")) else full(folder)


def can_mount(folder: Path) -> bool:
    """Whether a SmallDisk can be had: we are root, and not in a container without the right."""
    if os.geteuid() != 0:
        return False
    try:
        SmallDisk(folder).close()
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
