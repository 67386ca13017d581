"""`talon-collector add-paper` and `paper`: counts from paper, entered and listed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from collector.entering import PaperOrder, Proposal, enter_paper, propose_paper
from collector.entry import Entry, read_day
from collector.entry_cli import Office, config_option, in_words, lang_option, who_option
from collector.month import bounds
from collector.paper import COUNTS, Draft, Paper
from collector.paper_table import entry_lines, sum_lines
from collector.register import read_paper
from collector.words import WORDS

EXAMPLES = """
\b
Examples:
  talon-collector add-paper --config city.toml --day 2026-10-26 --site kyiv-1 \\
      --satisfied 31 --unsatisfied 4 --timeliness 3 --complaints 1 --who "Коваль О. П."
  the same day, if it was wrong:
  talon-collector add-paper --config city.toml --correct 17 --satisfied 13
  on a later day: differences, which are added
  talon-collector add-paper --config city.toml --correcting 17 --satisfied -18 --reason "описка"
"""

_HELP = {
    "satisfied": "Ballots «Задоволені якістю обслуговування».",
    "unsatisfied": "Ballots «Не задоволені якістю обслуговування».",
    "complaints": "Complaints received.",
}


def _count_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for name in reversed(COUNTS):
        text = _HELP.get(name, "How often this criterion was named.")
        command = click.option(f"--{name}", name, type=int, default=None, help=text)(command)
    return command


@click.command("add-paper", epilog=EXAMPLES)
@config_option
@click.option("--day", default=None, help="Of the ballots, YYYY-MM-DD.")
@click.option("--site", default=None, help="The office.")
@click.option("--service", default=None, help="The service; without it, of no one service.")
@_count_options
@click.option("--note", default=None, help="Whatever the reader should know.")
@click.option("--correct", type=int, default=None, help="Replace this entry, which is of today.")
@click.option("--correcting", type=int, default=None, help="Add differences to this older entry.")
@click.option("--reason", default="", help="Why it is corrected.")
@who_option
@click.option("--dry-run", is_flag=True, help="Show what would be entered; enter nothing.")
@click.option("--yes", is_flag=True, help="Enter it without being asked.")
@lang_option
@in_words
def add_paper(
    path: Path,
    day: str | None,
    site: str | None,
    service: str | None,
    note: str | None,
    correct: int | None,
    correcting: int | None,
    reason: str,
    who: str,
    dry_run: bool,
    yes: bool,
    lang: str,
    **counts: int | None,
) -> None:
    """Enter paper ballots, questionnaires and complaints as counts of a day.

    It shows what it will enter and what is there for that day, and asks. An entry stays for ever:
    on the day it was made another one may replace it (--correct), afterwards only a correcting
    entry can be made (--correcting), and both stay to be seen. The collector may run meanwhile."""
    if correct is not None and correcting is not None:
        raise click.UsageError("--correct and --correcting exclude each other")
    given = {name: count for name, count in counts.items() if count is not None}
    order = PaperOrder(Draft(given, day, site, service, note), correct, correcting, reason)
    office = Office(path, who)
    with office.reader() as db:
        proposal = propose_paper(db, order, office.known(db), office.sign())
    click.echo("\n".join(_preview(proposal, lang, office)))
    words = WORDS[lang]
    if dry_run:
        click.echo(words["dry"])
        return
    if not yes:
        click.confirm(words["ask"], abort=True)
    with office.writer() as db:
        id_ = enter_paper(db, order, office.known(db), office.sign(), proposal)
    click.echo(words["done"].format(id=id_))


@click.command()
@click.argument("when", metavar="MONTH|DAY")
@config_option
@click.option("--site", default="", help="Of this office only.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one object an entry.")
@lang_option
@in_words
def paper(when: str, path: Path, site: str, as_json: bool, lang: str) -> None:
    """List what was entered for MONTH (2026-10) or DAY (2026-10-26), with all corrections."""
    office = Office(path)
    if len(when) == len("2026-10"):
        bounds(when, office.zone)
        begin, end = f"{when}-00", f"{when}-99"
    else:
        begin, end = read_day(when).isoformat(), f"{when}~"
    with office.reader() as db:
        if site:
            office.known(db).check_site(site)
        entries = read_paper(db, begin, end, site)
    if as_json:
        for entry in entries:
            click.echo(msgspec.json.encode(entry).decode())
    elif not entries:
        click.echo(WORDS[lang]["none"].format(when=when))
    else:
        click.echo("\n".join(entry_lines(entries, lang, office.zone)))
        click.echo("\n".join([f"{WORDS[lang]['total']}:", *sum_lines(entries, lang)]))


def _preview(proposal: Proposal[Paper], lang: str, office: Office) -> list[str]:
    """What will be entered, what is there, and what that makes."""
    words, new = WORDS[lang], proposal.entry
    there = proposal.beside
    lines = [words["will"], *entry_lines([new], lang, office.zone)]
    if there:
        lines += [words["there"], *entry_lines(there, lang, office.zone)]
    else:
        lines.append(words["nothing"])
    after = [_replaced(entry, new) for entry in there]
    return [*lines, words["after"], *sum_lines([*after, new], lang)]


def _replaced(entry: Entry[Paper], new: Entry[Paper]) -> Entry[Paper]:
    """The entry as it will be when `new` is made."""
    if entry.id != new.replaces:
        return entry
    return msgspec.structs.replace(entry, replaced_by=new.id)
