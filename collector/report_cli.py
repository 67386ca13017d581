"""`talon-collector report`: the analysis of a month or a quarter, shown or written as files."""

import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
import msgspec

from collector.audit import audit
from collector.config import CollectorConfig, read_collector
from collector.ledger import LAYOUT
from collector.month import bounds, check_begun
from wire.clock import SystemClock
from wire.store import open_reader

if TYPE_CHECKING:
    from collector.report.files import Format
    from collector.report.model import Edition, Report
    from collector.report.period import Period
    from collector.report.setting import Setting
    from collector.report.words import Lang
    from collector.source import Source

EXAMPLES = """
\b
Examples:
  talon-collector report 2026-10 --config city.toml
  talon-collector report 2026-10 --config city.toml --format all --out /srv/www/talon --audit
  talon-collector report 2026-10 --config city.toml --format pdf --lang en --out /tmp/october
  talon-collector report --quarter 2026Q4 --config city.toml --format pdf --out /tmp/committee
  talon-collector report 2026-10 --config city.toml --site kyiv-1 --edition internal
  talon-collector report 2026-10 --config city.toml --format json > 2026-10.json
  talon-collector report 2026-10 --config city.toml --source parquet --parquet /srv/talon/months
"""

_TEXT = ("table", "csv", "json")  # what a terminal can show


@click.command(epilog=EXAMPLES)
@click.argument("month", required=False)
@click.option(
    "--config",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The collector's config (TOML).",
)
@click.option("--quarter", help="Of this quarter (2026Q4), with the committee's annex.")
@click.option("--site", default="", help="Of this office only.")
@click.option("--lang", type=click.Choice(["uk", "en"]), default="uk", show_default=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "html", "pdf", "xlsx", "csv", "json", "all"]),
    default="table",
    show_default=True,
    help="csv and json are open data; all: every format.",
)
@click.option(
    "--edition",
    type=click.Choice(["public", "internal"]),
    default="public",
    show_default=True,
    help="internal: with small cells and desks, not for publication.",
)
@click.option(
    "--source",
    type=click.Choice(["ledger", "influx", "parquet"]),
    default="ledger",
    show_default=True,
    help="Where to read the tallies.",
)
@click.option(
    "--parquet",
    "roots",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of exported months; may be said several times.",
)
@click.option("--audit", "audited", is_flag=True, help="Check the accounts, too; takes longer.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write files into this folder; without it the report is shown.",
)
@click.option("--replace", is_flag=True, help="Write over files that differ.")
def report(
    month: str | None,
    path: Path,
    quarter: str | None,
    site: str,
    lang: "Lang",
    form: str,
    edition: "Edition",
    source: str,
    roots: tuple[Path, ...],
    audited: bool,
    out: Path | None,
    replace: bool,
) -> None:
    """The analysis of MONTH (YYYY-MM), of a quarter, or of both.

    Without --out it is shown: a table for people, or one of the other formats. The same tallies
    give the same bytes. A file that is there already and differs is not written over."""
    from collector.report.files import check_folder

    config = read_collector(path)
    periods = _periods(month, quarter)
    _check_output(form, len(periods), out)
    maker = _Maker(config, path, site, lang, edition, audited)
    for period in periods:
        maker.check_begun(period)
    if site:
        maker.check_site(site)
    if out is not None:
        check_folder(out)
    with maker.source(source, roots) as opened:
        made = [maker.make(opened, period) for period in periods]
    if out is None:
        _show(made, lang, form)
    else:
        _write(made, lang, form, out, replace)


class _Maker:
    """Makes reports for one config, office, language and edition."""

    def __init__(
        self,
        config: CollectorConfig,
        path: Path,
        site: str,
        lang: "Lang",
        edition: "Edition",
        audited: bool,
    ) -> None:
        self._config = config
        self._path = path
        self._site = site
        self._lang = lang
        self._edition = edition
        self._audited = audited
        self._zone = ZoneInfo(config.timezone)
        self._now_s = SystemClock().now() // 1000

    def check_begun(self, period: "Period") -> None:
        """Refuse a period that has not begun."""
        check_begun(period.name, period.bounds(self._zone)[0], self._now_s)

    def check_site(self, site: str) -> None:
        """Refuse an office that is none; without offices in the config, one that never reported."""
        known = {named.id for named in self._config.site}
        if not known:
            if not self._config.ledger_path().exists():
                return
            with self._ledger() as db:
                known = {row[0] for row in db.execute("SELECT DISTINCT site FROM stream")}
        if site not in known:
            names = ", ".join(sorted(known)) or "none yet"
            raise click.BadParameter(f"{site!r} is no office of {self._path}; known: {names}")

    @contextmanager
    def source(self, name: str, roots: Sequence[Path]) -> Iterator["Source"]:
        """Where the tallies are read, open."""
        if (name == "parquet") != bool(roots):
            raise click.UsageError("--source parquet and --parquet FOLDER belong together")
        if name == "influx":
            from collector.influx import Influx
            from collector.sources.influx import InfluxSource

            if self._config.influx is None:
                raise click.UsageError("--source influx needs [influx] in the config")
            yield InfluxSource(Influx(self._config.influx), self._zone)
        elif name == "parquet":
            from collector.sources.parquet import ParquetSource

            with closing(ParquetSource(roots, self._zone, self._now_s)) as parquet:
                yield parquet
        else:
            from collector.sources.ledger import LedgerSource

            with self._ledger() as db:
                yield LedgerSource(db, self._zone)

    def make(self, source: "Source", period: "Period") -> "Report":
        """The report on a period. Raises what the source raises."""
        from collector.report.assemble import make_report

        setting = self._setting(period, source.name)
        return make_report(source, period, setting, self._edition)

    def _setting(self, period: "Period", source: str) -> "Setting":
        from collector.report import entered
        from collector.report.remarks import NO_REGISTER, NOT_AUDITED
        from collector.report.setting import Setting

        sites = {named.id: named.name for named in self._config.site}
        services = {k: v for named in self._config.site for k, v in named.services.items()}
        only = next(iter(sites.values())) if len(sites) == 1 else ""
        plain = Setting(
            zone=self._zone,
            now_s=self._now_s,
            site=self._site,
            place=sites.get(self._site, self._site) or only,
            services=services,
            sites=sites,
        )
        if source != "ledger" and not self._config.ledger_path().exists():
            return msgspec.structs.replace(plain, problems=(NOT_AUDITED, NO_REGISTER))
        with self._ledger() as db:
            events = entered.read_events(db, period, self._site)
            decisions = entered.read_decisions(db)
            corrections = entered.read_corrections(db, period, self._site, self._zone, self._lang)
        problems = self._audit(period) if self._audited else (NOT_AUDITED,)
        return msgspec.structs.replace(
            plain,
            events=events,
            decisions=decisions,
            corrections=corrections,
            problems=problems,
        )

    def _audit(self, period: "Period") -> tuple[str, ...]:
        """What does not balance, once each, over the period's months."""
        found: dict[str, None] = {}
        for month in period.months:
            click.echo(f"auditing {month} …", err=True)
            with self._ledger() as db:
                found |= dict.fromkeys(audit(db, month, *bounds(month, self._zone), None).problems)
        return tuple(found)

    def _ledger(self) -> "closing[sqlite3.Connection]":
        return closing(open_reader(self._config.ledger_path(), LAYOUT))


def _periods(month: str | None, quarter: str | None) -> list["Period"]:
    from collector.report.period import read_period

    if not month and not quarter:
        raise click.UsageError("say a month, such as 2026-10, or --quarter 2026Q4")
    if quarter and "Q" not in quarter:
        raise click.UsageError(f"{quarter!r} is not a quarter; write it as 2026Q4")
    return [read_period(name) for name in (month, quarter) if name]


def _check_output(form: str, reports: int, out: Path | None) -> None:
    if out is not None:
        return
    if form == "all" or (reports > 1 and form != "table"):
        raise click.UsageError("that is more than one file: say --out FOLDER")
    if form not in _TEXT and sys.stdout.isatty():
        raise click.UsageError(f"a terminal cannot show {form}: say --out FOLDER, or send it on")


def _show(made: list["Report"], lang: "Lang", form: str) -> None:
    from collector.report.files import FORMATS, render

    (chosen,) = (each for each in FORMATS if each == form)
    for each in made:
        click.echo(render(each, lang, chosen), nl=False)


def _write(made: list["Report"], lang: "Lang", form: str, out: Path, replace: bool) -> None:
    """Every file is made before the first is written, so that an error leaves none."""
    from collector.report.files import FORMATS, check, files, write

    chosen: list[Format] = [each for each in FORMATS if form in (each, "all")]
    ready: dict[Path, bytes] = {}
    for each in made:
        for one in chosen:
            click.echo(f"making {each.period}: {one} …", err=True)
            ready |= {out / name: content for name, content in files(each, lang, one)}
    if not replace:
        check(ready)
    for file, content in ready.items():
        said = "" if write(file, content) else " (the same as before)"
        click.echo(f"{file}{said}")
