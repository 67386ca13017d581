"""Two buttons under one hand are one visitor."""

import pytest

from firmware.common.debounce import FREED, HELD, PRESSED, STUCK
from firmware.dispenser.keys import Keys

STABLE_MS = 30
NAMES = ("passport", "residence", "subsidy")


def keys() -> Keys:
    """Three keys, all up."""
    return Keys(dict.fromkeys(NAMES, False), 0)


def look(keys: Keys, now: int, *down: str) -> list[tuple[str, str]]:
    """What `Dispenser.step` does: look at every button."""
    return [event for name in NAMES for event in keys.edge(name, name in down, now)]


def test_one_button_is_one_press() -> None:
    """Nothing before the contact is stable."""
    one = keys()
    assert one.edge("passport", True, 100) == []
    assert one.due(100) == STABLE_MS
    assert look(one, 130, "passport") == [("passport", PRESSED)]


@pytest.mark.parametrize(
    ("apart", "pressed"),
    [
        (0, ["residence"]),
        (1, ["residence"]),
        (49, ["residence"]),
        (50, ["residence"]),
        (51, ["residence", "passport"]),
        (200, ["residence", "passport"]),
    ],
)
@pytest.mark.parametrize("late", [0, 400])
def test_two_buttons_at_most_50_ms_apart_are_one_press(
    apart: int, pressed: list[str], late: int
) -> None:
    """The first wins, also when the program looks late and in another order."""
    two = keys()
    happened = two.edge("residence", True, 1_000)
    happened += two.edge("passport", True, 1_000 + apart)
    happened += look(two, 1_000 + apart + STABLE_MS + late, "passport", "residence")
    if apart == 0:  # at the very same ms any one of them will do
        assert len(happened) == 1
    else:
        assert happened == [(name, PRESSED) for name in pressed]


def test_three_at_once_are_one_press() -> None:
    """A forearm."""
    three = keys()
    for name in reversed(NAMES):
        assert three.edge(name, True, 1_000) == []
    assert len(look(three, 1_030, *NAMES)) == 1
    assert look(three, 5_000, *NAMES) == []


def test_a_dropped_press_does_not_drop_the_next() -> None:
    """The 50 ms run from the press that counted: a third one 60 ms after it has its ticket."""
    three = keys()
    happened = three.edge("passport", True, 1_000)
    happened += three.edge("residence", True, 1_040)
    happened += three.edge("subsidy", True, 1_060)
    happened += look(three, 1_090, *NAMES)
    assert happened == [("passport", PRESSED), ("subsidy", PRESSED)]


def test_the_dropped_button_works_when_pressed_again() -> None:
    """Its release and its next press are as always."""
    two = keys()
    two.edge("passport", True, 1_000)
    two.edge("residence", True, 1_010)
    assert look(two, 1_040, "passport", "residence") == [("passport", PRESSED)]
    look(two, 1_100)
    assert look(two, 1_200) == []
    two.edge("residence", True, 1_300)
    assert look(two, 1_330, "residence") == [("residence", PRESSED)]


def test_faults_are_told_whatever_else_happens() -> None:
    """The rule is about presses only."""
    held = Keys({"passport": True, "residence": False}, 0)
    assert held.edge("residence", False, 1) == [("passport", HELD)]
    held.edge("passport", False, 10)
    held.edge("residence", True, 20)
    assert held.edge("passport", False, 5_000) == [("residence", PRESSED), ("passport", FREED)]
    assert held.edge("passport", False, 10_051) == [("residence", STUCK)]
