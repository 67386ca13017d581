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

_FIXED, _FIXED_VALUE = 0x93, 0x12  # of every answer to DLE EOT
_DONE_FIXED = 0x90  # clear in every answer to GS r


def is_answer(byte: int) -> bool:
    """Whether a byte can be the answer to DLE EOT."""
    return byte & _FIXED == _FIXED_VALUE


def is_done(byte: int) -> bool:
    """Whether a byte can be the answer to GS r 1."""
    return byte & _DONE_FIXED == 0


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
