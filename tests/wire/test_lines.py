"""Lines to records: no line spoils another, and none passes for what it is not."""

import msgspec
import pytest

from wire.lines import decode_each


class Thing(msgspec.Struct, forbid_unknown_fields=True):
    """Any record."""

    a: int


decoder = msgspec.json.Decoder(Thing)


def test_sound_lines_become_records() -> None:
    """One record a line, in order."""
    assert decode_each(decoder, [b'{"a":1}', b'{"a":2}']) == [
        (b'{"a":1}', Thing(1)),
        (b'{"a":2}', Thing(2)),
    ]


@pytest.mark.parametrize(
    "bad", [b"", b" ", b"[", b'{"a":1}{"a":2}', b'{"a":"x"}', b"\xff", b"[" * 100_000]
)
def test_a_bad_line_spoils_only_itself(bad: bytes) -> None:
    """Its neighbours are read all the same."""
    first, middle, last = decode_each(decoder, [b'{"a":1}', bad, b'{"a":3}'])
    assert (first[1], last[1]) == (Thing(1), Thing(3))
    assert middle[0] == bad
    assert isinstance(middle[1], str)


def test_two_records_on_a_line_and_an_empty_one_are_not_two_records() -> None:
    """The count alone would be right."""
    found = decode_each(decoder, [b'{"a":1}{"a":2}', b""])
    assert all(isinstance(reason, str) for _, reason in found)
