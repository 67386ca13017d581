"""`talon-gateway`: run an office's gateway, check its config, see how it stands."""

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

import click

from gateway.app import Gateway
from gateway.config import OfficeConfig, read_office
from gateway.status import read_status, status_lines
from wire.clock import SystemClock
from wire.config import ConfigError
from wire.link import LinkError
from wire.store import StoreError
from wire.version import talon_version

EXAMPLES = """
\b
Examples:
  talon-gateway check --config office.toml
  talon-gateway run --config office.toml
  talon-gateway status --config office.toml --json
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
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    config = read_office(path)
    asyncio.run(_run(config))


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
    """What is stored of each device, and what the city does not have yet."""
    found = read_status(read_office(path).journal_path())
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else status_lines(found))


async def _run(config: OfficeConfig) -> None:
    gateway = Gateway(config, SystemClock(), talon_version())
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await gateway.run(stop)


def main() -> None:
    """Entry point: an error that a person can mend is one line and exit status 1."""
    try:
        cli(standalone_mode=True)
    except (ConfigError, StoreError, LinkError) as error:
        click.echo(f"talon-gateway: {error}", err=True)
        sys.exit(1)
