"""The ESC/POS commands that tickets are made of, and what a printer can do. Pure.

Source of the commands: Epson's ESC/POS command reference. `FS .` leaves the Chinese mode in which
many cheap printers start.
"""

from collections.abc import Mapping
from dataclasses import dataclass

INIT = b"\x1b@"  # ESC @
LEAVE_CHINESE = b"\x1c."  # FS .
LEFT = b"\x1ba\x00"  # ESC a n
CENTRE = b"\x1ba\x01"
BOLD = b"\x1bE\x01"  # ESC E n
NOT_BOLD = b"\x1bE\x00"
CUT = b"\x1dVB\x00"  # GS V 66 0: feed to the knife, partial cut
# Lines of one GS v 0. A band fits into the 4 kB buffer of a cheap printer; and one that breaks off
# swallows at most so much of what follows.
BAND = 32
CELL = (12, 24)  # dots of a letter of font A
GS_V_0 = "GS v 0"
_FEED_LINES = 4  # from the head to the edge where the paper is torn

# Data bytes that a QR of version 1, 2, … holds at error correction M (ISO/IEC 18004, table 7).
_QR_BYTES = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213)
MAX_QR_BYTES = _QR_BYTES[-1]
QUIET = 4  # modules of white around a QR (ISO/IEC 18004, 5.3.8)
_MAX_MODULE = 6  # dots
_LONGEST = 256  # bytes of a command that is no picture: the text of a QR and its head


@dataclass(frozen=True)
class Profile:
    """What a model of printer can do. `width`: dots; `columns`: of font A.

    `code_pages`: Python's name of each to the number for ESC t; the first is used unless the config
    says otherwise. `qr`: has GS ( k. `status`: answers DLE EOT and GS r. `raster`: its command for
    pictures, or empty.
    """

    name: str
    width: int
    columns: int
    code_pages: Mapping[str, int]
    qr: bool = False
    cut: bool = False
    status: bool = False
    raster: str = GS_V_0


@dataclass(frozen=True)
class Bitmap:
    """Dots: `height` rows of `width_bytes` bytes, the left dot in the highest bit, 1 is black."""

    width_bytes: int
    height: int
    data: bytes


def code_page(number: int) -> bytes:
    """ESC t n."""
    return b"\x1bt" + bytes([number])


def size(factor: int) -> bytes:
    """GS ! n: so many times as wide and as high, 1 to 8."""
    return b"\x1d!" + bytes([(factor - 1) * 0x11])


def feed(lines: int) -> bytes:
    """ESC d n."""
    return b"\x1bd" + bytes([lines])


def feed_dots(dots: int) -> bytes:
    """ESC J n, in units of a dot on most printers."""
    return b"\x1bJ" + bytes([dots])


def begin(number: int) -> bytes:
    """A known state, because printers keep the state of the job before."""
    return INIT + LEAVE_CHINESE + code_page(number) + CENTRE


def end(profile: Profile) -> bytes:
    """The paper out to where it is torn, or cut."""
    return feed(_FEED_LINES) + (CUT if profile.cut else b"")


def clear(profile: Profile) -> bytes:
    """What ends a command that broke off, and says nothing by itself: as many NULs as the longest
    one may still take for its own data. To be sent before anything else, also before a question:
    half a head of a picture and a question make a picture of megabytes."""
    return bytes(max(_LONGEST, BAND * profile.width // 8 if profile.raster else 0))


def apart(profile: Profile) -> bytes:
    """What keeps a job from half a ticket before it: the half line is forgotten (ESC @), the rest
    fed out or cut off."""
    return INIT + end(profile)


def picture(bitmap: Bitmap) -> bytes:
    """GS v 0 m xL xH yL yH d…, in bands."""
    row = bitmap.width_bytes
    bands = []
    for top in range(0, bitmap.height, BAND):
        lines = min(BAND, bitmap.height - top)
        head = b"\x1dv0\x00" + row.to_bytes(2, "little") + lines.to_bytes(2, "little")
        bands.append(head + bitmap.data[top * row : (top + lines) * row])
    return b"".join(bands)


def qr(data: bytes, width: int) -> bytes:
    """GS ( k: model 2, error correction M, as large as fits into `width` dots.

    ValueError if `data` is longer than `MAX_QR_BYTES`.
    """
    functions = (
        b"A2\x00",
        b"C" + bytes([module(len(data), width)]),
        b"E1",
        b"P0" + data,
        b"Q0",
    )
    return b"".join(
        b"\x1d(k" + (1 + len(function)).to_bytes(2, "little") + b"1" + function
        for function in functions
    )


def module(count: int, width: int) -> int:
    """Dots of one module of a QR of `count` bytes with its quiet zone on `width` dots."""
    for version, held in enumerate(_QR_BYTES, 1):
        if count <= held:
            return max(1, min(_MAX_MODULE, width // (17 + 4 * version + 2 * QUIET)))
    raise ValueError(f"a QR of {count} bytes is too long; at most {MAX_QR_BYTES}")
