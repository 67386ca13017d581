"""Calls that can be heard: a chime of our own, and a voice made by espeak-ng, if it is installed.

What is said is in spoken.py. Anybody in the hall may ask for it: so one call is made at a time, and
who waits for it is few, and not for long.
"""

import asyncio
import io
import math
import shutil
import struct
import subprocess
import wave
from collections.abc import Awaitable, Callable
from functools import cache

from gateway.pages.spoken import spoken
from gateway.queue.hall import Call

_RATE = 22_050
_TONES = ((880.0, 0.0), (659.3, 0.35))  # Hz, and the second at which each begins
_CHIME_S = 1.3
PATIENCE_S = 5.0
MOST_KEPT = 256  # sounds, some 60 kB each
MOST_WAITING = 64  # requests for what is not made yet: ten boards, six calls

Speak = Callable[[str, str], Awaitable[bytes | None]]


@cache
def chime() -> bytes:
    """Two falling tones as a WAV file: a call is coming."""
    samples = [_sample(n / _RATE) for n in range(int(_RATE * _CHIME_S))]
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return out.getvalue()


async def say(text: str, lang: str, patience_s: float = PATIENCE_S) -> bytes | None:
    """The text as a WAV file; None if there is no espeak-ng here, or it fails."""
    program = shutil.which("espeak-ng")
    if program is None:
        return None
    words = [program, "-v", lang, "-s", "140", "--stdout", text]
    return await asyncio.to_thread(_heard, words, patience_s)


class Voice:
    """Says calls, one after the other; keeps what it has said, for the other boards and for
    recalls. What could not be made is tried anew when it is asked for again. `speak`: as
    `say`; `patience_s`: how long a request waits for the others."""

    def __init__(self, speak: Speak = say, patience_s: float = PATIENCE_S) -> None:
        self._speak = speak
        self._patience_s = patience_s
        self._kept: dict[tuple[str, str], bytes] = {}
        self._one = asyncio.Lock()
        self._waiting = 0

    async def call(self, call: Call, lang: str) -> bytes | None:
        """A call as a WAV file; None if it cannot be made here, or not now."""
        text = spoken(call.number, call.desk, lang)
        known = self._kept.get((lang, text))
        if known is not None or self._waiting >= MOST_WAITING:
            return known
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience_s):
                await self._one.acquire()
        except TimeoutError:
            return None
        finally:
            self._waiting -= 1
        try:
            return self._kept.get((lang, text)) or await self._make(lang, text)
        finally:
            self._one.release()

    async def _make(self, lang: str, text: str) -> bytes | None:
        sound = await self._speak(text, lang)
        if sound is None:
            return None
        while len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[lang, text] = sound
        return sound


def _heard(words: list[str], patience_s: float) -> bytes | None:
    """What a program says, in a thread: its end is waited for there, whatever it left open."""
    try:
        said = subprocess.run(words, capture_output=True, timeout=patience_s, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return said.stdout if said.returncode == 0 and said.stdout[:4] == b"RIFF" else None


def _sample(at: float) -> int:
    value = sum(
        math.sin(2 * math.pi * hertz * (at - begin)) * math.exp(-4 * (at - begin))
        for hertz, begin in _TONES
        if at >= begin
    )
    return int(value * 14_000 * min(1.0, at / 0.01) * min(1.0, (_CHIME_S - at) / 0.05))
