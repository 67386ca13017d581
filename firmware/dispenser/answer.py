"""The gateway's answer, as far as it makes sense. Pure.

Read leniently on purpose: a visitor waits. What is absurd is left out, and the rest is used;
without a good number the dispenser takes one of its own.
"""

import json
from dataclasses import dataclass, field
from typing import TypeGuard, get_args

from wire.records import DeclineReason

_MAX_NUMBER = 16  # characters, as wire.records.TicketNumber
_MAX_AHEAD = 9_999  # people; as wire.records.People
_MAX_WAIT = 1_440  # minutes; as wire.records.Minutes
_MAX_LEFT = 1_000_000


@dataclass(frozen=True)
class Answer:
    """`number`: None: the gateway gives none. `declined`: why the dispenser should not, either.

    `ahead`: people; `wait`: from and to, minutes; None: not known. `left`: numbers left today, by
    service.
    """

    number: str | None = None
    declined: DeclineReason | None = None
    ahead: int | None = None
    wait: tuple[int, int] | None = None
    left: dict[str, int] = field(default_factory=dict)


def read_answer(payload: bytes, visit: str) -> Answer | None:
    """The answer to `visit`; None if it is none."""
    said = read_json(payload)
    if said.get("v") != 1 or said.get("visit") != visit:
        return None
    number, declined = said.get("number"), said.get("declined")
    return Answer(
        number if _is_number(number) else None,
        next((reason for reason in get_args(DeclineReason) if reason == declined), None),
        _count(said.get("ahead"), _MAX_AHEAD),
        _wait(said.get("wait")),
        _left(said.get("left")),
    )


def read_json(data: bytes) -> dict[str, object]:
    """An object; empty if it is none."""
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _is_number(number: object) -> TypeGuard[str]:
    """Whether it can be a gateway's number: a dash would make it one of a dispenser's series."""
    return (
        isinstance(number, str)
        and 0 < len(number) <= _MAX_NUMBER
        and number.isprintable()
        and "-" not in number
    )


def _count(value: object, most: int) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most:
        return value
    return None


def _wait(value: object) -> tuple[int, int] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    low, high = (_count(minutes, _MAX_WAIT) for minutes in value)
    return (low, high) if low is not None and high is not None and low <= high else None


def _left(value: object) -> dict[str, int]:
    if not isinstance(value, dict):
        return {}
    counts = {service: _count(count, _MAX_LEFT) for service, count in value.items()}
    return {service: count for service, count in counts.items() if count is not None}
