"""Opening hours by weekday, in the office's own time. Pure.

A weekday's hours are written as `"08:00-12:00, 13:00-17:00"`; `""` is closed, and a day that is not
named is open all day: nobody is sent away because nobody said. The sign at the door speaks of wall
time, and so does this: in the night of 25 hours what is open at 03:30 is open at both.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AHEAD_DAYS = 8  # a week later it is the same weekday, later in the day perhaps

Span = tuple[int, int]
"""From and to, in minutes of the day; the end is no longer part of it."""


class HoursError(ValueError):
    """No hours; the message says why."""


class Opening(NamedTuple):
    """When it opens: a day, and the wall time as on the sign, `08:00`."""

    day: date
    time: str


class Hours:
    """One service's week. `week`: by some of `DAYS`. Raises HoursError.

    `always`: it never closes, as far as anybody said.
    """

    def __init__(self, week: Mapping[str, str]) -> None:
        for day in week:
            if day not in DAYS:
                raise HoursError(f"{day} is no weekday; one of {', '.join(DAYS)}")
        self._week = [spans_of(week[day]) if day in week else None for day in DAYS]
        self.always = all(spans is None for spans in self._week)

    def is_open(self, local: datetime) -> bool:
        """Whether it is open at this wall time."""
        spans = self._week[local.weekday()]
        minute = local.hour * 60 + local.minute
        return spans is None or any(begin <= minute < end for begin, end in spans)

    def next_opening(self, local: datetime) -> Opening | None:
        """When it opens next after this wall time, being closed; None: never again."""
        minute = local.hour * 60 + local.minute
        for ahead in range(_AHEAD_DAYS):
            day = local.date() + timedelta(days=ahead)
            spans = self._week[day.weekday()]
            if spans is None:
                return Opening(day, "00:00")
            for begin, _ in spans:
                if ahead or begin > minute:
                    return Opening(day, f"{begin // 60:02d}:{begin % 60:02d}")
        return None

    def next_day(self, local: datetime) -> Opening | None:
        """When it opens first on a later day than this one."""
        last_minute = local.replace(hour=23, minute=59)
        return self.next_opening(last_minute)


def spans_of(text: str) -> tuple[Span, ...]:
    """One day's hours; HoursError if they are none, overlap or are not in order."""
    spans: list[Span] = []
    for part in text.split(",") if text.strip() else []:
        begin, _, end = (_minutes(time) for time in part.strip().partition("-"))
        before = spans[-1][1] if spans else 0
        if begin is None or end is None or not before <= begin < end:
            raise HoursError(f"{text!r} are no opening hours")
        spans.append((begin, end))
    return tuple(spans)


def _minutes(text: str) -> int | None:
    hour, _, minute = text.partition(":")
    if len(text) != 5 or not (text.isascii() and hour.isdigit() and minute.isdigit()):
        return None
    return int(hour) * 60 + int(minute) if int(hour) < 24 and int(minute) < 60 else None


ALWAYS = Hours({})
