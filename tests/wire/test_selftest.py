"""The order to test oneself: read back, and refused if anything about it is changed."""

from wire.selftest import MAX_SECONDS, TestOrder, decode_test, encode_test
from wire.update import UpdateError

RUNS_ON_MICROPYTHON = True

KEY = b"k" * 32
ORDER = TestOrder(120, 1_793_008_800_000, "0a1b2c3d")


def refusal(payload: bytes, site: str = "kyiv-1", node: str = "box-3", key: bytes = KEY) -> str:
    """Why it is not followed; empty: it is."""
    try:
        decode_test(payload, site, node, key)
    except UpdateError as error:
        return str(error)
    return ""


def test_an_order_is_read_as_it_was_written() -> None:
    """By the box that it is for."""
    order = decode_test(encode_test(ORDER, "kyiv-1", "box-3", KEY), "kyiv-1", "box-3", KEY)
    assert (order.seconds, order.count, order.boot) == (120, 1_793_008_800_000, "0a1b2c3d")


def test_any_byte_changed_is_refused() -> None:
    """Also in the numbers that are signed only as text."""
    payload = encode_test(ORDER, "kyiv-1", "box-3", KEY)
    for i in range(len(payload)):
        for other in (payload[i] ^ 1, 0xFF, 0x20):
            if other != payload[i]:
                assert refusal(payload[:i] + bytes([other]) + payload[i + 1 :]), i
        assert refusal(payload[:i])


def test_another_box_does_not_follow_it() -> None:
    """Nor one of another office, of another key, or without a key."""
    payload = encode_test(ORDER, "kyiv-1", "box-3", KEY)
    assert refusal(payload, node="box-4") == "the signature is not of this box's key"
    assert refusal(payload, site="lviv-1") == "the signature is not of this box's key"
    assert refusal(payload, key=b"j" * 32) == "the signature is not of this box's key"
    assert refusal(payload, key=b"") == "this box has no key"


def test_no_order_lasts_longer_than_ten_minutes() -> None:
    """So that a day's votes do not go missing."""
    longer = TestOrder(MAX_SECONDS + 1, 1, "0a1b2c3d")
    assert refusal(encode_test(longer, "kyiv-1", "box-3", KEY)) == (
        "601 is not a number from 0 to 600"
    )
