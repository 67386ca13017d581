"""A call in words, for a voice: «Талон бе сорок два. Вікно три.» Pure.

Numbers are words of the language, single letters go by their names: espeak-ng by itself reads a
ticket's number as a sum or spells it in English.
"""

from itertools import groupby

_ALPHABET = "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЮЯ"
_UK_NAMES = (
    "а бе ве ге ґе де е є же зе и і ї йот ка ель ем ен о пе ер ес те у еф ха це че ша ща ю я"
)
# In Latin letters as the Cabinet of Ministers' resolution 55 of 2010 has them at the beginning of a
# word; within one some are others, and there are no soft signs and apostrophes.
_EN_NAMES = "A B V H G D E Ye Zh Z Y I Yi Y K L M N O P R S T U F Kh Ts Ch Sh Shch Yu Ya"
_NAMES = {
    lang: dict(zip(_ALPHABET, names.split(" "), strict=True))
    for lang, names in (("uk", _UK_NAMES), ("en", _EN_NAMES))
}
_APOSTROPHES = "'’ʼ"
_WITHIN = {**_NAMES["en"], "Є": "ie", "Ї": "i", "Й": "i", "Ю": "iu", "Я": "ia"}
_WITHIN |= dict.fromkeys(("Ь", *_APOSTROPHES), "")

_TICKET = {"uk": "Талон", "en": "Ticket"}
_DESK = {"uk": "Вікно", "en": "Desk"}
_DESKS = {"uk": {"вікно"}, "en": {"desk", "window"}}  # as names of desks begin
_MOST_DIGITS = 9  # of one number; more of them are said one by one


def spoken(number: str, desk: str, lang: str) -> str:
    """A call in words. `number`: as on the ticket, such as А042 or, of a dispenser, А-1007. `desk`:
    as on the board: 3, 2а, or a name, such as Вікно 12 and Каса."""
    said = _joined([word for run in _runs(number) for word in _spelt(run, lang)])
    return f"{_TICKET[lang]} {said}. {_place(desk, lang)}."


def _place(desk: str, lang: str) -> str:
    """A desk. One whose name begins with a word is called by that alone: Каса is no Вікно каса."""
    runs = _runs(desk)
    first = runs[0].lower() if runs and _is_word(runs[0]) else ""
    words = [
        word for run in runs for word in (_word(run, lang) if _is_word(run) else _spelt(run, lang))
    ]
    if any(first in names for names in _DESKS.values()) and first not in _DESKS[lang]:
        words[0] = _DESK[lang]  # as it is called in another language
    elif not first:
        words.insert(0, _DESK[lang])
    said = _joined(words)
    return said[:1].upper() + said[1:]  # else a full stop before it would be none


def _runs(text: str) -> list[str]:
    """Letters, digits and other signs apart."""
    return ["".join(run) for _, run in groupby(text.strip(), _kind)]


def _kind(sign: str) -> str:
    if sign.isdecimal():
        return "digits"
    if sign.isalpha() or sign in _APOSTROPHES:
        return "letters"
    return "space" if sign.isspace() else "other"


def _is_word(run: str) -> bool:
    return len(run) > 1 and _kind(run[0]) == "letters"


def _word(run: str, lang: str) -> list[str]:
    """In small letters: espeak-ng spells what is all in capitals."""
    if lang == "uk":
        return [run.lower()]
    latin = run.upper().replace("ЗГ", "ZGH")
    within = "".join(_WITHIN.get(sign, sign) for sign in latin[1:])
    return [(_NAMES[lang].get(latin[0], latin[0]) + within).lower()]


def _spelt(run: str, lang: str) -> list[str]:
    """Letters by name, digits as one number; a space is nothing, and all else a short rest."""
    match _kind(run[0]):
        case "digits":
            numbers = [run] if len(run) <= _MOST_DIGITS else list(run)
            return [_number(digits, lang) for digits in numbers]
        case "letters":
            return [_NAMES[lang].get(sign.upper(), sign) for sign in run]
        case kind:
            return [","] if kind == "other" else []


def _joined(words: list[str]) -> str:
    return " ".join(words).replace(" ,", ",").strip(", ")


def _number(digits: str, lang: str) -> str:
    from num2words import num2words  # loads 60 languages: when the first call is spoken

    return str(num2words(int(digits), lang=lang))
