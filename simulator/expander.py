"""A virtual MCP23017, with the interface of smbus2 and the registers of its datasheet."""

import errno

from firmware.dispenser.expander import (
    GPIO,
    GPPU,
    INTCAP,
    INTF,
    IOCON,
    IODIR,
    IPOL,
    OLAT,
    OUTPUTS_ONLY,
    mask,
)

_LAST = OLAT + 1


class VirtualExpander:
    """One chip on a bus of its own. Implements `firmware.dispenser.expander.Bus`.

    What nobody drives and no pull-up holds reads low, so that a missing pull-up is noticed.
    `writes`: all so far, (register, value).
    """

    def __init__(self, address: int = 0x20) -> None:
        self.address = address
        self.writes: list[tuple[int, int]] = []
        self._on_the_bus = True
        self._low = 0  # pins that a contact pulls to ground
        self._power_up()

    def drive_low(self, pin: str) -> None:
        """A contact closes between the pin and ground."""
        if pin in OUTPUTS_ONLY:
            raise ValueError(f"{pin} is an output only: nothing may be wired to drive it")
        self._low |= mask(pin)

    def release(self, pin: str) -> None:
        """The contact opens."""
        self._low &= ~mask(pin)

    def lamp(self, pin: str) -> bool:
        """Whether the pin drives its lamp."""
        return bool(mask(pin) & self._word(OLAT) & ~self._word(IODIR))

    def fall_off_the_bus(self) -> None:
        """Its plug comes off: no power, no answer, no lamp."""
        self._on_the_bus = False
        self._power_up()

    def come_back(self) -> None:
        """It has power again, and its registers are as after a reset."""
        self._on_the_bus = True
        self._power_up()

    def brown_out(self) -> None:
        """A dip that the chip forgets all by, and still answers."""
        self._power_up()

    def write_byte_data(
        self, i2c_addr: int, register: int, value: int, force: bool | None = None
    ) -> None:
        """As smbus2."""
        self._answer(i2c_addr)
        if not 0 <= register <= _LAST or not 0 <= value <= 0xFF:
            raise ValueError(f"no byte {value} can be written to register {register:#04x}")
        self.writes.append((register, value))
        if register in (GPIO, GPIO + 1):  # writing the port writes its latch
            register += OLAT - GPIO
        if register in (IOCON, IOCON + 1):  # one register at two addresses
            if value & 0x80:
                raise NotImplementedError("BANK = 1")
            self._registers[IOCON] = self._registers[IOCON + 1] = value
        elif not INTF <= register <= INTCAP + 1:  # those cannot be written
            self._registers[register] = value

    def read_byte_data(self, i2c_addr: int, register: int, force: bool | None = None) -> int:
        """As smbus2."""
        self._answer(i2c_addr)
        if register in (GPIO, GPIO + 1):
            return self._port() >> 8 * (register - GPIO) & 0xFF
        return self._registers[register]

    def read_word_data(self, i2c_addr: int, register: int, force: bool | None = None) -> int:
        """As smbus2; the chip's address pointer goes on to the next register."""
        low = self.read_byte_data(i2c_addr, register)
        return low | self.read_byte_data(i2c_addr, (register + 1) % (_LAST + 1)) << 8

    def close(self) -> None:
        """As smbus2."""

    def _power_up(self) -> None:
        self._registers = [0] * (_LAST + 1)
        self._registers[IODIR] = self._registers[IODIR + 1] = 0xFF

    def _answer(self, address: int) -> None:
        if address != self.address or not self._on_the_bus:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")

    def _port(self) -> int:
        inputs = self._word(IODIR)
        level = inputs & self._word(GPPU) & ~self._low | ~inputs & self._word(OLAT)
        return (level ^ self._word(IPOL)) & 0xFFFF

    def _word(self, register: int) -> int:
        return self._registers[register] | self._registers[register + 1] << 8


class VirtualBus:
    """Several chips on one bus, each at its own address."""

    def __init__(self, *chips: VirtualExpander) -> None:
        self._chips = {chip.address: chip for chip in chips}
        self.closed = False

    def write_byte_data(self, i2c_addr: int, register: int, value: int) -> None:
        """As smbus2."""
        self._chip(i2c_addr).write_byte_data(i2c_addr, register, value)

    def read_byte_data(self, i2c_addr: int, register: int) -> int:
        """As smbus2."""
        return self._chip(i2c_addr).read_byte_data(i2c_addr, register)

    def read_word_data(self, i2c_addr: int, register: int) -> int:
        """As smbus2."""
        return self._chip(i2c_addr).read_word_data(i2c_addr, register)

    def close(self) -> None:
        """As smbus2."""
        self.closed = True

    def _chip(self, address: int) -> VirtualExpander:
        if address not in self._chips:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        return self._chips[address]
