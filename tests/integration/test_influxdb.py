"""Tallies of a month, in a real InfluxDB 1.x: written, killed, restarted, emptied, rebuilt."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collector.influx import Influx
from collector.influx_config import InfluxConfig
from collector.ledger import Ledger, read_tallies
from collector.mirror import Mirror
from collector.paper import COUNTS, Paper, count_paper, noon
from collector.tally import TAGS, Tallies
from simulator.influxd import Influxd
from wire.records import Channel, Rating, Served, VisitBegan
from wire.store import open_reader

pytestmark = pytest.mark.influxdb

KYIV = ZoneInfo("Europe/Kyiv")
BEGIN = datetime(2026, 10, 1, tzinfo=KYIV)
END = datetime(2026, 11, 1, tzinfo=KYIV)
NIGHT = datetime(2026, 10, 25, tzinfo=KYIV)  # at 04:00 it is 03:00 again
SITES = ("center", "north", "van-1")
SERVICES = ("passport", "land", "-")
DESKS = ("1", "2", "вікно-3")
CHANNELS: tuple[Channel, ...] = ("desk", "exit")


class Clock:
    """Goes on as far as the mirror wants to wait."""

    boot = "00000001"
    ms = 0

    def now(self) -> int:
        """Unix milliseconds."""
        return self.ms

    def up(self) -> int:
        """Monotonic milliseconds."""
        return self.ms


@pytest.fixture(scope="module")
def influxd() -> Iterator[Influxd]:
    """A real one, for all tests of this file."""
    with Influxd() as one:
        yield one


@pytest.fixture
def influx(influxd: Influxd, request: pytest.FixtureRequest) -> Influx:
    """A database of its own for each test, not there yet."""
    name: str = request.node.name
    return Influx(InfluxConfig(url=influxd.url, database=f'a "{name}"'))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """The ledger of a month."""
    one = Ledger(tmp_path / "ledger.db")
    count_month(one)
    yield one
    one.close()


@pytest.fixture
def stored(ledger: Ledger, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The same, to read beside it."""
    reader = open_reader(tmp_path / "ledger.db")
    yield reader
    reader.close()


def hours() -> list[datetime]:
    """Opening hours of the month, and the whole night in which the clocks go back."""
    every = [
        BEGIN.astimezone(UTC) + timedelta(hours=n)
        for n in range(round((END - BEGIN) / timedelta(hours=1)) + 1)
    ]
    local = [hour.astimezone(KYIV) for hour in every]
    return [h for h in local if h.date() == NIGHT.date() or (h.weekday() < 5 and 8 <= h.hour < 18)]


def count_month(ledger: Ledger) -> None:
    """Ratings and visits of every hour, about two in three tallies of each; paper of every day."""
    dice = random.Random(1991)
    tallies = Tallies()
    for hour in hours():
        at = round(hour.timestamp() * 1000)
        for site in SITES:
            for service in SERVICES:
                count_hour(tallies, dice, at, site, service)
    for day in sorted({hour.date() for hour in hours()}):
        for site in SITES:
            counts = {name: dice.randint(0, 3) for name in COUNTS}
            count_paper(tallies, Paper(site, "-", noon(day, KYIV), counts))
    with ledger.transaction():
        ledger.add_tallies(tallies)


def count_hour(tallies: Tallies, dice: random.Random, at: int, site: str, service: str) -> None:
    """One service of one site in one hour."""
    where = [(desk, channel) for desk in DESKS for channel in CHANNELS]
    for desk, channel in where:
        for _ in range(dice.randint(0, 2)):
            tallies.add(
                site,
                Rating(
                    node=f"box-{channel}",
                    epoch="0" * 16,
                    seq=1,
                    at=at + dice.randrange(3_600_000),
                    clock="set",
                    value=dice.choice(("satisfied", "unsatisfied")),
                    status=dice.choice(("counted", "repeat")),
                    channel=channel,
                    service=service,
                    desk=desk,
                    waited_min=dice.choice((None, dice.randrange(90))),
                    served_min=dice.randrange(20),
                ),
            )
    if service != "-":
        tallies.add(
            site,
            VisitBegan(
                node="dispenser",
                epoch="0" * 16,
                seq=1,
                at=at,
                clock="set",
                visit="0" * 16,
                service=service,
                number="А001",
                by="gateway",
            ),
        )
        tallies.add(
            site,
            Served(
                node="queue",
                epoch="0" * 16,
                seq=1,
                at=at,
                clock="set",
                visit="0" * 16,
                service=service,
                desk=dice.choice(DESKS),
                wait_ms=dice.randrange(9_000_000),
                serve_ms=dice.randrange(1_800_000),
            ),
        )


def run(mirror: Mirror, clock: Clock) -> None:
    """Until nothing is dirty."""
    for _ in range(100):
        clock.ms += round(mirror.step() * 1000)
        if mirror.lag == 0:
            return
    raise AssertionError(f"{mirror.lag} tallies stay dirty: {mirror.trouble}")


def assert_same(influx: Influx, stored: sqlite3.Connection) -> int:
    """InfluxDB has the ledger's tallies, all, in order, and no others; returns how many."""
    count = 0
    for name in TAGS:
        want = read_tallies(stored, name, 0, 1 << 40)
        assert influx.read(name, 0, 1 << 40) == want
        count += len(want)
    return count


def test_a_month_written_twice_reads_back_equal_to_the_ledger(
    influx: Influx, ledger: Ledger, stored: sqlite3.Connection
) -> None:
    """The second time changes nothing, and the database is made by the way."""
    clock = Clock()
    mirror = Mirror(ledger, influx, clock)
    run(mirror, clock)
    count = assert_same(influx, stored)
    assert count > 5000
    assert ledger.soil() == count
    run(mirror, clock)
    assert assert_same(influx, stored) == count


def test_the_hour_that_comes_twice_is_two_hours(
    influx: Influx, ledger: Ledger, stored: sqlite3.Connection
) -> None:
    """25 October 2026: 25 hours, each with tallies of its own."""
    clock = Clock()
    run(Mirror(ledger, influx, clock), clock)
    begin = round(NIGHT.timestamp())
    end = round(datetime(2026, 10, 26, tzinfo=KYIV).timestamp())
    rows = influx.read("visit", begin, end)
    assert rows == read_tallies(stored, "visit", begin, end)
    found = sorted({row[0] for row in rows})
    assert found == list(range(begin, begin + 25 * 3600, 3600))
    local = [datetime.fromtimestamp(hour, KYIV).hour for hour in found]
    assert local[:6] == [0, 1, 2, 3, 3, 4]


def test_a_killed_influxdb_holds_tallies_up_and_loses_none(
    influxd: Influxd, influx: Influx, ledger: Ledger, stored: sqlite3.Connection
) -> None:
    """What it confirmed before it was killed is not written again, and is there."""
    clock = Clock()
    mirror = Mirror(ledger, influx, clock, most_lines=1000)
    for _ in range(3):
        clock.ms += round(mirror.step() * 1000)
    held = mirror.lag
    influxd.kill()
    clock.ms += round(mirror.step() * 1000)
    assert mirror.lag == held > 1000
    assert "cannot be reached" in mirror.trouble
    influxd.restart()
    run(mirror, clock)
    assert mirror.trouble == ""
    assert assert_same(influx, stored) > held + 1000


def test_an_emptied_database_is_rebuilt_from_the_ledger(
    influx: Influx, ledger: Ledger, stored: sqlite3.Connection
) -> None:
    """By hand, as `soil` does it for a person."""
    clock = Clock()
    mirror = Mirror(ledger, influx, clock)
    run(mirror, clock)
    for name in TAGS:
        influx._query("POST", {"db": influx._config.database, "q": f'DROP MEASUREMENT "{name}"'})
        assert influx.read(name, 0, 1 << 40) == []
    ledger.soil()
    run(mirror, clock)
    assert assert_same(influx, stored) > 5000


def test_a_dropped_database_comes_back_whole_with_the_next_tally(
    influx: Influx, ledger: Ledger, stored: sqlite3.Connection
) -> None:
    """Nobody needs to tell the mirror."""
    clock = Clock()
    mirror = Mirror(ledger, influx, clock)
    run(mirror, clock)
    name = influx._config.database.replace('"', '\\"')
    influx._query("POST", {"q": f'DROP DATABASE "{name}"'})
    tallies = Tallies()
    count_hour(tallies, random.Random(1), round(END.timestamp()) * 1000, "north", "land")
    with ledger.transaction():
        ledger.add_tallies(tallies)
    assert mirror.lag < 20
    run(mirror, clock)
    assert assert_same(influx, stored) > 5000
