"""What people entered, as a report needs it: decisions, events, corrections, out of the ledger."""

import sqlite3
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from collector import action, register
from collector.paper_table import counts_in_words
from collector.report.facts import HISTORY
from collector.report.model import Annotation, Correction
from collector.report.period import Period, shift
from collector.report.setting import Decision, Span
from collector.tally import NONE


def read_decisions(db: sqlite3.Connection) -> tuple[Decision, ...]:
    """The action register as it stands."""
    return tuple(_decision(found) for found in register.read_actions(db))


def read_events(db: sqlite3.Connection, period: Period, site: str) -> tuple[Annotation, ...]:
    """Events of the months that the chart shows."""
    last = period.months[-1]
    begin, end = f"{shift(last, 1 - HISTORY)}-01", f"{shift(last, 1)}-01"
    found = register.read_annotations(db, begin, end, site)
    return tuple(Annotation(day=each.day, uk=each.uk, en=each.en) for each in found)


def read_corrections(
    db: sqlite3.Connection, period: Period, site: str, zone: ZoneInfo, lang: str
) -> tuple[Correction, ...]:
    """Correcting entries that the period's figures contain; counts in words of `lang`."""
    begin, end = f"{period.months[0]}-01", f"{shift(period.months[-1], 1)}-01"
    return tuple(
        Correction(
            day=entry.day,
            site=entry.body.site,
            what=counts_in_words(entry.body.counts, lang, signed=True),
            reason=entry.reason,
            entered=f"{datetime.fromtimestamp(entry.at / 1000, UTC).astimezone(zone):%Y-%m-%d}",
            by=entry.who,
        )
        for entry in register.read_corrections(db, begin, end, site)
    )


def _decision(found: action.Action) -> Decision:
    return Decision(
        id=found.number,
        point=found.point,
        measure=found.measure,
        owner=found.owner,
        deadline=found.deadline,
        decided=found.decided,
        state=found.state,
        effect=found.effect,
        site=_or_all(found.site),
        service=_or_all(found.service),
        before=_span(found.before),
        since=_span(found.since),
    )


def _or_all(name: str) -> str:
    return "" if name == NONE else name


def _span(span: action.Span | None) -> Span | None:
    return None if span is None else (span.first, span.last)
