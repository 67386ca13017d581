"""A disk that is full, really: a small file system where we may mount one, else a file size limit.

Both let a running process write no further, and give it space again later.
"""

import os
import resource
import subprocess
from pathlib import Path

_LIMIT = resource.RLIMIT_FSIZE


class SmallDisk:
    """A tmpfs of 8 MB at `folder`, which only root may mount. A context manager."""

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

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def fill(self, pid: int) -> None:
        """No file of the process `pid` grows beyond a size that its log of errors still has."""
        sizes = [path.stat().st_size for path in self.folder.rglob("*-wal")]
        resource.prlimit(pid, _LIMIT, (max(sizes), resource.RLIM_INFINITY))

    def free(self, pid: int) -> None:
        """They may grow again."""
        resource.prlimit(pid, _LIMIT, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def close(self) -> None:
        """Nothing to take away."""


def can_mount(folder: Path) -> bool:
    """Whether a SmallDisk can be had: we are root, and not in a container without the right."""
    if os.geteuid() != 0:
        return False
    try:
        SmallDisk(folder).close()
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
