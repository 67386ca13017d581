"""`talon-demo`: a virtual office and city on this machine."""

import logging
import signal
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from collector.audit import audit_lines
from collector.export_cli import as_line
from collector.folder import try_folder
from collector.month import MonthError, bounds, check_begun
from collector.parquet.engine import ParquetError
from collector.parquet.tree import Tree
from collector.report.period import months_between, shift
from collector.report.table import as_table
from simulator import profile
from simulator.backfill import BackfillError
from simulator.country import OFFICES, Country
from simulator.demo import DemoError, backfill_month, days_of, prepare, results
from simulator.live import LiveError, ask_live, run_live
from simulator.processes import CityError, check_port
from simulator.server import free_port
from simulator.showroom.room import ShowroomError, check_page_port
from wire.clock import SystemClock
from wire.store import StoreError
from wire.version import talon_version

EXAMPLES = """
\b
Examples:
  talon-demo                                   a month, then live until Ctrl+C: one page
  talon-demo --page-port 8090                  the page at http://127.0.0.1:8090/
  talon-demo --once --month 2026-10 --seed 7   a month, its accounting, the end
  talon-demo press exit-1 satisfied            in another terminal, while it is live
  talon-demo ticket passport
  talon-demo visitors come                     others take tickets, are served, and vote
  talon-demo country months --offices 400      a tree of Parquet, as a country's collectors export
"""


@click.group(
    invoke_without_command=True,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(talon_version(), prog_name="talon-demo")
@click.option("--once", is_flag=True, help="End after the month.")
@click.option("--month", default="", help="YYYY-MM; without it, the last whole month.")
@click.option("--seed", default=1, show_default=True, help="The same seed, the same visitors.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-out"),
    show_default=True,
    help="Folder for configs, journal and ledger; what an earlier demo left there is replaced.",
)
@click.option("--port", default=0, help="Port of the broker; without it, any free one.")
@click.option("--page-port", default=0, help="Port of the page; without it, any free one.")
@click.option("--lang", type=click.Choice(["uk", "en"]), default="uk", show_default=True)
@click.pass_context
def cli(
    context: click.Context,
    once: bool,
    month: str,
    seed: int,
    out: Path,
    port: int,
    page_port: int,
    lang: str,
) -> None:
    """A made-up office of 30 services: a month of visitors takes tickets and presses buttons; all
    of it goes through device code, a real MQTT broker, gateway and collector, and comes out as the
    month's satisfaction, with an accounting that balances. Then it is live, on one page in a
    browser: entrance, board, desk and rating box of that office, to be played with."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    context.obj = out
    if context.invoked_subcommand is not None:
        return
    month = month or _last_month()
    days = days_of(month, seed)
    check_begun(month, bounds(month, ZoneInfo(profile.ZONE))[0], SystemClock().now() // 1000)
    port = port or free_port()
    check_port(port)  # before an earlier demo's results are replaced
    check_page_port(page_port)
    prepare(out, port)
    click.echo(f"{profile.NAME}: {month}, seed {seed}; broker on 127.0.0.1:{port}; data in {out}/")
    begun = time.monotonic()
    with click.progressbar(length=len(days), label=f"{month}", file=sys.stderr) as bar:
        backfill_month(out, port, days, seed, lambda day: bar.update(1))
    found, figures = results(out, month)
    audited = audit_lines(found, SystemClock().now(), influx=False)
    click.echo(f"\n{as_table(figures, lang, _titles())}\n\n{audited}")
    click.echo(f"took {time.monotonic() - begun:.0f} s")
    if found.problems:
        sys.exit(1)
    if not once:
        run_live(out, port, page_port)


@cli.command()
@click.argument("box", type=click.Choice(profile.BOXES))
@click.argument("button", type=click.Choice(["satisfied", "unsatisfied"]))
@click.pass_context
def press(context: click.Context, box: str, button: str) -> None:
    """Press BUTTON of BOX in the live demo, and follow the press to the tally."""
    for line in ask_live(context.obj, f"press {box} {button}"):
        click.echo(line)


@cli.command()
@click.argument("service", type=click.Choice([s.id for s in profile.SERVICES]))
@click.pass_context
def ticket(context: click.Context, service: str) -> None:
    """Take a ticket for SERVICE in the live demo, and see its paper."""
    for line in ask_live(context.obj, f"ticket {service}"):
        click.echo(line)


@cli.command()
@click.argument("verb", type=click.Choice(["come", "stay"]))
@click.pass_context
def visitors(context: click.Context, verb: str) -> None:
    """Other visitors COME to the live demo and are served at the desks 2 to 20, or STAY away."""
    for line in ask_live(context.obj, f"visitors {verb}"):
        click.echo(line)


@cli.command()
@click.argument("tree", type=click.Path(path_type=Path, file_okay=False))
@click.option("--offices", type=click.IntRange(1, OFFICES), default=40, show_default=True)
@click.option(
    "--month", default="", help="YYYY-MM, the last one; without it, the last whole month."
)
@click.option(
    "--months", type=click.IntRange(1, 36), default=1, show_default=True, help="How many."
)
@click.option("--seed", default=1, show_default=True, help="The same seed, the same tallies.")
def country(tree: Path, offices: int, month: str, months: int, seed: int) -> None:
    """Draw a country's tallies into the folder TREE, as talon-collector export would write them.

    All 4,000 offices take some minutes a month."""
    last = month or _last_month()
    try:
        try_folder(tree)
    except OSError as error:
        problem = f"{tree}: cannot be made or written ({error.strerror})"
        raise DemoError(f"{problem}. Name another folder") from None
    with closing(Country(offices, seed)) as made:
        for name in months_between(shift(last, 1 - months), last):
            click.echo(as_line(made.write(Tree(tree), "country", name)))


def _titles() -> dict[str, str]:
    return {profile.SITE: profile.NAME, **{s.id: s.title for s in profile.SERVICES}}


def _last_month() -> str:
    first = datetime.now(UTC).date().replace(day=1)
    return (first - timedelta(days=1)).isoformat()[:7]


KNOWN = (
    *(DemoError, CityError, BackfillError, LiveError, ShowroomError),
    *(MonthError, StoreError, ParquetError),
)


def main() -> None:
    """Entry point: an error that a person can mend is one line and exit status 1."""
    logging.getLogger("talon.node").setLevel(logging.CRITICAL)  # here nobody knows which device
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl+C: everything is stopped
    try:
        cli(standalone_mode=True)
    except KNOWN as error:
        click.echo(f"talon-demo: {error}", err=True)
        sys.exit(1)
