"""The action register: from a point of dissatisfaction to a measure and what it brought. Pure.

Each change of an action is an entry that says it whole, so that its history is its entries.
"""

import re
from datetime import date
from typing import Literal, get_args

import msgspec

from collector.entry import (
    Entry,
    EntryError,
    Signature,
    check_replaceable,
    check_text,
    made,
    read_day,
)
from collector.tally import REASONS

BOOK = "action"
State = Literal["planned", "under_way", "done", "dropped"]
STATES: tuple[State, ...] = get_args(State)
_QUARTER = re.compile(r"20\d\d[Q][1-4]")
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


class Span(msgspec.Struct, frozen=True):
    """Whole months, both included, as YYYY-MM."""

    first: str
    last: str


class Action(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An action as one of its entries says it.

    `site`, `service`, `criterion` (one of `collector.tally.REASONS`): what it is about; "-": all.
    `deadline`, `done_on`: YYYY-MM-DD, `done_on` empty until it is. `decided`: the quarter that the
    committee decided on, as 2026Q3. `effect`: in words, what it brought; `before` and `since`: the
    months that are compared for it.
    """

    number: int
    point: str
    measure: str
    owner: str
    deadline: str
    decided: str
    site: str = "-"
    service: str = "-"
    criterion: str = "-"
    state: State = "planned"
    done_on: str = ""
    effect: str = ""
    before: Span | None = None
    since: Span | None = None
    note: str = ""

    def is_overdue(self, today: date) -> bool:
        """Whether its deadline has passed and nobody has said that it is done or dropped."""
        return self.state in ("planned", "under_way") and today.isoformat() > self.deadline


def check_action(action: Action, now: Signature) -> Action:
    """The action with its texts tidied; EntryError if it is not a sound one."""
    texts = {
        field: check_text(field, getattr(action, field))
        for field in ("point", "measure", "owner", "effect", "note")
    }
    for field in ("point", "measure", "owner"):
        if not texts[field]:
            raise EntryError("empty", field=field)
    if not _QUARTER.fullmatch(action.decided):
        raise EntryError("no_quarter", quarter=action.decided)
    read_day(action.deadline)
    if action.criterion not in ("-", *REASONS):
        raise EntryError("unknown_reason", name=action.criterion, known=", ".join(REASONS))
    if action.done_on and read_day(action.done_on) > now.today:
        raise EntryError("future", day=action.done_on, today=now.today.isoformat())
    if (action.state == "done") != bool(action.done_on):
        raise EntryError("done_on", state=action.state)
    if texts["effect"] and action.state != "done":
        raise EntryError("not_done", number=action.number)
    _check_spans(action, now.today)
    return msgspec.structs.replace(action, **texts)


def change_entry(
    last: Entry[Action], action: Action, reason: str, now: Signature, replace: bool
) -> Entry[Action]:
    """The next entry of an action after `last`, its newest that stands; EntryError if nothing is
    changed. `replace`: it corrects `last`, which must be of today."""
    if replace:
        check_replaceable(last, now)
    action = check_action(action, now)
    if action == last.body:
        raise EntryError("no_change", number=action.number)
    replaces = last.id if replace else None
    reason = check_text("reason", reason)
    return made(now, action.number, now.today.isoformat(), action, replaces, reason)


def first_entry(action: Action, now: Signature) -> Entry[Action]:
    """The entry by which an action begins."""
    action = check_action(action, now)
    return made(now, action.number, now.today.isoformat(), action)


def usual_spans(action: Action, today: date, most: int = 3) -> tuple[Span, Span] | None:
    """The months to compare: whole months since the one in which it was done, `most` at the most,
    and as many up to the quarter decided on, or to when it was done if that was earlier. None if
    no such month is over yet."""
    if not action.done_on:
        return None
    first = _index(action.done_on) + 1
    count = min(most, _index(today.isoformat()) - first)
    if count < 1:
        return None
    year, quarter = action.decided.split("Q")
    last = min(int(year) * 12 + 3 * int(quarter) - 1, first - 2)
    before = Span(_month(last - count + 1), _month(last))
    return before, Span(_month(first), _month(first + count - 1))


def _check_spans(action: Action, today: date) -> None:
    if (action.before is None) != (action.since is None):
        raise EntryError("one_span")
    for span in (action.before, action.since):
        if span is None:
            continue
        for month in (span.first, span.last):
            if not _MONTH.fullmatch(month):
                raise EntryError("no_month", month=month)
        if span.first > span.last:
            raise EntryError("backwards", first=span.first, last=span.last)
    if action.before is None or action.since is None:
        return
    if action.since.last >= today.isoformat()[:7]:
        raise EntryError("open_month", month=action.since.last)
    if action.before.last >= action.since.first:
        raise EntryError("overlap", before=action.before.last, since=action.since.first)


def _index(day: str) -> int:
    """The month of a day (YYYY-MM…), in months since year 0."""
    return int(day[:4]) * 12 + int(day[5:7]) - 1


def _month(index: int) -> str:
    return f"{index // 12}-{index % 12 + 1:02d}"
