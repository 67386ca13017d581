"""What somebody with the broker's password could publish on a box's topics."""

from collections.abc import Iterable, Iterator

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.pico.hostile import TOPIC

BOX = "talon/v1/kyiv-1/box-3/"
ACK = BOX + "ack"
COMMAND = TOPIC.decode()
HEARD = (ACK, BOX + "answer", COMMAND, BOX + "config")
_PATIENCE_S = 10.0

RUBBISH = (
    (ACK, b""),
    (ACK, b"\xff\xfe"),
    (ACK, b"[" * 400),
    (ACK, b'{"v":1,"epoch":%s%s,"seq":1,"crc":0}' % (b"[" * 200, b"]" * 200)),
    (ACK, b'{"v":1,"epoch":"0123456789abcdef","seq":9007199254740992,"crc":0}'),
    (ACK, b'{"v":1,"epoch":7,"seq":-1,"crc":null}'),
    (ACK, b"x" * 200_000),
    (COMMAND, b""),
    (COMMAND, b"update"),
    (COMMAND, b"update piece 0123456789abcdef 0\n" + b"x" * 100_000),
    (COMMAND, b"update manifest 0123456789abcdef 0 8192\n" + b"x" * 1_024),
    (COMMAND, b"test 600 1 00000000 " + b"0" * 64),
    (COMMAND, "оновлення зараз".encode()),
    (BOX + "config", b"{" * 5_000),
)
SIZES = (500, 1_000, 2_000, 2_048, 2_049, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 200_000)


def of_all_sizes() -> Iterator[tuple[str, bytes]]:
    """On each topic that a box hears, whether it can be read in one piece or not."""
    for size in SIZES:
        for topic in HEARD:
            for filling in (b"[", b'{"v":', b"\x00"):
                yield topic, (filling * size)[:size]


def publish(port: int, messages: Iterable[tuple[str, bytes]], retain: bool = False) -> None:
    """Publish them at the broker at `port`, as fast as it takes them."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for topic, payload in messages:
        client.publish(topic, payload, retain=retain).wait_for_publish(_PATIENCE_S)
    client.disconnect()
    client.loop_stop()
