"""`talon-gateway update` and `test`, over a broker, to a box's own end of it."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from click.testing import CliRunner
from iotcore import Broker
from paho.mqtt.enums import CallbackAPIVersion

from firmware.ratingbox.selftest import SelfTest
from gateway import box_cli
from gateway.cli import cli
from gateway.config import read_office
from gateway.course import Course
from gateway.orders import Orders
from tests.firmware.ratingbox.gateway_stand_in import KEY, NODE, SITE
from tests.firmware.ratingbox.test_update import FILES, Box
from wire import topics
from wire.address import Address
from wire.config import ConfigError
from wire.image import Image, write_image
from wire.update import UpdateError

COMMAND = topics.topic(SITE, NODE, topics.COMMAND)
REPLY = topics.topic(SITE, NODE, topics.REPLY)
BOOT = "0a1b2c3d"


class OnlineBox:
    """A box at a broker. `reaches`: whether the next firmware gets its gateway's ack; `deaf_for`:
    how many messages it does not hear first."""

    def __init__(self, port: int, reaches: bool = True, deaf_for: int = 0) -> None:
        self.box = Box()
        self.until: list[int] = []
        self.test_orders = SelfTest(self, SITE, NODE, KEY, BOOT)  # type: ignore[arg-type]
        self._reaches = reaches
        self._deaf_for = deaf_for
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._on_message
        self._client.on_connect = lambda client, *_: client.subscribe(COMMAND)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def test(self, until: int) -> None:
        """The panel's end of a self-test."""
        self.until.append(until)

    def close(self) -> None:
        """Switch it off."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, client: mqtt.Client, _: Any, message: mqtt.MQTTMessage) -> None:
        if self._deaf_for:
            self._deaf_for -= 1
            return
        payload = bytes(message.payload)
        if payload.startswith(b"test "):
            client.publish(REPLY, self.test_orders.handle(payload, 0))
            return
        client.publish(REPLY, self.box.updater.handle(payload))
        if self.box.updater.reboot:
            self._boot()

    def _boot(self) -> None:
        for i in range(1 if self._reaches else 4):
            self.box.boot()
            self.box.updater._boot = f"{i:08x}"
        if self._reaches:
            self.box.updater.on_trusted()
            self.box.updater._version = "0.2.0"


@pytest.fixture
def port() -> Iterator[int]:
    """Of a broker of one's own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
    with Broker(port=free, listen="127.0.0.1"):
        yield free


async def update(port: int, seen: list[tuple[str, int]]) -> None:
    """An update of the box at the broker, with short waits."""
    course = Course(Image("0.2.0", FILES), SITE, NODE, KEY)
    async with Orders(Address("127.0.0.1", port), SITE, NODE, 0.2, 0.01) as orders:
        await orders.update(course, lambda now: seen.append((now.stage, now.done)))


def test_a_box_takes_an_update_and_stays_with_it(port: int) -> None:
    """Told step by step; the first messages are lost."""
    online = OnlineBox(port, deaf_for=3)
    seen: list[tuple[str, int]] = []
    try:
        asyncio.run(update(port, seen))
    finally:
        online.close()
    assert seen[-1] == ("kept", 3_704)
    assert [done for _, done in seen] == sorted(done for _, done in seen)
    assert online.box.state()[:2] == ("b", "-")


def test_a_box_that_went_back_is_an_error(port: int) -> None:
    """With the version that runs."""
    online = OnlineBox(port, reaches=False)
    try:
        with pytest.raises(UpdateError, match=r"went back to 0\.1\.0"):
            asyncio.run(update(port, []))
    finally:
        online.close()
    assert online.box.state()[:2] == ("a", "-")


def test_a_box_that_is_not_there_is_named(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to look at."""
    monkeypatch.setattr("gateway.orders.PATIENCE_S", 0.3)
    with pytest.raises(UpdateError, match=r"box-3 does not answer\. Is it online\?"):
        asyncio.run(update(port, []))


OFFICE = """
site = "kyiv-1"
name = "ЦНАП"
data = "data"
service = []
[broker]
port = {port}
[[device]]
node = "box-3"
kind = "ratingbox"
channel = "exit"
{key}
[[device]]
node = "disp-1"
kind = "dispenser"
mark = "1"
"""


def office(folder: Path, port: int, key: str = 'key_file = "box-3.key"') -> Path:
    """Its config; the key lies beside it."""
    (folder / "box-3.key").write_text(KEY.hex() + "\n")
    path = folder / "office.toml"
    path.write_text(OFFICE.format(port=port, key=key))
    return path


def test_the_commands_say_what_became_of_it(port: int, tmp_path: Path) -> None:
    """An update, then a self-test."""
    config = str(office(tmp_path, port))
    file = tmp_path / "ratingbox-0.2.0.zip"
    file.write_bytes(write_image(Image("0.2.0", FILES)))
    online = OnlineBox(port)
    try:
        done = CliRunner().invoke(cli, ["update", "--config", config, "box-3", str(file)])
        assert done.output.splitlines()[-1] == (
            "box-3: version 0.2.0 has reached this gateway, and stays"
        )
        online.test_orders._boot = "00000000"  # the one that it booted into
        tested = CliRunner().invoke(cli, ["test", "--config", config, "box-3", "--seconds", "60"])
        assert tested.output == "box-3: the next 60 s are a test: press both buttons\n"
        assert online.until == [60_000]
    finally:
        online.close()


@pytest.mark.parametrize(
    ("node", "key", "why"),
    [
        ("box-4", "", "box-4 is no rating box here. One of: box-3."),
        ("disp-1", "", "disp-1 is no rating box here. One of: box-3."),
        ("box-3", "", "device[0].key_file is missing. It is the file that talon-ratingbox"),
        ("box-3", 'key_file = "no.key"', "no.key: No such file or directory. Mend the path."),
        ("box-3", 'key_file = "office.toml"', "office.toml is no key. It holds 64 hex digits."),
    ],
)
def test_a_key_that_is_missing_is_named(tmp_path: Path, node: str, key: str, why: str) -> None:
    """Nothing is sent without."""
    path = office(tmp_path, 1883, key)
    with pytest.raises(ConfigError) as caught:
        box_cli.read_key(path, read_office(path), node)
    assert why in str(caught.value)


def test_a_file_that_is_no_firmware_is_named(tmp_path: Path) -> None:
    """With where firmware comes from."""
    path = office(tmp_path, 1883)
    done = CliRunner().invoke(cli, ["update", "--config", str(path), "box-3", str(path)])
    assert isinstance(done.exception, UpdateError)
    assert str(done.exception).endswith("Make it with talon-ratingbox pack")
