"""hardware/ratingbox: drawing, parts, pins and enclosure say the same."""

import json
import re
from pathlib import Path

import pytest

from firmware.ratingbox.box_config import check_pins
from firmware.ratingbox.box_setup import PINS

HARDWARE = Path(__file__).parents[3] / "hardware/ratingbox"
DRAWING = (HARDWARE / "wiring.yml").read_text()
ENCLOSURE = (HARDWARE / "enclosure.scad").read_text()
PLACE = {2: 4, 3: 5, 4: 6, 5: 7, 6: 9, 7: 10}
"""Pin of the Pico by GPIO, of those that are used: Pico W data sheet, pinout."""

BRAILLE = dict(zip("авдезілно", "⠁⠺⠙⠑⠵⠽⠇⠝⠕", strict=True))
"""Ukrainian letters as UNESCO's World Braille Usage (2013) has them."""


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
    """All leads, as ("Pico 4", "Filter 1")."""
    end = r"    - (\w+): \[(.*)\]\n"
    leads = set()
    for left, left_pins, cable, wires, right, right_pins in re.findall(
        rf"^  -\n{end}{end}{end}", DRAWING, re.M
    ):
        assert cable.startswith("W")
        for one, _, other in zip(items(left_pins), items(wires), items(right_pins), strict=True):
            leads.add((f"{left} {one}", f"{right} {other}"))
    return leads


def test_the_pico_is_drawn_with_the_pins_of_the_firmware() -> None:
    """Each use at its pin, and no GPIO besides."""
    drawn = {place: label for place, label in labels("Pico").items() if label.startswith("GP")}
    assert drawn == {str(PLACE[gpio]): f"GP{gpio} {use}" for use, gpio in PINS.items()}


def test_the_file_that_goes_onto_the_board_is_the_one_that_is_documented() -> None:
    """And the firmware takes it."""
    assert json.loads((HARDWARE / "pins_pico.json").read_bytes()) == PINS
    assert check_pins(dict(PINS)) == PINS


def test_the_readme_has_these_pins() -> None:
    """In its table."""
    rows = re.findall(
        r"^\| (\w+) \| GP(\d+) \| (\d+) \|", (HARDWARE / "README.md").read_text(), re.M
    )
    assert {use: int(gpio) for use, gpio, _ in rows} == PINS
    assert all(PLACE[int(gpio)] == int(place) for _, gpio, place in rows)


@pytest.mark.parametrize("use", sorted(PINS))
def test_each_use_is_joined_to_its_part(use: str) -> None:
    """By way of the input board or the driver."""
    leads = joined()
    pico = f"Pico {PLACE[PINS[use]]}"
    if use.endswith("lamp") or use == "buzzer":
        channel = {"satisfied_lamp": 1, "unsatisfied_lamp": 2, "buzzer": 3}[use]
        part = {"satisfied_lamp": "Lamps 1", "unsatisfied_lamp": "Lamps 2", "buzzer": "Buzzer 1"}
        assert (pico, f"Driver {channel}") in leads
        assert (f"Driver {19 - channel}", part[use]) in leads  # outputs face their inputs
        return
    row = {"satisfied": 1, "unsatisfied": 2, "lid": 3}[use]
    part = {"satisfied": "Buttons 1", "unsatisfied": "Buttons 2", "lid": "Lid 1"}
    assert (pico, f"Filter {row}") in leads
    assert (f"Filter {4 + row}", part[use]) in leads


def test_every_lead_ends_at_pins_that_are_drawn() -> None:
    """And every part has its ground or its supply."""
    leads = joined()
    ends = {end for lead in leads for end in lead}
    for end in ends:
        connector, pin = end.split()
        assert pin in labels(connector), end
    for connector in re.findall(r"^  (\w+):\n    type:", DRAWING, re.M):
        assert {f"{connector} {pin}" for pin in labels(connector)} <= ends, connector


def test_the_sums_of_the_parts_list_are_right() -> None:
    """W = V × A, a quarter more, and all loads together."""
    number = r"([\d.]+)"
    row = rf"^\| ([^|]+) \| {number} \| {number} \| {number} \| {number} \|(?: 5 V {number} A)?"
    rows = re.findall(row, (HARDWARE / "parts.md").read_text(), re.M)
    assert len(rows) == 4
    sums = [0.0, 0.0]
    for name, *figures, bought in rows:
        volts, amperes, watts, more = map(float, figures)
        assert abs(volts * amperes - watts) < 0.0005
        assert abs(amperes * 1.25 - more) < 0.00005
        if name.startswith("all"):
            assert [round(total, 6) for total in sums] == [amperes, watts]
            assert float(bought) >= more
        sums = [sums[0] + amperes, sums[1] + watts]


def test_the_braille_beside_the_buttons_is_ukrainian() -> None:
    """Letter by letter, against another source than the drawing's."""
    table = {
        letter: {int(dot) for dot in re.findall(r"\d", dots)}
        for letter, dots in re.findall(r'\["(.)", \[([\d, ]*)\]\]', ENCLOSURE)
    }
    expected = {letter: pattern(cell) for letter, cell in BRAILLE.items()} | {" ": set()}
    assert table == expected
    words = re.findall(r'^(?:un)?satisfied = "(.*)";$', ENCLOSURE, re.M)
    assert words == ["задоволені", "не задоволені"]
    assert set("".join(words)) == set(table)


def pattern(cell: str) -> set[int]:
    """The dots of a character of Unicode's block Braille Patterns (U+2800)."""
    bits = ord(cell) - 0x2800
    return {dot + 1 for dot in range(6) if bits >> dot & 1}


def test_the_braille_has_the_sizes_that_fingers_know() -> None:
    """Marburg Medium, which lies within ISO 17049; faces are raised more than dots."""
    sizes = {
        name: float(value) for name, value in re.findall(r"^(\w+) = ([\d.]+);", ENCLOSURE, re.M)
    }
    assert (sizes["dot"], sizes["dot_high"], sizes["dot_apart"], sizes["cell_apart"]) == (
        1.6,
        0.5,
        2.5,
        6.0,
    )
    assert sizes["raised"] > sizes["dot_high"]
    assert 13 * sizes["cell_apart"] < sizes["button_apart"]  # the longer word beside the shorter
