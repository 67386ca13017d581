"""What a printer would make of a job: reads the bytes and draws the paper.

Knows the commands of `escpos` only; ValueError at any other. Text stands in the printer's cells of
12 × 24 dots, whose letters are drawn with Roboto: places and sizes are right, shapes are not.

`simulator.escpos` reads the same bytes and shares no code with this on purpose: it judges them, and
one misreading in common would be seen by neither.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from firmware.dispenser import qr
from firmware.dispenser.escpos import CELL, Bitmap, Profile
from firmware.dispenser.escpos_raster import load_font, to_image

if TYPE_CHECKING:
    from PIL.Image import Image

_BORDER = 16  # dots of paper around the print line
_UNKNOWN = "\u25a1"


class Preview:
    """A sheet of paper and the state of a printer."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._codecs = {number: codec for codec, number in profile.code_pages.items()}
        self._pieces: list[Image] = []
        self._line: list[tuple[str, int, bool]] = []
        self._codec, self._factor, self._bold, self._centred = "ascii", 1, False, False
        self._qr_data = b""
        self._commands: tuple[tuple[bytes, Callable[[bytes], int]], ...] = (
            (b"\x1b@", lambda _: 2),
            (b"\x1c.", lambda _: 2),
            (b"\x1bt", self._code_page),
            (b"\x1ba", self._align),
            (b"\x1bE", self._set_bold),
            (b"\x1bd", self._feed),
            (b"\x1bJ", self._feed_dots),
            (b"\x1d!", self._size),
            (b"\x1dVB", lambda _: 4),
            (b"\x1dv0", self._picture),
            (b"\x1d(k", self._qr),
            (b"\n", self._end_line),
        )

    def draw(self, data: bytes) -> "Image":
        """The paper after this job."""
        from PIL import Image

        while data:
            data = data[self._take(data) :]
        height = sum(piece.height for piece in self._pieces)
        paper = Image.new("L", (self._profile.width + 2 * _BORDER, height + 2 * _BORDER), 255)
        top = _BORDER
        for piece in self._pieces:
            free = self._profile.width - piece.width
            paper.paste(piece, (_BORDER + (free // 2 if piece.info["centred"] else 0), top))
            top += piece.height
        return paper

    def _take(self, data: bytes) -> int:
        for command, act in self._commands:
            if data.startswith(command):
                return act(data)
        if data[0] < 0x20:
            raise ValueError(f"no printer's command: {data[:4].hex(' ')}")
        if data[0] < 0x80:
            letter = chr(data[0])
        else:
            letter = data[:1].decode(self._codec, "replace").replace("\ufffd", _UNKNOWN)
        self._line.append((letter, self._factor, self._bold))
        return 1

    def _code_page(self, data: bytes) -> int:
        self._codec = self._codecs.get(data[2], "ascii")
        return 3

    def _align(self, data: bytes) -> int:
        self._centred = data[2] == 1
        return 3

    def _set_bold(self, data: bytes) -> int:
        self._bold = data[2] == 1
        return 3

    def _size(self, data: bytes) -> int:
        self._factor = (data[2] & 7) + 1
        return 3

    def _feed(self, data: bytes) -> int:
        self._blank(CELL[1] * data[2])
        return 3

    def _feed_dots(self, data: bytes) -> int:
        self._blank(data[2])
        return 3

    def _picture(self, data: bytes) -> int:
        row, lines = int.from_bytes(data[4:6], "little"), int.from_bytes(data[6:8], "little")
        self._put(to_image(Bitmap(row, lines, data[8 : 8 + row * lines])))
        return 8 + row * lines

    def _qr(self, data: bytes) -> int:
        length = int.from_bytes(data[3:5], "little")
        function, argument = data[6:7], data[8 : 5 + length]
        if function == b"P":
            self._qr_data = argument
        elif function == b"Q":
            self._put(to_image(qr.draw(self._qr_data.decode(), self._profile.width)))
        return 5 + length

    def _blank(self, height: int) -> None:
        from PIL import Image

        self._put(Image.new("L", (self._profile.width, height), 255))

    def _put(self, piece: "Image") -> None:
        piece.info["centred"] = self._centred
        self._pieces.append(piece)

    def _end_line(self, _: bytes) -> int:
        from PIL import Image

        height = CELL[1] * max((factor for _, factor, _ in self._line), default=1)
        width = CELL[0] * sum(factor for _, factor, _ in self._line)
        piece = Image.new("L", (max(width, 1), height), 255)
        left = 0
        for letter, factor, bold in self._line:
            cell = _cell(letter, bold).resize((CELL[0] * factor, CELL[1] * factor))
            piece.paste(cell, (left, height - cell.height))
            left += cell.width
        self._line = []
        self._put(piece)
        return 1


def _cell(letter: str, bold: bool) -> "Image":
    from PIL import Image, ImageDraw

    font = load_font(19, bold)
    need = max(CELL[0], round(font.getlength(letter)))
    cell = Image.new("L", (need, CELL[1]), 255)
    ImageDraw.Draw(cell).text((need / 2, 18), letter, 0, font, anchor="ms")
    return cell.resize(CELL)  # Щ is narrowed, not cut


def draw(profile: Profile, data: bytes) -> "Image":
    """The paper that comes out of a printer of this profile."""
    return Preview(profile).draw(data)
