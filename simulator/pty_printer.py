"""A printer at the far end of a pseudo-terminal: open its `path` as a serial device.

It has a small buffer, sensors and a switch. Status bytes: Epson, "ESC/POS Command Reference",
DLE EOT (answered on arrival) and GS r (answered when what came before it is printed).
The kernel holds some kB for a stalled printer, as it does on a real line, before a write blocks.
"""

import argparse
import codecs
import contextlib
import itertools
import os
import select
import sys
import threading
import time
import tty
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TextIO

from simulator.escpos import Reader, Sheet, UnknownCommand
from simulator.paper import DOTS, save

BUFFER = 4096  # bytes, of a usual small printer
CODE_PAGES: Mapping[int, str] = {46: "cp1251", 17: "cp866"}
FIXED = 0x12  # bits that are on in each answer to DLE EOT
OFFLINE = 0x08  # DLE EOT 1
COVER, PAPER_STOP, ERROR = 0x04, 0x20, 0x40  # DLE EOT 2
CUTTER = 0x08  # DLE EOT 3
NEAR_END, PAPER_END = 0x0C, 0x60  # DLE EOT 4
ROLL_NEAR_END, ROLL_END = 0x03, 0x0C  # GS r 1


class PtyPrinter:
    """`path`: of the serial device. `sheets`: what came out, cut. `lost`: bytes without power.

    `dots`: width of the paper. `bytes_per_s`: speed of the line; None: at once. `on_first_byte`:
    called with the monotonic time (s) of each job's first byte, status requests apart;
    `first_byte_at`: the latest. `on_sheet`: called with each sheet. Both from the printer's thread.
    """

    def __init__(
        self,
        code_pages: Mapping[int, str] = CODE_PAGES,
        *,
        dots: int | None = 384,
        chinese: bool = False,
        buffer: int = BUFFER,
        bytes_per_s: float | None = None,
        on_first_byte: Callable[[float], None] = lambda at: None,
        on_sheet: Callable[[Sheet], None] = lambda sheet: None,
    ) -> None:
        self._reader = Reader(code_pages, dots=dots, chinese=chinese, on_ask=self._answer_ask)
        self.sheets = self._reader.sheets
        self.first_byte_at: float | None = None
        self.complaint: UnknownCommand | None = None
        self.lost = 0
        self.bytes_per_s = bytes_per_s
        self._room = buffer
        self._on_first_byte = on_first_byte
        self._on_sheet = on_sheet
        self._changed = threading.Condition(threading.RLock())
        self._buffer = bytearray()
        self._ears = bytearray()  # the last two bytes that arrived
        self._torn = self._near = self._cover = self._jam = self._offline = False
        self._silent = self._off = self._stalled = self._closed = False
        self._left: int | None = None  # bytes until the power fails
        self._line_free_at = 0.0
        self._arrived_at = 0.0
        self._far, self._near_fd = os.openpty()
        tty.setraw(self._near_fd)
        os.set_blocking(self._far, False)
        self.path = os.ttyname(self._near_fd)
        self._wake_out, self._wake_in = os.pipe()
        self._thread = threading.Thread(target=self._run, name=f"printer {self.path}", daemon=True)
        self._thread.start()

    def __enter__(self) -> "PtyPrinter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Verbs of the bench

    def tear_paper(self) -> None:
        """No paper: nothing is printed, what arrives waits in the buffer."""
        self._switch(_torn=True)

    def load_paper(self) -> None:
        """A new roll: what waited in the buffer comes out of it."""
        self._switch(_torn=False, _near=False)

    def near_end(self) -> None:
        """The roll is nearly used up."""
        self._switch(_near=True)

    def open_cover(self) -> None:
        """Offline until it is closed."""
        self._switch(_cover=True)

    def close_cover(self) -> None:
        """Go on."""
        self._switch(_cover=False)

    def jam(self) -> None:
        """The knife is stuck."""
        self._switch(_jam=True)

    def clear_jam(self) -> None:
        """The knife is free."""
        self._switch(_jam=False)

    def go_silent(self) -> None:
        """It prints and never answers: the wire back is broken."""
        self._switch(_silent=True)

    def wake(self) -> None:
        """It answers again."""
        self._switch(_silent=False)

    def go_offline(self) -> None:
        """Its key is pressed: it answers and does not print."""
        self._switch(_offline=True)

    def go_online(self) -> None:
        """Its key is pressed again."""
        self._switch(_offline=False)

    def switch_off(self) -> None:
        """What is in the buffer, and what arrives from now on, is lost."""
        with self._changed:
            self._lose_power()
        self._wake()

    def switch_on(self) -> None:
        """Begin with an empty buffer."""
        self._switch(_off=False)

    def stall(self) -> None:
        """Read nothing more: writes block."""
        self._switch(_stalled=True)

    def resume(self) -> None:
        """Read on."""
        self._switch(_stalled=False)

    def die_after(self, count: int) -> None:
        """Lose power when `count` more bytes have arrived."""
        if count < 1:
            raise ValueError(f"die_after({count}): at least one byte; else switch_off()")
        self._switch(_left=count)

    def tear_off(self) -> Sheet:
        """Take what is printed and not cut."""
        with self._changed:
            return self._reader.tear_off()

    def wait_for_sheets(self, count: int, timeout: float = 5.0) -> list[Sheet]:
        """The sheets, once there are `count`. Raises TimeoutError, UnknownCommand."""
        self.wait_until(lambda: len(self.sheets) >= count, timeout)
        with self._changed:
            return list(self.sheets)

    def wait_until(self, true: Callable[[], bool], timeout: float = 5.0) -> None:
        """Until `true` after something happened here. Raises TimeoutError, UnknownCommand."""
        with self._changed:
            self._changed.wait_for(lambda: self.complaint is not None or true(), timeout)
            if self.complaint:
                raise self.complaint
            if not true():
                raise TimeoutError(
                    f"{self.path}: {len(self.sheets)} sheets and {len(self._buffer)} bytes"
                    f" unprinted after {timeout} s"
                )

    @property
    def unfinished(self) -> Sheet:
        """What is printed and not cut."""
        with self._changed:
            return self._reader.unfinished

    @property
    def unprinted(self) -> int:
        """How many bytes wait in the buffer."""
        return len(self._buffer)

    @property
    def is_off(self) -> bool:
        """Whether it has no power."""
        return self._off

    def close(self) -> None:
        """Unplug it."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
        self._wake()
        self._thread.join()
        for handle in (self._far, self._near_fd, self._wake_in, self._wake_out):
            os.close(handle)

    # The thread: started by the constructor, ends with close()

    def _run(self) -> None:
        while not self._closed:
            wait = self._line_free_at - time.monotonic()
            with self._changed:
                ready = self._may_read() and wait <= 0
            sources = [self._wake_out, self._far] if ready else [self._wake_out]
            found, _, _ = select.select(sources, [], [], wait if wait > 0 else None)
            if self._wake_out in found:
                os.read(self._wake_out, 64)
            with self._changed:
                if self._far in found and self._may_read():
                    self._receive()
                self._print()
                self._changed.notify_all()

    def _may_read(self) -> bool:
        return not self._stalled and (self._off or len(self._buffer) < self._room)

    def _receive(self) -> None:
        count = self._room if self._off else self._room - len(self._buffer)
        if self.bytes_per_s:
            count = min(count, max(1, int(self.bytes_per_s / 50)))
        if self._left is not None:
            count = min(count, self._left)
        try:
            data = os.read(self._far, count)
        except BlockingIOError:
            return  # the writer took it back
        now = time.monotonic()
        if self.bytes_per_s:
            self._line_free_at = now + len(data) / self.bytes_per_s
        if self._off:
            self.lost += len(data)
            return
        self._arrived_at = now
        self._buffer += data
        self._hear(data)
        if self._left is not None:
            self._left -= len(data)
            if not self._left:
                self._print()
                self._lose_power()

    def _hear(self, data: bytes) -> None:
        """Answer DLE EOT n on arrival, wherever it stands."""
        for byte in data:
            if self._ears == b"\x10\x04" and 1 <= byte <= 4:
                self._answer(self._status(byte))
            self._ears = (self._ears + bytes([byte]))[-2:]

    def _print(self) -> None:
        if not self._buffer or self._cannot_print():
            return
        data, begun, done = bytes(self._buffer), self._reader.begun, len(self.sheets)
        self._buffer.clear()
        if self.complaint is None:
            try:
                self._reader.feed(data)
            except UnknownCommand as complaint:
                self.complaint = complaint
        for _ in range(self._reader.begun - begun):
            self.first_byte_at = self._arrived_at
            self._on_first_byte(self._arrived_at)
        for sheet in self.sheets[done:]:
            self._on_sheet(sheet)

    def _cannot_print(self) -> bool:
        return self._off or self._offline or self._torn or self._cover or self._jam

    def _lose_power(self) -> None:
        self._off, self._left = True, None
        self.lost += len(self._buffer)
        self._buffer.clear()
        self._ears.clear()
        self._reader.restart()

    def _status(self, n: int) -> int:
        if n == 1:
            return FIXED | OFFLINE * self._cannot_print()
        if n == 2:
            return FIXED | COVER * self._cover | PAPER_STOP * self._torn | ERROR * self._jam
        if n == 3:
            return FIXED | CUTTER * self._jam
        return FIXED | NEAR_END * self._near | PAPER_END * self._torn

    def _answer_ask(self, n: int) -> None:
        paper = ROLL_NEAR_END * self._near | ROLL_END * self._torn
        self._answer(paper if n == 1 else 0)  # 2: the drawer's plug, which nobody has

    def _answer(self, status: int) -> None:
        if not self._silent:
            with contextlib.suppress(BlockingIOError):  # nobody reads: lost, as on a real line
                os.write(self._far, bytes([status]))

    def _switch(self, **states: bool | int) -> None:
        with self._changed:
            for name, value in states.items():
                setattr(self, name, value)
        self._wake()

    def _wake(self) -> None:
        os.write(self._wake_in, b"!")


VERBS: Mapping[str, Callable[[PtyPrinter], object]] = {
    "tear": PtyPrinter.tear_paper,
    "load": PtyPrinter.load_paper,
    "near": PtyPrinter.near_end,
    "cover": PtyPrinter.open_cover,
    "uncover": PtyPrinter.close_cover,
    "jam": PtyPrinter.jam,
    "unjam": PtyPrinter.clear_jam,
    "silent": PtyPrinter.go_silent,
    "wake": PtyPrinter.wake,
    "offline": PtyPrinter.go_offline,
    "online": PtyPrinter.go_online,
    "off": PtyPrinter.switch_off,
    "on": PtyPrinter.switch_on,
    "stall": PtyPrinter.stall,
    "resume": PtyPrinter.resume,
}
EXAMPLES = """examples:
  python -m simulator.pty_printer --png /tmp/tickets
  python -m simulator.pty_printer --width 80 --codepage 46=cp1251 --codepage 17=cp866
then type a verb: {verbs}, die N, quit
""".format(verbs=", ".join(VERBS))


def obey(printer: PtyPrinter, orders: TextIO, say: Callable[[str], object]) -> None:
    """Do what is typed until `quit` or the end of the input."""
    for order in orders:
        verb, _, number = order.strip().partition(" ")
        if verb == "quit":
            return
        if verb in VERBS:
            VERBS[verb](printer)
        elif verb == "die" and number.isdecimal() and int(number):
            printer.die_after(int(number))
        elif verb:
            say(f"{order.strip()!r} is no verb; there are: {', '.join(VERBS)}, die N, quit")


def _page(text: str) -> tuple[int, str]:
    number, _, codec = text.partition("=")
    try:
        codecs.lookup(codec)
    except LookupError as unknown:
        raise argparse.ArgumentTypeError(f"{text!r}: {unknown}; e.g. 46=cp1251") from unknown
    return int(number), codec


def main(arguments: list[str] | None = None, orders: TextIO = sys.stdin) -> None:
    """Print the device's path, obey what is typed, write each sheet as a picture."""
    parser = argparse.ArgumentParser(
        prog="python -m simulator.pty_printer",
        description=main.__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--png", type=Path, metavar="DIR", help="write each sheet here")
    parser.add_argument("--width", type=int, choices=sorted(DOTS), default=58, help="of paper, mm")
    parser.add_argument("--codepage", type=_page, action="append", metavar="N=CODEC")
    given = parser.parse_args(arguments)
    dots = DOTS[given.width]
    numbers = itertools.count(1)

    def say(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def show(sheet: Sheet) -> None:
        say(f"--- a sheet, {sheet.cut} cut\n{sheet.text}")
        if given.png:
            given.png.mkdir(parents=True, exist_ok=True)
            save(sheet, given.png / f"sheet-{next(numbers):03}.png", dots)

    with PtyPrinter(dict(given.codepage or CODE_PAGES), dots=dots, on_sheet=show) as printer:
        say(printer.path)
        obey(printer, orders, say)
        if printer.complaint:
            say(f"not understood: {printer.complaint}")


if __name__ == "__main__":
    main()
