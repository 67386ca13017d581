"""A dispenser's own ticket numbers, for when the gateway is silent. Decides; the disk is passed in.

One counter per dispenser, 1 … 9999 and round again. It never starts anew by itself, neither at
midnight nor at a restart, so that no two tickets of a day are alike and no clock is needed.

The number last taken is kept in two files in turn, each with its CRC. If one is damaged, the other
is at most one behind, and one number is skipped. If neither can be read, the series goes on well
ahead of what the log says was issued; if the log says nothing, at a random place: a number given
twice in a day is then as unlikely as it can be made.
"""

import binascii
import json
from collections.abc import Callable, Iterable
from typing import Protocol

LAST = 9_999
_FILES = ("series-0", "series-1")
_LEAP = 100  # past what the log says, for the records that a damaged card may have lost too


class Disk(Protocol):
    """What the series needs of a disk; see firmware.common.filelog.Disk."""

    def names(self) -> list[str]: ...
    def read(self, name: str) -> bytes: ...
    def create(self, name: str, data: bytes) -> None:
        """All of `data` or nothing; durable on return; replaces a file of that name."""


class Series:
    """Numbers 1 … `LAST`, each stored before it is given away.

    `held()`: the records that the log still has, oldest first; None if it never had one, so that
    no file means a new device and not a loss. `token()`: 16 random hex digits.
    """

    def __init__(
        self,
        disk: Disk,
        held: Callable[[], Iterable[bytes] | None],
        token: Callable[[], str],
    ) -> None:
        self._disk = disk
        numbers = [_load(disk, name) for name in _FILES]
        known = [number for number in numbers if number is not None]
        self.recovered = not known  # a new device clears it
        if len(known) == len(_FILES):
            self._last = _later(*known)
        elif known:
            self._last = _after(known[0]) if self._is_one_missing(known[0]) else known[0]
        else:
            self._last = self._guess(held(), token)
        self._slot = numbers.index(self._last) if self._last in numbers else self._free(numbers)

    def take(self) -> int:
        """The next number. OSError: it could not be stored, and is not taken."""
        number = _after(self._last)
        slot = 1 - self._slot
        self._disk.create(_FILES[slot], _line(number))
        self._last, self._slot = number, slot
        return number

    def _is_one_missing(self, known: int) -> bool:
        """Whether the file that cannot be read may have held the number after `known`."""
        return known != 1 or all(name in self._disk.names() for name in _FILES)

    def _guess(self, held: Iterable[bytes] | None, token: Callable[[], str]) -> int:
        if held is None and not any(name in self._disk.names() for name in _FILES):
            self.recovered = False
            return 0
        issued = _last_issued(held or ())
        if issued is None:
            return int(token(), 16) % LAST + 1
        return (issued + _LEAP) % LAST + 1

    def _free(self, numbers: list[int | None]) -> int:
        """The slot to keep: `take` writes into the other one, never over the only sound file."""
        return next((slot for slot, number in enumerate(numbers) if number is not None), 1)


def number_text(letter: str, mark: str, number: int) -> str:
    """What is printed, e.g. А1-007; the gateway's numbers have no dash."""
    return f"{letter}{mark}-{number:03d}"


def _after(number: int) -> int:
    return number % LAST + 1


def _later(one: int, other: int) -> int:
    """The later of two on the ring: the one that is ahead by the shorter way."""
    return other if (other - one) % LAST < LAST // 2 else one


def _line(number: int) -> bytes:
    text = b"talon series %d" % number
    return text + b" %08x\n" % binascii.crc32(text)


def _load(disk: Disk, name: str) -> int | None:
    """The number in a file, None if there is none that can be trusted."""
    try:
        data = disk.read(name) if name in disk.names() else b""
    except OSError:  # a sector that cannot be read is a damaged file
        return None
    parts = data[:64].split()  # no longer than a line of ours
    if len(parts) != 4 or not parts[2].isdigit() or data != _line(int(parts[2])):
        return None
    return int(parts[2])


def _last_issued(held: Iterable[bytes]) -> int | None:
    """The number last issued from this series according to the log."""
    last = None
    for record in held:
        said = json.loads(record)
        if said.get("kind") == "issued" and said.get("by") == "dispenser":
            last = int(said["number"].rpartition("-")[2])
    return last
