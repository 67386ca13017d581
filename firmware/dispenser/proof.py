"""The test print: what a technician compares with the config. Code pages, edges, letters, QR. Pure.

A chart of each code page under its number; where the letters are wrong the number or the page is.
"""

from firmware.dispenser import escpos, qr
from firmware.dispenser.codepage import Encoder
from firmware.dispenser.escpos import Bitmap, Profile

SAMPLE = "ґҐ іІ їЇ єЄ «ʼ» — № ₴ Щастя"  # at most 32 columns
QR = "https://example.org/talon-test"
_TICK, _LONG_TICK = 8, 80  # dots


def proof(profile: Profile, page: str, number: int) -> bytes:
    """The job. `page`, `number`: the code page that the config chose, and its ESC t number."""
    pages = {page: number, **{name: n for name, n in profile.code_pages.items() if name != page}}
    parts = [
        escpos.begin(number),
        _line(f"TALON test-print {profile.name}"),
        escpos.LEFT,
        _columns(profile.columns),
        _dots(profile),
        _sizes(),
        *(_chart(name, n) for name, n in pages.items()),
        escpos.code_page(number),
        escpos.CENTRE,
        _qr(profile),
        escpos.end(profile),
    ]
    return b"".join(parts)


def _line(text: str) -> bytes:
    return text.encode("ascii") + b"\n"


def _columns(count: int) -> bytes:
    """Each column its last digit; a line too long for the printer shows itself by breaking."""
    return _line(f"{count} columns:") + _line("".join(str(n % 10) for n in range(1, count + 1)))


def _dots(profile: Profile) -> bytes:
    """Ticks each 8 dots, long ones each 80, and one at either edge."""
    if not profile.raster:
        return b""
    width = profile.width
    short, long = bytearray(width // 8), bytearray(width // 8)
    for dot in {*range(0, width, _TICK), width - 1}:
        short[dot // 8] |= 0x80 >> dot % 8
    for dot in {*range(0, width, _LONG_TICK), width - 1}:
        long[dot // 8] |= 0x80 >> dot % 8
    solid = b"\xff" * (width // 8)
    rows = solid * 2 + bytes(short) * 8 + bytes(long) * 12
    picture = escpos.picture(Bitmap(width // 8, 22, rows))
    return _line(f"{width} dots, a long tick each {_LONG_TICK}:") + picture


def _sizes() -> bytes:
    sizes = b"".join(escpos.size(factor) + b"%d" % factor for factor in (1, 2, 3, 4))
    return (
        _line("sizes, bold:") + sizes + escpos.size(1) + escpos.BOLD + b"bold\n" + escpos.NOT_BOLD
    )


def _chart(page: str, number: int) -> bytes:
    """Bytes 0x80 to 0xFF in rows of 16, and the sample."""
    rows = [
        b"%X " % (high >> 4) + bytes(range(high, high + 16)) + b"\n" for high in range(128, 256, 16)
    ]
    head = b"\n" + _line(f"{page}  ESC t {number}") + _line("  0123456789ABCDEF")
    return head + escpos.code_page(number) + b"".join(rows) + Encoder(page).encode(SAMPLE) + b"\n"


def _qr(profile: Profile) -> bytes:
    if profile.qr:
        return _line("QR by GS ( k:") + escpos.qr(QR.encode(), profile.width) + b"\n"
    return _line("QR as a picture:") + escpos.picture(qr.draw(QR, profile.width))
