"""A device without a connection: nothing piles up, neither in memory nor in the journal."""

import socket
import tracemalloc

import pytest

from firmware.common.config import Broker
from firmware.common.filelog import FileLog
from firmware.common.link import Link
from firmware.common.node import Node
from firmware.common.program import Inbox
from simulator.disk import SimDisk
from tests.firmware.bench import DEADLINE_S, BenchClock

FAREWELL = ("talon/v1/kyiv-1/box-3/state", b"{}")
NOT_AUTHORISED = bytes([0x20, 2, 0, 5])  # MQTT 3.1.1, 3.2: CONNACK, return code 5


def node() -> Node:
    """A box with an empty card."""
    return Node("kyiv-1", "box-3", FileLog(SimDisk(), lambda: "f" * 16), BenchClock(), "0.1.0")


def test_what_is_published_without_a_broker_is_not_kept() -> None:
    """The card keeps it; a queue in memory would grow for as long as the outage lasts."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        link = Link(node(), Broker("127.0.0.1", nobody.getsockname()[1]), Inbox())
        link.start()
        tracemalloc.start()
        for _ in range(1_000):
            link.publish("talon/v1/kyiv-1/box-3/log", bytes(32_768), False)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        link.close(FAREWELL)
    assert held < 1_000_000


def test_a_broker_that_refuses_us_again_and_again_is_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Not twice a minute for as long as the password is wrong."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(DEADLINE_S)
        port = server.getsockname()[1]
        link = Link(node(), Broker("127.0.0.1", port), Inbox())
        link.start()
        for _ in range(3):
            connection, _ = server.accept()
            with connection:
                connection.settimeout(DEADLINE_S)
                assert connection.recv(1_000)
                connection.sendall(NOT_AUTHORISED)
                while connection.recv(1_000):  # until it leaves
                    continue
        link.close(FAREWELL)
    told = [message for message in caplog.messages if "broker" in message]
    assert len(told) == 1
    assert f"127.0.0.1:{port} refuses us: Not authorized; check name and password" in told[0]
