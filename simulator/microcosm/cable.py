"""A printer on its cable in virtual time: every byte takes its time, and may be the last one.

Between the program and the printer lies a kernel's queue, as on a real line: what is in it still
arrives after the program was killed, and is gone with the power.
"""

from collections.abc import Callable
from typing import Any

from firmware.dispenser.transports import DEADLINE_S, MOST_S, NothingSent
from simulator.mechanism import Mechanism
from simulator.microcosm.clockwork import Clockwork

_TICK_MS = 5
_BOOT_MS = 2_000
_PIECE = 48  # bytes at once into the queue, at most
_QUEUE = 512  # bytes that the kernel takes beyond those that the printer has taken

Wait = Callable[[int, Callable[[], bool]], None]
"""Let time pass, so many ms or until it is true. Raises `Killed` if the program ends meanwhile."""


class Cable(Mechanism):
    """A printer and the way to it. `bytes_per_ms`: of the line. `drains`: whether a program can
    see that the queue is empty, as on a serial line; not on a network. `changed`: called after
    anything that can change the paper. `connection`: its number; a network printer without power
    has none. `failed_at`: when it last lost its power, ms.
    """

    def __init__(
        self, clockwork: Clockwork, bytes_per_ms: int, drains: bool, changed: Callable[[], None]
    ) -> None:
        super().__init__(forgiving=True, dots=None)
        self.clockwork = clockwork
        self.drains = drains
        self.plugged = True
        self.said = bytearray()
        self.queue = bytearray()
        self._per_tick = bytes_per_ms * _TICK_MS
        self._changed = changed
        self.connection = 0
        self.failed_at = 0
        self._moving = False
        self._at_byte: list[tuple[int, Callable[[], object]]] = []

    @property
    def hindered(self) -> bool:
        """Whether a program that asks is told, or sees by the silence, that it cannot print."""
        return not (self.can_print and self.plugged) or self._silent or self._stalled

    def pull(self) -> None:
        """The plug is out."""
        self.plugged = False
        self.said.clear()

    def plug_in(self) -> None:
        """The plug is in again."""
        self.plugged = True

    def switch_on(self) -> None:
        """It takes a while until it listens."""
        self.clockwork.after(_BOOT_MS, super().switch_on)

    def at_byte(self, count: int, what: Callable[[], object]) -> None:
        """Do `what` when so many more bytes have gone into the queue."""
        self._at_byte.append((count, what))

    def relent(self) -> None:
        """Nothing waits for a byte any more."""
        self._at_byte.clear()
        self._left = None

    def enqueue(self, data: bytes) -> int:
        """A program writes; returns how many bytes were taken, fewer if something happens there."""
        count = min(len(data), *(left for left, _ in self._at_byte)) if self._at_byte else len(data)
        self.queue += data[:count]
        self._move_later()
        due = [what for left, what in self._at_byte if left == count]
        self._at_byte = [(left - count, what) for left, what in self._at_byte if left > count]
        for what in due:
            what()
        return count

    def lose_queue(self) -> None:
        """The program wants it dropped, or the kernel is gone."""
        self.queue.clear()

    def _move_later(self) -> None:
        if not self._moving:
            self._moving = True
            self.clockwork.after(_TICK_MS, self._move)

    def _move(self) -> None:
        """The line carries some bytes of the queue to the printer."""
        self._moving = False
        count = min(self.room, self._per_tick, len(self.queue)) if self.plugged else 0
        if count:
            piece = bytes(self.queue[:count])
            del self.queue[:count]
            self.receive(piece, self.clockwork.now / 1000)
            self.print_buffer()
            self._changed()
        if self.queue:
            self._move_later()

    def _say(self, data: bytes) -> None:
        if self.plugged:
            self.said += data

    def _lose_power(self) -> None:
        super()._lose_power()
        self.failed_at = self.clockwork.now
        self.said.clear()
        if not self.drains:
            self.connection += 1
            self.queue.clear()

    def _switch(self, **states: Any) -> None:
        super()._switch(**states)
        self._changed()


class Plug:
    """A program's end of the cable, from its opening on; implements `Transport`. OSError if there
    is nobody at the other end."""

    def __init__(self, cable: Cable, wait: Wait) -> None:
        self._cable = cable
        self._connection = cable.connection
        if self._is_gone() or (cable.is_off and not cable.drains):
            raise OSError("nobody there")
        self._wait = wait
        cable.said.clear()

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        cable, sent = self._cable, 0
        until = cable.clockwork.now + int(MOST_S * 1000)
        while sent < len(data):
            try:
                self._wait_for_room()
                if cable.clockwork.now > until:
                    raise TimeoutError("it takes too long")
            except OSError as error:
                raise (OSError if sent else NothingSent)(str(error)) from error
            sent += cable.enqueue(data[sent : sent + _PIECE])
            self._wait(0, lambda: True)
        if cable.drains:
            self._wait_until(lambda: not cable.queue, "did not take all")

    def read(self, timeout: float) -> bytes:
        """What the printer has said."""
        cable = self._cable
        if timeout > 0:
            ms = max(1, round(timeout * 1000))
            self._wait(ms, lambda: bool(cable.said) or self._is_gone())
        self._check()
        said = bytes(cable.said)
        cable.said.clear()
        return said

    def close(self) -> None:
        """Let go; what is queued goes on its way."""

    def abort(self) -> None:
        """Drop what is queued."""
        self._cable.lose_queue()

    def _wait_for_room(self) -> None:
        self._wait_until(lambda: len(self._cable.queue) < _QUEUE, "took nothing")

    def _wait_until(self, true: Callable[[], bool], why: str) -> None:
        if not true():
            self._wait(int(DEADLINE_S * 1000), lambda: true() or self._is_gone())
        self._check()
        if not true():
            raise TimeoutError(f"it {why} for {DEADLINE_S:.0f} s")

    def _check(self) -> None:
        if self._is_gone():
            raise OSError("it has gone")

    def _is_gone(self) -> bool:
        return not self._cable.plugged or self._connection != self._cable.connection
