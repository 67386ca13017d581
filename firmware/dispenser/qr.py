"""A QR code in dots, for printers that cannot make one themselves. Pure."""

from firmware.dispenser.escpos import QUIET, Bitmap, module


def draw(data: str, width: int) -> Bitmap:
    """The code with its quiet zone, at most `width` dots wide.

    Always at error correction M and without micro QR, which telephones do not read.
    """
    import segno  # only where the printer has no QR of its own

    payload = data.encode()
    code = segno.make(payload, error="m", micro=False, mode="byte", boost_error=False)
    dots = module(len(payload), width)
    return _enlarge([bytes(row) for row in code.matrix_iter(border=QUIET)], dots)


def _enlarge(rows: list[bytes], dots: int) -> Bitmap:
    """Each module as a square of so many dots."""
    row_bytes = -(-len(rows[0]) * dots // 8)
    squares = ("0" * dots, "1" * dots)
    lines = ("".join(squares[dark] for dark in row).ljust(row_bytes * 8, "0") for row in rows)
    data = b"".join(int(line, 2).to_bytes(row_bytes) * dots for line in lines)
    return Bitmap(row_bytes, len(rows) * dots, data)
