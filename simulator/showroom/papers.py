"""A ticket's bytes as its paper, by the strict reader that judges printers' jobs."""

import io
from functools import lru_cache

from simulator.escpos import Reader, Sheet
from simulator.paper import draw

CODE_PAGES = {46: "cp1251"}  # of the printer in the demo's dispensers
_KEPT = 16


@lru_cache(maxsize=_KEPT)
def picture(data: bytes) -> bytes:
    """A PNG, a pixel a dot of the printer. UnknownCommand: bytes that no printer would take."""
    png = io.BytesIO()
    draw(_sheet(data)).save(png, "PNG", optimize=True)
    return png.getvalue()


@lru_cache(maxsize=_KEPT)
def lines(data: bytes) -> tuple[str, ...]:
    """What can be read on it."""
    return tuple(line.strip() for line in _sheet(data).lines if line.strip())


def _sheet(data: bytes) -> Sheet:
    """All its paper, cut or torn off."""
    reader = Reader(CODE_PAGES)
    reader.feed(data)
    rest = reader.tear_off()
    return Sheet(tuple(one for sheet in (*reader.sheets, rest) for one in sheet.elements))
