"""InfluxDB and the ledger give the same sums: a real InfluxDB 1.x."""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from collector.influx import Influx
from collector.influx_config import InfluxConfig
from collector.ledger import LAYOUT, Ledger
from collector.refusal import Missing, Unavailable
from collector.report.assemble import make_report
from collector.report.period import read_period
from collector.report.setting import Setting
from collector.source import Dimension
from collector.sources.influx import InfluxSource
from collector.sources.ledger import LedgerSource
from collector.tally import FIELDS, TAGS, Tallies, TallyRow, lines
from simulator.influxd import Influxd
from simulator.server import free_port
from tests.collector.bench import KYIV
from wire.store import open_reader

HOUR_S = 3600
BEGIN = int(datetime(2026, 9, 1, tzinfo=KYIV).timestamp())
END = int(datetime(2026, 11, 1, tzinfo=KYIV).timestamp())
VALUES = {
    "site": ("center", "north", "van-1"),
    "service": ("passport", "land", "-"),
    "desk": ("1", "вікно-3", "it's"),
    "channel": ("desk", "exit"),
}
GROUPS: tuple[tuple[str, Sequence[Dimension]], ...] = (
    ("rating", ()),
    ("rating", ("month", "channel")),
    ("rating", ("service", "month", "site")),
    ("rating", ("weekday", "hour")),
    ("rating", ("day",)),
    ("rating", ("month", "desk", "site", "hour")),
    ("visit", ("month",)),
    ("visit", ("month", "weekday", "hour", "service")),
    ("device", ("site", "node")),
)


@pytest.fixture(scope="module")
def influx() -> Iterator[Influx]:
    """A real one."""
    with Influxd() as server:
        one = Influx(InfluxConfig(url=server.url, database="talon"))
        one.create()
        yield one


def tallies(chance: random.Random) -> dict[str, list[TallyRow]]:
    """Some hundred of each measurement, over two months and the night of the clocks."""
    made: dict[str, list[TallyRow]] = {}
    for name in ("rating", "visit", "device"):
        rows: dict[tuple[int, tuple[str, ...]], tuple[int, ...]] = {}
        for _ in range(400):
            tags = tuple(chance.choice(VALUES.get(tag, ("box-1", "box-2"))) for tag in TAGS[name])
            sums = tuple(chance.randrange(4) for _ in FIELDS[name])
            rows[chance.randrange(BEGIN - 9 * HOUR_S, END + 9 * HOUR_S, HOUR_S), tags] = sums
        made[name] = [(hour, tags, sums) for (hour, tags), sums in rows.items()]
    return made


@pytest.mark.influxdb
def test_the_ledger_and_influxdb_give_the_same_figures(tmp_path: Path, influx: Influx) -> None:
    """Whatever is asked: by local time and tags, of all offices and of one, all fields and some."""
    made = tallies(random.Random(6))
    summed = Tallies()
    for name, rows in made.items():
        influx.write(lines(name, rows))
        summed.sums |= {(name, hour, tags): list(sums) for hour, tags, sums in rows}
    with closing(Ledger(tmp_path / "ledger.db")) as ledger, ledger.transaction():
        ledger.add_tallies(summed)
    with closing(open_reader(tmp_path / "ledger.db", LAYOUT)) as db:
        ours, theirs = LedgerSource(db, KYIV), InfluxSource(influx, KYIV)
        for measurement, by in GROUPS:
            for sites in ((), ("north",), ("north", "van-1")):
                expected = ours.sums(measurement, BEGIN, END, by, (), sites)
                assert expected
                assert theirs.sums(measurement, BEGIN, END, by, (), sites) == expected
        some = ("unsatisfied", "satisfied")
        expected = ours.sums("rating", BEGIN, END, ("hour",), some)
        assert theirs.sums("rating", BEGIN, END, ("hour",), some) == expected
        assert ours.sums("rating", 0, HOUR_S, ("hour",)) == []
        assert theirs.sums("rating", 0, HOUR_S, ("hour",)) == []
        assert theirs.sums("rating", 0, HOUR_S, ()) == []
        assert theirs.sums("rating", BEGIN, END, (), (), ("o'hare",)) == []
        setting = Setting(zone=KYIV, now_s=END)
        one, other = (
            make_report(source, read_period("2026-10"), setting, "internal")
            for source in (ours, theirs)
        )
        assert (one.method.source, other.method.source) == ("ledger", "influx")
        assert other.method.checksum == one.method.checksum
        assert msgspec.structs.replace(other, method=one.method) == one


@pytest.mark.influxdb
def test_a_database_that_is_not_there_is_no_empty_month(influx: Influx) -> None:
    """It says which one is missing."""
    away = Influx(InfluxConfig(url=influx._url, database="nowhere"))
    with pytest.raises(Missing, match="nowhere"):
        InfluxSource(away, KYIV).sums("rating", BEGIN, END, ("month",))


def test_an_influxdb_that_cannot_be_reached_is_said() -> None:
    """No figures rather than wrong ones."""
    away = Influx(InfluxConfig(url=f"http://127.0.0.1:{free_port()}", timeout_s=2))
    with pytest.raises(Unavailable, match="cannot be reached"):
        InfluxSource(away, KYIV).sums("rating", BEGIN, END, ("month",))
