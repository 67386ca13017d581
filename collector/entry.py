"""An entry that a person made, and the rules for all of them. Pure.

An entry stays as it was made. On the day it was made, in the office's time, another one may replace
it; afterwards only a correcting entry can be made, and both stay to be seen.
"""

import difflib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec

T = TypeVar("T")
B = TypeVar("B")

MOST_NAME = 80
MOST_TEXT = 1000


class EntryError(ValueError):
    """An entry that is not taken. `key` and `values`: of a text in `collector.words`, in which it
    is said to people; as a string, in English."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values

    def __str__(self) -> str:
        named = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.key} ({named})" if named else self.key


class Entry(msgspec.Struct, Generic[T], frozen=True):
    """What somebody entered. `id`: its number, 0 before it has one. `subject`: what it is about.
    `day`: that it is about, YYYY-MM-DD. `at`: when it was entered, Unix ms. `who`: the person, and
    `login`: the account on the machine. `replaces`, `replaced_by`: of the same day's correction.
    `reason`: why it was corrected."""

    id: int
    subject: int
    day: str
    at: int
    who: str
    login: str
    replaces: int | None
    reason: str
    body: T
    replaced_by: int | None = None


class Signature(msgspec.Struct, frozen=True):
    """Who enters, and when (Unix ms, and the office's zone)."""

    at: int
    who: str
    login: str
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The office's day."""
        return local_day(self.at, self.zone)


def made(
    now: Signature, subject: int, day: str, body: B, replaces: int | None = None, reason: str = ""
) -> Entry[B]:
    """An entry as it is made now, without a number yet."""
    return Entry(0, subject, day, now.at, now.who, now.login, replaces, reason, body)


def local_day(at: int, zone: ZoneInfo) -> date:
    """The office's day at `at` (Unix ms)."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).date()


def sign(at: int, who: str, login: str, zone: ZoneInfo) -> Signature:
    """A signature; EntryError unless it names a person. Without `who`, the login is the name."""
    name = " ".join((who or login).split())
    if not name or name == "root":
        raise EntryError("nobody", login=login or "-")
    return Signature(at, check_text("who", name, MOST_NAME), login, zone)


def check_text(field: str, text: str, most: int = MOST_TEXT) -> str:
    """The text without space around it. EntryError if it is too long, or has control characters
    (a line break in a table hides what stands after it)."""
    text = text.strip()
    if len(text) > most:
        raise EntryError("too_long", field=field, length=len(text), most=most)
    if not text.isprintable():
        raise EntryError("unprintable", field=field)
    return text


def read_day(text: str) -> date:
    """A day as YYYY-MM-DD; EntryError if it is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise EntryError("no_day", day=text)
    return day


def check_name(field: str, name: str, known: Iterable[str]) -> str:
    """The name, if it is known; else EntryError with the nearest one, or all of them."""
    names = sorted(known)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, 1, cutoff=0.5)
    if near:
        raise EntryError(f"unknown_{field}_near", name=name, near=near[0])
    raise EntryError(f"unknown_{field}", name=name, known=", ".join(names) or "–")


def check_replaceable(entry: Entry[B], now: Signature) -> None:
    """EntryError unless `entry` was made today, in the office's time, and still stands."""
    if entry.replaced_by is not None:
        raise EntryError("replaced", id=entry.id, by=entry.replaced_by)
    made = local_day(entry.at, now.zone)
    if made != now.today:
        raise EntryError(
            "other_day", id=entry.id, made=made.isoformat(), today=now.today.isoformat()
        )


def standing(entries: Iterable[Entry[B]]) -> list[Entry[B]]:
    """Those that no other one replaces."""
    return [entry for entry in entries if entry.replaced_by is None]
