"""A slip as a picture: any letter, large digits, and the same on every printer.

Pillow and the font (Roboto) are loaded when the first picture is drawn, not before: a dispenser
that prints text does without their 10 MB.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from firmware.dispenser import escpos, qr
from firmware.dispenser.escpos import Bitmap, Profile
from firmware.dispenser.slip import Item, Logo, Qr, Size, Space, Text, wrap

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

# Heights of a font in dots on 58 mm paper; on wider paper up to a quarter more.
_HEIGHTS: dict[Size, int] = {"small": 24, "normal": 28, "large": 46, "huge": 150}
_LEAST_HUGE = 60  # a number that is too long even so goes on a second line
_NARROW = 384
_MOST = 1.25
_LEADING = 1.2  # line to line, in heights of the font; Ґ and Ї reach above a capital
_MARGIN = 4  # dots: some printers lose the outermost
_HALF_LINE = 14
_INK = 150  # of 255: a grey darker than this becomes a black dot
_MAX_LOGO = 240  # lines


@dataclass(frozen=True)
class RasterJob:
    """Renders slips for one printer. `logos`: by file. `number`: of its code page, for ESC t."""

    profile: Profile
    number: int
    logos: Mapping[str, Bitmap] = field(default_factory=dict)

    def render(self, items: Sequence[Item]) -> bytes:
        """The whole job."""
        body = escpos.picture(self.draw(items))
        return escpos.begin(self.number) + body + escpos.end(self.profile)

    def draw(self, items: Sequence[Item]) -> Bitmap:
        """The picture, as wide as the paper."""
        from PIL import Image

        pieces = [self._piece(item) for item in items]
        height = sum(piece.height for piece in pieces)
        paper = Image.new("L", (self.profile.width, max(1, height)), 255)
        top = 0
        for piece in pieces:
            paper.paste(piece, ((paper.width - piece.width) // 2, top))
            top += piece.height
        return to_bitmap(paper)

    def _piece(self, item: Item) -> "Image":
        if isinstance(item, Text):
            return self._text(item)
        if isinstance(item, Qr):
            return to_image(qr.draw(item.data, self.profile.width))
        if isinstance(item, Logo):
            bitmap = self.logos.get(item.file)
            return to_image(bitmap) if bitmap else self._blank(0)
        return self._blank(_HALF_LINE * item.halves) if isinstance(item, Space) else self._rule()

    def _blank(self, height: int) -> "Image":
        from PIL import Image

        return Image.new("L", (self.profile.width, height), 255)

    def _rule(self) -> "Image":
        piece = self._blank(10)
        piece.paste(0, (_MARGIN, 4, piece.width - _MARGIN, 6))
        return piece

    def _text(self, item: Text) -> "Image":
        from PIL import ImageDraw

        font = self._font(item)
        room = self.profile.width - 2 * _MARGIN
        lines = wrap(item.text, lambda line: font.getlength(line) <= room)
        step = round(font.size * _LEADING)
        piece = self._blank(step * len(lines))
        pen = ImageDraw.Draw(piece)
        for at, line in enumerate(lines):
            middle = (piece.width / 2, at * step + step / 2)
            pen.text(middle, line, fill=0, font=font, anchor="mm")
        return piece

    def _font(self, item: Text) -> "FreeTypeFont":
        scale = min(_MOST, self.profile.width / _NARROW)
        height = round(_HEIGHTS[item.size] * scale)
        if item.size == "huge":
            room = self.profile.width - 2 * _MARGIN
            while height > _LEAST_HUGE and load_font(height, True).getlength(item.text) > room:
                height -= 2
        return load_font(height, item.bold)


@functools.lru_cache(maxsize=8)
def load_font(height: int, bold: bool = False) -> "FreeTypeFont":
    """Roboto, `height` dots from line to line."""
    import font_roboto
    from PIL import ImageFont

    file = font_roboto.RobotoBold if bold else font_roboto.Roboto
    return ImageFont.truetype(file, height, layout_engine=ImageFont.Layout.BASIC)


def read_logo(path: "Path | BinaryIO", width: int) -> Bitmap:
    """A picture file in dots, made smaller if it is wider than the paper; OSError if it is none."""
    from PIL import Image

    with Image.open(path) as file:
        seen = file.convert("RGBA")
    paper = Image.new("RGBA", seen.size, "white")
    paper.alpha_composite(seen)
    paper.thumbnail((width, _MAX_LOGO))
    return to_bitmap(paper.convert("L"), dither=True)


def to_bitmap(image: "Image", dither: bool = False) -> Bitmap:
    """Grey to black dots; the width is filled up with white to whole bytes."""
    from PIL import ImageOps

    if dither:
        white_is_one = image.convert("1")
    else:
        white_is_one = image.point([0 if grey < _INK else 255 for grey in range(256)], "1")
    black_is_one = ImageOps.invert(white_is_one)
    return Bitmap(-(-image.width // 8), image.height, black_is_one.tobytes())


def to_image(bitmap: Bitmap) -> "Image":
    """The dots as a grey picture."""
    from PIL import Image, ImageOps

    size = (bitmap.width_bytes * 8, bitmap.height)
    return ImageOps.invert(Image.frombytes("1", size, bitmap.data).convert("L"))
