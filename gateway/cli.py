"""`talon-gateway`: run an office's gateway, check its config, see how it stands.

What a command alone needs it imports itself: the gateway brings web and MQTT libraries, which take
longer to load than most commands to run.
"""

import difflib
import json
import logging
import os
import sqlite3
import sys
from datetime import date, datetime
from functools import partial
from pathlib import Path
from secrets import SystemRandom
from zoneinfo import ZoneInfo

import click

from gateway.box_cli import order_test, update
from gateway.config import OfficeConfig, read_office
from gateway.journal import LAYOUT, Journal, Waiting, waiting
from gateway.pages import PagesError
from gateway.pages.access import SALT_BYTES, hash_pin
from gateway.readmit import readmit
from gateway.status import read_status, status_json, status_lines
from gateway.turns import Turns
from gateway.visits import Visits, day_bounds, visits_json, visits_lines
from gateway.waits import LANGUAGES, calibration_json, calibration_lines, read_calibration
from wire.address import LinkError
from wire.backup import copy_store, put_back, read_backup
from wire.clock import SystemClock, random_epoch
from wire.config import ConfigError
from wire.store import StoreError, open_reader
from wire.update import UpdateError
from wire.version import talon_version

EXAMPLES = """
\b
Examples:
  talon-gateway check --config office.toml
  talon-gateway run --config office.toml
  talon-gateway status --config office.toml --json
  talon-gateway visits --config office.toml --day 2026-10-26 --service passport
  talon-gateway waits --config office.toml --day 2026-10-26
  talon-gateway pin
  talon-gateway quarantine --config office.toml
  talon-gateway quarantine --config office.toml --readmit
  talon-gateway update --config office.toml box-3 ratingbox-0.2.0.zip
  talon-gateway test --config office.toml box-3 --seconds 120
  talon-gateway backup --config office.toml /mnt/usb/journal-2026-10-26.db
"""

VISITS_EXAMPLES = """
\b
Examples:
  talon-gateway visits --config office.toml
  talon-gateway visits --config office.toml --day 2026-10-26 --service passport
  talon-gateway visits --config office.toml --json | jq -r .number
"""

WAITS_EXAMPLES = """
\b
Examples:
  talon-gateway waits --config office.toml
  talon-gateway waits --config office.toml --day 2026-10-26 --lang en
  talon-gateway waits --config office.toml --json | jq .share
"""

config_option = click.option(
    "--config",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The office config (TOML).",
)


@click.group(epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(talon_version(), prog_name="talon-gateway")
def cli() -> None:
    """The gateway of one office: receives presses and tickets, decides what counts, gives
    numbers, and sends all of it on to the city's collector."""


@cli.command()
@config_option
def run(path: Path) -> None:
    """Run until stopped (Ctrl+C or SIGTERM)."""
    from gateway.app import serve

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    serve(read_office(path), talon_version())


@cli.command()
@config_option
def check(path: Path) -> None:
    """Read the config and say what is in it; changes nothing."""
    config = read_office(path)
    click.echo(
        f"{path}: {config.site} «{config.name}», "
        f"{len(config.service)} services, {len(config.device)} devices: all right"
    )


@cli.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(path: Path, as_json: bool) -> None:
    """What became of each number of each device, and what the city does not have yet.

    Exit status 1 if it does not balance."""
    config = read_office(path)
    found = read_status(config.journal_path())
    limit = config.store.limit_mb
    if as_json:
        click.echo(json.dumps(status_json(found, limit), ensure_ascii=False))
    else:
        click.echo(status_lines(found, limit, SystemClock().now()))
    if found.problems:
        sys.exit(1)


@cli.command()
def pin() -> None:
    """Ask for a clerk's new PIN, and print what stands for it in [[clerk]] of the office config."""
    typed = click.prompt("PIN", hide_input=True, confirmation_prompt=True)
    try:
        click.echo(f'pin = "{hash_pin(typed, os.urandom(SALT_BYTES))}"')
    except ValueError as error:
        raise click.BadParameter(f"{error}. Try again.") from None


@cli.command(epilog=VISITS_EXAMPLES)
@config_option
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Its date; else today.")
@click.option("--service", default="", help="Of this service only, by its id.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one object a line.")
def visits(path: Path, day: datetime | None, service: str, as_json: bool) -> None:
    """The tickets of a day, in the order in which they were issued.

    Also those that a dispenser numbered alone, at their place, once they are here. `~` before a
    time: only estimated, the dispenser had no clock. A day is the office's own, from midnight to
    midnight; days are held as long as the journal's rows (`store.keep_days`)."""
    config = read_office(path)
    known = [one.id for one in config.service]
    if service and service not in known:
        near = difflib.get_close_matches(service, known, 1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
        raise click.BadParameter(f"{service!r} is no service here. {hint}", param_hint="--service")
    zone = ZoneInfo(config.timezone)
    of = _date(day, zone)
    db = open_reader(config.journal_path(), LAYOUT)
    try:
        found = list(Visits(db).between(*day_bounds(of, zone), service))
    finally:
        db.close()
    if as_json:
        for one in visits_json(found):
            click.echo(json.dumps(one, ensure_ascii=False))
    else:
        click.echo(visits_lines(found, of, zone))


@cli.command(epilog=WAITS_EXAMPLES)
@config_option
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Its date; else today.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="uk", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def waits(path: Path, day: datetime | None, lang: str, as_json: bool) -> None:
    """How often a day's visitors waited as long as their tickets said.

    A ticket says a range into which about 8 of 10 should fall. Compared are those who had a range
    and were called; the others are counted apart. A ticket that shows neither `ahead` nor `wait`
    says nothing and is not among them."""
    config = read_office(path)
    of = _date(day, ZoneInfo(config.timezone))
    db = open_reader(config.journal_path(), LAYOUT)
    try:
        found = read_calibration(Turns(db), of.isoformat())
    finally:
        db.close()
    if as_json:
        click.echo(json.dumps(calibration_json(found, of), ensure_ascii=False))
    else:
        click.echo(calibration_lines(found, of, lang))


def _date(day: datetime | None, zone: ZoneInfo) -> date:
    """The day that was asked for; else today in the office."""
    return day.date() if day else datetime.fromtimestamp(SystemClock().now() / 1000, zone).date()


@cli.command()
@config_option
@click.option("--readmit", "again", is_flag=True, help="Try them again. Stop the gateway first.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def quarantine(path: Path, again: bool, as_json: bool) -> None:
    """Records that did not validate, as received; with --readmit try them again after a fix.

    What is valid now goes to the city under its own number, in the place of what was quarantined.
    Exit status 1 if --readmit leaves any."""
    config = read_office(path)
    tried = _readmit(config) if again else [(old, old.reason) for old in _waiting(config)]
    left = [why for _, why in tried if why]
    for old, why in tried:
        if as_json:
            said = old._asdict() | {"raw": old.raw.decode(errors="replace"), "reason": why}
            click.echo(json.dumps(said, ensure_ascii=False))
        else:
            click.echo(f"{old.node} {old.epoch} {old.seq}: {why or 'readmitted'}: {old.raw!r}")
    if again:
        click.echo(f"{len(tried) - len(left)} readmitted, {len(left)} left", err=True)
    elif not tried:
        click.echo("nothing is in quarantine", err=True)
    if again and left:
        sys.exit(1)


@cli.command()
@config_option
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def backup(path: Path, target: Path) -> None:
    """Copy the journal to the file TARGET, while the gateway runs, and check the copy."""
    config = read_office(path)
    copied = copy_store(config.journal_path(), target, LAYOUT)
    found = read_status(target)
    size = f"{copied / (1 << 20):.1f} MB, {len(found.accounts)} devices"
    if found.problems:
        click.echo(f"{target}: {size}; IT DOES NOT BALANCE: {'; '.join(found.problems)}", err=True)
        sys.exit(1)
    click.echo(f"{target}: {size}, balances")


@cli.command()
@config_option
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Even if it does not balance.")
def restore(path: Path, source: Path, force: bool) -> None:
    """Put the backup SOURCE in the journal's place. Stop the gateway first.

    The journal that was there is kept beside it. Ticket numbers of today come from the dispensers'
    own series: the gateway cannot know which it gave since the backup."""
    config = read_office(path)
    found = read_backup(source, config.journal_path(), read_status)
    strangers = {mine.site for mine in found.accounts} - {config.site}
    if strangers:
        problem = f"is of the office {', '.join(strangers)}, not of {config.site}"
        raise StoreError(source, problem, "Use a backup of this one.")
    problems = found.problems
    if problems and not force:
        raise StoreError(source, "; ".join(problems), "Use another backup, or say --force.")
    now = SystemClock().now()
    aside = put_back(source, config.journal_path(), LAYOUT, now, partial(_note_restored, now))
    click.echo(f"{config.journal_path()}: restored from {source}")
    if aside is not None:
        click.echo(f"what was there is now {aside}")


def _note_restored(now: int, file: Path) -> None:
    journal = Journal(file, random_epoch)
    with journal.transaction():
        journal.note_restored(now)
    journal.close()


def _waiting(config: OfficeConfig) -> list[Waiting]:
    db = open_reader(config.journal_path(), LAYOUT)
    try:
        return waiting(db)
    finally:
        db.close()


def _readmit(config: OfficeConfig) -> list[tuple[Waiting, str]]:
    from gateway.office import Office

    open_reader(config.journal_path(), LAYOUT).close()  # one that is not there is not made
    journal = Journal(config.journal_path(), random_epoch, config.store.limit_mb)
    try:
        clock = SystemClock()
        office = Office(config, journal, clock, SystemRandom())
        return list(readmit(journal, office.intake, clock.now()))
    finally:
        journal.close()


cli.add_command(update)
cli.add_command(order_test)


def main() -> None:
    """Entry point: an error that a person can mend is one line and exit status 1."""
    try:
        cli(standalone_mode=True)
    except (ConfigError, StoreError, LinkError, PagesError, UpdateError) as error:
        click.echo(f"talon-gateway: {error}", err=True)
        sys.exit(1)
    except sqlite3.Error as error:  # the file changed or broke while we read it
        click.echo(f"talon-gateway: the store: {error}. Check the disk, or restore", err=True)
        sys.exit(1)
