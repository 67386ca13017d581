"""How this dispenser's tickets are made: as text or as a picture, by its config and printer."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from firmware.dispenser import escpos, escpos_raster, profiles, qr
from firmware.dispenser.codepage import Encoder
from firmware.dispenser.config import Config, PrinterConfig
from firmware.dispenser.escpos import Bitmap, Profile
from firmware.dispenser.escpos_raster import RasterJob
from firmware.dispenser.escpos_text import TextJob
from firmware.dispenser.slip import Template
from firmware.dispenser.ticket import Layout

T = TypeVar("T")
_FAST_BAUD = 115_200  # 26 kB in 2.3 s


def open_layout(config: Config) -> Layout:
    """The layout of this office's tickets. OSError: the logo or a library cannot be read."""
    printer, ticket = config.printer, config.ticket
    profile = profiles.find(printer.profile)
    logos = _logos(config, profile)
    template = Template(config.office, config.timezone, **msgspec.structs.asdict(ticket))
    pictures = as_raster(printer, profile)
    # What is large is loaded now, not at the first visitor.
    if template.qr and (pictures or not profile.qr):
        _load(lambda: qr.draw(template.qr, profile.width))
    if pictures:
        _load(lambda: escpos_raster.load_font(28))
        picture = RasterJob(profile, printer.code_page_number, logos)
        return Layout(template, picture.render, escpos.apart(profile))
    text = TextJob(profile, Encoder(printer.code_page), printer.code_page_number, logos)
    return Layout(template, text.render, escpos.apart(profile))


def text_layout(office: str, profile: str = "generic-58") -> Layout:
    """A plain one for a printer of which nothing more is known."""
    found = profiles.find(profile)
    codec, number = next(iter(found.code_pages.items()))
    text = TextJob(found, Encoder(codec), number)
    return Layout(Template(office), text.render, escpos.apart(found))


def as_raster(printer: PrinterConfig, profile: Profile) -> bool:
    """Whether tickets are pictures: where the way to the printer is fast and cannot overrun it."""
    if printer.render != "auto":
        return printer.render == "raster"
    fast = printer.baud >= _FAST_BAUD and printer.flow == "rtscts"
    return bool(profile.raster) and (printer.kind != "serial" or fast)


def _logos(config: Config, profile: Profile) -> Mapping[str, Bitmap]:
    name = config.ticket.logo
    if not name or not profile.raster:
        return {}
    file = io.BytesIO(config.logo) if config.logo else Path(name)
    return {name: _load(lambda: escpos_raster.read_logo(file, profile.width))}


def _load(work: Callable[[], T]) -> T:
    try:
        return work()
    except ImportError as error:
        remedy = "pip install '.[dispenser]', or printer.render = \"text\" without a logo"
        raise OSError(f"{error}; {remedy}") from error
