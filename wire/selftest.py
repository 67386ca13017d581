"""The order to a rating box to test itself, signed as an update is. Runs on MicroPython.

For so many seconds its presses are of a person who tests it: on record, answered by lamp and
buzzer, and never counted. One line on `…/command`:

    test SECONDS NUMBER BOOT <hmac, 64 hex digits>

The hmac is over `test SITE NODE SECONDS NUMBER BOOT`. NUMBER is higher than in any order before
within the box's present BOOT, so that an order heard once cannot be given again.
"""

import binascii

from wire.seal import hmac_sha256, is_same
from wire.update import MAX_COUNTER, UpdateError, is_hex, number

VERB = "test"
MAX_SECONDS = 600  # a day's votes must not go missing by one order
_MAX_LINE = 200


class TestOrder:
    """`seconds` from now on; 0 ends a test. `count`: NUMBER, above."""

    __slots__ = ("boot", "count", "seconds")
    __test__ = False  # for pytest

    def __init__(self, seconds: int, count: int, boot: str) -> None:
        self.seconds = seconds
        self.count = count
        self.boot = boot


def encode_test(order: TestOrder, site: str, node: str, key: bytes) -> bytes:
    """As bytes to publish."""
    line = "test %d %d %s " % (order.seconds, order.count, order.boot)
    return line.encode() + _sign(order, site, node, key)


def decode_test(payload: bytes, site: str, node: str, key: bytes) -> TestOrder:
    """Read an order; raise UpdateError unless it is for this box and signed with its key."""
    words = payload.split(b" ") if len(payload) <= _MAX_LINE else []
    if len(words) != 5 or words[0] != b"test" or not key:
        raise UpdateError("no order to test" if key else "this box has no key")
    try:
        said = [word.decode() for word in words]
    except ValueError:
        raise UpdateError("no order to test")  # noqa: B904 - MicroPython has no `from`
    if not is_hex(said[3], 8):
        raise UpdateError("no boot: %s" % said[3][:20])
    order = TestOrder(number(said[1], 0, MAX_SECONDS), number(said[2], 1, MAX_COUNTER), said[3])
    if not is_same(words[4], _sign(order, site, node, key)):
        raise UpdateError("the signature is not of this box's key")
    return order


def _sign(order: TestOrder, site: str, node: str, key: bytes) -> bytes:
    text = "test %s %s %d %d %s" % (site, node, order.seconds, order.count, order.boot)
    return binascii.hexlify(hmac_sha256(key, text.encode()))
