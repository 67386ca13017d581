"""Whose vote a press is."""

from gateway.queue.vote import LATE_MS, OPEN_MS, Armed, Vote, close, vote

BOX = Armed("v1", 1_000)


def of(armed: Armed | None, *presses: int) -> list[Vote]:
    found = []
    for at in presses:
        said, armed = vote(armed, at)
        found.append(said)
    return found


def test_the_first_press_counts_and_later_ones_are_repeats() -> None:
    """One visit, one vote."""
    assert of(BOX, 1_000, 5_000, 60_999) == [
        Vote("counted", "v1"),
        Vote("repeat", "v1"),
        Vote("repeat", "v1"),
    ]


def test_a_press_after_the_minute_is_late_and_does_not_count() -> None:
    """And is still known to be that visit's."""
    end = BOX.since + OPEN_MS
    assert of(BOX, end - 1) == [Vote("counted", "v1")]
    assert of(BOX, end, end + LATE_MS - 1) == [Vote("late", "v1"), Vote("late", "v1")]


def test_a_press_without_a_visit_is_nobodys() -> None:
    """Before the first visit, before this one was finished, and long after it."""
    assert of(None, 5) == [Vote("unarmed")]
    assert of(BOX, 999, BOX.since + OPEN_MS + LATE_MS) == [Vote("unarmed"), Vote("unarmed")]


def test_the_next_call_closes_the_box() -> None:
    """The one who is called must not vote in the name of the one before; nor reopens it."""
    shut = close(BOX, 9_000)
    assert of(shut, 8_999, 9_000) == [Vote("counted", "v1"), Vote("unarmed")]
    assert close(shut, 12_000) == shut


def test_a_press_that_is_heard_of_late_is_judged_by_when_it_was() -> None:
    """The box was offline; the desk has called others since."""
    assert of(close(BOX, 30_000), 20_000) == [Vote("counted", "v1")]
