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
    rows = [list(row) for row in code.matrix_iter(scale=dots, border=QUIET)]
    return _pack(rows)


def _pack(rows: list[list[int]]) -> Bitmap:
    row_bytes = -(-len(rows[0]) // 8)
    padding = row_bytes * 8 - len(rows[0])
    data = b"".join(
        int("".join("1" if dot else "0" for dot in row) + "0" * padding, 2).to_bytes(row_bytes)
        for row in rows
    )
    return Bitmap(row_bytes, len(rows), data)
