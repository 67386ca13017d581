"""The strict reader of ESC/POS."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from simulator.escpos import Feed, Line, Qr, Raster, Reader, Sheet, UnknownCommand

PAGES = {46: "cp1251", 17: "cp866"}
TICKET = (
    b"\x1b@\x1c.\x1bt\x2e\x1ba\x01"
    + "ЦНАП Ґанок\nПаспорт\n".encode("cp1251")
    + b"\x1d!\x11"
    + "П-042\n".encode("cp1251")
    + b"\x1d!\x0001.01.1970 00:00\n\x1bd\x04\x1dVB\x00"
)
QR = b"\x1d(k\4\x001A2\0\x1d(k\3\x001C\6\x1d(k\3\x001E1\x1d(k\7\x001P0abcd\x1d(k\3\x001Q0"
RASTER = b"\x1dv0\0\1\0\2\0\xff\x80"
JOB = TICKET + b"\x10\4\1\x1b@\x1bE\1a\x1bE\0b\n" + QR + RASTER + b"\x1dV\0\x1dr\1"


def read(data: bytes) -> list[Sheet]:
    """The sheets of a stream that leaves nothing over."""
    reader = Reader(PAGES, dots=384)
    reader.feed(data)
    assert reader.idle
    return reader.sheets


def paper(data: bytes) -> tuple[object, ...]:
    """What is on the paper before the cut."""
    return read(data + b"\x1dV\0")[0].elements


def test_the_dispensers_ticket_can_be_read() -> None:
    """Every letter, and the number twice as large."""
    (sheet,) = read(TICKET)
    assert sheet.lines == ["ЦНАП Ґанок", "Паспорт", "П-042", "01.01.1970 00:00"]
    assert sheet.elements[2] == Line("П-042", 2, 2, align="centre")
    assert sheet.cut == "partial"


@given(st.lists(st.integers(0, len(JOB)), max_size=12))
def test_split_anywhere_it_reads_the_same(cuts: list[int]) -> None:
    """As a serial line delivers it."""
    reader = Reader(PAGES)
    ends = sorted(cuts)
    for start, end in zip([0, *ends], [*ends, len(JOB)], strict=True):
        reader.feed(JOB[start:end])
    assert reader.sheets == read(JOB)


@pytest.mark.parametrize(
    ("data", "elements"),
    [
        (b"a\r\nb\n", (Line("a"), Line("b"))),
        (b"\x1b!\x38a\n", (Line("a", 2, 2, bold=True),)),
        (b"\x1d!\x21a\n", (Line("a", 3, 2),)),
        (b"\x1bE\1a\x1bE\0b\n", (Line("a", bold=True, same_line=True), Line("b"))),
        (b"\x1ba2a\n\x1b@b\n", (Line("a", align="right"), Line("b"))),
        (b"a\x1b3\x14\x1bd\2", (Line("a", pitch=20), Feed(40))),
        (b"\x1b3\x14\x1b2\x1bd\2\x1bJ\5", (Feed(60), Feed(5))),
        (b"\x1bt\x11\x80\n\x1bt\x2e\xa5\n", (Line("А"), Line("Ґ"))),
        (QR, (Qr(b"abcd", 6, "M"),)),
        (b"lost\x1b@", ()),
    ],
)
def test_commands_do_what_the_reference_says(data: bytes, elements: tuple[object, ...]) -> None:
    """Each of them."""
    assert paper(data) == elements


def test_a_raster_is_the_dots_that_were_sent() -> None:
    """1 is black; mode 3 doubles both ways."""
    image = Image.frombytes("1", (8, 2), b"\x00\x7f")
    assert paper(RASTER) == (Raster(image),)
    assert paper(RASTER.replace(b"v0\0", b"v0\3")) == (Raster(image.resize((16, 4), 0)),)


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"ab\n\x1bX1", 3),
        (b"\t", 0),
        (b"\x1bt\x05", 0),  # a code page that it has not
        (b"\x1bt\x2eab\x98\n", 5),  # a gap of cp1251
        (b"a\x1ba\1", 1),  # in mid-line
        (b"a\x1dV\0", 1),
        (b"\x1d!\x80", 0),
        (b"\x1b!\1", 0),
        (b"\x1bE\2", 0),
        (b"\x10\4\x09", 0),
        (b"\x1dr\5", 0),
        (b"\x1dv0\0\x49\0\1\0", 0),  # wider than the paper
        (b"\x1dv0\0\0\0\1\0", 0),
        (b"\x1d(k\3\x001C\0", 0),
        (b"\x1d(k\3\x001Q0", 0),  # nothing stored
    ],
)
def test_what_a_printer_would_not_take_raises(data: bytes, offset: int) -> None:
    """It names the place, and nothing is read after it."""
    reader = Reader(PAGES, dots=384)
    with pytest.raises(UnknownCommand) as refused:
        reader.feed(data)
    assert refused.value.offset == offset
    assert refused.value.data.hex(" ") in str(refused.value)
    with pytest.raises(UnknownCommand):
        reader.feed(b"\n")


def test_without_fs_a_chinese_printer_prints_chinese() -> None:
    """As the cheap ones do from the start and after ESC @."""
    reader = Reader(PAGES, chinese=True)
    reader.feed(b"\x1b@\x1bt\x2e\xcf\xf0\n\x1c.\xcf\xf0\n\x1dV\0")
    assert reader.sheets[0].lines == [b"\xcf\xf0".decode("gb18030"), "Пр"]


def test_a_question_is_answered_when_the_paper_before_it_is_printed() -> None:
    """GS r is in the queue; it does not begin a job."""
    asked: list[tuple[int, int]] = []
    reader = Reader(PAGES, on_ask=lambda n: asked.append((n, len(reader.sheets))))
    reader.feed(b"\x1dr\1" + b"a\n\x1dV\0" + b"\x1dr\1")
    assert asked == [(1, 0), (1, 1)]
    assert reader.begun == 1


def test_a_power_cut_leaves_half_a_job_on_the_paper() -> None:
    """The half line and the half command are lost; a hand takes the rest."""
    reader = Reader(PAGES)
    reader.feed(b"a\nb\x1b")
    reader.restart()
    assert reader.unfinished.lines == ["a"]
    assert reader.tear_off().lines == ["a"]
    assert reader.idle
