"""A ticket's bytes as a picture of its paper, by the strict reader that judges printers' jobs."""

import io
from functools import lru_cache

from simulator.escpos import Reader, Sheet
from simulator.paper import draw
from simulator.showroom.seen import Slip

CODE_PAGES = {46: "cp1251"}  # of the printer in the demo's dispenser
_KEPT = 16


@lru_cache(maxsize=_KEPT)
def picture(slip: Slip) -> bytes:
    """A PNG, a pixel a dot of the printer. UnknownCommand: bytes that no printer would take."""
    png = io.BytesIO()
    draw(_sheet(slip)).save(png, "PNG", optimize=True)
    return png.getvalue()


@lru_cache(maxsize=_KEPT)
def text(slip: Slip) -> str:
    """What can be read on it, for who does not see the picture."""
    return ", ".join(filter(None, (line.strip() for line in _sheet(slip).lines)))


def _sheet(slip: Slip) -> Sheet:
    """All its paper, cut or torn off."""
    reader = Reader(CODE_PAGES)
    reader.feed(slip.data)
    rest = reader.tear_off()
    return Sheet(tuple(one for sheet in (*reader.sheets, rest) for one in sheet.elements))
