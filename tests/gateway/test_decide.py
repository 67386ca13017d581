"""What counts, press by press."""

import pytest

from gateway.decide import BoxMemory, decide_press, note_button
from gateway.roster import Policies
from wire.records import ButtonState, Press, Value

RULES = Policies(repeat_s=3.0, flood_presses=3, flood_s=60.0)


def press(up: int, button: Value = "satisfied", boot: str = "b0000001", at: int = 0) -> Press:
    return Press(at=at, boot=boot, up=up, button=button)


def statuses(*presses: Press, memory: BoxMemory | None = None) -> list[str]:
    memory = memory or BoxMemory()
    return [decide_press(memory, p, RULES) for p in presses]


def said(state: str, boot: str = "b0000001") -> ButtonState:
    assert state in ("stuck", "held", "freed")
    return ButtonState(at=None, boot=boot, up=0, button="satisfied", state=state)  # type: ignore[arg-type]


def test_presses_far_apart_all_count() -> None:
    assert statuses(press(0), press(3_000), press(70_000)) == ["counted"] * 3


def test_a_press_soon_after_another_is_a_repeat() -> None:
    assert statuses(press(0), press(2_999)) == ["counted", "repeat"]


def test_a_press_of_a_self_test_neither_counts_nor_makes_the_next_one_a_repeat() -> None:
    tested = Press(at=0, boot="b0000001", up=5_000, button="satisfied", test=True)
    assert statuses(press(0), tested, press(6_000)) == ["counted", "test", "counted"]


def test_the_other_button_soon_after_is_a_repeat_too() -> None:
    assert statuses(press(0), press(1_000, "unsatisfied")) == ["counted", "repeat"]


def test_hammering_for_a_minute_counts_once() -> None:
    assert statuses(*(press(up) for up in range(0, 60_000, 500))).count("counted") == 1


def test_more_than_a_box_can_honestly_get_is_a_flood() -> None:
    ups = (0, 5_000, 10_000, 15_000, 20_000)
    assert statuses(*map(press, ups)) == ["counted"] * 3 + ["flood"] * 2


def test_a_flood_ends_as_its_window_slides_on() -> None:
    ups = (0, 10_000, 20_000, 59_999, 60_000 + 3_000, 66_000)
    assert statuses(*map(press, ups)) == ["counted"] * 3 + ["flood", "counted", "flood"]


def test_a_stuck_button_does_not_count_until_it_is_freed() -> None:
    memory = BoxMemory()
    note_button(memory, said("stuck"))
    assert statuses(press(0), press(10_000), memory=memory) == ["stuck", "stuck"]
    note_button(memory, said("freed"))
    assert statuses(press(20_000), memory=memory) == ["counted"]


def test_a_button_held_at_boot_does_not_count_but_the_other_does() -> None:
    memory = BoxMemory()
    note_button(memory, said("held"))
    assert statuses(press(0), press(10_000, "unsatisfied"), memory=memory) == ["stuck", "counted"]


def test_a_stuck_button_is_stuck_over_a_reboot() -> None:
    memory = BoxMemory()
    note_button(memory, said("stuck"))
    assert statuses(press(0, boot="b0000002"), memory=memory) == ["stuck"]


def test_a_reboot_begins_repeat_and_flood_anew() -> None:
    memory = BoxMemory()
    assert statuses(*map(press, (0, 5_000, 10_000, 15_000)), memory=memory)[-1] == "flood"
    after = [press(up, boot="b0000002") for up in (100, 200, 5_000, 10_000)]
    assert statuses(*after, memory=memory) == ["counted", "repeat", "counted", "counted"]


@pytest.mark.parametrize("step", [-(10**12), -1, 0, 10**12])
def test_a_wall_clock_that_steps_changes_no_decision(step: int) -> None:
    ups = (0, 1_000, 5_000, 10_000, 15_000)
    clocked = [press(up, at=10**12 + step * i) for i, up in enumerate(ups)]
    assert statuses(*clocked) == ["counted", "repeat", "counted", "counted", "flood"]
