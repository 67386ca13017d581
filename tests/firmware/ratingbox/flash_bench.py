"""A file system of one's own for a test: on MicroPython LittleFS in memory, else a folder."""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tempfile import TemporaryDirectory
    from typing import Any

ON_MICROPYTHON = sys.implementation.name == "micropython"
_made = [0]
_mine: "list[str]" = []  # mounted by fresh_root; the next one takes their memory
_folders: "list[TemporaryDirectory[str]]" = []  # made by fresh_root; gone with the process


class Flash:
    """A flash of `count` blocks under `vfs.VfsLfs2`; it can lose its power.

    `cut_after`: so many more programs and erases are whole; of the next one half is done, and then
    nothing any more. None: the power stays.
    """

    BLOCK = 4_096

    def __init__(self, count: int, data: "bytearray | None" = None) -> None:
        self.data = bytearray(b"\xff" * (count * self.BLOCK)) if data is None else bytearray(data)
        self.operations = 0
        self.cut_after: "int | None" = None
        self._dead = False
        self._silent = False

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> int:
        """As MicroPython asks for it."""
        if self._has_power():
            at = block * self.BLOCK + offset
            buffer[:] = self.data[at : at + len(buffer)]
        return 0

    def writeblocks(self, block: int, buffer: bytes, offset: int = 0) -> int:
        """Program."""
        if self._has_power():
            at = block * self.BLOCK + offset
            end = at + self._power(len(buffer))
            self.data[at:end] = bytes(buffer)[: end - at]
            self._stop_if_cut()
        return 0

    def ioctl(self, operation: int, block: int) -> "int | None":
        """4: how many blocks; 5: of how many bytes; 6: erase."""
        if operation == 4:
            return len(self.data) // self.BLOCK
        if operation == 5:
            return self.BLOCK
        if operation == 6 and self._has_power():
            at = block * self.BLOCK
            done = self._power(self.BLOCK)
            self.data[at : at + done] = b"\xff" * done
            self._stop_if_cut()
        return 0

    def _power(self, size: int) -> int:
        """How many bytes of an operation are still done."""
        self.operations += 1
        if self.cut_after is None or self.operations <= self.cut_after:
            return size
        return size // 2

    def _stop_if_cut(self) -> None:
        if self.cut_after is not None and self.operations > self.cut_after:
            self._dead = True
            raise PowerCutError

    def bury(self) -> None:
        """After a cut: what the garbage collector still closes goes nowhere, and says nothing."""
        self._silent = True

    def _has_power(self) -> bool:
        if self._dead and not self._silent:
            raise PowerCutError
        return not self._silent


class PowerCutError(Exception):
    """The power is gone: what was running ends here."""


def fresh_root(flash: "Flash | None" = None) -> str:
    """An empty file system, mounted; returns its path. `flash`: what it lies on; not on a desk."""
    if not ON_MICROPYTHON:
        import tempfile

        _folders.append(tempfile.TemporaryDirectory())
        return _folders[-1].name
    if flash is None:
        for path in _mine:
            unmount(path)
        _mine.clear()
        flash = Flash(32)
    _vfs().VfsLfs2.mkfs(flash)
    _mine.append(mount(flash))
    return _mine[-1]


def mount(flash: Flash) -> str:
    """Mount what lies on `flash`; returns its path."""
    _made[0] += 1
    path = "/flash%d" % _made[0]
    _vfs().mount(_vfs().VfsLfs2(flash), path)
    return path


def unmount(path: str) -> None:
    """Forget a file system, sound or not."""
    _vfs().umount(path)


def _vfs() -> "Any":
    return __import__("vfs")  # MicroPython's own; there is none on a desk


def names(folder: str) -> "list[str]":
    """What is in a folder, sorted."""
    return sorted(os.listdir(folder))
