"""hardware/dispenser: the drawing, the parts list and pins.toml say the same."""

import re
from pathlib import Path

from firmware.dispenser.wiring import PINS

HARDWARE = Path(__file__).parents[3] / "hardware/dispenser"
DRAWING = (HARDWARE / "wiring.yml").read_text()
CHIP = {f"{port}{bit}": (21 if port == "A" else 1) + bit for port in "AB" for bit in range(8)}
"""Leg of the MCP23017 by pin, DS20001952."""


def items(text: str) -> list[str]:
    """A YAML list on one line."""
    return [item.strip().strip('"') for item in text.split(",")]


def labels(connector: str) -> dict[str, str]:
    """What is written at each pin of a connector."""
    block = DRAWING.partition(f"\n  {connector}:\n")[2]
    pins = re.search(r"^    pins: \[(.*)\]$", block, re.M)
    names = re.search(r"^    pinlabels: \[(.*)\]$", block, re.M)
    assert pins and names
    return dict(zip(items(pins[1]), items(names[1]), strict=True))


def joined() -> set[tuple[str, str]]:
    """All leads, as ("Pi 29", "Buttons 1")."""
    end = r"    - (\w+): \[(.*)\]\n"
    found = re.findall(rf"^  -\n{end}{end}{end}", DRAWING, re.M)
    leads = set()
    for left, left_pins, cable, wires, right, right_pins in found:
        assert cable.startswith("W")
        for one, _, other in zip(items(left_pins), items(wires), items(right_pins), strict=True):
            leads.add((f"{left} {one}", f"{right} {other}"))
    return leads


def test_the_pi_is_drawn_with_the_pins_of_the_wiring() -> None:
    """Each used pin of the header, and no GPIO besides."""
    pi = labels("Pi")
    expected = {str(pin["header"]): f"GPIO {pin['gpio']} " for pin in PINS["reserved"]}
    for use in ("button", "lamp"):
        for number, pin in enumerate(PINS[use], 1):
            expected[str(pin["header"])] = f"GPIO {pin['gpio']} {use} {number}"
    drawn = {header: label for header, label in pi.items() if label.startswith("GPIO")}
    assert drawn.keys() == expected.keys()
    assert all(drawn[header].startswith(expected[header]) for header in drawn)


def test_each_button_and_lamp_is_joined_to_its_pin() -> None:
    """On the header and on the expander."""
    leads = joined()
    for use, on_gpio, on_chip in (
        ("button", "Buttons", "ButtonsExpander"),
        ("lamp", "DriverGpio", "DriverExpander"),
    ):
        for number, pin in enumerate(PINS[use], 1):
            assert (f"Pi {pin['header']}", f"{on_gpio} {number}") in leads
        for number, name in enumerate(PINS["expander"][use], 1):
            leg = str(CHIP[name])
            first = len(PINS[use])
            assert labels("Expander0x20")[leg] == f"GP{name} {use} {first + number}"
            assert (f"Expander0x20 {leg}", f"{on_chip} {number}") in leads
    assert {("Pi 3", "Expander0x20 13"), ("Pi 5", "Expander0x20 12")} <= leads
    assert {("Pi 8", "Shifter L1"), ("Pi 10", "Shifter L2")} <= leads


def test_every_lead_ends_at_pins_that_are_drawn() -> None:
    """And every supply and every board has its ground at the bar."""
    leads = joined()
    for end in {end for lead in leads for end in lead}:
        connector, pin = end.split()
        assert pin in labels(connector), end
    grounded = {end for lead in leads if any("Ground" in e for e in lead) for end in lead}
    for end in ("SupplyPi 2", "SupplyPrinter 2", "SupplyLamps 2", "Pi 6", "Printer G"):
        assert end in grounded


def test_what_is_drawn_is_what_was_written() -> None:
    """The picture has every label and value, is small, and names no place on somebody's disk."""
    picture = (HARDWARE / "wiring.svg").read_text()
    assert len(picture.encode()) < 300_000
    for connector in re.findall(r"^  (\w+):\n    type:", DRAWING, re.M):
        assert f">{connector}<" in picture
        assert all(f">{label}<" in picture for label in labels(connector).values()), connector
    for key in ("notes", "type", "subtype", "gauge"):
        for text in re.findall(rf'^    {key}: "?(.*?)"?$', DRAWING, re.M):
            shown = text.replace(" mm2", " mm²") if key == "gauge" else text
            assert f">{shown}<" in picture.replace("&amp;", "&"), text
    assert not re.search(r"/(home|work|tmp|root)/", picture + DRAWING)


def test_the_sums_of_the_parts_list_are_right() -> None:
    """W = V × A, and a quarter more."""
    text = (HARDWARE / "parts.md").read_text()
    number = r"([\d.]+)"
    row = rf"^\| [^|]+ \| {number} \| {number} \| {number} \| {number} \| (?:12 V |9 V |5 V |24 V )"
    rows = re.findall(row + number, text, re.M)
    assert len(rows) == 6
    for volts, amperes, watts, more, bought in (map(float, found) for found in rows):
        assert abs(volts * amperes - watts) < 0.005
        assert abs(amperes * 1.25 - more) < 0.0005
        assert bought >= more
