"""A plain ticket as bytes for an ESC/POS printer. Pure: the same arguments, the same bytes.

Every job begins from a known state, because printers keep the state of the job before. Commands:
Epson ESC/POS reference; `FS .` leaves the Chinese mode in which many cheap printers start.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

INIT = b"\x1b@"  # ESC @
LEAVE_CHINESE = b"\x1c."  # FS .
CODE_PAGE = b"\x1bt"  # ESC t n
CENTRE = b"\x1ba\x01"  # ESC a 1
DOUBLE = b"\x1d!\x11"  # GS ! n: twice as wide and as high
NORMAL = b"\x1d!\x00"
FEED = b"\x1bd\x04"  # ESC d n: lines
CUT = b"\x1dVB\x00"  # GS V 66 0: feed to the knife, partial cut

COPY = "КОПІЯ"
STAND_IN = "*"
# Where the code page lacks a letter, what a reader takes for it.
FALLBACKS: Mapping[str, str] = {
    "ʼ": "'",
    "’": "'",
    "₴": "грн",
    "«": '"',
    "»": '"',
    "—": "-",
    "–": "-",
    "…": "...",
    "№": "N",
    "І": "I",
    "і": "i",
    "Ґ": "Г",
    "ґ": "г",
    "\u00a0": " ",
}


class Encoder:
    """Text to bytes of one code page. `codec`: Python's name of it; LookupError if unknown."""

    def __init__(self, codec: str) -> None:
        if len("А".encode(codec, "replace")) != 1:
            raise LookupError(f"{codec} is not a printer's code page: one byte a letter")
        self._codec = codec

    def has(self, text: str) -> bool:
        """Whether `text` can be printed as it is."""
        return all(self._byte(letter) is not None for letter in text)

    def encode(self, text: str) -> bytes:
        """All of `text`; what the page lacks by its fallback, else by a visible stand-in."""
        if text.isprintable():
            try:
                return text.encode(self._codec)
            except UnicodeEncodeError:
                pass  # letter by letter, then
        return b"".join(self._letter(letter) for letter in text)

    def _letter(self, letter: str) -> bytes:
        byte = self._byte(letter)
        if byte is not None:
            return byte
        instead = FALLBACKS.get(letter, STAND_IN)
        return b"".join(self._byte(part) or STAND_IN.encode() for part in instead)

    def _byte(self, letter: str) -> bytes | None:
        if not letter.isprintable() and letter != "\u00a0":
            return None  # no control byte gets to the printer through a text
        try:
            return letter.encode(self._codec)
        except UnicodeEncodeError:
            return None


@dataclass(frozen=True)
class Layout:
    """What all tickets of a dispenser have in common.

    `page_number`: the printer's own number of the code page (ESC t). `zone`: of the printed time;
    None: the machine's.
    """

    office: str
    encoder: Encoder
    page_number: int
    zone: datetime.tzinfo | None = None

    def ticket(self, title: str, number: str, at: int | None, copy: bool = False) -> bytes:
        """The ticket; `at`: Unix ms, None if the clock is not set: then no time is printed.

        `copy`: it may be the second paper of this visit, and says so."""
        lines = [DOUBLE, self._line(COPY), NORMAL] if copy else []
        lines += [self._line(self.office), self._line(title)]
        lines += [DOUBLE, self._line(number), NORMAL]
        if at is not None:
            lines.append(self._line(self._when(at)))
        return b"".join([self._start(), *lines, FEED, CUT])

    def _start(self) -> bytes:
        return INIT + LEAVE_CHINESE + CODE_PAGE + bytes([self.page_number]) + CENTRE

    def _line(self, text: str) -> bytes:
        return self.encoder.encode(text) + b"\n"

    def _when(self, at: int) -> str:
        moment = datetime.datetime.fromtimestamp(at / 1000, datetime.UTC).astimezone(self.zone)
        return moment.strftime("%d.%m.%Y %H:%M")
