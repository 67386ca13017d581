"""The MCP23017's registers, byte by byte, against a chip that is not there."""

import pytest

from firmware.dispenser.expander import CHECK_EVERY, PINS, Expander
from simulator.expander import VirtualExpander


def wired(*inputs: str) -> tuple[VirtualExpander, Expander]:
    """A chip and its driver."""
    chip = VirtualExpander(0x21)
    return chip, Expander(chip, 0x21, inputs)


def test_setting_up_writes_these_registers_in_this_order() -> None:
    """Latches before directions, so that no lamp flashes; BANK is 0 whatever it was."""
    chip, expander = wired("A0", "A3", "B1")
    expander.light("B7", True)
    assert expander.read() == frozenset()
    assert chip.writes == [
        (0x05, 0x00), (0x0A, 0x00),  # BANK = 0
        (0x14, 0x00), (0x15, 0x80),  # OLAT
        (0x02, 0x00), (0x03, 0x00),  # IPOL
        (0x0C, 0x09), (0x0D, 0x02),  # GPPU
        (0x00, 0x09), (0x01, 0x02),  # IODIR
    ]  # fmt: skip
    expander.read()
    assert len(chip.writes) == 10


def test_a_closed_contact_reads_as_down() -> None:
    """All fourteen inputs, each by its own name."""
    inputs = [pin for pin in PINS if pin[1] != "7"]
    chip, expander = wired(*inputs)
    assert len(inputs) == 14
    for pin in inputs:
        chip.drive_low(pin)
        assert expander.read() == {pin}
        chip.release(pin)
    assert expander.read() == frozenset()


@pytest.mark.parametrize("pin", ["A7", "B7"])
def test_the_two_pins_that_are_outputs_only_are_refused_as_inputs(pin: str) -> None:
    """But they light lamps."""
    with pytest.raises(ValueError, match=f"{pin} of an MCP23017 is an output only"):
        wired(pin)
    chip, expander = wired("A0")
    expander.light(pin, True)
    expander.read()
    assert chip.lamp(pin)


def test_lamps_are_lit_one_by_one() -> None:
    """And an input is no lamp."""
    chip, expander = wired("A0")
    expander.light("B0", True)
    expander.light("A1", True)
    assert not chip.lamp("B0")
    expander.read()
    assert chip.lamp("B0")
    assert chip.lamp("A1")
    expander.light("B0", False)
    expander.read()
    assert not chip.lamp("B0")
    assert chip.lamp("A1")
    with pytest.raises(ValueError, match="A0 of the expander 0x21 is an input"):
        expander.light("A0", True)


def test_a_chip_that_comes_back_is_set_up_again() -> None:
    """Its lamps as they are asked for by now."""
    chip, expander = wired("A3")
    expander.light("B0", True)
    expander.read()
    chip.fall_off_the_bus()
    for _ in range(2):
        with pytest.raises(OSError, match="Remote I/O"):
            expander.read()
    expander.light("B1", True)
    chip.come_back()
    chip.drive_low("A3")
    assert expander.read() == {"A3"}
    assert chip.lamp("B0")
    assert chip.lamp("B1")


def test_a_chip_that_forgot_all_is_noticed_within_a_second() -> None:
    """A dip of its supply between two reads: it answers, with lamps dark and no pull-ups."""
    chip, expander = wired("A3")
    expander.light("B0", True)
    expander.read()
    chip.brown_out()
    assert not chip.lamp("B0")
    for _ in range(CHECK_EVERY):
        down = expander.read()
    assert chip.lamp("B0")
    assert down == frozenset()


def test_the_virtual_chip_has_the_registers_of_the_datasheet() -> None:
    """Reset values, GPIO writes the latch, IPOL inverts, INTF cannot be written."""
    chip = VirtualExpander(0x20)
    assert chip.read_word_data(0x20, 0x00) == 0xFFFF
    assert [chip.read_byte_data(0x20, register) for register in range(2, 0x16)] == [0] * 20
    chip.write_byte_data(0x20, 0x12, 0x55)
    assert chip.read_byte_data(0x20, 0x14) == 0x55
    assert chip.read_byte_data(0x20, 0x12) == 0x00
    chip.write_byte_data(0x20, 0x00, 0x00)
    assert chip.read_byte_data(0x20, 0x12) == 0x55
    chip.write_byte_data(0x20, 0x02, 0xFF)
    assert chip.read_byte_data(0x20, 0x12) == 0xAA
    chip.write_byte_data(0x20, 0x0E, 0xFF)
    assert chip.read_byte_data(0x20, 0x0E) == 0
    with pytest.raises(OSError, match="Remote I/O"):
        chip.read_byte_data(0x21, 0x00)
