"""The virtual city's parts: clockwork, broker, card, InfluxDB, and the fate of programs."""

import random
import sqlite3

import pytest

from collector.refusal import Missing, Refused, Unavailable
from collector.tally import FIELDS, lines
from simulator.disk import PowerCut
from simulator.microcosm.broker import Broker, Connection, Weather
from simulator.microcosm.card import Card, logged
from simulator.microcosm.clockwork import START, Clockwork, Trace
from simulator.microcosm.fate import Fate, Killed
from simulator.microcosm.influx import VirtualInflux
from simulator.microcosm.stage import Stage, Witness

TAGS = ("s", "box-1")
ZEROS = (0,) * (len(FIELDS["device"]) - 1)


def line(first: int) -> str:
    """A tally of box-1 whose first field is `first`."""
    return lines("device", [(3600, TAGS, (first, *ZEROS))])


class Ear:
    """A client that notes what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def on_up(self) -> None:
        """Connected."""
        self.heard.append("up")

    def on_down(self) -> None:
        """Not connected."""
        self.heard.append("down")

    def on_message(self, topic: str, payload: bytes) -> None:
        """A message."""
        self.heard.append(f"{topic} {payload.decode()}")


class Net:
    """A broker, and clients made as they are needed."""

    def __init__(self) -> None:
        self.clockwork = Clockwork(Trace())
        self.stage = Stage(self.clockwork, random.Random(1), Witness())
        self.broker = Broker(self.stage, "city")

    def client(self, name: str, topic: str = "a/+") -> tuple[Connection, Ear]:
        """A connection that is up."""
        connection = Connection(self.stage, self.broker, name, [topic], (f"a/{name}", b"gone"))
        ear = Ear()
        connection.open(ear)
        self.wait(1_000)
        return connection, ear

    def wait(self, ms: int) -> None:
        """Time passes."""
        self.clockwork.run_until(self.stage.now + ms)


def test_work_is_done_at_its_time_and_in_order() -> None:
    clockwork = Clockwork(Trace())
    done: list[tuple[int, str]] = []
    for ms, name in ((20, "late"), (10, "first"), (10, "second")):
        clockwork.after(ms, lambda name=name: done.append((clockwork.now - START, name)))  # type: ignore[misc]
    clockwork.run_until(START + 15)
    assert done == [(10, "first"), (10, "second")]
    clockwork.run_until(START + 20)
    assert done[2:] == [(20, "late")]
    assert clockwork.steps == 3


def test_the_digest_of_a_trace_knows_every_line() -> None:
    one, other = Trace(), Trace()
    for i in range(500):
        one.add(f"line {i}")
        other.add(f"line {i if i else 'other'}")
    assert list(one.lines) == list(other.lines)
    assert one.digest != other.digest


def test_a_late_subscriber_gets_what_is_retained_but_not_after_a_forgetful_restart() -> None:
    net = Net()
    speaker, _ = net.client("one")
    speaker.publish("a/x", b"kept", True)
    speaker.publish("a/x", b"not kept", False)
    net.wait(100)
    _, late = net.client("two")
    assert late.heard == ["up", "a/x kept"]
    net.broker.stop(forget=True)
    net.broker.start()
    net.wait(10_000)
    assert late.heard[2:] == ["down", "up"]
    assert net.client("three")[1].heard == ["up"]


def test_who_goes_without_a_goodbye_leaves_a_will() -> None:
    net = Net()
    leaver, _ = net.client("one")
    _, other = net.client("two")
    leaver.close()
    net.wait(100)
    assert other.heard == ["up", "a/one gone"]


def test_a_severed_connection_looks_well_until_it_is_noticed() -> None:
    net = Net()
    speaker, ear = net.client("one")
    _, other = net.client("two")
    speaker.sever(noticed_ms=5_000)
    assert speaker.publish("a/x", b"into the void", False)
    net.wait(4_000)
    assert (ear.heard, other.heard) == (["up"], ["up"])
    net.wait(2_000)
    assert ear.heard == ["up", "down"]
    assert other.heard == ["up", "a/one gone"]
    assert not speaker.publish("a/x", b"said in vain", False)
    speaker.mend()
    net.wait(5_000)
    assert ear.heard[:3] == ["up", "down", "up"]


@pytest.mark.parametrize(
    ("weather", "copies"), [(Weather(drop=1.0), 0), (Weather(twice=1.0), 2), (Weather(), 1)]
)
def test_weather_drops_and_doubles(weather: Weather, copies: int) -> None:
    net = Net()
    speaker, _ = net.client("one", "b/+")
    _, ear = net.client("two")
    net.broker.weather = weather
    speaker.publish("a/x", b"", False)
    net.wait(1_000)
    assert ear.heard == ["up"] + ["a/x "] * copies


def test_late_messages_overtake_each_other() -> None:
    net = Net()
    speaker, _ = net.client("one", "b/+")
    _, ear = net.client("two")
    net.broker.weather = Weather(late=1.0, late_ms=1_000)
    sent = [f"a/x {i}" for i in range(20)]
    for i in range(20):
        speaker.publish("a/x", str(i).encode(), False)
    net.wait(3_000)
    assert ear.heard[1:] != sent
    assert sorted(ear.heard[1:]) == sorted(sent)


def test_a_kill_waits_for_its_point_and_strikes_once() -> None:
    fate = Fate()
    fate.kill_at("commit", 1)
    fate.reach("commit")
    fate.reach("publish")
    with pytest.raises(Killed):
        fate.reach("commit")
    fate.reach("commit")


def test_a_disk_refuses_until_it_relents() -> None:
    fate = Fate()
    fate.disk_refuses = True
    fate.reach("begin")
    with pytest.raises(sqlite3.OperationalError):
        fate.reach("commit")
    fate.relent()
    fate.reach("commit")


def test_a_card_is_dead_without_power_and_keeps_what_it_had() -> None:
    card = Card(Fate(), lambda name: None)
    card.create("a.log", b"x")
    card.chip.cut_power()
    with pytest.raises(PowerCut):
        card.read("a.log")
    card.restore()
    assert card.read("a.log") == b"x"
    image = card.image()
    card.append("a.log", b"y")
    card.overwrite(image)
    assert card.read("a.log") == b"x"


def test_an_image_without_records_has_none() -> None:
    assert logged({}) == {}


def test_influx_overwrites_by_key_and_reads_back() -> None:
    influx = VirtualInflux(lambda said: None)
    influx.write(line(1))
    influx.write(line(2))
    assert influx.read("device", 0, 10_000) == [(3600, TAGS, (2, *ZEROS))]
    assert influx.read("device", 3601, 10_000) == influx.read("visit", 0, 10_000) == []


def test_influx_has_moods() -> None:
    influx = VirtualInflux(lambda said: None)
    influx.mood = "no answer"
    with pytest.raises(Unavailable):
        influx.write(line(1))
    influx.mood = "lost request"
    with pytest.raises(Unavailable):
        influx.write(line(2))
    influx.mood = "too big"
    with pytest.raises(Refused):
        influx.write("\n".join([line(3)] * 2))
    assert [sums[0] for _, _, sums in influx.read("device", 0, 10_000)] == [1]
    influx.drop()
    with pytest.raises(Missing):
        influx.write(line(4))
    influx.create()
    influx.write(line(4))
    assert len(influx.points) == 1
