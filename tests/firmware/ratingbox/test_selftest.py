"""A box follows an order to test itself once, and only its own gateway's. Under MicroPython too."""

import json

from firmware.ratingbox.selftest import SelfTest
from wire.selftest import TestOrder, encode_test

RUNS_ON_MICROPYTHON = True

KEY = b"k" * 32
BOOT = "0a1b2c3d"


class BenchPanel:
    """Writes down until when presses are a test."""

    def __init__(self) -> None:
        self.until: "list[int]" = []

    def test(self, until: int) -> None:
        self.until.append(until)


def order(seconds: int, count: int, boot: str = BOOT, key: bytes = KEY) -> bytes:
    """As the gateway gives it."""
    return encode_test(TestOrder(seconds, count, boot), "kyiv-1", "box-3", key)


class Bench:
    """A box that is told."""

    def __init__(self) -> None:
        self.panel = BenchPanel()
        self.test = SelfTest(self.panel, "kyiv-1", "box-3", KEY, BOOT)  # type: ignore[arg-type]

    def error(self, payload: bytes) -> str:
        """What it answers."""
        reply = json.loads(self.test.handle(payload, 5_000))
        assert (reply["v"], reply["re"], reply["boot"]) == (1, "test", BOOT)
        return str(reply["error"])


def test_an_order_makes_presses_a_test_for_its_seconds() -> None:
    """Another one ends it."""
    bench = Bench()
    assert bench.error(order(120, 1)) == ""
    assert bench.error(order(0, 2)) == ""
    assert bench.panel.until == [125_000, 5_000]


def test_an_order_heard_before_is_refused() -> None:
    """In this boot by its number, in another by its boot."""
    bench = Bench()
    bench.error(order(120, 7))
    assert bench.error(order(120, 7)) == "that order was given before"
    assert bench.error(order(120, 6)) == "that order was given before"
    assert bench.error(order(120, 8, "ffffffff")) == "that order was for boot ffffffff"
    assert len(bench.panel.until) == 1


def test_an_order_of_somebody_else_is_refused() -> None:
    """Else votes could be made tests of."""
    bench = Bench()
    assert bench.error(order(120, 1, key=b"j" * 32)) == "the signature is not of this box's key"
    assert bench.error(b"test") == "no order to test"
    assert bench.panel.until == []
