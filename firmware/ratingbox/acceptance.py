"""The self-test at the end of a set-up: the box runs its own firmware, a technician presses.

Everything is real: what is pressed goes on record (as a test), lamp and buzzer answer after that,
and the gateway has to acknowledge it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from firmware.ratingbox.cable import Cable, CableError

PATIENCE_S = 120.0  # between two things that happen

_PROGRAM = """
import sys
sys.path.insert(0, %r)
from firmware.ratingbox import pico
left = set(%r)  # before all of it is acknowledged, which comes last
def watch(event):
    print("talon:", event)
    left.discard(event)
    return not left
pico.run(watch=watch)
"""
_PREFIX = "talon: "


@dataclass(frozen=True)
class Point:
    """One thing to see: `event` as the firmware tells it, `ask` of the technician, `remedy`."""

    event: str
    title: str
    remedy: str
    ask: str = ""


POINTS = (
    Point(
        "press satisfied",
        "button satisfied",
        "no press came. Look at the wiring of GP2 (hardware/ratingbox/README.md)",
        "Did its lamp light and the buzzer sound?",
    ),
    Point(
        "press unsatisfied",
        "button unsatisfied",
        "no press came. Look at the wiring of GP3 (hardware/ratingbox/README.md)",
        "Did its lamp light and the buzzer sound?",
    ),
    Point(
        "broker up",
        "WiFi and broker",
        "no connection. Look at the WiFi's name and password, at the broker's address, and at"
        " username and password",
    ),
    Point(
        "all acknowledged",
        "gateway",
        "it does not acknowledge the presses. Does talon-gateway run, with this box as a"
        " [[device]]? May the box write its log (docs/broker.md)?",
    ),
)


@dataclass(frozen=True)
class Result:
    """What became of one point; `problem` is empty if it is well."""

    title: str
    problem: str


def accept(
    cable: Cable,
    slot: str,
    say: Callable[[str], None],
    confirm: Callable[[str], bool],
    patience: float = PATIENCE_S,
) -> list[Result]:
    """Run the firmware in `slot` as a test until all points are seen, or nothing more happens.

    `say` tells the technician, `confirm` asks a question. The board is to be reset afterwards.
    """
    seen: dict[str, bool] = {}
    points = {point.event: point for point in POINTS}
    say("press each button once, and wait for WiFi, broker and gateway …")

    def hear(line: str) -> None:
        point = points.get(line.removeprefix(_PREFIX))
        if not line.startswith(_PREFIX) or point is None or point.event in seen:
            return
        say(f"  {point.title}: seen")
        seen[point.event] = confirm(f"  {point.ask}") if point.ask else True

    failed = ""
    try:
        cable.run(program_for(slot), hear, patience)
    except CableError as error:
        failed = str(error)
    return [_judge(point, seen, failed) for point in POINTS]


def program_for(slot: str) -> str:
    """What the board runs: its firmware, told of by lines, until all points are seen."""
    return _PROGRAM % (f"/{slot}", tuple(point.event for point in POINTS[:-1]))


def _judge(point: Point, seen: dict[str, bool], failed: str) -> Result:
    if point.event not in seen:
        because = f" ({failed})" if failed and "happened" not in failed else ""
        return Result(point.title, point.remedy + because)
    if not seen[point.event]:
        return Result(point.title, "lamp or buzzer did not answer. Look at their driver and wiring")
    return Result(point.title, "")
