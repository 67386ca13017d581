"""`talon-collector export`: closed months as Parquet, and whether they are still what the ledger
holds."""

import contextlib
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from collector.config import read_collector
from collector.parquet.engine import Engine, ParquetError
from collector.parquet.export import Exporter, check_months, closed_months, export_month
from collector.parquet.manifest import Manifest, read_manifest
from collector.parquet.tree import Tree
from collector.parquet.verify import damages, differences
from wire.clock import SystemClock
from wire.version import talon_version

EXAMPLES = """
\b
Examples:
  talon-collector export 2026-10 --config city.toml --out /srv/talon/months
  talon-collector export --all-closed --config city.toml --out /srv/talon/months
  talon-collector export --all-closed --check --config city.toml --out /srv/talon/months
"""
INTERNAL = (
    "These are hourly tallies with nothing suppressed: internal, not for publishing."
    " For the public: talon-collector report"
)


@click.command(epilog=EXAMPLES)
@click.argument("months", metavar="[MONTH]…", nargs=-1)
@click.option(
    "--config",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The collector's config (TOML).",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the exported months; several collectors may share one.",
)
@click.option("--all-closed", is_flag=True, help="Every month that is over, from the first on.")
@click.option("--open", "open_too", is_flag=True, help="Also a month that is not over, marked so.")
@click.option("--check", is_flag=True, help="Write nothing: compare what is there with the ledger.")
def export(
    months: tuple[str, ...], path: Path, out: Path, all_closed: bool, open_too: bool, check: bool
) -> None:
    """Write the tallies of each MONTH (YYYY-MM) as Parquet, for analyses past one collector.

    A month that is there already is written again only if its tallies have changed since. What is
    written is internal: nothing in it is suppressed. Exit status 1 if --check finds anything."""
    config = read_collector(path)
    exporter = Exporter(
        config.name, talon_version(), config.ledger_path(), ZoneInfo(config.timezone)
    )
    now_s = SystemClock().now() // 1000
    if all_closed == bool(months):
        raise click.UsageError("name the months, or say --all-closed")
    names = closed_months(exporter, now_s) if all_closed else sorted(set(months))
    if not names:
        raise ParquetError(
            f"{exporter.ledger}: no month is over yet. Wait, or name one with --open"
        )
    check_months(exporter, names, now_s, open_too or check)
    tree = Tree(out)
    if check:
        _check(exporter, tree, names)
        return
    with contextlib.closing(Engine()) as engine:
        for name in names:
            done = export_month(exporter, tree, engine, name, now_s)
            click.echo(f"{as_line(done.manifest)}: {done.state}")
    click.echo(INTERNAL, err=True)


def as_line(manifest: Manifest) -> str:
    """What is in an exported month."""
    rows = sum(content.hours.rows for content in manifest.content.values())
    size = sum(c.hours.bytes + c.months.bytes for c in manifest.content.values())
    still = ", NOT OVER YET" if manifest.open else ""
    return (
        f"{manifest.month}{still}: {rows} tallies of {len(manifest.sites)} offices,"
        f" {size / 1e6:.1f} MB, SHA-256 {manifest.checksum}"
    )


def _check(exporter: Exporter, tree: Tree, months: list[str]) -> None:
    found: list[str] = []
    with contextlib.closing(Engine()) as engine:
        for month in months:
            manifest = tree.manifest(month, exporter.name)
            wrong = damages(engine, tree, read_manifest(manifest)) if manifest.exists() else []
            wrong += differences(tree, exporter.name, month, exporter.ledger, exporter.zone)
            found += wrong
            if not wrong:
                click.echo(f"{month}: as in the ledger")
    for line in found:
        click.echo(line, err=True)
    if found:
        click.echo(f"{len(found)} differences: export those months again", err=True)
        sys.exit(1)
