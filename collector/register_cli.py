"""`talon-collector actions` and `annotate`: the action register, and events for the chart."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from collector import annotation as annotations_book
from collector.action import STATES, Action, Span, State, usual_spans
from collector.annotation import Annotation
from collector.entering import change_action, change_annotation, enter_action, enter_annotation
from collector.entry import Entry, EntryError, read_day
from collector.entry_cli import Office, config_option, in_words, lang_option, who_option
from collector.ledger.entries import read_entries
from collector.register import FOREVER, read_actions, read_history
from collector.register_table import action_lines, annotation_lines, history_lines
from collector.tally import NONE, REASONS
from collector.words import WORDS

ACTION_EXAMPLES = """
\b
Examples:
  talon-collector actions add --config city.toml --point "Черга понад годину" \\
      --criterion timeliness --service passport --measure "Друге вікно з 9 до 12" \\
      --owner "Іваненко О. П." --deadline 2026-12-15 --decided 2026Q3 --who "Коваль О. П."
  talon-collector actions list --config city.toml
  talon-collector actions done 3 --config city.toml --on 2026-12-10
  talon-collector actions measure 3 --config city.toml --effect "Чекають удвічі менше"
  talon-collector actions history 3 --config city.toml
"""
ANNOTATE_EXAMPLES = """
\b
Examples:
  talon-collector annotate 2026-09-14 "Відкрито друге відділення" "Second branch opened" \\
      --config city.toml --who "Коваль О. П."
  talon-collector annotations --config city.toml
  talon-collector reannotate 4 --config city.toml --uk "Відкрито третє відділення"
  talon-collector reannotate 4 --config city.toml --withdraw --reason "не відбулося"
"""

Command = Callable[..., Any]


def _options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def add(command: Command) -> Command:
        return functools.reduce(lambda made, option: option(made), reversed(options), command)

    return add


_texts = _options(
    click.option("--point", help="The point of dissatisfaction, in words."),
    click.option("--measure", help="What is to be done."),
    click.option("--owner", help="Who answers for it."),
    click.option("--deadline", help="YYYY-MM-DD."),
    click.option("--decided", help="The quarter decided on, as 2026Q3."),
    click.option("--site", help="The office it is about; without it, all."),
    click.option("--service", help="The service it is about; without it, all."),
    click.option("--criterion", type=click.Choice(REASONS), help="The criterion it is about."),
    click.option("--note", help="Whatever the reader should know."),
)
_signed = _options(config_option, who_option, lang_option)
_changed = _options(
    click.option("--reason", default="", help="Why it is changed; a decision's number, say."),
    click.option("--correct", is_flag=True, help="Put the newest entry right; it is of today."),
)


@click.group(epilog=ACTION_EXAMPLES)
def actions() -> None:
    """The action register: point of dissatisfaction, measure, owner, deadline, effect.

    Each change is an entry that stays. On the day it was made --correct may replace the newest
    one; afterwards a change follows it, and the history shows both."""


@actions.command()
@_texts
@_signed
@in_words
def add(path: Path, who: str, lang: str, **texts: str | None) -> None:
    """Enter an action that was decided on."""
    given = {name: text for name, text in texts.items() if text is not None}
    needed = ("point", "measure", "owner", "deadline", "decided")
    if missing := [f"--{field}" for field in needed if field not in given]:
        raise EntryError("left_out", options=", ".join(missing))
    office = Office(path, who)
    with office.writer() as db:
        new: Any = {"number": 0, **given}
        entry = enter_action(db, Action(**new), office.known(db), office.sign())
    _tell(entry, lang, office)


@actions.command()
@click.argument("number", type=int)
@_texts
@click.option("--state", type=click.Choice([s for s in STATES if s != "done"]), help="Its state.")
@_changed
@_signed
@in_words
def change(
    number: int,
    path: Path,
    who: str,
    lang: str,
    reason: str,
    correct: bool,
    state: State | None,
    **texts: str | None,
) -> None:
    """Change action NUMBER: a deadline, its owner, its state."""
    changes: dict[str, object] = {n: text for n, text in texts.items() if text is not None}
    if state is not None:
        changes |= {"state": state, "done_on": "", "effect": "", "before": None, "since": None}
    _change(path, who, lang, number, changes, reason, correct)


@actions.command()
@click.argument("number", type=int)
@click.option("--on", "done_on", default="", help="The day, YYYY-MM-DD; without it, today.")
@_changed
@_signed
@in_words
def done(
    number: int, done_on: str, path: Path, who: str, lang: str, reason: str, correct: bool
) -> None:
    """Action NUMBER is done."""
    day = done_on or Office(path, who).sign().today.isoformat()
    changes: dict[str, object] = {"state": "done", "done_on": day}
    _change(path, who, lang, number, changes, reason, correct)


@actions.command()
@click.argument("number", type=int)
@click.option("--effect", required=True, help="What it brought, in words.")
@click.option("--before", default="", help="Months before, as 2026-07/2026-09.")
@click.option("--since", default="", help="Months since, as 2027-01/2027-03.")
@_changed
@_signed
@in_words
def measure(
    number: int,
    effect: str,
    before: str,
    since: str,
    path: Path,
    who: str,
    lang: str,
    reason: str,
    correct: bool,
) -> None:
    """Enter the effect of action NUMBER, which is done. The report compares the months for it.

    Without --before and --since: the whole months since it was done, three at most, with as many
    up to the end of the quarter that was decided on."""
    office = Office(path, who)
    spans: tuple[Span, Span] | None = None
    if before or since:
        spans = _span(before), _span(since)
    else:
        with office.reader() as db:
            known = {found.number: found for found in read_actions(db)}
        if number in known and known[number].state == "done":
            spans = usual_spans(known[number], office.sign().today)
            if spans is None:
                raise EntryError("no_months_yet")
    changes: dict[str, object] = {"effect": effect}
    if spans is not None:
        changes |= {"before": spans[0], "since": spans[1]}
    _change(path, who, lang, number, changes, reason, correct)


@actions.command("list")
@click.option("--all", "everything", is_flag=True, help="Also what is measured or dropped.")
@click.option("--upto", default="", help="As it stood at the end of this day, YYYY-MM-DD.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one object an action.")
@config_option
@lang_option
@in_words
def list_(path: Path, lang: str, everything: bool, upto: str, as_json: bool) -> None:
    """List the actions that are still to be done or measured."""
    office = Office(path)
    today = read_day(upto) if upto else office.today()
    with office.reader() as db:
        found = read_actions(db, office.end_of(today) if upto else FOREVER)
    shown = [a for a in found if everything or not (a.state == "dropped" or a.effect)]
    if as_json:
        for action in shown:
            click.echo(msgspec.json.encode(action).decode())
    else:
        lines = action_lines(shown, lang, today) or [WORDS[lang]["no_actions"]]
        click.echo("\n".join(lines))


@actions.command()
@click.argument("number", type=int)
@config_option
@lang_option
@in_words
def history(number: int, path: Path, lang: str) -> None:
    """Show every entry of action NUMBER: what, who, when."""
    office = Office(path)
    with office.reader() as db:
        entries = read_history(db, number)
    if not entries:
        raise EntryError("no_action", number=number)
    click.echo("\n".join(history_lines(entries, lang, office.zone)))


@click.command(epilog=ANNOTATE_EXAMPLES)
@click.argument("day")
@click.argument("uk")
@click.argument("en")
@click.option("--site", default=NONE, help="The office it is about; without it, all.")
@_signed
@in_words
def annotate(day: str, uk: str, en: str, site: str, path: Path, who: str, lang: str) -> None:
    """Enter an event of DAY for the chart of the months, in Ukrainian (UK) and English (EN)."""
    office = Office(path, who)
    with office.writer() as db:
        new = Annotation(day, uk, en, site)
        entry = enter_annotation(db, new, office.known(db), office.sign())
    _tell_annotation(entry, lang)


@click.command(epilog=ANNOTATE_EXAMPLES)
@click.argument("number", type=int)
@click.option("--day", help="YYYY-MM-DD.")
@click.option("--uk", help="In Ukrainian.")
@click.option("--en", help="In English.")
@click.option("--site", help="The office it is about; -: all.")
@click.option("--withdraw", is_flag=True, help="It is not shown any more.")
@click.option("--reason", default="", help="Why; needed on a later day than it was entered.")
@_signed
@in_words
def reannotate(
    number: int, path: Path, who: str, lang: str, withdraw: bool, reason: str, **texts: str | None
) -> None:
    """Correct or withdraw annotation NUMBER. The entry before stays in the list."""
    changes: dict[str, object] = {n: text for n, text in texts.items() if text is not None}
    if withdraw:
        changes["withdrawn"] = True
    office = Office(path, who)
    with office.writer() as db:
        entry = change_annotation(db, number, changes, reason, office.known(db), office.sign())
    _tell_annotation(entry, lang)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: one object an entry.")
@config_option
@lang_option
@in_words
def annotations(path: Path, lang: str, as_json: bool) -> None:
    """List all annotations, with all corrections."""
    office = Office(path)
    with office.reader() as db:
        entries = read_entries(db, annotations_book.BOOK, Annotation)
    if as_json:
        for entry in entries:
            click.echo(msgspec.json.encode(entry).decode())
    else:
        lines = annotation_lines(entries, lang, office.zone) or [WORDS[lang]["no_annotations"]]
        click.echo("\n".join(lines))


def _change(
    path: Path,
    who: str,
    lang: str,
    number: int,
    changes: dict[str, object],
    reason: str,
    correct: bool,
) -> None:
    office = Office(path, who)
    with office.writer() as db:
        known, now = office.known(db), office.sign()
        entry = change_action(db, number, changes, reason, known, now, correct)
    _tell(entry, lang, office)


def _tell(entry: Entry[Action], lang: str, office: Office) -> None:
    click.echo(WORDS[lang]["action_entered"].format(number=entry.subject, id=entry.id))
    click.echo("\n".join(action_lines([entry.body], lang, office.today())))


def _tell_annotation(entry: Entry[Annotation], lang: str) -> None:
    click.echo(WORDS[lang]["annotation_entered"].format(number=entry.subject, id=entry.id))


def _span(text: str) -> Span:
    """Months as 2026-07/2026-09, or one."""
    first, _, last = text.partition("/")
    return Span(first, last or first)
