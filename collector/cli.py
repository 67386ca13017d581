"""`talon-collector`: run a city's collector, report a month, audit it, rebuild InfluxDB.

What a command alone needs it imports itself: MQTT and HTTP libraries take longer to load than most
commands to run.
"""

import json
import logging
import sqlite3
import sys
import threading
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from collector.audit import Audit, ReadTallies, audit, audit_json, audit_lines
from collector.carry import Unreadable, carry_entries
from collector.config import CollectorConfig, read_collector
from collector.export_cli import export
from collector.ledger import LAYOUT, Ledger, read_quarantine, read_setbacks
from collector.mirror import Mirror
from collector.month import MonthError, bounds, check_begun
from collector.paper_cli import add_paper, paper
from collector.parquet.engine import ParquetError
from collector.readmit import readmit
from collector.refusal import Refused, Unavailable
from collector.register_cli import actions, annotate, annotations, reannotate
from collector.report.files import ReportError
from collector.report_cli import report
from wire.address import LinkError
from wire.backup import copy_store, put_back, read_backup
from wire.clock import SystemClock
from wire.config import ConfigError
from wire.store import StoreError, open_reader
from wire.version import talon_version

EXAMPLES = """
\b
Examples:
  talon-collector run --config city.toml
  talon-collector report 2026-10 --config city.toml
  talon-collector report 2026-10 --config city.toml --format all --out /srv/www/talon
  talon-collector report --quarter 2026Q4 --config city.toml --format pdf --out /tmp/committee
  talon-collector audit 2026-10 --config city.toml
  talon-collector add-paper --config city.toml --day 2026-10-26 --site kyiv-1 --satisfied 31
  talon-collector paper 2026-10 --config city.toml
  talon-collector quarantine --config city.toml --readmit
  talon-collector export --all-closed --config city.toml --out /srv/talon/months
  talon-collector backup --config city.toml /mnt/usb/ledger-2026-10-26.db
  talon-collector rebuild --config city.toml
"""

MOST_FAILURES = 3  # of a rebuild's writes, one after another

config_option = click.option(
    "--config",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The collector's config (TOML).",
)


@click.group(epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(talon_version(), prog_name="talon-collector")
def cli() -> None:
    """The collector of one city: keeps every event of its offices once, tallies them by the hour,
    and serves the monthly satisfaction."""


cli.add_command(add_paper)
cli.add_command(paper)
for command in (actions, annotate, reannotate, annotations):
    cli.add_command(command)


@cli.command()
@config_option
def run(path: Path) -> None:
    """Run until stopped (Ctrl+C or SIGTERM)."""
    from collector.app import serve

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    serve(read_collector(path))


@cli.command()
@config_option
def check(path: Path) -> None:
    """Read the config and say what is in it; changes nothing."""
    config = read_collector(path)
    where = f"InfluxDB {config.influx.version} at {config.influx.url}" if config.influx else "none"
    sites = len(config.site) or "all"
    click.echo(f"{path}: sites: {sites}, ledger {config.ledger_path()}, InfluxDB: {where}")


@cli.command("audit")
@click.argument("month")
@config_option
@click.option("--json", "as_json_", is_flag=True, help="For programs.")
def audit_(month: str, path: Path, as_json_: bool) -> None:
    """Check that everything adds up: every number of every device, the tallies of MONTH, InfluxDB.

    Exit status 1 if it does not."""
    config = read_collector(path)
    begin, end = bounds(month, ZoneInfo(config.timezone))
    now = SystemClock().now()
    check_begun(month, begin, now // 1000)
    influx: ReadTallies | None = None
    if config.influx:
        from collector.influx import Influx

        influx = Influx(config.influx).read
    db = open_reader(config.ledger_path(), LAYOUT)
    try:
        found = audit(db, month, begin, end, influx)
    finally:
        db.close()
    if as_json_:
        click.echo(json.dumps(audit_json(found), ensure_ascii=False))
    else:
        click.echo(audit_lines(found, now, influx is not None))
    if found.problems or found.unchecked:
        sys.exit(1)


@cli.command()
@config_option
def rebuild(path: Path) -> None:
    """Write every tally of the ledger to InfluxDB anew. Stop the collector first.

    If InfluxDB fails again and again, it says how much is left: the collector writes that when it
    runs, and so does this command, from the start. Exit status 1 if anything is left or refused."""
    from collector.influx import Influx

    config = read_collector(path)
    if config.influx is None:
        raise ConfigError(path, "no [influx] in it", "There is nothing to rebuild.")
    ledger = Ledger(config.ledger_path())
    influx = Influx(config.influx)
    try:
        influx.create()
        mirror = Mirror(ledger, influx, SystemClock(), late_s=config.influx.late_s)
        _write_all(ledger, mirror)
    finally:
        ledger.close()


@cli.command()
@config_option
@click.option("--readmit", "again", is_flag=True, help="Try them again. Stop the collector first.")
@click.option("--json", "as_json_", is_flag=True, help="For programs.")
def quarantine(path: Path, again: bool, as_json_: bool) -> None:
    """Records that did not validate, as received; with --readmit try them again after a fix.

    Those that a gateway quarantined are listed, too; they are readmitted there.
    Exit status 1 if --readmit leaves any."""
    config = read_collector(path)
    tried = _readmit(config) if again else _quarantined(config)
    left = [why for _, _, why in tried if why]
    for where, raw, why in tried:
        if as_json_:
            said = {"where": where, "reason": why, "raw": raw.decode(errors="replace")}
            click.echo(json.dumps(said, ensure_ascii=False))
        else:
            click.echo(f"{where}: {why or 'readmitted'}: {raw!r}")
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
    """Copy the ledger to the file TARGET, while the collector runs, and check the copy."""
    config = read_collector(path)
    copied = copy_store(config.ledger_path(), target, LAYOUT)
    found = _audit_now(config, target)
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
    """Put the backup SOURCE in the ledger's place. Stop the collector first.

    The ledger that was there is kept beside it. What came since the backup comes again from the
    gateways, as far back as they keep it; what people entered since is taken from the ledger that
    was there; every tally is written to InfluxDB anew."""
    config = read_collector(path)
    found = read_backup(source, config.ledger_path(), partial(_audit_now, config))
    problems = found.problems
    if problems and not force:
        raise StoreError(source, "; ".join(problems), "Use another backup, or say --force.")
    kept: list[str] = []
    prepare = partial(_prepare, config.ledger_path(), kept)
    aside = put_back(source, config.ledger_path(), LAYOUT, SystemClock().now(), prepare)
    click.echo("\n".join([f"{config.ledger_path()}: restored from {source}", *kept]))
    if aside is not None:
        click.echo(f"what was there is now {aside}")


def _audit_now(config: CollectorConfig, file: Path) -> Audit:
    """The audit of the ledger in `file` for the month that runs, without InfluxDB."""
    zone = ZoneInfo(config.timezone)
    month = datetime.fromtimestamp(SystemClock().now() / 1000, zone).strftime("%Y-%m")
    db = open_reader(file, LAYOUT)
    try:
        return audit(db, month, *bounds(month, zone), None)
    finally:
        db.close()


def _prepare(old: Path, kept: list[str], file: Path) -> None:
    """Bring a backup, `file`, as far as the ledger that was there allows. `kept`: gets a word."""
    ledger = Ledger(file)
    ledger.soil()
    ledger.close()
    try:
        count = carry_entries(old, file)
    except Unreadable as error:
        kept.append(f"what was entered by hand since the backup could not be read: {error}")
    else:
        if count:
            kept.append(f"{count} entries made by hand since the backup were kept")


def _readmit(config: CollectorConfig) -> list[tuple[str, bytes, str]]:
    open_reader(config.ledger_path(), LAYOUT).close()  # one that is not there is not made
    ledger = Ledger(config.ledger_path(), config.store.limit_mb)
    try:
        return [(f"uplink of {site} {n}", raw, why) for site, n, raw, why in readmit(ledger)]
    finally:
        ledger.close()


def _quarantined(config: CollectorConfig) -> list[tuple[str, bytes, str]]:
    db = open_reader(config.ledger_path(), LAYOUT)
    try:
        return [*read_quarantine(db), *read_setbacks(db)]
    finally:
        db.close()


def _write_all(ledger: Ledger, mirror: Mirror) -> None:
    total = ledger.soil()
    with click.progressbar(length=total, label="writing tallies", file=sys.stderr) as bar:
        failures = 0
        while left := mirror.lag:
            mirror.step()
            bar.update(total - mirror.lag - bar.pos)
            if not mirror.trouble:
                continue
            failures = failures + 1 if mirror.lag == left else 1
            if failures == MOST_FAILURES:
                raise Unavailable(
                    f"{mirror.trouble}. {mirror.lag} of {total} tallies are left: the collector"
                    " writes them when it runs, or say rebuild again"
                )
            threading.Event().wait(mirror.wait_s)
    refused = ledger.count_refused()
    if refused:
        raise Refused(f"{refused} of {total} tallies were refused: see talon-collector audit")
    click.echo(f"{total} tallies written")


cli.add_command(export)
cli.add_command(report)

KNOWN = (
    ConfigError,
    StoreError,
    MonthError,
    ParquetError,
    ReportError,
    Refused,
    Unavailable,
    LinkError,
)


def main() -> None:
    """Entry point: an error that a person can mend is one line and exit status 1."""
    try:
        cli(standalone_mode=True)
    except KNOWN as error:
        click.echo(f"talon-collector: {error}", err=True)
        sys.exit(1)
    except sqlite3.Error as error:  # the file changed or broke while we read it
        click.echo(f"talon-collector: the store: {error}. Check the disk, or restore", err=True)
        sys.exit(1)
