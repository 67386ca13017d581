"""Pins and a broker for the tests of devices."""

import socket
from collections.abc import Iterator

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory
from iotcore import Broker


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    """gpiozero's own pins that are not there."""
    factory = MockFactory()
    Device.pin_factory = factory
    yield factory
    factory.reset()
    Device.pin_factory = None


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A broker on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Broker(port=port, listen="127.0.0.1") as running:
        yield running
