"""The gateway's answer: what makes sense of it is used, the rest left out."""

import json
from typing import Any

import msgspec
import pytest

from firmware.dispenser.answer import Answer, read_answer
from wire import records

VISIT = "00000000000000a1"


def read(**fields: Any) -> Answer | None:
    """An answer to `VISIT`."""
    return read_answer(json.dumps({"v": 1, "visit": VISIT, **fields}).encode(), VISIT)


def test_what_the_gateway_may_say_is_read() -> None:
    """As wire.records declares it."""
    said = records.Answer(
        v=1, visit=VISIT, number="А042", ahead=4, wait=(5, 15), left={"passport": 3}
    )
    found = read_answer(msgspec.json.encode(said), VISIT)
    assert found == Answer("А042", None, 4, (5, 15), {"passport": 3})
    said = records.Answer(v=1, visit=VISIT, declined="closed")
    assert read_answer(msgspec.json.encode(said), VISIT) == Answer(declined="closed")


@pytest.mark.parametrize("ahead", [-1, 10_000, 1 << 80, 1.5, "4", True, None, [4]])
def test_absurd_numbers_of_people_are_left_out(ahead: object) -> None:
    """The number of the ticket is used all the same."""
    assert read(number="А042", ahead=ahead) == Answer("А042")


@pytest.mark.parametrize(
    "wait",
    [[10, 5], [-5, 5], [5, 100_000], [5], [5, 6, 7], 5, "5", [1.5, 2], [None, 5], {}, [True, 5]],
)
def test_absurd_waits_are_left_out(wait: object) -> None:
    """Negative, inverted, huge, or none at all."""
    assert read(number="А042", ahead=0, wait=wait) == Answer("А042", ahead=0)


@pytest.mark.parametrize("left", [{"passport": -1}, {"passport": "x"}, ["passport"], 3, None])
def test_what_is_left_is_read_only_if_it_can_be(left: object) -> None:
    """A bad count is of no service."""
    assert read(number="А042", left=left) == Answer("А042")


@pytest.mark.parametrize("declined", ["tired", 1, ["closed"], "", None])
def test_a_reason_that_is_none_declines_nobody(declined: object) -> None:
    """The dispenser then takes a number of its own."""
    assert read(declined=declined) == Answer()
