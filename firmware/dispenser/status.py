"""What a printer says of itself, from the bytes it answers with. Decides; no I/O.

Real-time status `DLE EOT n` and `GS r 1` as in Epson's ESC/POS reference: an answer is one byte, of
which some bits are fixed; a byte that has others is no answer to this question.
"""

ASK = tuple(b"\x10\x04" + bytes([n]) for n in (1, 2, 4))  # DLE EOT n: printer, cause, paper
ASK_DONE = b"\x1dr\x01"  # GS r 1: answered only when all that went before was processed

SILENT = "it does not answer: is it switched on? If it cannot answer, set printer.status = false"
PAPER_OUT = "no paper"
COVER_OPEN = "the cover is open"
OFFLINE = "offline"
FAULTY = "it reports an error: switch it off and on"
NEAR_END = "the paper is near its end"

_AUTO_FIXED, _AUTO_VALUE = 0x93, 0x10  # of the first byte that GS a lets a printer send unasked
_AUTO_REST = 3  # more bytes of it
_FLOW = (0x11, 0x13)  # XON, XOFF
_FIXED, _FIXED_VALUE = 0x93, 0x12  # of every answer to DLE EOT
_DONE_FIXED = 0x90  # clear in every answer to GS r


def is_answer(byte: int) -> bool:
    """Whether a byte can be the answer to DLE EOT."""
    return byte & _FIXED == _FIXED_VALUE


def is_done(byte: int) -> bool:
    """Whether a byte can be the answer to GS r 1: of each sensor's two bits both or none is on."""
    return byte & _DONE_FIXED == 0 and byte & 0x03 in (0x00, 0x03) and byte & 0x0C in (0x00, 0x0C)


class Ears:
    """Sorts what a printer says: what it says by itself is left out.

    That is flow control, and the automatic status of four bytes (GS a), which another host or a
    switch in the printer may have turned on; its later bytes look like answers to GS r.
    """

    def __init__(self) -> None:
        self._skip = 0

    def hear(self, data: bytes) -> list[int]:
        """The bytes of `data` that may be answers."""
        found = []
        for byte in data:
            if byte in _FLOW:
                continue
            if self._skip:
                self._skip -= 1
            elif byte & _AUTO_FIXED == _AUTO_VALUE:
                self._skip = _AUTO_REST
            else:
                found.append(byte)
        return found


def obstacle(printer: int, cause: int, paper: int) -> str:
    """Why nothing can be printed now, from the answers to `ASK`; empty: it can be.

    The cause nearest to a hand comes first: an open cover also reads as offline and without paper.
    """
    if cause & 0x04:
        return COVER_OPEN
    if paper & 0x60 or cause & 0x20:
        return PAPER_OUT
    if cause & 0x40:
        return FAULTY
    if printer & 0x08:
        return OFFLINE
    return ""


def warning(paper: int) -> str:
    """What will soon be an obstacle, from the answer to DLE EOT 4; empty: nothing."""
    return NEAR_END if paper & 0x0C else ""


def ran_out(done: int) -> bool:
    """Whether the paper ended with this job, from the answer to GS r 1."""
    return bool(done & 0x0C)
