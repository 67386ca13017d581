"""`talon-collector`: run a city's collector, report a month, audit it, rebuild InfluxDB."""

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from collector.app import Collector
from collector.audit import ReadTallies, audit, audit_json, audit_lines
from collector.config import CollectorConfig, read_collector
from collector.influx import Influx, Refused, Unavailable
from collector.ledger import Ledger, read_tallies
from collector.mirror import Mirror
from collector.month import Month, MonthError, bounds, summarise
from collector.report import as_csv, as_json, as_table
from wire.clock import SystemClock
from wire.config import ConfigError
from wire.link import LinkError
from wire.store import StoreError, open_reader
from wire.version import talon_version

EXAMPLES = """
\b
Examples:
  talon-collector run --config city.toml
  talon-collector report 2026-10 --config city.toml
  talon-collector report 2026-10 --config city.toml --format csv > 2026-10.csv
  talon-collector audit 2026-10 --config city.toml
  talon-collector rebuild --config city.toml
"""

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


@cli.command()
@config_option
def run(path: Path) -> None:
    """Run until stopped (Ctrl+C or SIGTERM)."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    asyncio.run(_run(read_collector(path)))


@cli.command()
@config_option
def check(path: Path) -> None:
    """Read the config and say what is in it; changes nothing."""
    config = read_collector(path)
    where = f"InfluxDB {config.influx.version} at {config.influx.url}" if config.influx else "none"
    sites = len(config.site) or "all"
    click.echo(f"{path}: sites: {sites}, ledger {config.ledger_path()}, InfluxDB: {where}")


@cli.command()
@click.argument("month")
@config_option
@click.option("--site", default="", help="Of this office only.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table")
@click.option("--lang", type=click.Choice(["uk", "en"]), default="uk", help="Of the table.")
@click.option(
    "--source",
    type=click.Choice(["ledger", "influx"]),
    default="ledger",
    help="Where to read the tallies.",
)
def report(month: str, path: Path, site: str, form: str, lang: str, source: str) -> None:
    """The satisfaction of MONTH (YYYY-MM): by site, service, channel and day."""
    config = read_collector(path)
    if site and config.site and site not in {known.id for known in config.site}:
        known_sites = ", ".join(s.id for s in config.site)
        raise click.BadParameter(f"{site!r} is no office of {path}; known: {known_sites}")
    found = _month(config, month, site, source)
    titles = {s.id: s.name for s in config.site}
    for known in config.site:
        titles.update(known.services)
    text = {"csv": as_csv, "json": as_json}.get(form)
    click.echo(text(found) if text else as_table(found, lang, titles), nl=form != "csv")


@cli.command("audit")
@click.argument("month")
@config_option
@click.option("--json", "as_json_", is_flag=True, help="For programs.")
def audit_(month: str, path: Path, as_json_: bool) -> None:
    """Check that everything adds up: devices, events, the tallies of MONTH, InfluxDB.

    Exit status 1 if it does not."""
    config = read_collector(path)
    begin, end = bounds(month, ZoneInfo(config.timezone))
    influx: ReadTallies | None = Influx(config.influx).read if config.influx else None
    db = open_reader(config.ledger_path())
    try:
        found = audit(db, month, begin, end, influx)
    finally:
        db.close()
    text = json.dumps(audit_json(found), ensure_ascii=False) if as_json_ else audit_lines(found)
    click.echo(text)
    if found.problems:
        sys.exit(1)


@cli.command()
@config_option
def rebuild(path: Path) -> None:
    """Write every tally of the ledger to InfluxDB anew. Stop the collector first."""
    config = read_collector(path)
    if config.influx is None:
        raise ConfigError(path, "no [influx] in it", "There is nothing to rebuild.")
    ledger = Ledger(config.ledger_path())
    influx = Influx(config.influx)
    try:
        influx.create()
        mirror = Mirror(ledger, influx, SystemClock())
        _write_all(ledger, mirror)
    finally:
        ledger.close()


def _write_all(ledger: Ledger, mirror: Mirror) -> None:
    total = ledger.soil()
    with click.progressbar(length=total, label="writing tallies", file=sys.stderr) as bar:
        while mirror.lag:
            mirror.step()
            if mirror.trouble:
                raise Unavailable(mirror.trouble)
            bar.update(total - mirror.lag - bar.pos)
    click.echo(f"{total} tallies written")


def _month(config: CollectorConfig, name: str, site: str, source: str) -> Month:
    zone = ZoneInfo(config.timezone)
    begin, end = bounds(name, zone)
    now_s = SystemClock().now() // 1000
    if source == "influx":
        if config.influx is None:
            raise click.UsageError("--source influx needs [influx] in the config")
        read = Influx(config.influx).read
        rows = [read(measurement, begin, end) for measurement in ("rating", "visit")]
    else:
        db = open_reader(config.ledger_path())
        try:
            rows = [read_tallies(db, m, begin, end) for m in ("rating", "visit")]
        finally:
            db.close()
    return summarise(name, rows[0], rows[1], zone, now_s, source, site)


async def _run(config: CollectorConfig) -> None:
    collector = Collector(config, SystemClock())
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await collector.run(stop)


def main() -> None:
    """Entry point: an error that a person can mend is one line and exit status 1."""
    try:
        cli(standalone_mode=True)
    except (ConfigError, StoreError, MonthError, Refused, Unavailable, LinkError) as error:
        click.echo(f"talon-collector: {error}", err=True)
        sys.exit(1)
