"""A slip as text in the printer's own letters. Pure.

A character of the line is 12 dots; the number is printed as large as the line takes, up to four
times. There is no small size: font B lacks letters on many printers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from firmware.dispenser import escpos, qr
from firmware.dispenser.codepage import Encoder
from firmware.dispenser.escpos import Bitmap, Profile
from firmware.dispenser.slip import Item, Logo, Qr, Rule, Space, Text, wrap

_FACTORS = {"small": 1, "normal": 1, "large": 2, "huge": 4}
_HALF_LINE = 12  # dots


@dataclass(frozen=True)
class TextJob:
    """Renders slips for one printer. `number`: of the code page, for ESC t. `logos`: by file."""

    profile: Profile
    encoder: Encoder
    number: int
    logos: Mapping[str, Bitmap] = field(default_factory=dict)

    def render(self, items: Sequence[Item]) -> bytes:
        """The whole job."""
        body = b"".join(self._item(item) for item in items)
        return escpos.begin(self.number) + body + escpos.end(self.profile)

    def _item(self, item: Item) -> bytes:
        if isinstance(item, Text):
            return self._text(item)
        if isinstance(item, Qr):
            return self._qr(item.data)
        if isinstance(item, Space):
            return escpos.feed_dots(_HALF_LINE * item.halves)
        if isinstance(item, Rule):
            return b"-" * self.profile.columns + b"\n"
        return self._logo(item)

    def _text(self, item: Text) -> bytes:
        text = self.encoder.printable(item.text)
        factor = self._factor(text, _FACTORS[item.size])
        lines = wrap(text, lambda line: len(line) * factor <= self.profile.columns)
        data = b"".join(self.encoder.encode(line) + b"\n" for line in lines)
        if factor > 1:
            data = escpos.size(factor) + data + escpos.size(1)
        return escpos.BOLD + data + escpos.NOT_BOLD if item.bold else data

    def _factor(self, text: str, wanted: int) -> int:
        """The largest size up to `wanted` at which no word is broken."""
        for factor in range(wanted, 1, -1):
            columns = self.profile.columns // factor
            if all(len(word) <= columns for word in text.split()):
                return factor
        return 1

    def _qr(self, data: str) -> bytes:
        if self.profile.qr:
            return escpos.qr(data.encode(), self.profile.width) + b"\n"
        return escpos.picture(qr.draw(data, self.profile.width))

    def _logo(self, item: Logo) -> bytes:
        bitmap = self.logos.get(item.file)
        return escpos.picture(bitmap) if bitmap and self.profile.raster else b""
