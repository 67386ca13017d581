"""Calls that can be heard."""

import asyncio
import io
import shutil
import wave

import pytest

from gateway.pages.voice import Voice, chime, say, spoken
from gateway.queue.hall import Call


@pytest.mark.parametrize(
    ("number", "desk", "lang", "said"),
    [
        ("А042", "3", "uk", "Талон а сорок два. Вікно три."),
        ("Щ117", "12", "uk", "Талон ща сто сімнадцять. Вікно дванадцять."),
        ("Б-1007", "2а", "uk", "Талон бе, одна тисяча сім. Вікно два а."),
        ("Ґ000", "1", "uk", "Талон ґе нуль. Вікно один."),
        ("Х021", "3", "en", "Ticket Kh twenty-one. Desk three."),
    ],
)
def test_a_call_is_said_in_words(number: str, desk: str, lang: str, said: str) -> None:
    """Numbers as numbers, letters by their names."""
    assert spoken(number, desk, lang) == said


def test_the_chime_is_a_sound_without_a_click() -> None:
    """A WAV file of about a second that begins and ends in silence."""
    with wave.open(io.BytesIO(chime())) as file:
        assert 1 < file.getnframes() / file.getframerate() < 2
        frames = file.readframes(file.getnframes())
    assert frames[:2] == b"\0\0"
    assert abs(int.from_bytes(frames[-2:], "little", signed=True)) < 50
    assert max(frames[1::2]) > 0x10


def test_without_a_voice_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The board chimes and shows; it does not fail."""
    monkeypatch.setenv("PATH", "")
    assert asyncio.run(say("Талон", "uk")) is None


@pytest.mark.espeak
def test_a_call_is_spoken_and_kept() -> None:
    """By the real espeak-ng, in Ukrainian; a recall is the same sound."""
    assert shutil.which("espeak-ng")
    found = Voice()

    async def twice() -> tuple[bytes | None, bytes | None]:
        call = Call(1, "v1", "А042", "3", 0)
        return await found.call(call, "uk"), await found.call(Call(9, "v1", "А042", "3", 5), "uk")

    first, again = asyncio.run(twice())
    assert first is not None
    assert first[:4] == b"RIFF"
    assert len(first) > 20_000
    assert again is first
