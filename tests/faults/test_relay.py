"""Messages come several times, late, out of order or not at all: both hops stay exact."""

import random
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from simulator import profile
from simulator.mosquitto import Mosquitto
from tests.conftest import LONG
from tests.faults.relay import Relay, Route, Ways
from tests.integration.rig import Town, until
from wire import topics

pytestmark = pytest.mark.mosquitto

PRESSES = 5_000 if LONG else 500


@pytest.fixture
def brokers() -> Iterator[list[Mosquitto]]:
    """The devices', the office's and the city's."""
    with Mosquitto() as one, Mosquitto() as two, Mosquitto() as three:
        yield [one, two, three]


def routes(node: str, below: int, above: int) -> list[Route]:
    """Both directions of the hop from `node`, which is at the broker `below`."""
    up = [topics.topic(profile.SITE, node, channel) for channel in (topics.LOG, topics.STATE)]
    down = topics.topic(profile.SITE, node, topics.ACK)
    return [*(Route(topic, below, above) for topic in up), Route(down, above, below, retain=True)]


def test_whatever_the_network_does_to_messages_totals_are_exact(
    brokers: list[Mosquitto], tmp_path: Path, seed: int
) -> None:
    """Also retained watermarks come late and out of order, so that an old one may be the last."""
    hall, office, city = (broker.port for broker in brokers)
    way = [*routes("exit-1", hall, office), *routes(topics.GATEWAY, office, city)]
    with (
        Relay(way, Ways(), random.Random(seed)) as relay,
        Town(tmp_path, office, hall_port=hall, city_port=city) as town,
    ):
        town.start()
        box = town.hall.box("exit-1")
        town.hall.wait_until_online()
        for number in range(PRESSES):
            assert town.hall.press(box, "unsatisfied" if number % 5 == 0 else "satisfied")
        town.hall.wait_until_delivered()
        want = (PRESSES - PRESSES // 5, PRESSES // 5)
        until(lambda: sum(town.counted()) >= PRESSES, "all presses are in the city")
        until(lambda: relay.said > relay.heard, "copies are under way")
        assert relay.overtaken > 0
        assert town.counted() == want
        assert town.ratings() == {
            ("exit-1", "satisfied", "counted"): want[0],
            ("exit-1", "unsatisfied", "counted"): want[1],
        }
        until(lambda: town.audit().returncode == 0, "the audit balances, now that states are here")
        assert box.node.sender.renewals == 0
        assert town.rows("SELECT sum(duplicates) > 0 FROM stream") == [(1,)]


def test_the_relay_repeats_delays_and_reorders(brokers: list[Mosquitto]) -> None:
    """Each message twice; all of them, but not in their order."""
    here, there = brokers[0].port, brokers[1].port
    heard: list[bytes] = []
    listener, speaker = (mqtt.Client(CallbackAPIVersion.VERSION2) for _ in range(2))
    listener.on_message = lambda _c, _u, message: heard.append(bytes(message.payload))
    listener.connect("127.0.0.1", there)
    listener.loop_start()
    speaker.connect("127.0.0.1", here)
    speaker.loop_start()
    try:
        with Relay([Route("a/+", here, there)], Ways(2, 0.2, 0.0), random.Random(1)) as relay:
            ready = listener.subscribe("a/+")[1]
            assert ready is not None
            until(lambda: relay._thread.is_alive() and listener.is_connected(), "all are there")
            said = [b"%d" % number for number in range(50)]
            speaker.publish("a/x", b"first", qos=1).wait_for_publish()
            until(lambda: heard.count(b"first") == 2, "the way is open")
            for message in said:
                speaker.publish("a/x", message)
            until(lambda: len(heard) == 102, "all are there twice")
            assert sorted(heard[2:]) == sorted(said * 2)
            assert heard[2:] != [message for message in said for _ in range(2)]
            assert relay.heard == 51 and relay.said == 102 and relay.overtaken > 0
    finally:
        for client in (listener, speaker):
            client.disconnect()
            client.loop_stop()
