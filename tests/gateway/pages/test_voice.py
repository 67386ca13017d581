"""Calls that can be heard."""

import asyncio
import io
import shutil
import urllib.request
import wave
from pathlib import Path

import pytest

from gateway.pages.views import SAID
from gateway.pages.voice import MOST_WAITING, Voice, chime, say
from gateway.queue.hall import Call
from tests.gateway.pages.office import PagesOffice
from tests.gateway.pages.test_refusals import ask


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


@pytest.mark.parametrize("ends", ["sleep 60", "sleep 60 & exit 0", "exit 1", "echo no sound"])
def test_a_voice_that_fails_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    """Also one that hangs, and one that has ended and left its output open."""
    program = tmp_path / "espeak-ng"
    program.write_text(f"#!/bin/sh\n{ends}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert asyncio.run(say("Талон", "uk", patience_s=0.3)) is None


class Speaker:
    """Speaks when it is let, and knows how many spoke at once."""

    def __init__(self, *fails: bool) -> None:
        self.let = asyncio.Event()
        self.said: list[str] = []
        self.at_once = 0
        self._fails = list(fails)
        self._now = 0

    async def say(self, text: str, lang: str) -> bytes | None:
        self._now += 1
        self.at_once = max(self.at_once, self._now)
        self.said.append(text)
        await self.let.wait()
        self._now -= 1
        return None if self._fails and self._fails.pop(0) else f"RIFF {lang} {text}".encode()


def test_ten_boards_hear_a_call_that_is_made_once() -> None:
    """Whoever asks while it is made waits for it."""

    async def asked() -> tuple[set[bytes | None], list[str]]:
        speaker = Speaker()
        voice = Voice(speaker.say)
        boards = [asyncio.create_task(voice.call(_call(1), "uk")) for _ in range(10)]
        await asyncio.sleep(0)
        speaker.let.set()
        return set(await asyncio.gather(*boards)), speaker.said

    text = "Талон а один. Вікно три."
    assert asyncio.run(asked()) == ({f"RIFF uk {text}".encode()}, [text])


def test_one_call_is_made_at_a_time_and_few_wait() -> None:
    """Two hundred requests at once: the others are told at once that there is no sound for them."""

    async def asked() -> tuple[list[bool], int]:
        speaker = Speaker()
        voice = Voice(speaker.say)
        asking = [asyncio.create_task(voice.call(_call(n), "uk")) for n in range(1, 201)]
        await asyncio.sleep(0)
        refused = sum(one.done() for one in asking)
        speaker.let.set()
        heard = [one is not None for one in await asyncio.gather(*asking)]
        assert refused == heard.count(False)
        return heard, speaker.at_once

    heard, at_once = asyncio.run(asked())
    assert at_once == 1
    assert sum(heard) in (MOST_WAITING, MOST_WAITING + 1)  # one is made, and they wait


def test_nobody_waits_for_long() -> None:
    """While another call takes its time, the board goes on in silence."""

    async def asked() -> bytes | None:
        speaker = Speaker()
        voice = Voice(speaker.say, patience_s=0)
        first = asyncio.create_task(voice.call(_call(1), "uk"))
        await asyncio.sleep(0)
        second = await voice.call(_call(2), "uk")
        speaker.let.set()
        assert await first is not None
        return second

    assert asyncio.run(asked()) is None


def test_a_call_that_failed_is_made_when_it_is_asked_for_again() -> None:
    """espeak-ng was installed meanwhile, say."""

    async def asked() -> list[bytes | None]:
        speaker = Speaker(True)
        speaker.let.set()
        voice = Voice(speaker.say)
        return [await voice.call(_call(1), "uk") for _ in range(3)]

    first, second, third = asyncio.run(asked())
    assert first is None
    assert second is not None
    assert third is second


def _call(n: int) -> Call:
    return Call(n, f"v{n}", f"А{n:03d}", "3", 0)


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


@pytest.mark.espeak
def test_only_the_newest_calls_are_said(office: PagesOffice) -> None:
    """As many as a board can be behind; nobody has the gateway say the whole day."""
    visit = office.issue()
    now = office.clock.at
    office.do(lambda: office.reception.call_next("1", "olena", now))
    for _ in range(SAID):
        office.do(lambda: office.reception.act("recalled", visit, "olena", now, "1"))
    assert ask(office, "/board/call/1.wav")[0] == 404
    assert _sound(office, "/board/call/2.wav") == _sound(office, f"/board/call/{SAID + 1}.wav")
    assert ask(office, f"/board/call/{SAID + 2}.wav")[0] == 404


def _sound(office: PagesOffice, path: str) -> bytes:
    with urllib.request.urlopen(office.url + path, timeout=20) as answer:
        sound: bytes = answer.read()
    assert sound[:4] == b"RIFF"
    return sound
