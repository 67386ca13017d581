"""A dispenser's config, and the wiring it stands for."""

import tomllib
from pathlib import Path

import pytest

from firmware.common.config import ConfigError
from firmware.dispenser import config

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs/examples/dispenser.toml"


def read(folder: Path, text: str) -> config.Config:
    """Read a config of this text."""
    path = folder / "dispenser.toml"
    path.write_text(text)
    return config.read(path)


def test_the_reserved_pins_are_those_of_the_wiring() -> None:
    """hardware/dispenser/pins.toml and the code are the same."""
    wiring = tomllib.loads((ROOT / "hardware/dispenser/pins.toml").read_text())
    assert {pin["gpio"]: pin["for"] for pin in wiring["reserved"]} == config.RESERVED
    buttons = [pin["gpio"] for pin in wiring["button"]]
    assert len(set(buttons) - set(config.RESERVED)) == 10


def test_the_example_is_right_and_wired_as_the_box() -> None:
    """Its buttons are the first of the wiring."""
    example = config.read(EXAMPLE)
    wiring = tomllib.loads((ROOT / "hardware/dispenser/pins.toml").read_text())
    buttons = [pin["gpio"] for pin in wiring["button"]]
    assert list(example.pins.values()) == buttons[: len(example.pins)]
    assert example.services["passport"].letter == "А"
    assert example.printer.code_page_number == 46


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ("gpio = 6", "gpio = 5", "button[1].gpio = 5 is the button of 'passport' already"),
        ("gpio = 6", "gpio = 14", "button[1].gpio = 14 is the serial printer's TXD"),
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
        ('"number", ', "", "ticket.show has no 'number'"),
        ('["uk", "en"]', '["uk", "uk"]', "has something twice"),
        ('["uk", "en"]', "[]", "ticket.languages is empty"),
        ('"Europe/Kyiv"', '"Europe/Kiyv"', "ticket.timezone = 'Europe/Kiyv' is not known"),
        ("# qr =", 'qr = "{nunber}" #', "Did you mean '{number}'"),
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
    assert read_.ticket == config.TicketConfig()


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
