"""A printer at the far end of a pseudo-terminal: open its `path` as a serial device.

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

from simulator.escpos import Sheet
from simulator.mechanism import BUFFER, CODE_PAGES, Mechanism
from simulator.paper import DOTS, save


class PtyPrinter(Mechanism):
    """`path`: of the serial device. The rest as `simulator.mechanism.Mechanism`.

    `bytes_per_s`: speed of the line; None: at once. `on_first_byte` is called with the monotonic
    time (s); it and `on_sheet` from the printer's thread.
    """

    def __init__(
        self,
        code_pages: Mapping[int, str] = CODE_PAGES,
        *,
        dots: int | None = 384,
        chinese: bool = False,
        forgiving: bool = False,
        buffer: int = BUFFER,
        bytes_per_s: float | None = None,
        on_first_byte: Callable[[float], None] = lambda at: None,
        on_sheet: Callable[[Sheet], None] = lambda sheet: None,
    ) -> None:
        super().__init__(
            code_pages,
            dots=dots,
            chinese=chinese,
            forgiving=forgiving,
            buffer=buffer,
            on_first_byte=on_first_byte,
            on_sheet=on_sheet,
        )
        self.bytes_per_s = bytes_per_s
        self._changed = threading.Condition(threading.RLock())
        self._closed = False
        self._line_free_at = 0.0
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

    def switch_off(self) -> None:
        """As Mechanism."""
        with self._changed:
            super().switch_off()
        self._wake()

    def tear_off(self) -> Sheet:
        """As Mechanism."""
        with self._changed:
            return super().tear_off()

    @property
    def unfinished(self) -> Sheet:
        """What is printed and not cut."""
        with self._changed:
            return super().unfinished

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
                ready = bool(self.room) and wait <= 0
            sources = [self._wake_out, self._far] if ready else [self._wake_out]
            found, _, _ = select.select(sources, [], [], wait if wait > 0 else None)
            if self._wake_out in found:
                os.read(self._wake_out, 64)
            with self._changed:
                if self._far in found and self.room:
                    self._read()
                self.print_buffer()
                self._changed.notify_all()

    def _read(self) -> None:
        count = self.room
        if self.bytes_per_s:
            count = min(count, max(1, int(self.bytes_per_s / 50)))
        try:
            data = os.read(self._far, count)
        except BlockingIOError:
            return  # the writer took it back
        now = time.monotonic()
        if self.bytes_per_s:
            self._line_free_at = now + len(data) / self.bytes_per_s
        self.receive(data, now)

    def _say(self, data: bytes) -> None:
        with contextlib.suppress(BlockingIOError):  # nobody reads: lost, as on a real line
            os.write(self._far, data)

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
