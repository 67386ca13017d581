"""What anybody may send to the broker: nothing of it stops gateway or collector, or is stored."""

import asyncio
import json
import random
import socket
import threading
from collections.abc import Iterator

import paho.mqtt.client as mqtt
import pytest
from iotcore import Broker
from paho.mqtt.enums import CallbackAPIVersion

from simulator import profile
from tests.integration.rig import DEADLINE_S, Town, free_port, open_broker, until
from wire import topics
from wire.address import Address
from wire.batch import Mark, encode_mark
from wire.link import Incoming, Link

SITE = profile.SITE
DEEP = b"[" * 100_000 + b"]" * 100_000
HEAD = (
    b'{"v":1,"epoch":"00000000000000ff","first":1,"oldest":1,"count":%d,"prev":0,'
    b'"boot":"00000000","up":0}\n'
)
PAYLOADS = {
    "nothing": b"",
    "text": b"hello",
    "not UTF-8": b"\xff\xfe\x00\x80" * 50,
    "zeros": bytes(2_000),
    "half a surrogate": b'{"v":1,"epoch":"\\ud800"}',
    "deep": DEEP,
    "a deep field": b'{"v":' + DEEP + b"}\n",
    "a list": b"[]\n",
    "huge numbers": b'{"v":1,"online":true,"epoch":"00000000000000ff","up":%d,"last":%d}'
    % (10**400, 10**400),
    "not a number": b'{"v":1,"online":true,"up":NaN,"last":Infinity}',
    "another version": b'{"v":2,"epoch":"00000000000000ff","seq":1,"crc":0}',
    "a cut head": HEAD[:40],
    "too few records": HEAD % 5 + b'{"kind":"press"}\n',
    "a cut record": HEAD % 1 + b'{"kind":"press"',
    "more records than there can be": HEAD % (10**30),
    "a batch of 900 kB without an end": HEAD % 1 + b"x" * 900_000,
    "more than a batch may have": HEAD % 1 + b"x" * (1 << 20) + b"\n",
}
FOREIGN = (
    "talon/v1",
    "talon/v1/",
    f"talon/v1/{SITE}",
    f"talon/v1/{SITE}/gateway/log/more",
    f"talon/v1/{SITE}/UPPER/log",
    f"talon/v1/{SITE}//log",
    f"talon/v1/{SITE}/{'x' * 200}/log",
    f"talon/v1/{SITE}/box'; DROP TABLE event; --/log",
    "talon/v1/../gateway/log",
    "talon/v1/nowhere/gateway/log",
    "talon/v1/nowhere/exit-1/log",
    "talon/v2/x/gateway/log",
)
GOOD_PRESS = b'{"kind":"press","at":null,"boot":"00000000","up":0,"button":"satisfied"}\n'


class Stranger:
    """Somebody who may publish whatever he likes, and hears all."""

    def __init__(self, port: int) -> None:
        self._heard: dict[str, list[bytes]] = {}
        self._ready = threading.Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self.client.on_connect = lambda client, *_: client.subscribe("talon/#")
        self.client.on_subscribe = lambda *_: self._ready.set()
        self.client.on_message = self._on_message
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self._ready.wait(DEADLINE_S)

    def say(self, topic: str, payload: bytes, retain: bool = False) -> None:
        """Publish, and wait until the broker has it."""
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(DEADLINE_S)

    def heard(self, topic: str) -> list[bytes]:
        """What has come on a topic."""
        return list(self._heard.get(topic, []))

    def close(self) -> None:
        """Leave."""
        self.client.disconnect()
        self.client.loop_stop()

    def _on_message(self, _c: mqtt.Client, _u: object, message: mqtt.MQTTMessage) -> None:
        self._heard.setdefault(message.topic, []).append(bytes(message.payload))


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    """A broker that lets more through than a batch may have."""
    with open_broker(free_port(), 4 << 20) as one:
        yield one


@pytest.fixture(scope="module")
def town(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One office and city for all tests of this file: each leaves them as they should be."""
    with Town(tmp_path_factory.mktemp("town"), broker.port) as one:
        one.start()
        one.hall.box("exit-1")
        one.hall.press(one.hall.boxes["exit-1"])
        until(lambda: one.counted() == (1, 0), "a first press is counted, after the start's note")
        yield one


@pytest.fixture
def stranger(broker: Broker) -> Iterator[Stranger]:
    """At the same broker."""
    one = Stranger(broker.port)
    yield one
    one.close()


# what strangers have sent may still be on its way
_OF_THE_BOX = "SELECT count(*) FROM event JOIN origin ON id=origin WHERE node='exit-1'"


def assert_well(town: Town) -> None:
    """Both are alive, and a good press is counted, that one and no other."""
    before = town.counted()
    events = town.rows(_OF_THE_BOX)[0][0]
    assert town.hall.press(town.hall.boxes["exit-1"], "satisfied")
    until(lambda: sum(town.counted()) > sum(before), "the good press is counted")
    assert town.counted() == (before[0] + 1, before[1])
    assert town.rows(_OF_THE_BOX) == [(events + 1,)]
    assert town.gateway.is_alive and town.collector.is_alive
    assert "Traceback" not in town.gateway.said() + town.collector.said()


def stored(town: Town) -> list[object]:
    """All that the city holds, but for what it says of itself."""
    return [
        town.rows("SELECT site, node, epoch FROM origin"),
        town.rows("SELECT * FROM event"),
        town.rows("SELECT * FROM lost"),
        town.rows("SELECT * FROM conflict"),
        town.rows("SELECT * FROM quarantine"),
        town.rows("SELECT site, node, epoch FROM stream"),
    ]


@pytest.mark.parametrize("what", PAYLOADS)
def test_rubbish_on_every_topic_is_not_stored(town: Town, stranger: Stranger, what: str) -> None:
    """On all channels of a box, of the gateway, of another office, and of nobody."""
    assert_well(town)
    before = stored(town)
    for node in ("exit-1", "gateway", "nobody"):
        for channel in topics.CHANNELS:
            stranger.say(topics.topic(SITE, node, channel), PAYLOADS[what])
            stranger.say(topics.topic("elsewhere", node, channel), PAYLOADS[what])
    assert stored(town) == before
    assert_well(town)


def test_foreign_topics_are_nobodys(town: Town, stranger: Stranger) -> None:
    """A sound batch on a topic that is not a node's of this office counts nowhere."""
    assert_well(town)
    before = stored(town)
    for topic in FOREIGN:
        stranger.say(topic, HEAD % 1 + GOOD_PRESS)
    assert stored(town) == before
    assert_well(town)


def test_a_stranger_at_an_own_topic_is_kept_but_does_not_count(
    town: Town, stranger: Stranger
) -> None:
    """The office's config does not know the node: nothing is thrown away, nothing counted."""
    before = town.counted()
    stranger.say(topics.topic(SITE, "unheard-of", topics.LOG), HEAD % 1 + GOOD_PRESS)
    key = ("unheard-of", "satisfied", "unknown")
    until(lambda: town.ratings().get(key) == 1, "the stranger's press is kept")
    assert town.counted() == before
    assert_well(town)


def test_random_bytes_in_a_good_batch_are_at_worst_quarantined(
    town: Town, stranger: Stranger
) -> None:
    """Bits flip in head and record of a batch of a node that nobody knows; nothing else changes."""
    dice = random.Random(7)
    before = town.counted()
    whole = HEAD % 1 + GOOD_PRESS
    for _ in range(120):
        spoilt = bytearray(whole)
        for _ in range(dice.randrange(1, 6)):
            spoilt[dice.randrange(len(spoilt))] = dice.randrange(256)
        stranger.say(topics.topic(SITE, "flipper", topics.LOG), bytes(spoilt))
        stranger.say(topics.topic(SITE, topics.GATEWAY, topics.STATE), bytes(spoilt))
    assert town.counted() == before
    assert_well(town)


def test_hostile_watermarks_lose_nothing(town: Town, stranger: Stranger) -> None:
    """The gateway is told that the city has what it does not have, and the contrary."""
    assert_well(town)
    epoch = town.rows("SELECT epoch FROM stream ORDER BY id DESC LIMIT 1")[0][0]
    ack = topics.topic(SITE, topics.GATEWAY, topics.ACK)
    for seq, crc in ((0, 0), (1, 12345), (1 << 52, 0), (1 << 52, 99), (3, 1), (1, 0)):
        stranger.say(ack, encode_mark(Mark(epoch, seq, crc)), retain=True)
        stranger.say(ack, encode_mark(Mark("00000000000000ff", seq, crc)), retain=True)
        assert_well(town)
    assert town.rows("SELECT count(*) FROM lost UNION ALL SELECT count(*) FROM uplink_lost") == [
        (0,),
        (0,),
    ]


def test_a_state_with_impossible_figures_spoils_no_accounting(
    town: Town, stranger: Stranger
) -> None:
    """Whoever can speak as the gateway could say anything; what cannot be is refused."""
    before = stored(town)
    head = {"node": "exit-1", "epoch": "00000000000000ff", "seen": 0}
    for figures in ({"written": 1 << 70, "stored": 0}, {"written": -1, "stored": 0}, {}):
        state = {"v": 1, "online": True, "devices": [{**head, **figures}]}
        stranger.say(topics.topic(SITE, topics.GATEWAY, topics.STATE), json.dumps(state).encode())
    assert stored(town) == before
    assert_well(town)


def test_a_topic_that_is_not_utf_8_harms_nobody(town: Town, broker: Broker) -> None:
    """Sent past every library; most brokers hang up."""
    topic = f"talon/v1/{SITE}/".encode() + b"\xff\xfe/log"
    with socket.create_connection(("127.0.0.1", broker.port), DEADLINE_S) as connection:
        connection.sendall(_packet(0x10, b"\x00\x04MQTT\x04\x02\x00\x3c\x00\x03bad"))
        assert connection.recv(4)[:2] == b"\x20\x02"
        connection.sendall(_packet(0x30, len(topic).to_bytes(2, "big") + topic + b"x"))
        connection.sendall(b"\xc0\x00")  # a ping: answered, or hung up on, it has been read
        connection.settimeout(DEADLINE_S)
        connection.recv(4)
    assert_well(town)


def test_a_broker_that_lets_such_a_topic_through_is_endured() -> None:
    """Gateway and collector pass it over, and take what comes after it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        threading.Thread(target=_lax_broker, args=(listener,), name="lax broker").start()
        taken = asyncio.run(_take_first(Address("127.0.0.1", port)))
    assert taken == [("talon/v1/x/good/log", b"good")]


async def _take_first(address: Address) -> list[Incoming]:
    link = Link(address, "gateway", ["talon/#"], None, list)
    running = asyncio.create_task(link.run())
    try:
        return await asyncio.wait_for(link.take(10), DEADLINE_S)
    finally:
        running.cancel()


def _lax_broker(listener: socket.socket) -> None:
    """Accepts one client, and passes on what no broker should."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(1000)
        connection.sendall(b"\x20\x02\x00\x00")
        subscribe = connection.recv(1000)
        connection.sendall(b"\x90\x03" + subscribe[2:4] + b"\x00")
        for topic, payload in (
            (b"talon/v1/x/\xff\xfe/log", b"bad"),
            (b"talon/v1/x/good/log", b"good"),
        ):
            connection.sendall(_packet(0x30, len(topic).to_bytes(2, "big") + topic + payload))
        while connection.recv(1000):
            continue


def test_retained_rubbish_does_not_outlive_a_restart(town: Town, stranger: Stranger) -> None:
    """It comes first after every connect, on every topic there is."""
    rubbish = PAYLOADS["a deep field"]
    for node in ("exit-1", "gateway", "unheard-of"):
        for channel in topics.CHANNELS:
            stranger.say(topics.topic(SITE, node, channel), rubbish, retain=True)
    before = stored(town)
    town.gateway.kill()
    town.collector.kill()
    town.start()
    assert stored(town) == before
    assert_well(town)


def _packet(kind: int, body: bytes) -> bytes:
    assert len(body) < 128
    return bytes((kind, len(body))) + body
