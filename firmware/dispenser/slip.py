"""What stands on a ticket, line by line, whatever the printer. Pure: no bytes, no dots.

What is not known is left out: without a set clock no time, without a queue nobody ahead.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from wire.hours import Opening
from wire.records import DeclineReason, Language, TicketLine, TicketTemplate

LINES: tuple[TicketLine, ...] = get_args(TicketLine)
LANGUAGES: tuple[Language, ...] = get_args(Language)
ZONE = "Europe/Kyiv"
_REASONS: dict[DeclineReason, tuple[str, str]] = {
    "closed": ("Зараз не приймаємо", "Closed now"),
    "limit": ("Талонів на сьогодні вже немає", "No more tickets today"),
}
_WEEKDAYS = (
    ("понеділок", "вівторок", "середа", "четвер", "п’ятниця", "субота", "неділя"),
    ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
)
Size = Literal["small", "normal", "large", "huge"]


@dataclass(frozen=True)
class Logo:
    """The office's picture."""

    file: str


@dataclass(frozen=True)
class Text:
    """A text in the middle, on as many lines as it needs."""

    text: str
    size: Size = "normal"
    bold: bool = False


@dataclass(frozen=True)
class Qr:
    """A QR code."""

    data: str


@dataclass(frozen=True)
class Space:
    """Half a line of nothing, so many times."""

    halves: int = 1


@dataclass(frozen=True)
class Rule:
    """A line from edge to edge."""


Item = Logo | Text | Qr | Space | Rule


class Template(TicketTemplate, frozen=True, kw_only=False):
    """What all tickets of a dispenser have in common. `office`: printed at the top. `timezone`: of
    the printed time. `qr`: a pattern with {number} and {visit}; empty: no QR."""

    office: str
    timezone: str = ZONE

    @property
    def zone(self) -> datetime.tzinfo:
        """The time zone itself."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True)
class Ticket:
    """One visitor's ticket. `at`: Unix ms, None if the clock is not set. `ahead`: people before
    this one; `wait`: from and to, minutes; None if not known. `copy`: of a ticket that may be out.
    """

    visit: str
    number: str
    service: str
    service_en: str = ""
    at: int | None = None
    ahead: int | None = None
    wait: tuple[int, int] | None = None
    copy: bool = False


@dataclass(frozen=True)
class Notice:
    """Why a visitor gets no ticket of a service now. `visit`: the press that it answers. `opens`:
    when there are tickets again; None: not known. `at`: Unix ms, None if the clock is not set.
    """

    visit: str
    reason: DeclineReason
    service: str
    service_en: str = ""
    opens: Opening | None = None
    at: int | None = None


def compose(template: Template, slip: Ticket | Notice) -> list[Item]:
    """The slip from top to bottom."""
    return _notice(template, slip) if isinstance(slip, Notice) else _ticket(template, slip)


def _notice(template: Template, notice: Notice) -> list[Item]:
    """Unlike a ticket at the first glance: no number, and lines around the reason."""
    uk, en = _REASONS[notice.reason]
    items = [*_office(template), Space(), Rule(), Space()]
    items += [Text(text, "large", bold=True) for text in _said(template, uk, en)]
    items += [Space(), Rule(), Space()]
    items += [*_titles(template, notice.service, notice.service_en), Space()]
    if notice.opens is not None:
        day, time = notice.opens
        uk, en = (names[day.weekday()] for names in _WEEKDAYS)
        opens = _said(template, f"Наступний прийом: {uk}", f"Opens: {en}")
        items += [Text(text) for text in opens]
        items += [Text(f"{day:%d.%m.%Y}, {time}", bold=True), Space()]
    said = _said(template, "Це не талон: номера не видано", "This is not a ticket")
    return [*items, *(Text(text, "small") for text in said), *_moment(template, notice.at)]


def _ticket(template: Template, ticket: Ticket) -> list[Item]:
    items: list[Item] = []
    if ticket.copy and "number" not in template.show:
        items += _copy(template)
    for line in template.show:
        made = _LINES[line](template, ticket)
        if made and items and line in _APART:
            items.append(Space())
        items += made
    return items


def wrap(text: str, fits: Callable[[str], bool]) -> list[str]:
    """`text` in lines that fit, broken between words; a word too long is broken anywhere.

    Nothing but white space is lost; a letter that does not fit alone has its line all the same.
    """
    lines: list[str] = []
    for word in text.split():
        if lines and fits(f"{lines[-1]} {word}"):
            lines[-1] += f" {word}"
        else:
            lines += _break(word, fits)
    return lines


def people(count: int) -> str:
    """«1 особа», «2 особи», «5 осіб»: CLDR plural rules of Ukrainian, cardinal."""
    one, few, many = "особа", "особи", "осіб"
    if count % 10 == 1 and count % 100 != 11:
        return f"{count} {one}"
    if 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14:
        return f"{count} {few}"
    return f"{count} {many}"


def _break(word: str, fits: Callable[[str], bool]) -> list[str]:
    if fits(word):  # as nearly every word does
        return [word]
    lines = [""]
    for letter in word:
        if lines[-1] and not fits(lines[-1] + letter):
            lines.append("")
        lines[-1] += letter
    return lines


def _logo(template: Template, _: Ticket) -> list[Item]:
    return [Logo(template.logo)] if template.logo else []


def _office(template: Template, _: Ticket | None = None) -> list[Item]:
    return [Text(template.office, "normal", bold=True)] if template.office else []


def _number(template: Template, ticket: Ticket) -> list[Item]:
    copy = _copy(template) if ticket.copy else []
    return [*copy, Text(ticket.number, "huge", bold=True)]


def _copy(template: Template) -> list[Item]:
    words = [{"uk": "КОПІЯ", "en": "COPY"}[language] for language in template.languages]
    return [Rule(), Text(" / ".join(words), "large", bold=True), Rule(), Space()]


def _service(template: Template, ticket: Ticket) -> list[Item]:
    return _titles(template, ticket.service, ticket.service_en)


def _titles(template: Template, uk: str, en: str) -> list[Item]:
    first, *others = _said(template, uk, en)
    return [Text(first, "normal", bold=True), *(Text(other) for other in others)]


def _time(template: Template, ticket: Ticket) -> list[Item]:
    return _moment(template, ticket.at)


def _moment(template: Template, at: int | None) -> list[Item]:
    if at is None:
        return []
    moment = datetime.datetime.fromtimestamp(at / 1000, datetime.UTC)
    return [Text(moment.astimezone(template.zone).strftime("%d.%m.%Y %H:%M"))]


def _ahead(template: Template, ticket: Ticket) -> list[Item]:
    count = ticket.ahead
    if count is None:
        return []
    if count <= 0:
        uk, en = "Перед вами нікого немає", "Nobody is ahead of you"
    else:
        uk = f"Перед вами: {people(count)}"
        en = f"Ahead of you: {count} {'person' if count == 1 else 'people'}"
    return [Text(text) for text in _said(template, uk, en)]


def _wait(template: Template, ticket: Ticket) -> list[Item]:
    if ticket.wait is None:
        return []
    low, high = ticket.wait
    span = f"{low}–{high}" if low != high else str(high)
    said = _said(template, f"Очікування: {span} хв", f"Waiting time: {span} min")
    return [Text(text) for text in said]


def _qr(template: Template, ticket: Ticket) -> list[Item]:
    if not template.qr:
        return []
    return [Qr(template.qr.replace("{number}", ticket.number).replace("{visit}", ticket.visit))]


def _footer(template: Template, _: Ticket) -> list[Item]:
    said = _said(template, template.footer, template.footer_en)
    return [Text(text, "small") for text in said if text]


def _said(template: Template, uk: str, en: str) -> list[str]:
    """A text in each language of the template that it exists in; in the other one before none."""
    texts = {"uk": uk, "en": en}
    found = [texts[language] for language in template.languages if texts[language]]
    return found or [uk or en]


_LINES: dict[str, Callable[[Template, Ticket], list[Item]]] = {
    "logo": _logo,
    "office": _office,
    "number": _number,
    "service": _service,
    "time": _time,
    "ahead": _ahead,
    "wait": _wait,
    "qr": _qr,
    "footer": _footer,
}
_APART = ("office", "number", "service", "time", "qr", "footer")
