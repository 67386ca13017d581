"""docs/broker.md is true: mosquitto takes its settings, and a device can speak for itself only."""

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from simulator.mosquitto import Mosquitto
from wire import topics

PAGE = Path(__file__).parents[2] / "docs" / "broker.md"
PATIENCE_S = 10.0

pytestmark = pytest.mark.mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A mosquitto with the page's settings, its files in a folder of the test."""
    block = [line[4:] for line in PAGE.read_text().splitlines() if line.startswith("    ")]
    cut = next(i for i, line in enumerate(block) if line.startswith("# /etc/mosquitto/talon.acl"))
    (tmp_path / "talon.acl").write_text("\n".join(block[cut:]) + "\n")
    make = shutil.which("mosquitto_passwd") or "/usr/bin/mosquitto_passwd"
    for number, user in enumerate(("box-3", "box-4", "gateway")):
        create = ["-c"] if number == 0 else []
        passwords = str(tmp_path / "passwd")
        subprocess.run([make, "-b", *create, passwords, user, "secret"], check=True)
    settings = [
        re.sub(r"\s+#.*", "", line).replace("/etc/mosquitto/", f"{tmp_path}/")
        for line in block[:cut]
        if line and not line.startswith(("#", "listener", "allow_anonymous"))
    ]
    with Mosquitto(config=settings) as running:
        yield running


def test_a_device_can_speak_for_itself_and_for_nobody_else(broker: Mosquitto) -> None:
    """box-3 writes its own log; what it writes in box-4's name reaches nobody."""
    heard: list[str] = []
    done = threading.Event()

    def on_message(_c: mqtt.Client, _u: object, message: mqtt.MQTTMessage) -> None:
        heard.append(message.topic)
        if message.payload == b"last":
            done.set()

    gateway = _connect(broker, "gateway")
    gateway.on_message = on_message
    subscribed = threading.Event()
    gateway.on_subscribe = lambda *_: subscribed.set()
    gateway.subscribe(topics.every_node("tsnap-1", topics.LOG))
    assert subscribed.wait(PATIENCE_S)

    box = _connect(broker, "box-3")
    box.publish(topics.topic("tsnap-1", "box-4", topics.LOG), b"forged")
    box.publish(topics.topic("tsnap-1", "box-3", topics.LOG), b"last")
    assert done.wait(PATIENCE_S)
    assert heard == [topics.topic("tsnap-1", "box-3", topics.LOG)]
    for client in (gateway, box):
        client.disconnect()
        client.loop_stop()


def _connect(broker: Mosquitto, user: str) -> mqtt.Client:
    connected = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(user, "secret")
    client.on_connect = lambda *_: connected.set()
    client.connect(broker.host, broker.port)
    client.loop_start()
    assert connected.wait(PATIENCE_S)
    return client
