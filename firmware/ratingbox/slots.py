"""The two slots of a Pico: which firmware boots, and how it goes back. Runs on MicroPython.

    /main.py, /slots.mpy   choose; written over the cable only
    /slots                 one line: what is in use, what is on trial, for how many boots more
    /a, /b                 a firmware each: its files, and `manifest`, which is written last

The line is replaced by a rename, which LittleFS does wholly or not at all; a slot without a
manifest is none. So there is no moment at which a power cut leaves a box without a firmware that
boots. This file lies on a Pico twice: as /slots.mpy, which boots whatever lies in the slots, and in
each slot, whose firmware changes the line. So the line's form never changes.
"""

import binascii
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO, Protocol

    class Machine(Protocol):
        """What is used of MicroPython's `machine`."""

        def reset(self) -> None:
            """Boot anew; does not return on a Pico."""

        def WDT(self, *, timeout: int) -> object:
            """Reset unless it is fed within `timeout` ms."""


NAMES = ("a", "b")
NONE = "-"
KEPT = "kept"  # the last update reached the gateway
BACK = "back"  # it did not, and the box went back
TRIES = 3  # boots that a firmware on trial has to reach its gateway
MANIFEST = "manifest"
SERVICE = "service"  # a file that keeps the next boot at the prompt, for the cable
WATCHDOG_MS = 8_388  # the longest that an RP2040 has
CRASH = "crash"  # a file with the last error that ended the firmware
_LINE = "slots"
_NEW = ".new"
_BLOCK = 4_096  # bytes; a file takes whole ones
_ENOENT = 2
_DIRECTORY = 0x4000


class State:
    """The line: `trial` is the slot on trial or NONE, `tries` its boots left; `counter` that of the
    last manifest taken; `result` what became of the last trial."""

    __slots__ = ("counter", "result", "trial", "tries", "use")

    def __init__(
        self, use: str, trial: str = NONE, tries: int = 0, counter: int = 0, result: str = NONE
    ) -> None:
        self.use = use
        self.trial = trial
        self.tries = tries
        self.counter = counter
        self.result = result

    @property
    def spare(self) -> str:
        """The slot that is not in use."""
        return NAMES[1 - NAMES.index(self.use)]


def encode_state(state: State) -> bytes:
    """The line, with its CRC-32."""
    text = "talon-slots 1 %s %s %d %d %s" % (
        state.use,
        state.trial,
        state.tries,
        state.counter,
        state.result,
    )
    return ("%s %08x\n" % (text, binascii.crc32(text.encode()) & 0xFFFFFFFF)).encode()


def decode_state(line: bytes) -> "State | None":
    """Read the line; None: it is not what was written."""
    words = line.split()
    if len(words) != 8:
        return None
    try:
        use, trial, tries, counter, result = [word.decode() for word in words[2:7]]
        state = State(use, trial, int(tries), int(counter), result)
        sound = use in NAMES and encode_state(state) == line
    except ValueError:
        return None
    return state if sound else None


class Slots:
    """The slots on the file system at `root` ("" on a Pico). Raises OSError as it does."""

    def __init__(self, root: str = "") -> None:
        self.root = root

    def path(self, slot: str, name: str = "") -> str:
        """Where a file of a slot is; without a name, the slot."""
        return self.root + "/" + slot + ("/" + name if name else "")

    def read(self) -> State:
        """The line; if the flash lost it, what the slots themselves tell."""
        try:
            with open(self.root + "/" + _LINE, "rb") as file:
                state = decode_state(file.read(200))
        except OSError:
            state = None
        return state or self._guess()

    def write(self, state: State) -> None:
        """Replace the line; durable on return."""
        path = self.root + "/" + _LINE
        with open(path + _NEW, "wb") as file:
            file.write(encode_state(state))
        os.rename(path + _NEW, path)

    def manifest(self, slot: str) -> bytes:
        """The manifest of a slot; empty: there is no whole firmware."""
        try:
            with open(self.path(slot, MANIFEST), "rb") as file:
                return file.read()
        except OSError as error:
            if error.args[0] != _ENOENT:
                raise
            return b""

    def files(self, slot: str) -> "Iterable[tuple[str, int]]":
        """Path and bytes of each file and folder of a slot, a folder's content before it; the
        manifest is the very first."""
        if self.manifest(slot):
            yield self.path(slot, MANIFEST), 0
        yield from _below(self.path(slot))

    def remove(self, path: str) -> None:
        """A file, or a folder that is empty."""
        if os.stat(path)[0] & _DIRECTORY:
            os.rmdir(path)
        else:
            os.remove(path)

    def rename(self, slot: str, old: str, new: str) -> None:
        """Of a file within its slot, in one step."""
        os.rename(self.path(slot, old), self.path(slot, new))

    def create(self, slot: str, name: str) -> "BinaryIO":
        """Open a file of a slot for writing, with the folders above it."""
        path = self.path(slot, name)
        at = len(self.root) + 1
        while True:
            at = path.find("/", at)
            if at < 0:
                return open(path, "wb")
            _make(path[:at])
            at += 1

    def room(self) -> int:
        """Bytes that are free."""
        said = os.statvfs(self.root or "/")
        return said[1] * said[4]

    def _guess(self) -> State:
        """Without a line: the older whole firmware, as one that proved itself; its counter is the
        highest that any manifest has, so that none of them can come again."""
        found = [(counter_of(self.manifest(slot)), slot) for slot in NAMES]
        whole = [one for one in found if one[0] > 0]
        return State(min(whole)[1] if whole else "a", counter=max(found)[0])


def take_turn(slots: Slots) -> str:
    """Which slot this boot is for. A boot on trial is counted before it begins, so that one that
    never ends is counted too; if the flash does not let it be counted, there is no trial."""
    state = slots.read()
    if state.trial == NONE:
        return state.use
    try:
        if state.tries > 0 and slots.manifest(state.trial):
            state.tries -= 1
            slots.write(state)
            return state.trial
        go_back(slots)
    except OSError:
        pass
    return state.use


def keep(slots: Slots) -> None:
    """The firmware on trial has reached its gateway: it is the one in use."""
    state = slots.read()
    if state.trial != NONE:
        slots.write(State(state.trial, counter=state.counter, result=KEPT))


def go_back(slots: Slots) -> None:
    """End the trial: the next boot is of the slot that was in use before."""
    state = slots.read()
    if state.trial != NONE:
        slots.write(State(state.use, counter=state.counter, result=BACK))


def start(machine: "Machine", root: str = "") -> None:
    """What /main.py does: run the firmware whose turn it is, and boot anew when it ends.

    A firmware that cannot even be loaded loses its trial at once; one in use gives way to the other
    slot, if there is a whole one.
    """
    slots = Slots(root)
    if _is_service(slots):
        return
    slot = take_turn(slots)
    if slot != slots.read().use:
        machine.WDT(timeout=WATCHDOG_MS)  # one in use sets its own; of this one we do not know
    sys.path.insert(0, slots.path(slot))
    try:
        from firmware.ratingbox import pico  # type: ignore[attr-defined,unused-ignore]
    except Exception as error:  # noqa: BLE001 - a file that rotted may raise anything
        _note_crash(slots, error)
        _give_way(slots)
        machine.reset()
        return
    try:
        pico.run()
    except Exception as error:  # noqa: BLE001 - whatever it was, a box that stands still is worse
        _note_crash(slots, error)
    machine.reset()


def _give_way(slots: Slots) -> None:
    try:
        state = slots.read()
        if state.trial != NONE:
            go_back(slots)
        elif slots.manifest(state.spare):
            slots.write(State(state.spare, counter=state.counter, result=BACK))
    except OSError:
        pass  # the next boot tries again


def _is_service(slots: Slots) -> bool:
    """Whether the cable asked for the prompt; once, so that a pulled cable leaves no idle box."""
    try:
        os.remove(slots.root + "/" + SERVICE)
    except OSError:
        return False
    return True


def _note_crash(slots: Slots, error: Exception) -> None:
    """For a technician; the same error again costs no write."""
    said = ("%s: %s" % (type(error).__name__, error))[:200].encode()
    path = slots.root + "/" + CRASH
    try:
        try:
            with open(path, "rb") as file:
                if file.read() == said:
                    return
        except OSError:
            pass
        with open(path, "wb") as file:
            file.write(said)
    except OSError:
        pass  # a flash that refuses must not keep the box from its next boot


def _below(folder: str) -> "Iterable[tuple[str, int]]":
    try:
        names = os.listdir(folder)
    except OSError as error:
        if error.args[0] != _ENOENT:
            raise
        return
    for name in names:
        path = folder + "/" + name
        said = os.stat(path)
        if said[0] & _DIRECTORY:
            yield from _below(path)
            yield path, 0
        else:
            yield path, said[6]


def _make(folder: str) -> None:
    try:
        os.mkdir(folder)
    except OSError:
        if not os.stat(folder)[0] & _DIRECTORY:
            raise


def blocks(size: int) -> int:
    """Bytes that a file of `size` takes on the flash, at most."""
    return (size // _BLOCK + 1) * _BLOCK


def counter_of(manifest: bytes) -> int:
    """What a slot's manifest says; 0: there is none."""
    at = manifest.find(b"\ncounter ")
    word = manifest[at + 9 : manifest.find(b"\n", at + 9)] if at > 0 else b""
    return int(word) if word.isdigit() else 0
