"""A picture of the paper that came out of a printer."""

from collections.abc import Iterator
from pathlib import Path

import font_roboto
import segno
from PIL import Image, ImageDraw, ImageFont

from simulator.escpos import CENTRE, LEFT, Element, Feed, Line, Qr, Raster, Sheet

DOTS = {58: 384, 80: 576}  # by the width of the roll in mm, at 8 dots a mm
CELL = (12, 24)  # dots of a letter of font A
_WHITE, _BLACK = 1, 0


def draw(sheet: Sheet, dots: int = 384) -> Image.Image:
    """The sheet as it looks, a pixel a dot, mode "1". `dots`: width of the paper."""
    strips = list(_strips(sheet.elements, dots))
    picture = _blank(dots, max(1, sum(strip.height for strip in strips)))
    top = 0
    for strip in strips:
        picture.paste(strip, (0, top))
        top += strip.height
    return picture


def save(sheet: Sheet, path: Path, dots: int = 384) -> None:
    """Write the picture; the name's ending says in which format."""
    draw(sheet, dots).save(path)


def _strips(elements: tuple[Element, ...], dots: int) -> Iterator[Image.Image]:
    """The paper from top to bottom, in pieces of its full width."""
    line: list[Line] = []
    for element in elements:
        if isinstance(element, Line):
            line.append(element)
            if not element.same_line:
                yield from _wrapped(line, dots)
                line = []
        elif isinstance(element, Feed):
            if element.dots:
                yield _blank(dots, element.dots)
        elif isinstance(element, Raster):
            yield _aligned(element.image, element.align, dots)
        else:
            yield _aligned(_qr(element), element.align, dots)
    if line:
        yield from _wrapped(line, dots)


def _wrapped(line: list[Line], dots: int) -> Iterator[Image.Image]:
    """A line, or several if its letters need more than the width: a printer breaks anywhere."""
    row: list[tuple[str, Line]] = []
    used = 0
    for part in line:
        for letter in part.text:
            if used + CELL[0] * part.width > dots:
                yield _row(row, line[0], dots)
                row, used = [], 0
            row.append((letter, part))
            used += CELL[0] * part.width
    yield _row(row, line[0], dots)


def _row(row: list[tuple[str, Line]], style: Line, dots: int) -> Image.Image:
    high = max((CELL[1] * part.height for _, part in row), default=0)
    if not row:
        return _blank(dots, max(1, style.pitch))
    letters = _blank(sum(CELL[0] * part.width for _, part in row), max(high, style.pitch))
    left = 0
    for letter, part in row:
        cell = _letter(letter, part)
        letters.paste(cell, (left, high - cell.height))  # all stand on the same base line
        left += cell.width
    return _aligned(letters, style.align, dots)


def _letter(letter: str, style: Line) -> Image.Image:
    """One letter in its cell, narrowed if the font's is wider."""
    wide, high = CELL[0] * style.width, CELL[1] * style.height
    font = _font(high, style.bold)
    need = max(wide, round(font.getlength(letter)))
    drawn = Image.new("L", (need, high), 255)
    ImageDraw.Draw(drawn).text((need / 2, high * 0.78), letter, 0, font, anchor="ms")
    return drawn.resize((wide, high)).point(_ink, "1")


def _ink(grey: int) -> int:
    return 255 if grey > 140 else 0


def _font(high: int, bold: bool) -> ImageFont.FreeTypeFont:
    path = font_roboto.RobotoBold if bold else font_roboto.RobotoMedium
    return ImageFont.truetype(path, round(high * 0.85))


def _qr(code: Qr) -> Image.Image:
    """With no quiet zone: a printer leaves none, the paper must."""
    rows = segno.make(code.data, error=code.level, boost_error=False, micro=False).matrix
    small = Image.new("1", (len(rows[0]), len(rows)), _WHITE)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                small.putpixel((x, y), _BLACK)
    size = (small.width * code.module, small.height * code.module)
    return small.resize(size, Image.Resampling.NEAREST)


def _aligned(piece: Image.Image, align: str, dots: int) -> Image.Image:
    """On the paper's width; what is wider is not printed."""
    strip = _blank(dots, piece.height)
    room = max(0, dots - piece.width)
    strip.paste(piece, ({LEFT: 0, CENTRE: room // 2}.get(align, room), 0))
    return strip


def _blank(wide: int, high: int) -> Image.Image:
    return Image.new("1", (wide, high), _WHITE)
