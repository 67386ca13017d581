"""A dispenser's config, and the wiring it stands for."""

import tomllib
from pathlib import Path

import pytest

from firmware.common.buttons_pi import PiButtons
from firmware.common.config import ConfigError
from firmware.common.program import Inbox
from firmware.dispenser import config, wiring
from firmware.dispenser.expander import OUTPUTS_ONLY, PINS
from firmware.dispenser.wiring import Place
from wire.records import TicketTemplate

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs/examples/dispenser.toml"


def read(folder: Path, text: str) -> config.Config:
    """Read a config of this text."""
    path = folder / "dispenser.toml"
    path.write_text(text)
    return config.read(path)


def test_the_wiring_that_the_hardware_shows_is_the_file_that_the_program_reads() -> None:
    """One file, and RESERVED and the allowed pins come from it."""
    shown = ROOT / "hardware/dispenser/pins.toml"
    read_by_it = ROOT / "firmware/dispenser/pins.toml"
    assert shown.samefile(read_by_it)
    assert shown.is_symlink()
    assert not shown.readlink().is_absolute()
    pins = tomllib.loads(shown.read_text())
    known = wiring.PINS
    assert known == pins
    reserved = {pin["gpio"]: pin["for"] for pin in pins["reserved"]}
    assert dict(wiring.RESERVED) == reserved
    assert pins["header"]["first"] == wiring.FIRST_PIN
    assert pins["header"]["last"] == wiring.LAST_PIN
    assert list(wiring.INPUTS) == pins["expander"]["inputs"]


def test_the_pin_file_is_installed_with_the_program() -> None:
    """pyproject.toml names it as package data."""
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert setuptools["package-data"]["firmware.dispenser"] == ["*.toml"]


def test_no_pin_of_the_wiring_is_used_twice() -> None:
    """Ten buttons, ten lamps, the reserved ones; and the chip's outputs are no inputs."""
    pins = wiring.PINS
    used = [pin for part in ("button", "lamp", "reserved") for pin in pins[part]]
    assert len({pin["gpio"] for pin in used}) == len(used) == 24
    assert len({pin["header"] for pin in used}) == len(used)
    assert set(pins["expander"]["outputs_only"]) == set(OUTPUTS_ONLY)
    assert set(pins["expander"]["inputs"]) == set(PINS) - set(OUTPUTS_ONLY)
    assert not set(pins["expander"]["button"]) & set(pins["expander"]["lamp"])


def test_the_example_is_right_and_wired_as_the_box() -> None:
    """Its buttons are the first of the wiring."""
    example = config.read(EXAMPLE)
    buttons = [pin["gpio"] for pin in wiring.PINS["button"]]
    lamps = [pin["gpio"] for pin in wiring.PINS["lamp"]]
    assert list(example.pins.values()) == buttons[: len(example.pins)]
    assert list(example.lamps.values()) == lamps[: len(example.lamps)]
    assert example.services["passport"].letter == "А"
    assert example.printer.code_page_number == 46


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ("gpio = 6", "gpio = 5", "button[1].gpio = 5 is the button of 'passport' already"),
        ("gpio = 6", "gpio = 14", "button[1].gpio = 14 is the serial printer's TXD"),
        ("gpio = 6", "gpio = 6\ntouch = true", "button[1] has both touch and gpio. Keep touch if"),
        ("gpio = 6", "touch = true", "button[1] has both touch and lamp"),
        ("gpio = 6", "gpio = 28", "Give the BCM number, 2 to 27"),
        ('letter = "Б"', 'letter = "А"', "looks on paper like that of 'passport'"),
        ('letter = "Б"', 'letter = "A"', "looks on paper like that of 'passport'"),
        ('letter = "Б"', 'letter = "б"', "not one capital Ukrainian or Latin letter"),
        ('letter = "Б"', 'letter = "Ы"', "not one capital Ukrainian or Latin letter"),
        ('letter = "Б"', 'letter = "БВ"', "not one capital Ukrainian or Latin letter"),
        ('letter = "Б"', 'letter = ""', "not one capital Ukrainian or Latin letter"),
        ('letter = "Б"', 'leter = "Б"', "button[1].letter is missing"),
        ('"residence"', '"passport"', "service 'passport' has two buttons"),
        ('"residence"', '"Місце"', "button[1].service"),
        ('mark = "1"', 'mark = "1-"', "mark = '1-' is not one or two capital letters"),
        ('mark = "1"', 'mark = ""', "mark = ''"),
        ('mark = "1"', 'mark = "123"', "mark = '123'"),
        ('kind = "serial"', 'kind = "serail"', "One of: serial, usb, network, file"),
        ('kind = "serial"', 'kind = "network"', "printer.host is missing"),
        ('kind = "serial"', 'kind = "usb"', "printer.vendor is missing"),
        ("baud =", "bauds =", "Did you mean 'baud'"),
        ("# code_page_number = 46", "code_page_number = 256", "not 0 to 255"),
        ('# code_page = "cp1251"', 'code_page = "utf-8"', "One of: cp1251, cp1125"),
        ('"generic-58"', '"pos-5980"', "Did you mean 'pos-5890'"),
        ('"generic-58"', '"csn-a2"\ncode_page = "cp1125"', "csn-a2 has none for cp1125"),
        ('"auto"', '"rastre"', "Did you mean 'raster'"),
        ('flow = "none"', 'flow = "xonxoff"', "One of: none, rtscts"),
        ('"footer"]', '"foter"]', "Did you mean 'footer'"),
        ('"number", ', "", "ticket.show: it has no 'number'"),
        ('["uk", "en"]', '["uk", "uk"]', "ticket.languages: it is empty or has something twice"),
        ('["uk", "en"]', "[]", "ticket.languages: it is empty"),
        ('"Europe/Kyiv"', '"Europe/Kiyv"', "ticket.timezone: 'Europe/Kiyv' is not known"),
        (
            "# qr =",
            'qr = "{nunber}" #',
            "ticket.qr: {nunber} is not known",
        ),
        ("# qr =", f'qr = "{"x" * 214}" #', "may become 214 bytes"),
        ("# logo =", "logo =", "there is no file"),
        ("[[button]]", "[[buttons]]", "no [[button]]"),
        ("log_mb = 64", "log_mb = 0", "log_mb = 0 is not 1 to 4096"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(
    tmp_path: Path, good: str, bad: str, problem: str
) -> None:
    """Each is one change to the example."""
    text = EXAMPLE.read_text()
    assert good in text
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text.replace(good, bad))
    assert problem in str(caught.value)
    assert "dispenser.toml" in str(caught.value)


def test_services_of_the_touch_page_have_no_buttons(tmp_path: Path) -> None:
    """All of them or some; without any pin no GPIO is looked for, so it runs on any computer."""
    lines = EXAMPLE.read_text().splitlines()
    bare = ["touch = true" if line.startswith("gpio =") else line for line in lines]
    text = "\n".join(line for line in bare if not line.startswith("lamp ="))
    found = read(tmp_path, text)
    assert list(found.services)[:2] == ["passport", "residence"]
    assert (found.pins, found.places, found.lamps) == ({}, {}, {})
    buttons = PiButtons(found.pins, Inbox(), lambda: 0)
    assert buttons.levels() == {}
    buttons.close()


def test_a_letter_the_code_page_lacks_is_refused(tmp_path: Path) -> None:
    """А number called Ґ001 must not be printed as Г001."""
    text = EXAMPLE.read_text().replace('letter = "Б"', 'letter = "Ґ"')
    assert read(tmp_path, text).services["residence"].letter == "Ґ"
    with pytest.raises(ConfigError, match="'Ґ' is not in code page cp866"):
        read(tmp_path, text.replace('# code_page = "cp1251"', 'code_page = "cp866"'))


def test_a_config_of_before_the_profiles_means_the_same(tmp_path: Path) -> None:
    """No profile, no [ticket]: a plain 58 mm printer with its own code page and number."""
    kept = [
        line
        for line in EXAMPLE.read_text().split("[ticket]")[0].splitlines()
        if not line.startswith(("profile", "render", "flow"))
    ]
    buttons = EXAMPLE.read_text().partition("[[button]]")
    old = "\n".join(kept) + '\ncode_page = "cp866"\ncode_page_number = 7\n'
    read_ = read(tmp_path, old + buttons[1] + buttons[2])
    assert read_.printer.profile == "generic-58"
    assert (read_.printer.code_page, read_.printer.code_page_number) == ("cp866", 7)
    assert read_.ticket == TicketTemplate()


def test_the_code_page_is_the_profiles_own_unless_said_otherwise(tmp_path: Path) -> None:
    """Zjiang's printers count otherwise than Epson's."""
    text = EXAMPLE.read_text().replace('"generic-58"', '"pos-5890"')
    printer = read(tmp_path, text).printer
    assert (printer.code_page, printer.code_page_number) == ("cp1251", 73)
    text = text.replace("# code_page =", "code_page =")
    assert read(tmp_path, text).printer.code_page_number == 73


def test_the_ticket_of_a_config(tmp_path: Path) -> None:
    """A logo is beside the config; a service may have an English title."""
    (tmp_path / "arms.png").touch()
    text = EXAMPLE.read_text().replace("# logo =", "logo =")
    read_ = read(tmp_path, text)
    assert read_.ticket.logo == str(tmp_path / "arms.png")
    assert read_.ticket.languages == ("uk", "en")
    assert read_.services["passport"].title_en == "Passport"


ON_EXPANDERS = """
[[button]]
expander = 0x20
pin = "A3"
lamp = "B0"
service = "tax"
letter = "Г"
title = "Податки"

[[button]]
expander = 0x21
pin = "B6"
lamp = "A7"
lamp_expander = 0x20
service = "land"
letter = "Д"
title = "Земля"

[[button]]
gpio = 13
lamp = "B1"
lamp_expander = 0x20
service = "car"
letter = "Е"
title = "Авто"
"""


def test_buttons_and_lamps_may_be_on_expanders(tmp_path: Path) -> None:
    """A lamp is on its button's expander unless lamp_expander says otherwise."""
    read_ = read(tmp_path, "i2c_bus = 3\n" + EXAMPLE.read_text() + ON_EXPANDERS)
    assert read_.i2c_bus == 3
    assert read_.places == {"tax": Place(0x20, "A3"), "land": Place(0x21, "B6")}
    assert read_.pins["car"] == 13
    assert read_.lamps["tax"] == Place(0x20, "B0")
    assert read_.lamps["land"] == Place(0x20, "A7")
    assert read_.lamps["car"] == Place(0x20, "B1")
    assert list(read_.services)[-3:] == ["tax", "land", "car"]


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ('pin = "A3"', 'pin = "A7"', "button[3].pin = 'A7' is an output only. Wire the button to"),
        ('pin = "A3"', 'pin = "GPA3"', "'GPA3' is no pin of an MCP23017. A0 to A7"),
        ('pin = "A3"', "gpio = 16", "button[3] has both gpio and expander"),
        ('pin = "A3"', "", "button[3].pin is missing"),
        ("expander = 0x21", "expander = 0x28", "0x28 is no address of an MCP23017. 0x20 to 0x27"),
        ("expander = 0x21", "", "button[4].gpio is missing"),
        ('lamp = "A7"', 'lamp = "A3"', "'A3', A3 of the expander 0x20, is the button of 'tax'"),
        ('lamp = "A7"', 'lamp = "B0"', "'B0', B0 of the expander 0x20, is the lamp of 'tax'"),
        ('lamp = "A7"', "lamp = 18", "lamp = 18 is a GPIO, and lamp_expander names an expander"),
        ('lamp = "A7"', "lamp = true", "button[4].lamp = True is no pin"),
        ('lamp = "A7"', "", "button[4].lamp is missing"),
        ('lamp = "B1"\nlamp_expander = 0x20', 'lamp = "B1"', "'B1' is a pin of no expander"),
        ('lamp = "B1"\nlamp_expander = 0x20', "lamp = 5", "is the button of 'passport' already"),
        ('lamp = "B1"\nlamp_expander = 0x20', "lamp = 3", "button[5].lamp = 3 is I2C clock"),
        ('lamp = "B1"\nlamp_expander = 0x20', "lamp = 1", "button[5].lamp = 1 is not a GPIO"),
        ("gpio = 13", "gpio = 17", "gpio = 17 is the lamp of 'passport' already"),
        ("lamp_expander", "lamp_expnder", "Did you mean 'lamp_expander'"),
        ("expander = 0x21", 'expander = "0x21"', "is not of type int"),
    ],
)
def test_what_is_wrong_with_an_expander_is_said_with_its_key(
    tmp_path: Path, good: str, bad: str, problem: str
) -> None:
    """Each is one change to buttons that are right."""
    text = EXAMPLE.read_text() + ON_EXPANDERS
    assert good in text
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text.replace(good, bad))
    assert problem in str(caught.value)
    assert "dispenser.toml" in str(caught.value)


def test_a_bus_that_cannot_be_is_refused(tmp_path: Path) -> None:
    """i2c_bus is a number of the kernel's."""
    with pytest.raises(ConfigError, match="i2c_bus = -1 is not 0 or more"):
        read(tmp_path, "i2c_bus = -1\n" + EXAMPLE.read_text())
