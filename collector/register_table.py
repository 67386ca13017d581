"""Actions and annotations as tables for people. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from collector.action import Action, Span
from collector.annotation import Annotation
from collector.entry import Entry
from collector.tally import NONE
from collector.words import COUNTS, WORDS


def action_lines(actions: Iterable[Action], lang: str, today: date) -> list[str]:
    """Each action in a few lines, as it stands."""
    return [line for action in actions for line in _action(action, lang, today)]


def history_lines(entries: Sequence[Entry[Action]], lang: str, zone: ZoneInfo) -> list[str]:
    """What each entry of an action changed, by whom and when."""
    words, lines = WORDS[lang], []
    before: dict[int, Action | None] = {}  # what each entry changed
    newest: Action | None = None
    for entry in entries:
        base = newest if entry.replaces is None else before[entry.replaces]
        before[entry.id], newest = base, entry.body
        lines.append(f"{entry.id:>6}  {_signature(entry, zone)}{_fate(entry, lang)}")
        lines += [f"        {line}" for line in _changes(base, entry.body, lang)]
        if entry.reason:
            lines.append(f"        {words['reason']}: {entry.reason}")
    return lines


def annotation_lines(entries: Iterable[Entry[Annotation]], lang: str, zone: ZoneInfo) -> list[str]:
    """Every entry of the annotations, with what became of it."""
    lines = []
    for entry in entries:
        body = entry.body
        place = "" if body.site == NONE else f" {body.site}:"
        withdrawn = f" [{WORDS[lang]['withdrawn']}]" if body.withdrawn else ""
        lines.append(f"{body.number:>4}  {body.day}{place} {body.uk} / {body.en}{withdrawn}")
        why = f"; {WORDS[lang]['reason']}: {entry.reason}" if entry.reason else ""
        lines.append(f"      {_signature(entry, zone)}{why}{_fate(entry, lang)}")
    return lines


def state_in_words(action: Action, lang: str) -> str:
    """Its state, as people call it."""
    return WORDS[lang]["state_done" if action.state == "done" else action.state]


def _action(action: Action, lang: str, today: date) -> list[str]:
    words = WORDS[lang]
    state = state_in_words(action, lang)
    if action.done_on:
        state += f" {action.done_on}"
    if action.is_overdue(today):
        state += f"; {words['overdue']}"
    lines = [
        f"{action.number:>4}  {action.point} [{_about(action, lang)}]",
        f"      → {action.measure}",
        f"      {words['owner']}: {action.owner}; {words['deadline']}: {action.deadline};"
        f" {words['decided']}: {action.decided}; {state}",
    ]
    if action.effect:
        spans = f" ({_spans(action, lang)})" if action.since is not None else ""
        lines.append(f"      {words['effect']}: {action.effect}{spans}")
    if action.note:
        lines.append(f"      {words['note']}: {action.note}")
    return lines


def _about(action: Action, lang: str) -> str:
    criterion = COUNTS[lang].get(action.criterion, "")
    parts = [criterion, *(name for name in (action.service, action.site) if name != NONE)]
    return ", ".join(filter(None, parts)) or WORDS[lang]["everywhere"]


def _spans(action: Action, lang: str) -> str:
    """The months that are compared."""
    words = WORDS[lang]
    parts = ((words["before"], action.before), (words["since"], action.since))
    return ", ".join(f"{word} {_span(span)}" for word, span in parts if span is not None)


def _span(span: Span) -> str:
    return span.first if span.first == span.last else f"{span.first}…{span.last}"


def _signature(entry: Entry[Action] | Entry[Annotation], zone: ZoneInfo) -> str:
    when = datetime.fromtimestamp(entry.at / 1000, UTC).astimezone(zone)
    by = entry.who if entry.who == entry.login else f"{entry.who} ({entry.login})"
    return f"{when:%Y-%m-%d %H:%M}, {by}"


def _fate(entry: Entry[Action] | Entry[Annotation], lang: str) -> str:
    if entry.replaced_by is None:
        return ""
    return f"; {WORDS[lang]['replaced_by'].format(id=entry.replaced_by).upper()}"


def _changes(was: Action | None, now: Action, lang: str) -> list[str]:
    """Field by field, what is other than before."""
    words = WORDS[lang]
    fields = (
        "point", "measure", "owner", "deadline", "decided", "site", "service", "criterion",
        "done_on", "effect", "note",
    )  # fmt: skip
    lines = []
    if was is None or was.state != now.state:
        lines.append(f"{words['state']}: {state_in_words(now, lang)}")
    for field in fields:
        value = getattr(now, field)
        if value == (getattr(was, field) if was is not None else _EMPTY.get(field, "")):
            continue
        name = words["action"] if field == "measure" else words[field]
        lines.append(f"{name}: {COUNTS[lang].get(value, value) or '–'}")
    if now.since is not None and (was is None or was.since != now.since):
        lines.append(_spans(now, lang))
    return lines


_EMPTY = {"site": NONE, "service": NONE, "criterion": NONE}
