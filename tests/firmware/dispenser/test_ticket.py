"""Tickets, byte by byte."""

import datetime

import pytest

from firmware.dispenser.ticket import Encoder, Layout

KYIV = datetime.timezone(datetime.timedelta(hours=2))
AT = 1_795_359_000_000  # 22.11.2026 14:50 UTC


def layout(codec: str = "cp1251", page_number: int = 46) -> Layout:
    """The tickets of an office."""
    return Layout("ЦНАП", Encoder(codec), page_number, KYIV)


def test_a_ticket_is_these_bytes() -> None:
    """Reset, code page, office, service, large number, time, feed, cut."""
    assert layout().ticket("Паспорт", "А042", AT) == (
        b"\x1b@\x1c.\x1bt\x2e\x1ba\x01"
        b"\xd6\xcd\xc0\xcf\n"
        b"\xcf\xe0\xf1\xef\xee\xf0\xf2\n"
        b"\x1d!\x11\xc0042\n\x1d!\x00"
        b"22.11.2026 16:50\n"
        b"\x1bd\x04\x1dVB\x00"
    )


def test_without_a_set_clock_no_time_is_printed() -> None:
    """A wrong time is worse than none."""
    ticket = layout().ticket("Паспорт", "А042", None)
    assert ticket.endswith(b"\xc0042\n\x1d!\x00\x1bd\x04\x1dVB\x00")


def test_the_same_text_gives_the_same_bytes_after_any_other() -> None:
    """python-escpos's own encoder does not hold this."""
    first = layout().ticket("Паспорт", "А042", AT)
    layout().ticket("ґҐіІїЇєЄ ʼ₴ 漢", "Ґ001", AT)
    assert layout().ticket("Паспорт", "А042", AT) == first


@pytest.mark.parametrize(
    ("codec", "text", "expected"),
    [
        ("cp1251", "ґҐіІїЇєЄ", b"\xb4\xa5\xb3\xb2\xbf\xaf\xba\xaa"),
        ("cp1251", "п’ять — «так» №1", "п’ять — «так» №1".encode("cp1251")),
        ("cp1251", "комʼюніті", b"\xea\xee\xec'\xfe\xed\xb3\xf2\xb3"),
        ("cp1251", "50 ₴", b"50 \xe3\xf0\xed"),
        ("cp1125", "ґҐіІїЇєЄ", "ґҐіІїЇєЄ".encode("cp1125")),
        ("cp1125", "«п’ять» — 5", '"п\'ять" - 5'.encode("cp1125")),
        ("cp866", "Ґудзик і їжа", "Гудзик i їжа".encode("cp866")),
        ("cp1251", "漢字 ☺", b"** *"),
        ("cp1251", "a\x1b@\nb\tc", b"a*@*b*c"),
        ("cp1251", "чому?", b"\xf7\xee\xec\xf3?"),
    ],
)
def test_every_letter_is_printed_or_has_a_visible_stand_in(
    codec: str, text: str, expected: bytes
) -> None:
    """What a code page lacks never turns into a question mark, and no control byte gets through."""
    assert Encoder(codec).encode(text) == expected


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "punycode", "base64", "nonsense"])
def test_what_is_no_code_page_of_a_printer_is_refused(codec: str) -> None:
    """A printer knows one byte a letter."""
    with pytest.raises(LookupError):
        Encoder(codec)
