"""What the commands for entering have in common: who enters, in which language, and its errors."""

import functools
import os
import pwd
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from collector.config import CollectorConfig, read_collector
from collector.entry import EntryError, Signature, local_day, sign
from collector.known import Known
from collector.ledger import LAYOUT
from collector.words import LANGS, say
from wire.clock import Clock, SystemClock
from wire.store import open_reader, write_beside

WAIT_MS = 5_000  # for the collector, which writes for a moment at a time

F = TypeVar("F", bound=Callable[..., Any])

config_option = click.option(
    "--config",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The collector's config (TOML).",
)
lang_option = click.option("--lang", type=click.Choice(LANGS), default="uk", show_default=True)
who_option = click.option(
    "--who", default="", help="Who enters this: a person's name. Without it, the login."
)


class Refusal(click.ClickException):
    """An entry that is not taken: one line, exit status 1."""

    def show(self, file: Any = None) -> None:
        """As the other commands' errors."""
        click.echo(f"talon-collector: {self.message}", err=True)


def in_words(command: F) -> F:
    """The command's EntryErrors are said in its language."""

    @functools.wraps(command)
    def told(*args: Any, lang: str, **options: Any) -> Any:
        try:
            return command(*args, lang=lang, **options)
        except EntryError as error:
            raise Refusal(say(error, lang)) from None

    return told  # type: ignore[return-value]


class Office:
    """The city's ledger, as somebody who enters has it before them. `who`: the person's name."""

    def __init__(self, path: Path, who: str = "", clock: Clock | None = None) -> None:
        self.config: CollectorConfig = read_collector(path)
        self.zone = ZoneInfo(self.config.timezone)
        self._who = who
        self._clock = clock or SystemClock()

    def sign(self) -> Signature:
        """Who enters, now. EntryError if that names nobody."""
        return sign(self._clock.now(), self._who, _login(), self.zone)

    def today(self) -> date:
        """The office's day."""
        return local_day(self._clock.now(), self.zone)

    def end_of(self, day: date) -> int:
        """When a day of the office is over: Unix ms."""
        after = datetime.combine(day + timedelta(days=1), time(), self.zone)
        return int(after.timestamp() * 1000)

    @contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """The ledger, to look at."""
        with closing(open_reader(self.config.ledger_path(), LAYOUT)) as db:
            yield db

    @contextmanager
    def writer(self) -> Iterator[sqlite3.Connection]:
        """One transaction in the ledger, beside the collector."""
        store = self.config.store
        path = self.config.ledger_path()
        with write_beside(path, LAYOUT, store.limit_mb, WAIT_MS) as db:
            yield db

    def known(self, db: sqlite3.Connection) -> Known:
        """Offices and services."""
        return Known(db, self.config.site, self._clock.now() // 1000)


def _login() -> str:
    """The account under which the command was started, also by sudo."""
    sudo = os.environ.get("SUDO_USER", "")
    if sudo and os.getuid() == 0:
        return sudo
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
