"""The talk with a printer about one ticket: how it is, the ticket, and what became of it.

Every wait has an end, and what is not known is called unknown:

- `failed`: nothing was sent; there is no paper.
- `unknown`: it broke off in the middle, or nobody knows what became of it; there may be paper.
- `printed`: all was taken and, where the printer is asked, it says that it has done it.

A printer that can be asked is asked before, so that nothing is sent to one without paper: it would
take the bytes and print them after the roll is changed.
"""

import contextlib
import time
from collections.abc import Callable
from typing import TypeVar

from firmware.dispenser import status
from firmware.dispenser.transports import DEADLINE_S, NothingSent, Transport

T = TypeVar("T")
PRINTED = "printed"
FAILED = "failed"
UNKNOWN = "unknown"
ANSWER_S = 0.5  # to DLE EOT, which a printer answers even while it prints


class Line:
    """The way to a printer, kept open from one use to the next.

    Not opened for each look: opening a serial port moves DTR, at which many printers start anew.
    `connect()` opens the transport, OSError if it cannot. `keep`: False where others use the
    printer, too. `renew`: whether one that says nothing is left for a new one; of a network peer
    that has vanished the connection never hears.
    """

    def __init__(
        self, connect: Callable[[], Transport], keep: bool = True, renew: bool = False
    ) -> None:
        self._connect = connect
        self._keep = keep
        self._renew = renew
        self._open: Transport | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is one from before."""
        return self._open is not None

    def open(self) -> Transport:
        """The transport, with nothing left unread. OSError: it has gone, or cannot be opened."""
        if self._open is None:
            self._open = self._connect()
        while self._open.read(0):  # late answers to what was asked before
            pass
        return self._open

    def rest(self, silent: bool) -> None:
        """Nothing is to be said for a while. `silent`: the printer did not answer."""
        if silent and self._renew:
            self.drop()
        elif not self._keep:
            self.close()

    def drop(self) -> None:
        """Something is wrong with it: no more of what was sent is to arrive."""
        leaving, self._open = self._open, None
        if leaving is not None:
            with contextlib.suppress(OSError):  # it is reported already
                leaving.abort()

    def close(self) -> None:
        """Close it."""
        leaving, self._open = self._open, None
        if leaving is not None:
            with contextlib.suppress(OSError):  # what was to be sent has been, or is reported
                leaving.close()


class Dialogue:
    """With one printer, for one thread. `asked`: whether the printer can be asked how it is.

    `clear`: what ends a command that broke off; sent first, and again after a doubt. `now()`:
    monotonic seconds.
    """

    def __init__(
        self,
        line: Line,
        asked: bool,
        clear: bytes = b"",
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = line
        self._asked = asked
        self._now = now
        self._ears = status.Ears()
        self._clear = clear
        self._is_clear = not clear  # nobody knows what the program before was about

    @property
    def connected(self) -> bool:
        """Whether the line is open."""
        return self._line.is_open

    def look(self) -> tuple[str, str]:
        """How the printer is: (why it cannot print, what will soon be so); empty: nothing."""
        try:
            said = self._use(self._ask)
        except OSError as error:
            return flat(error), ""
        self._line.rest(said[0] == status.SILENT)
        return said

    def print(self, data: bytes) -> tuple[str, str]:
        """Print `data`. Returns the outcome and, unless it is printed, the reason."""
        try:
            outcome, detail = self._use(lambda transport: self._job(transport, data))
        except OSError as error:
            return FAILED, flat(error)
        self._line.rest(detail == status.SILENT)
        return outcome, detail

    def drop(self) -> None:
        """Leave the line as it is, and have a new one the next time."""
        self._is_clear = not self._clear
        self._line.drop()

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def _use(self, work: Callable[[Transport], T]) -> T:
        """Do `work`; if a line from before turns out to be dead, on a new one.

        Whatever `work` raises: nothing of a ticket was sent.
        """
        kept = self._line.is_open
        try:
            return work(self._open())
        except OSError:
            self._line.drop()
            if not kept:
                raise
        try:
            return work(self._open())
        except OSError:
            self._line.drop()
            raise

    def _open(self) -> Transport:
        transport = self._line.open()
        if not self._is_clear:
            transport.write(self._clear)
            self._is_clear = True
        return transport

    def _job(self, transport: Transport, data: bytes) -> tuple[str, str]:
        if self._asked and (obstacle := self._ask(transport)[0]):
            return FAILED, obstacle
        try:
            transport.write(data + status.ASK_DONE if self._asked else data)
            return self._await_done(transport) if self._asked else (PRINTED, "")
        except NothingSent:
            raise
        except OSError as error:
            self.drop()
            return UNKNOWN, flat(error)

    def _ask(self, transport: Transport) -> tuple[str, str]:
        transport.write(b"".join(status.ASK))  # at once: a write waits until the line has sent it
        answers = self._answers(transport, len(status.ASK), status.is_answer, ANSWER_S)
        if len(answers) < len(status.ASK):
            return status.SILENT, ""
        return status.obstacle(*answers), status.warning(answers[-1])

    def _await_done(self, transport: Transport) -> tuple[str, str]:
        done = self._answers(transport, 1, status.is_done, DEADLINE_S)
        if not done:
            raise TimeoutError(f"the printer did not say in {DEADLINE_S:.0f} s that it has done it")
        if status.ran_out(done[0]):
            return UNKNOWN, "the paper ended with this ticket"
        return PRINTED, ""

    def _answers(
        self, transport: Transport, count: int, belongs: Callable[[int], bool], timeout: float
    ) -> list[int]:
        """The first `count` bytes that can be answers, fewer if the time is over; what a printer
        sends unasked is passed over."""
        found: list[int] = []
        until = self._now() + timeout
        while len(found) < count and (left := until - self._now()) > 0:
            found += filter(belongs, self._ears.hear(transport.read(left)))
        return found[:count]


def flat(error: Exception) -> str:
    """An error in one line."""
    return " ".join(str(error).split()) or type(error).__name__
