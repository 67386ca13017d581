"""What models of printers can do, and which way to print that leads to."""

import pytest

from firmware.dispenser import profiles
from firmware.dispenser.codepage import Encoder
from firmware.dispenser.config import PrinterConfig
from firmware.dispenser.escpos import Profile
from firmware.dispenser.rendering import as_raster

PROFILES = list(profiles.all_profiles().values())


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_profile_is_sound(profile: Profile) -> None:
    """Its dots are whole bytes and hold its columns; its code pages exist."""
    assert profile.width % 8 == 0
    assert profile.columns * 12 <= profile.width
    assert profile.raster in ("GS v 0", "")
    for page, number in profile.code_pages.items():
        assert Encoder(page)
        assert 0 <= number <= 255


def test_an_unknown_profile_names_the_nearest() -> None:
    """Or all, if none is near."""
    with pytest.raises(LookupError, match="Did you mean 'epson-tm-t20'"):
        profiles.find("Epson TM-T20")
    with pytest.raises(LookupError, match="Known: generic-58, "):
        profiles.find("zzz")


@pytest.mark.parametrize(
    ("printer", "raster"),
    [
        (PrinterConfig("usb"), True),
        (PrinterConfig("network"), True),
        (PrinterConfig("file"), True),
        (PrinterConfig("serial"), False),
        (PrinterConfig("serial", baud=115_200), False),
        (PrinterConfig("serial", baud=38_400, flow="rtscts"), False),
        (PrinterConfig("serial", baud=115_200, flow="rtscts"), True),
        (PrinterConfig("serial", render="raster"), True),
        (PrinterConfig("usb", render="text"), False),
    ],
)
def test_pictures_go_where_the_way_is_fast(printer: PrinterConfig, raster: bool) -> None:
    """26 kB at 9600 baud are 27 s."""
    assert as_raster(printer, profiles.find(printer.profile)) is raster
