"""A printer without its plug: buffer, sensors, switch, paper. Verbs of the bench.

`simulator.pty_printer` puts it at the end of a serial line, `simulator.usb_printer` on a USB cable,
and `tests.faults.tickets` into virtual time. Status bytes: Epson, "ESC/POS Command Reference",
DLE EOT (answered on arrival) and GS r (answered when what came before it is printed).
"""

from collections.abc import Callable, Mapping

from simulator.escpos import Reader, Sheet, UnknownCommand

BUFFER = 4096  # bytes, of a usual small printer
CODE_PAGES: Mapping[int, str] = {46: "cp1251", 17: "cp866"}
_DLE_EOT = b"\x10\x04"
FIXED = 0x12  # bits that are on in each answer to DLE EOT
OFFLINE = 0x08  # DLE EOT 1
COVER, PAPER_STOP, ERROR = 0x04, 0x20, 0x40  # DLE EOT 2
CUTTER = 0x08  # DLE EOT 3
NEAR_END, PAPER_END = 0x0C, 0x60  # DLE EOT 4
ROLL_NEAR_END, ROLL_END = 0x03, 0x0C  # GS r 1


class Mechanism:
    """`sheets`: what came out, cut. `lost`: bytes that came without power, or were in the buffer
    when it failed. `complaint`: what it did not understand; from then on it prints nothing.

    `dots`: width of the paper. `on_first_byte`: called with the time of each job's first byte,
    status requests apart; `first_byte_at`: the latest. `on_sheet`: called with each sheet.
    `forgiving`: what it does not understand is passed over, as a real one would.
    What it says goes to `_say`, which whoever has the other end of the cable overrides.
    """

    def __init__(
        self,
        code_pages: Mapping[int, str] = CODE_PAGES,
        *,
        dots: int | None = 384,
        chinese: bool = False,
        forgiving: bool = False,
        buffer: int = BUFFER,
        on_first_byte: Callable[[float], None] = lambda at: None,
        on_sheet: Callable[[Sheet], None] = lambda sheet: None,
    ) -> None:
        self._reader = Reader(
            code_pages, dots=dots, chinese=chinese, forgiving=forgiving, on_ask=self._answer_ask
        )
        self.sheets = self._reader.sheets
        self.first_byte_at: float | None = None
        self.complaint: UnknownCommand | None = None
        self.lost = 0
        self._room = buffer
        self._on_first_byte = on_first_byte
        self._on_sheet = on_sheet
        self._buffer = bytearray()
        self._ears = bytearray()  # the last two bytes that arrived
        self._torn = self._near = self._cover = self._jam = self._offline = False
        self._silent = self._off = self._stalled = False
        self._left: int | None = None  # bytes until the power fails
        self._arrived_at = 0.0

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
        self._lose_power()

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
        return self._reader.tear_off()

    # What can be seen

    @property
    def unfinished(self) -> Sheet:
        """What is printed and not cut."""
        return self._reader.unfinished

    @property
    def unprinted(self) -> int:
        """How many bytes wait in the buffer."""
        return len(self._buffer)

    @property
    def is_off(self) -> bool:
        """Whether it has no power."""
        return self._off

    @property
    def is_stalled(self) -> bool:
        """Whether it reads nothing."""
        return self._stalled

    @property
    def can_print(self) -> bool:
        """Whether it would print what it gets."""
        return not (self._off or self._offline or self._torn or self._cover or self._jam)

    # The cable

    @property
    def room(self) -> int:
        """How many bytes it would take now; without power any number."""
        if self._stalled:
            return 0
        room = self._room if self._off else self._room - len(self._buffer)
        return room if self._left is None else min(room, self._left)

    def receive(self, data: bytes, now: float) -> None:
        """Bytes arrive at the time `now`, at most `room` of them."""
        if self._off:
            self.lost += len(data)
            return
        self._arrived_at = now
        self._buffer += data
        self._hear(data)
        if self._left is not None:
            self._left -= len(data)
            if not self._left:
                self.print_buffer()
                self._lose_power()

    def print_buffer(self) -> None:
        """Print what waits, if it can."""
        if not self._buffer or not self.can_print:
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

    def _say(self, data: bytes) -> None:
        """Send back."""

    def _switch(self, **states: bool | int) -> None:
        """Something about it changes."""
        for name, value in states.items():
            setattr(self, name, value)
        self.print_buffer()

    def _hear(self, data: bytes) -> None:
        """Answer DLE EOT n on arrival, wherever it stands."""
        heard = bytes(self._ears) + data
        at = heard.find(_DLE_EOT)
        while 0 <= at < len(heard) - 2:
            if 1 <= heard[at + 2] <= 4:
                self._answer(self._status(heard[at + 2]))
            at = heard.find(_DLE_EOT, at + 1)
        self._ears = bytearray(heard[-2:])

    def _lose_power(self) -> None:
        self._off, self._left = True, None
        self.lost += len(self._buffer)
        self._buffer.clear()
        self._ears.clear()
        self._reader.restart()

    def _status(self, n: int) -> int:
        if n == 1:
            return FIXED | OFFLINE * (not self.can_print)
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
            self._say(bytes([status]))
