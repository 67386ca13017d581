"""Calls that can be heard: a chime of our own, and a voice made by espeak-ng, if it is installed.

Numbers are spoken as words of the language, letters by their names: «Талон бе сорок два. Вікно
три.» espeak-ng by itself reads a ticket number as a sum or spells it in English.
"""

import asyncio
import io
import math
import shutil
import struct
import wave
from functools import cache

from gateway.queue.hall import Call

_RATE = 22_050
_TONES = ((880.0, 0.0), (659.3, 0.35))  # Hz, and the second at which each begins
_CHIME_S = 1.3
_PATIENCE_S = 5.0
MOST_KEPT = 256  # sounds, some 60 kB each

_ALPHABET = "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЮЯ"
_UK_NAMES = (
    "а бе ве ге ґе де е є же зе и і ї йот ка ель ем ен о пе ер ес те у еф ха це че ша ща ю я"
)
# in Latin letters as the Cabinet of Ministers' resolution 55 of 2010 has them
_EN_NAMES = "A B V H G D E Ye Zh Z Y I Yi Y K L M N O P R S T U F Kh Ts Ch Sh Shch Yu Ya"
_NAMES = {
    lang: dict(zip(_ALPHABET, names.split(" "), strict=True))
    for lang, names in (("uk", _UK_NAMES), ("en", _EN_NAMES))
}
_SAID = {"uk": ("Талон", "Вікно"), "en": ("Ticket", "Desk")}


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


def spoken(number: str, desk: str, lang: str) -> str:
    """A call in words. `number`: as on the ticket, such as А042 or, of a dispenser, А-1007."""
    ticket, where = _SAID[lang]
    return f"{ticket} {_spelt(number, lang)}. {where} {_spelt(desk, lang)}."


class Voice:
    """Says calls; keeps what it has said, for the other boards and for recalls."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes | None] = {}

    async def call(self, call: Call, lang: str) -> bytes | None:
        """A call as a WAV file; None if it cannot be made here."""
        text = spoken(call.number, call.desk, lang)
        if (lang, text) not in self._kept:
            sound = await say(text, lang)
            while len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[lang, text] = sound
        return self._kept[lang, text]


async def say(text: str, lang: str) -> bytes | None:
    """The text as a WAV file; None if there is no espeak-ng here, or it fails."""
    program = shutil.which("espeak-ng")
    if program is None:
        return None
    process = await asyncio.create_subprocess_exec(
        *(program, "-v", lang, "-s", "140", "--stdout", text),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        sound, _ = await asyncio.wait_for(process.communicate(), _PATIENCE_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    return sound if process.returncode == 0 and sound[:4] == b"RIFF" else None


def _sample(at: float) -> int:
    value = sum(
        math.sin(2 * math.pi * hertz * (at - begin)) * math.exp(-4 * (at - begin))
        for hertz, begin in _TONES
        if at >= begin
    )
    return int(value * 14_000 * min(1.0, at / 0.01) * min(1.0, (_CHIME_S - at) / 0.05))


def _spelt(text: str, lang: str) -> str:
    """Letters by name, each run of digits as one number; what is neither is a short rest."""
    words: list[str] = []
    digits = ""
    for sign in [*text, ""]:
        if sign.isdigit():
            digits += sign
            continue
        if digits:
            words.append(_number(digits, lang))
            digits = ""
        if sign.isalpha():
            words.append(_NAMES[lang].get(sign.upper(), sign))
        elif sign:
            words.append(",")
    return " ".join(words).replace(" ,", ",")


def _number(digits: str, lang: str) -> str:
    from num2words import num2words  # loads 60 languages: when the first call is spoken

    return str(num2words(int(digits), lang=lang))
