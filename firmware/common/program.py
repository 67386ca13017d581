"""What a device's program needs to run on a Raspberry Pi: one owner, one inbox, one thread.

Whatever happens outside is put into the inbox by its own thread; only the main thread decides.
"""

import contextlib
import fcntl
import importlib.metadata
import logging
import os
import queue
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from firmware.common.config import ConfigError, Identity
from firmware.common.filelog import FileLog
from firmware.common.node import Node
from firmware.common.posix_clock import random_token
from firmware.common.posix_disk import PosixDisk

if TYPE_CHECKING:  # it exists for type checkers only
    from firmware.common.node import Clock

EDGE = "edge"  # with (button, pressed, ms since boot)
STOP = "stop"
_OWNER = "owner"  # file in the data folder, locked by whoever runs
Inbox = queue.SimpleQueue[tuple[str, Any]]


class Program(Protocol):
    """What `run` drives. Times in ms since boot."""

    def handle(self, kind: str, value: Any) -> None:
        """Something happened."""

    def step(self, now: int) -> None:
        """Do what is due."""

    def due(self, now: int) -> int | None:
        """In how many ms `step` has something to do, unless something happens; None: never."""


class ProgramError(RuntimeError):
    """The program cannot run; the message says what to do."""


def run(program: Program, inbox: Inbox, clock: "Clock") -> None:
    """Drive `program` until STOP is in the inbox."""
    go_on = True
    while go_on:
        due = program.due(clock.up())
        go_on = take(program, inbox, None if due is None else due / 1000)
        program.step(clock.up())


def take(program: Program, inbox: Inbox, timeout: float | None) -> bool:
    """Hand over all that is in the inbox, waiting `timeout` s for the first; False at STOP."""
    try:
        event = inbox.get(timeout=timeout)
        while event[0] != STOP:
            program.handle(*event)
            event = inbox.get_nowait()
    except queue.Empty:
        return True
    return False


def stop_on_signals(inbox: Inbox) -> None:
    """SIGTERM and SIGINT end `run` after what is in the inbox before them."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: inbox.put((STOP, None)))


def claim(folder: Path) -> int:
    """Make this process the only owner of the data folder until it ends.

    Returns the lock's file descriptor. Raises ProgramError naming the process that owns it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / _OWNER, os.O_RDWR | os.O_CREAT, 0o644)
    _lock(file, folder)
    os.ftruncate(file, 0)
    os.write(file, b"%d\n" % os.getpid())
    return file


def describe_data(folder: Path) -> str:
    """Whether the data folder can be used, for a check: nothing is made or written.

    Raises ProgramError if it cannot, or another process owns it.
    """
    there = _nearest(folder)
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise ProgramError(f"{there} is no folder that can be written. Check its owner, or `data`.")
    if there != folder:
        return f"{folder} is not there yet; the first run makes it"
    if (folder / _OWNER).exists():
        file = os.open(folder / _OWNER, os.O_RDONLY)
        _lock(file, folder)
        os.close(file)
    return f"{folder} is ours to write"


@contextlib.contextmanager
def scratch_folder() -> Iterator[None]:
    """A working folder for what a check leaves behind; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="talon-") as folder, contextlib.chdir(folder):
        yield


def _lock(file: int, folder: Path) -> None:
    """Take the lock, or close the file and say who has it: ProgramError."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(file, 20).decode(errors="replace").strip()
        os.close(file)
        problem = f"{folder} is in use by process {owner}. Stop that one, or name another `data`."
        raise ProgramError(problem) from None


def _nearest(folder: Path) -> Path:
    """The folder, or what is there of the path to it."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def open_node(identity: Identity, clock: "Clock") -> Node:
    """The node with its log on the card, in the data folder's `log`."""
    disk = PosixDisk(identity.data / "log")
    records = FileLog(disk, random_token, limit_bytes=identity.log_bytes)
    node = Node(identity.site, identity.node, records, clock, version())
    node.set_fault("room", _lack_of_room(identity, records.size))
    return node


def describe_log(identity: Identity) -> str:
    """What the log may take of the card, and whether the card has it."""
    held = sum(path.stat().st_size for path in (identity.data / "log").glob("*.log"))
    lack = _lack_of_room(identity, held)
    return lack or f"at most {identity.log_mb} MB, {held >> 20} MB so far; the card has room for it"


def _lack_of_room(identity: Identity, held: int) -> str:
    disk = os.statvfs(_nearest(identity.data))
    free = disk.f_bavail * disk.f_frsize
    if held + free >= identity.log_bytes:
        return ""
    return (
        f"the card has {free >> 20} MB left for a log of up to {identity.log_mb} MB:"
        " make room, or lower log_mb"
    )


def version() -> str:
    """Version of the installed package."""
    try:
        return importlib.metadata.version("talon-queue")
    except importlib.metadata.PackageNotFoundError:  # run from the source tree
        return "0+source"


def guarded(name: str, action: Callable[[], int]) -> int:
    """Run a command; what goes wrong is one line on stderr and exit code 1."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s"
    )
    try:
        return action()
    except (ConfigError, ProgramError, OSError) as error:
        sys.stderr.write(f"{name}: {error}\n")
        return 1
