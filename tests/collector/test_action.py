"""An action: what makes it sound, how it changes, and which months are compared for its effect."""

from datetime import date
from typing import Any

import msgspec
import pytest

from collector.action import Action, Span, change_entry, check_action, first_entry, usual_spans
from tests.collector.test_paper import now, refused


def action(**other: Any) -> Action:
    """A second desk, decided on in the third quarter."""
    said: dict[str, Any] = {
        "number": 3,
        "point": "Черга понад годину",
        "measure": "Друге вікно",
        "owner": "Іваненко О. П.",
        "deadline": "2026-12-15",
        "decided": "2026Q3",
    }
    return Action(**said | other)


DONE: dict[str, Any] = {"state": "done", "done_on": "2026-10-10"}
BEFORE, SINCE = Span("2026-07", "2026-08"), Span("2026-08", "2026-09")


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"point": " "}, "empty"),
        ({"measure": ""}, "empty"),
        ({"owner": ""}, "empty"),
        ({"owner": "а\nб"}, "unprintable"),
        ({"deadline": "15.12.2026"}, "no_day"),
        ({"decided": "2026Q5"}, "no_quarter"),
        ({"decided": "Q3 2026"}, "no_quarter"),
        ({"criterion": "speed"}, "unknown_reason"),
        ({"state": "done"}, "done_on"),
        ({"done_on": "2026-10-10"}, "done_on"),
        ({"state": "done", "done_on": "2026-10-27"}, "future"),
        ({"effect": "краще"}, "not_done"),
        (DONE | {"before": BEFORE}, "one_span"),
        (DONE | {"before": BEFORE, "since": SINCE}, "overlap"),
        (DONE | {"before": Span("2026-08", "2026-07"), "since": SINCE}, "backwards"),
        (DONE | {"before": BEFORE, "since": Span("2026-09", "2026-10")}, "open_month"),
        (DONE | {"before": BEFORE, "since": Span("2026-09", "2026-13")}, "no_month"),
    ],
)
def test_an_action_that_is_not_sound_is_refused(changes: dict[str, Any], key: str) -> None:
    refused(key, check_action, action(**changes), now())


def test_it_is_overdue_after_its_deadline_until_it_is_done_or_dropped() -> None:
    late = date(2026, 12, 16)
    assert action().is_overdue(late) and not action().is_overdue(date(2026, 12, 15))
    assert not action(**DONE).is_overdue(late) and not action(state="dropped").is_overdue(late)


def test_a_change_follows_and_says_the_action_whole() -> None:
    """On any day; the entry before stays."""
    first = first_entry(action(), now())
    changed = action(deadline="2027-01-31")
    entry = change_entry(first, changed, "рішення № 14", now("2026-11-03 09:00"), False)
    assert (entry.body, entry.replaces, entry.subject) == (changed, None, 3)
    assert (entry.day, entry.reason) == ("2026-11-03", "рішення № 14")


def test_only_on_its_day_an_entry_is_put_right() -> None:
    first = msgspec.structs.replace(first_entry(action(), now()), id=7)
    changed = action(owner="Бондар І. І.")
    assert change_entry(first, changed, "", now("2026-10-26 23:59"), True).replaces == 7
    late = now("2026-10-27 00:00")
    refused("other_day", change_entry, first, changed, "", late, True)


def test_a_change_that_changes_nothing_is_none() -> None:
    refused("no_change", change_entry, first_entry(action(), now()), action(), "", now(), False)


@pytest.mark.parametrize(
    ("done_on", "today", "spans"),
    [
        ("2026-10-10", "2026-11-30", None),
        ("2026-10-10", "2026-12-01", (("2026-09", "2026-09"), ("2026-11", "2026-11"))),
        ("2026-10-10", "2027-01-15", (("2026-08", "2026-09"), ("2026-11", "2026-12"))),
        ("2026-10-10", "2027-06-01", (("2026-07", "2026-09"), ("2026-11", "2027-01"))),
        ("2026-08-31", "2026-10-01", (("2026-07", "2026-07"), ("2026-09", "2026-09"))),
        ("", "2027-06-01", None),
    ],
)
def test_as_many_months_before_as_since_and_never_the_one_in_which_it_was_done(
    done_on: str, today: str, spans: Any
) -> None:
    """Before: up to the quarter decided on, or to the measure, whichever is earlier."""
    found = usual_spans(action(done_on=done_on, state="done"), date.fromisoformat(today))
    assert found == (None if spans is None else (Span(*spans[0]), Span(*spans[1])))
    if found is not None:
        whole = action(done_on=done_on, state="done", before=found[0], since=found[1])
        assert check_action(whole, now(f"{today} 09:00")) == whole
