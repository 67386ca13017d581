"""The whole report in words."""

from zoneinfo import ZoneInfo

from collector.report.compose.actions import actions
from collector.report.compose.answer import answer
from collector.report.compose.cells import share_says
from collector.report.compose.channels import channels
from collector.report.compose.committee import committee
from collector.report.compose.coverage import coverage
from collector.report.compose.history import history
from collector.report.compose.load import load
from collector.report.compose.method import method
from collector.report.compose.points import points
from collector.report.compose.rows import desks, services, sites
from collector.report.compose.waits import waits
from collector.report.document import Document, Section
from collector.report.model import Report
from collector.report.period import read_period
from collector.report.remarks import NO_REGISTER
from collector.report.words import Lang, Words

_BEFORE = (answer, coverage, history, load, services, sites, desks, points)
_AFTER = (channels, waits, actions, method)


def compose(report: Report, lang: Lang) -> Document:
    """The report as a document in one language."""
    w = Words(lang)
    period = w.period(report.period)
    return Document(
        lang=lang,
        title=w("title", period=period),
        place=place(w, report),
        edition=w(f"edition_{report.edition}"),
        summary=w("summary", period=period, share=share_says(w, report.answer.share)),
        contents_title=w("contents"),
        skip=w("skip"),
        scrolls=w("scrolls"),
        foot=w("foot", checksum=report.method.checksum, n=w.number(report.method.formulas)),
        notices=tuple(_notices(w, report)),
        sections=tuple(_sections(w, report)),
        ends=ends(report),
    )


def place(w: Words, report: Report) -> str:
    """What the report is of; all offices together have no title of their own."""
    return report.place or w("all_sites")


def ends(report: Report) -> int:
    """Unix seconds at which the report's period ends in its time zone."""
    return read_period(report.period).bounds(ZoneInfo(report.method.timezone))[1]


def is_empty(report: Report) -> bool:
    """Whether nothing was counted at all."""
    found = report.coverage
    refused = sum(count.count or 0 for count in found.refused)
    return not (found.visits or found.votes or refused or report.channels)


def _notices(w: Words, report: Report) -> list[str]:
    said = []
    if report.edition == "internal":
        said.append(w("internal"))
    if report.is_open:
        said.append(w("open_quarter" if "Q" in report.period else "open"))
    if NO_REGISTER in report.coverage.accounting.problems:
        said.append(w("no_register"))
    if is_empty(report):
        said.append(w("empty", period=w.period(report.period)))
    return said


def _sections(w: Words, report: Report) -> list[Section]:
    found = [make(w, report) for make in (*_BEFORE, *_AFTER)]
    if report.months:
        found.append(committee(w, report))
    return [section for section in found if section is not None]
