"""What people entered reaches the report: decisions, events, corrections."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector import action, annotation, paper
from collector.action import Action, Span
from collector.annotation import Annotation, annotate
from collector.entry import Entry, made, sign
from collector.ledger.entries import add_entry
from collector.paper import Paper, noon
from collector.report.entered import read_corrections, read_decisions, read_events
from collector.report.model import Annotation as Event
from collector.report.model import Correction
from collector.report.period import read_period
from tests.collector.bench import KYIV, NOON, Bench

NOW = sign(NOON, "Олена Коваль", "olena", KYIV)  # 26 October 2026
OCTOBER = read_period("2026-10")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A ledger in which nobody has entered anything yet."""
    bench = Bench(tmp_path)
    bench.ledger.close()
    with closing(sqlite3.connect(bench.path)) as found:
        yield found


def action_of(number: int, **other: object) -> Action:
    """An entry of the register."""
    said = {"number": number, "point": "черга", "measure": "друге вікно", "owner": "Шевчук О. М."}
    said |= {"deadline": "2026-12-01", "decided": "2026Q3"}
    return Action(**said | other)  # type: ignore[arg-type]


def test_a_decision_of_all_offices_concerns_all(db: sqlite3.Connection) -> None:
    """«-» in the register is nothing in particular; spans are pairs of months."""
    spans = {"before": Span("2026-07", "2026-08"), "since": Span("2026-09", "2026-09")}
    for each in (action_of(1), action_of(2, site="kyiv-1", service="passport", **spans)):
        add_entry(db, action.BOOK, made(NOW, each.number, "2026-10-26", each))
    everywhere, here = read_decisions(db)
    assert (everywhere.id, everywhere.site, everywhere.service) == (1, "", "")
    assert (everywhere.before, everywhere.since) == (None, None)
    assert (here.site, here.service) == ("kyiv-1", "passport")
    assert (here.before, here.since) == (("2026-07", "2026-08"), ("2026-09", "2026-09"))


def test_events_are_those_of_the_months_that_the_chart_shows(db: sqlite3.Connection) -> None:
    """24 months up to the report's own; those of another office are not shown for one."""
    days = {"2024-10-31": "-", "2024-11-01": "-", "2026-10-31": "kyiv-1", "2026-11-01": "-"}
    for number, (day, site) in enumerate(days.items(), 1):
        entered = Annotation(day=day, uk="подія", en="event", site=site, number=number)
        add_entry(db, annotation.BOOK, annotate(entered, NOW))
    event = Event(day="2024-11-01", uk="подія", en="event")
    assert read_events(db, OCTOBER, "") == (event, Event(day="2026-10-31", uk="подія", en="event"))
    assert read_events(db, OCTOBER, "kyiv-2") == (event,)


def test_a_correction_says_what_why_when_and_who(db: sqlite3.Connection) -> None:
    """Its counts in words, with their signs; the first entry is none."""
    first = Paper("kyiv-1", "-", noon(NOW.today, KYIV), {"satisfied": 41})
    number = add_entry(db, paper.BOOK, made(NOW, 0, "2026-10-26", first))
    body = Paper("kyiv-1", "-", first.hour, {"satisfied": -27}, corrects=number)
    entry: Entry[Paper] = made(NOW, number, "2026-10-26", body, reason="переставлено цифри")
    add_entry(db, paper.BOOK, entry)
    (found,) = read_corrections(db, OCTOBER, "", KYIV, "uk")
    assert found == Correction(
        day="2026-10-26",
        site="kyiv-1",
        what="задоволені −27",
        reason="переставлено цифри",
        entered="2026-10-26",
        by="Олена Коваль",
    )
    assert read_corrections(db, OCTOBER, "kyiv-2", KYIV, "uk") == ()
