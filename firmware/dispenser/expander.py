"""MCP23017: sixteen more pins on the I2C bus. Registers of the datasheet DS20001952, BANK = 0.

The bus comes in as an object, so this touches nothing by itself.
"""

from collections.abc import Iterable
from typing import Protocol

IODIR, IPOL, GPINTEN, DEFVAL, INTCON, IOCON, GPPU = 0x00, 0x02, 0x04, 0x06, 0x08, 0x0A, 0x0C
INTF, INTCAP, GPIO, OLAT = 0x0E, 0x10, 0x12, 0x14  # of port A; port B's follows each
PORT_B = 1
_GPINTENB = GPINTEN + PORT_B  # where IOCON is while BANK = 1

PINS = tuple(f"{port}{bit}" for port in "AB" for bit in range(8))  # A0 is bit 0, B0 bit 8
OUTPUTS_ONLY = ("A7", "B7")  # since revision D: as inputs they may disturb SDA
CHECK_EVERY = 200  # reads: at one per 5 ms, once a second


class Bus(Protocol):
    """What smbus2.SMBus has."""

    def write_byte_data(self, i2c_addr: int, register: int, value: int) -> None:
        """Write one register."""

    def read_byte_data(self, i2c_addr: int, register: int) -> int:
        """Read one register."""

    def read_word_data(self, i2c_addr: int, register: int) -> int:
        """Read a register and the next; the first is the low byte."""


class Expander:
    """One MCP23017. `inputs` are contacts to ground, the rest drives lamps, high is on.

    Raises ValueError for a pin that cannot be an input. `read` raises OSError as long as the chip
    does not answer, and sets it up again when it does.
    """

    def __init__(self, bus: Bus, address: int, inputs: Iterable[str]) -> None:
        self.address = address
        self._bus = bus
        self._inputs = 0
        for pin in inputs:
            if pin in OUTPUTS_ONLY:
                raise ValueError(f"{pin} of an MCP23017 is an output only; A0-A6, B0-B6 are inputs")
            self._inputs |= mask(pin)
        self._wanted = 0  # the lamps, as asked for
        self._latch: int | None = None  # the lamps, as written; None: not set up
        self._reads = 0

    def light(self, pin: str, on: bool) -> None:
        """The lamp at `pin` is on or off from the next `read` on."""
        if mask(pin) & self._inputs:
            raise ValueError(f"{pin} of the expander {self.address:#04x} is an input")
        self._wanted = self._wanted | mask(pin) if on else self._wanted & ~mask(pin)

    def read(self) -> frozenset[str]:
        """Set the lamps as asked for; returns the inputs that are down. OSError: no answer."""
        try:
            if self._latch is None or self._lost_its_setup():
                self._set_up()
            self._write_lamps()
            down = ~self._bus.read_word_data(self.address, GPIO) & self._inputs
        except OSError:
            self._latch = None
            raise
        return frozenset(pin for pin in PINS if mask(pin) & down)

    def _set_up(self) -> None:
        # Whatever BANK was, it is 0 after these two; where it was 0 before, the first changes
        # nothing but an interrupt enable that is not used.
        self._bus.write_byte_data(self.address, _GPINTENB, 0)
        self._bus.write_byte_data(self.address, IOCON, 0)
        self._latch = None
        self._write_lamps()  # before they become outputs, so that none flashes
        # Polarity stays: a chip that lost power and its pull-ups must not read as all pressed.
        self._write(IPOL, 0)
        self._write(GPPU, self._inputs)
        self._write(IODIR, self._inputs)
        self._reads = 0

    def _lost_its_setup(self) -> bool:
        """Power may fail for less than the time between two reads: the chip answers, but forgot."""
        self._reads = (self._reads + 1) % CHECK_EVERY
        return self._reads == 0 and self._bus.read_word_data(self.address, IODIR) != self._inputs

    def _write_lamps(self) -> None:
        wanted = self._wanted
        if wanted != self._latch:
            self._write(OLAT, wanted)
            self._latch = wanted

    def _write(self, register: int, value: int) -> None:
        self._bus.write_byte_data(self.address, register, value & 0xFF)
        self._bus.write_byte_data(self.address, register + PORT_B, value >> 8)


def mask(pin: str) -> int:
    """The bit of a pin in a word of both ports; ValueError if there is none of that name."""
    return 1 << PINS.index(pin)
