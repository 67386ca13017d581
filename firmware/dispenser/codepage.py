"""Text to the bytes of a printer's code page. Pure: the same text, the same bytes, always.

What a page lacks is replaced by what a reader takes for it (`FALLBACKS`), else by a visible
stand-in; never by a question mark. Which letters each page has: the Unicode mapping tables that
Python's codecs are made from.
"""

from collections.abc import Mapping

STAND_IN = "*"
# Where the code page lacks a letter, what a reader takes for it.
FALLBACKS: Mapping[str, str] = {
    "ʼ": "'",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "₴": "грн",
    "«": '"',
    "»": '"',
    "—": "-",
    "–": "-",
    "‑": "-",
    "−": "-",
    "…": "...",
    "№": "N",
    "·": "-",
    "І": "I",
    "і": "i",
    "Ґ": "Г",
    "ґ": "г",
    "\u00a0": " ",
    "\u202f": " ",
}
_SPACES = "\u00a0\u202f"  # str.isprintable refuses them


class Encoder:
    """Text to bytes of one code page. `codec`: Python's name of it; LookupError if unknown."""

    def __init__(self, codec: str) -> None:
        if len("А".encode(codec, "replace")) != 1:
            raise LookupError(f"{codec} is not a printer's code page: one byte a letter")
        self._codec = codec

    def has(self, text: str) -> bool:
        """Whether `text` can be printed as it is."""
        return all(self._byte(letter) is not None for letter in text)

    def printable(self, text: str) -> str:
        """`text` with each letter that the page lacks replaced: a byte a letter, so a column."""
        if text.isprintable():
            try:
                text.encode(self._codec)
                return text
            except UnicodeEncodeError:
                pass  # letter by letter, then
        return "".join(self._letter(letter) for letter in text)

    def encode(self, text: str) -> bytes:
        """All of `text`; what the page lacks by its fallback, else by a visible stand-in."""
        return self.printable(text).encode(self._codec)

    def _letter(self, letter: str) -> str:
        if self._byte(letter) is not None:
            return letter
        instead = FALLBACKS.get(letter, STAND_IN)
        return "".join(part if self._byte(part) else STAND_IN for part in instead)

    def _byte(self, letter: str) -> bytes | None:
        if not letter.isprintable() and letter not in _SPACES:
            return None  # no control byte gets to the printer through a text
        try:
            return letter.encode(self._codec)
        except UnicodeEncodeError:
            return None
