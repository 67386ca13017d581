"""A real InfluxDB behind a proxy that does harm, and the collector's real process before it.

One collector for the whole file, and nobody restarts it until the last test stops it: whatever the
proxy did, InfluxDB has the ledger's tallies in the end, all of them, and no others.
"""

import itertools
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from iotcore import Broker
from paho.mqtt.enums import CallbackAPIVersion

from collector.influx import Influx
from collector.influx_config import LATE_FACTOR, InfluxConfig
from collector.ledger import read_tallies
from collector.tally import TAGS
from simulator.influxd import Influxd
from tests.collector import bench
from tests.faults.influx_proxy import FAULTS, FaultProxy
from tests.integration.rig import DEADLINE_S, Server, finish, free_port, open_broker, until
from wire import topics
from wire.batch import decode_mark
from wire.store import open_reader

pytestmark = pytest.mark.influxdb

SITE = "kyiv-1"
TIMEOUT_S = 0.3
DESKS = range(10)
HOURS = range(3)
BAD = "desk=7,"
CITY = """
data = "city"
timezone = "UTC"
[broker]
port = {port}
[influx]
url = "{url}"
timeout_s = {timeout_s}
"""
# The same program, only that it does not wait as long between two tries.
HURRIED = "import collector.mirror as m; m.PAUSE_S = 0.05; m.BACK_OFF_S = (0.05, 0.1); "


class HurriedCollector(Server):
    """The real collector."""

    def __init__(self, folder: Path, config: Path) -> None:
        super().__init__(folder, "talon-collector", "run", "--config", config)
        self._command[2] = HURRIED + self._command[2]


class Gateway:
    """Sends ratings to the city, and waits until they are confirmed."""

    def __init__(self, port: int) -> None:
        self._log = bench.Gateway(SITE)
        self._seq = itertools.count(1)
        self._hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        self._confirmed = threading.Condition()
        self._stored = 0
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe(
            topics.topic(SITE, topics.GATEWAY, topics.ACK)
        )
        self._client.on_message = self._on_mark
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def rate(self, desk: int, hours_ago: int = 0) -> None:
        """One rating, which is in the ledger on return."""
        self.send([(desk, hours_ago)])

    def send(self, ratings: list[tuple[int, int]]) -> None:
        """Ratings as (desk, hours ago) in one batch."""
        first = len(self._log.log) + 1
        now = round(self._hour.timestamp()) * 1000
        for desk, hours_ago in ratings:
            at = now - hours_ago * 3_600_000
            self._log.write(bench.rating(next(self._seq), at=at, desk=str(desk)))
        topic, payload = self._log.batch(first)
        until(lambda: self._publish(topic, payload), "the city confirms")

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self, topic: str, payload: bytes) -> bool:
        self._client.publish(topic, payload)
        with self._confirmed:
            return self._confirmed.wait_for(lambda: self._stored >= len(self._log.log), 1.0)

    def _on_mark(self, _c: mqtt.Client, _u: object, message: mqtt.MQTTMessage) -> None:
        with self._confirmed:
            self._stored = decode_mark(bytes(message.payload)).seq
            self._confirmed.notify()


class City:
    """The collector with its gateway, its proxy and the InfluxDB behind that."""

    def __init__(self, folder: Path, broker: Broker, proxy: FaultProxy, influxd: Influxd) -> None:
        self.proxy = proxy
        self.config = folder / "city.toml"
        self.ledger = folder / "city" / "ledger.db"
        self.config.write_text(
            CITY.format(port=broker.port, url=proxy.url, timeout_s=TIMEOUT_S), encoding="utf-8"
        )
        self.influx = Influx(InfluxConfig(url=influxd.url))
        self.collector = HurriedCollector(folder, self.config)
        self.collector.start("connected")
        self.pid = self.collector.pid
        self.gateway = Gateway(broker.port)

    def rows(self, query: str) -> list[Any]:
        """Something of the ledger."""
        with closing(open_reader(self.ledger)) as db:
            return db.execute(query).fetchall()

    def lacks(self) -> int:
        """How many tallies InfluxDB does not have, as the ledger knows."""
        return self._count("dirty > 0")

    def count(self) -> int:
        """How many tallies there are."""
        return self._count("1")

    def audit(self) -> "subprocess.CompletedProcess[str]":
        """The command, in the middle of it all."""
        return finish("talon-collector", "audit", self._month(), "--config", self.config)

    def differs(self) -> bool:
        """Whether the real InfluxDB, without the proxy, is not what the ledger says."""
        with closing(open_reader(self.ledger)) as db:
            return any(self._read(name) != _stored(db, name) for name in TAGS)

    def settle(self) -> None:
        """All is well again: wait until nothing is in doubt, and compare."""
        self.proxy.fault = "none"
        self.proxy.release()
        until(lambda: self._count("dirty <> 0") == 0, "nothing is left, nothing in doubt")
        assert not self.differs()
        audit = self.audit()
        assert audit.returncode == 0, audit.stdout
        assert "InfluxDB lacks 0 tallies, and has refused 0" in audit.stdout
        assert self.collector.is_alive and self.collector.pid == self.pid

    def _count(self, which: str) -> int:
        counts = (f"SELECT count(*) FROM tally_{name} WHERE {which}" for name in TAGS)
        return sum(self.rows(query)[0][0] for query in counts)

    def _read(self, name: str) -> list[Any]:
        return self.influx.read(name, 0, 1 << 40)

    def _month(self) -> str:
        return datetime.now(UTC).isoformat()[:7]


def _stored(db: sqlite3.Connection, name: str) -> list[Any]:
    return read_tallies(db, name, 0, 1 << 40)


@pytest.fixture(scope="module")
def influxd() -> Iterator[Influxd]:
    """A real one."""
    with Influxd() as one:
        yield one


@pytest.fixture(scope="module")
def running(influxd: Influxd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """For the whole file."""
    folder = tmp_path_factory.mktemp("city")
    with open_broker(free_port()) as broker, FaultProxy(influxd.url, tag=BAD) as proxy:
        one = City(folder, broker, proxy, influxd)
        one.gateway.rate(1)
        until(lambda: one.lacks() == 0, "the database is made, and written")
        yield one
        one.gateway.close()
        one.collector.kill()


@pytest.fixture
def city(running: City) -> Iterator[City]:
    """As it should be before and after each test."""
    yield running
    running.proxy.fault = "none"
    running.proxy.release()


def test_while_influxdb_is_away_the_lag_shows_and_nothing_is_dropped(city: City) -> None:
    """The city goes on taking, and the audit says how much InfluxDB lacks, and why."""
    before = city.lacks()
    assert before == 0
    city.proxy.fault = "refuse"
    city.gateway.send([(desk, hour) for desk in DESKS for hour in HOURS])
    lacks = city.lacks()
    assert lacks == len(DESKS) * len(HOURS) + len(HOURS)  # and the box's own, each hour
    audit = city.audit()
    assert audit.returncode == 1
    assert f"InfluxDB lacks {lacks} tallies, and has refused 0" in audit.stdout
    assert "InfluxDB could not be compared" in audit.stdout
    assert "cannot be reached" in audit.stdout
    city.proxy.fault = "none"
    until(lambda: city.lacks() == 0, "it catches up")
    assert not city.differs()


def test_a_lost_204_changes_nothing(city: City) -> None:
    """It is written again, and is the same."""
    city.proxy.fault = "swallow"
    swallowed = city.proxy.seen["swallow"]
    city.gateway.rate(2)
    until(lambda: city.proxy.seen["swallow"] >= swallowed + 3, "it is tried again and again")
    assert city.lacks() == 2
    assert not city.differs()
    city.proxy.fault = "none"
    until(lambda: city.lacks() == 0, "it is confirmed")
    assert not city.differs()


def test_an_old_value_that_arrives_after_a_newer_one_does_not_stay(city: City) -> None:
    """A write that was given up is done when a newer one has long been confirmed."""
    city.proxy.fault = "late"
    held = city.proxy.seen["late"]
    city.gateway.rate(3)
    until(lambda: city.proxy.seen["late"] > held, "the first is on its way")
    until(lambda: "did not answer within" in city.collector.said(), "it is given up")
    city.proxy.fault = "none"
    city.gateway.rate(3)
    until(lambda: city.lacks() == 0 and not city.differs(), "the newer value is confirmed")
    done = city.proxy.late_done
    city.proxy.release()
    until(lambda: city.proxy.late_done > done and city.differs(), "the old one is back")
    until(lambda: not city.differs(), "it did not stay")
    city.settle()


def test_one_bad_line_blocks_no_other_and_is_reported_with_its_reason(city: City) -> None:
    """Until InfluxDB takes it."""
    city.proxy.fault = "bad-line"
    city.gateway.send([(desk, 0) for desk in DESKS])
    until(lambda: city.lacks() == 0, "the others are written")
    refused = city.rows("SELECT line, reason FROM refused_line")
    assert len(refused) == 1 and BAD in refused[0][0]
    assert len(set(city.influx.read("rating", 0, 1 << 40)) & _ratings(city)) == _count(city) - 1
    city.proxy.fault = "none"  # for the audit's own question; the line is not tried by itself
    audit = city.audit()
    assert audit.returncode == 1
    assert "InfluxDB lacks 0 tallies, and has refused 1" in audit.stdout
    why = f"{city.proxy.url} refused the lines (400): partial write"
    assert f"  refused: {refused[0][0]}: {why}" in audit.stdout
    assert "  ! InfluxDB refused 1 tallies, e.g. rating," in audit.stdout
    city.gateway.rate(7)
    until(lambda: not city.differs(), "the next change of that tally is taken")
    city.settle()


def _ratings(city: City) -> set[Any]:
    with closing(open_reader(city.ledger)) as db:
        return set(_stored(db, "rating"))


def _count(city: City) -> int:
    return len(_ratings(city))


def test_whatever_influxdb_and_the_network_do_it_ends_equal_to_the_ledger(city: City) -> None:
    """Every fault, in a random order, under a stream of ratings."""
    dice = random.Random(20261026)
    faults = [name for name in FAULTS if name != "none"] * 2
    dice.shuffle(faults)
    for fault in faults:
        city.proxy.release()
        city.proxy.fault = fault
        met = city.proxy.seen[fault]
        for _ in range(3 if fault == "refuse" else 1000):
            city.gateway.send([(dice.choice(DESKS), dice.choice(HOURS)) for _ in range(5)])
            if city.proxy.seen[fault] > met:
                break
        city.proxy.once(*dice.sample(["swallow", "503", "garbage", "none"], 2))
    city.proxy.fault = "none"
    assert set(city.proxy.seen) >= set(FAULTS) - {"refuse"}
    city.gateway.send([(desk, hour) for desk in DESKS for hour in HOURS])  # also those refused
    city.settle()
    assert TIMEOUT_S * LATE_FACTOR < DEADLINE_S


def test_a_rebuild_gets_past_a_flaky_influxdb_or_says_how_to_go_on(city: City) -> None:
    """The last test: the collector is stopped, for the first time."""
    assert city.collector.pid == city.pid and city.collector.stop() == 0
    for name in TAGS:
        query = {"db": "talon", "q": f'DROP MEASUREMENT "{name}"'}
        city.influx._query("POST", query)
    city.proxy.once("none")  # to make the database
    city.proxy.fault = "503"
    failed = finish("talon-collector", "rebuild", "--config", city.config)
    assert failed.returncode == 1
    said = failed.stderr.splitlines()[-1]
    total = city.count()
    assert f"{total} of {total} tallies are left: " in said and "rebuild again" in said, said
    assert city.lacks() == total and city.differs()
    city.proxy.fault = "none"
    city.proxy.once("none", "swallow")
    done = finish("talon-collector", "rebuild", "--config", city.config)
    assert done.returncode == 0, done.stderr
    assert f"{total} tallies written" in done.stdout
    assert not city.differs() and city.audit().returncode == 0
    city.proxy.fault = "bad-line"
    refused = finish("talon-collector", "rebuild", "--config", city.config)
    assert refused.returncode == 1
    assert f"{len(HOURS)} of {total} tallies were refused" in refused.stderr


def test_the_proxy_by_hand_says_what_it_does(influxd: Influxd) -> None:
    """As the examples in its help have it."""
    words = ["--to", influxd.url, "--fault", "503", "--seconds", "0.1"]
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults.influx_proxy", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert f"-> {influxd.url}: 503" in ended.stdout and "requests: {}" in ended.stdout
