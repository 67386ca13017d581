"""Letters to bytes: printed as they are, or by what a reader takes for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.dispenser.codepage import FALLBACKS, Encoder

PAGES = ("cp1251", "cp1125", "cp866", "cp855")
UKRAINIAN = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюяАБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯ"
MARKS = "ʼ’₴«»—–…№“”„"
LACKING = {"cp1251": "", "cp1125": "", "cp866": "ґіҐІ", "cp855": "ґҐ"}


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


@pytest.mark.parametrize("page", PAGES)
def test_every_ukrainian_letter_comes_back_or_has_its_stated_fall_back(page: str) -> None:
    """Which letters a page lacks is stated here, too."""
    encoder = Encoder(page)
    for letter in UKRAINIAN:
        back = encoder.encode(letter).decode(page)
        assert back == (FALLBACKS[letter] if letter in LACKING[page] else letter)
    for mark in MARKS:
        back = encoder.encode(mark).decode(page)
        assert back in (mark, FALLBACKS[mark])


@pytest.mark.parametrize("page", PAGES)
@given(text=st.text(), before=st.text())
def test_the_same_text_gives_the_same_bytes_after_any_other(
    page: str, text: str, before: str
) -> None:
    """python-escpos's own encoder does not hold this. And no question mark is invented."""
    encoder = Encoder(page)
    first = encoder.encode(text)
    encoder.encode(before)
    assert encoder.encode(text) == first
    assert first.count(b"?") == text.count("?")
    assert all(byte >= 0x20 for byte in first)
    assert len(first) == len(encoder.printable(text))


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "punycode", "base64", "nonsense"])
def test_what_is_no_code_page_of_a_printer_is_refused(codec: str) -> None:
    """A printer knows one byte a letter."""
    with pytest.raises(LookupError):
        Encoder(codec)
