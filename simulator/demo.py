"""The demo: a virtual office and city, a month of visitors, and then the accounting.

`Demo` puts the pieces together; `backfill` and `live` drive them.
"""

import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from collector.audit import Audit, audit
from collector.ledger import read_tallies
from collector.month import Month, bounds, summarise
from firmware.common.config import Broker
from firmware.common.link import Link
from firmware.common.posix_disk import PosixDisk
from simulator import profile
from simulator.backfill import STEP_MS, Backfill, seeded_token
from simulator.clock import BoardClock, shared_date
from simulator.configs import write_configs
from simulator.devices import Box, Device, Mail, TicketDispenser, Token
from simulator.hall.shift import Roster
from simulator.mishaps import Mishaps, month_of_mishaps
from simulator.processes import City
from simulator.quality import add_entries
from simulator.server import free_port
from simulator.visitors import Day, month_of_days
from simulator.wires import PolledLink
from wire.clock import SystemClock
from wire.store import StoreError, claim, open_reader
from wire.version import talon_version

if TYPE_CHECKING:
    from firmware.common.node import Clock

D = TypeVar("D", bound=Device)

MARKER = ".talon-demo"  # in a folder that the demo may empty


class DemoError(RuntimeError):
    """The demo cannot be had like this; the message says what to do."""


def prepare(folder: Path, port: int) -> None:
    """An empty demo folder with configs. DemoError if it holds anything that is not the demo's, or
    cannot be made."""
    try:
        _empty(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKER).write_text("Made by talon-demo, which may delete this folder.\n")
        write_configs(folder, port, free_port())
    except OSError as error:
        problem = f"{folder}: cannot be made or written ({error.strerror})"
        raise DemoError(f"{problem}. Choose another --out") from None


def _empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).exists():
            raise DemoError(f"{folder} is not empty and not a demo's; choose another --out")
        for store in ("office/journal.db", "city/ledger.db"):
            if (folder / store).exists():
                _check_free(folder, folder / store)
        shutil.rmtree(folder)


def _check_free(folder: Path, store: Path) -> None:
    try:
        os.close(claim(store))
    except StoreError as error:
        problem, _, _ = str(error).partition(". ")
        raise DemoError(f"{problem}. Stop that demo, or choose another --out") from None


def days_of(month: str, seed: int) -> list[Day]:
    """The visitors of `YYYY-MM`; raises collector.month.MonthError for another form."""
    bounds(month, ZoneInfo(profile.ZONE))
    year, number = month.split("-")
    return list(month_of_days(int(year), int(number), seed))


def backfill_month(
    folder: Path, port: int, days: list[Day], seed: int, progress: Callable[[date], None]
) -> None:
    """Send a month through the real code and a real broker; `progress` is told after each day."""
    when = shared_date()
    when.value = next(day.arrivals[0].at for day in days if day.arrivals) - 3_600_000
    boot = seeded_token(f"boots/{seed}", 32)
    mail = Mail()
    boxes, dispensers = build_devices(
        port,
        lambda: BoardClock(when.value, boot()),
        mail,
        lambda name: seeded_token(f"tokens/{seed}/{name}", 64),
        gather_ms=2 * STEP_MS,
        link=PolledLink,
    )
    city = City(folder, port, when, Roster(clerks_at(profile.DESK_SERVICES), seed))
    try:
        city.start()
        mishaps = Mishaps(month_of_mishaps(days, seed))
        drive = Backfill(boxes, dispensers, mail, when, mishaps, boot, city.play, seed)
        drive.connect()
        for day in days:
            drive.run_day(day)
            city.check()
            progress(day.date)
        drive.finish()
        city.wait_until_drained()
        for device in (*boxes.values(), *dispensers.values()):
            device.switch_off()
    finally:
        city.stop()
    add_entries(folder / "city.toml", [day.date for day in days if day.arrivals], seed)


def build_devices(
    port: int,
    clock: "Callable[[], Clock]",
    mail: Mail,
    tokens: Callable[[str], Token],
    cards: Path | None = None,
    gather_ms: int = 0,
    link: type[Link] = Link,
) -> tuple[dict[str, Box], dict[str, TicketDispenser]]:
    """The office's boxes and dispensers, by name, not yet connected. `tokens`: gives each of them
    its own source of ids, as they work side by side; `cards`: a folder for their cards; without it
    their cards are in memory."""
    broker = Broker("127.0.0.1", port)

    def build(kind: type[D], name: str) -> D:
        card = PosixDisk(cards / name) if cards else None
        ours = (talon_version(), card, gather_ms, link)
        return kind(name, clock(), broker, mail, tokens(name), *ours)

    boxes = {name: build(Box, name) for name in profile.BOXES}
    return boxes, {name: build(TicketDispenser, name) for name in profile.DISPENSERS}


def clerks_at(desks: Iterable[str]) -> dict[str, str]:
    """The clerk who works at each of these desks."""
    return {desk: f"clerk-{desk}" for desk in desks}


def results(folder: Path, month: str) -> tuple[Audit, Month]:
    """The accounting and the month, out of the ledger as the collector's commands read it."""
    zone = ZoneInfo(profile.ZONE)
    begin, end = bounds(month, zone)
    with closing(open_reader(folder / "city" / "ledger.db")) as db:
        found = audit(db, month, begin, end, None)
        ratings = read_tallies(db, "rating", begin, end)
        visits = read_tallies(db, "visit", begin, end)
    now_s = SystemClock().now() // 1000
    return found, summarise(month, ratings, visits, zone, now_s, "ledger")
