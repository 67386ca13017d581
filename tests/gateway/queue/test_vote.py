"""Whose vote a press is."""

import pytest

from gateway.queue.vote import LATE_MS, OPEN_MS, Armed, Ballot, Vote

SINCE = 1_000
END = SINCE + OPEN_MS
MIN = 60_000
DAY = 24 * 60 * MIN


def armed(visit: str = "v1", since: int = SINCE, waited: int = 0, served: int = 0) -> Armed:
    return Armed(visit, "pass", since, waited, served)


def box(*closed: int, voted: bool = False) -> Ballot:
    """Desk 1, where a visit was finished at `SINCE`, and the next one called at `closed`."""
    ballot = Ballot({"v1"} if voted else set())
    ballot.finish("1", armed(waited=12 * MIN, served=5 * MIN))
    for at in closed:
        ballot.call("1", at)
    return ballot


def statuses(ballot: Ballot, *presses: int) -> list[str]:
    return [ballot.press("1", at).status for at in presses]


def test_the_first_press_counts_and_later_ones_are_repeats() -> None:
    """One visit, one vote."""
    assert statuses(box(), SINCE, 5_000, END - 1) == ["counted", "repeat", "repeat"]
    assert box().press("1", SINCE) == Vote("counted", "v1", "pass", 12, 5)


def test_a_vote_that_is_stored_counts_after_a_start_too() -> None:
    """The visit has voted, whoever asks."""
    assert statuses(box(voted=True), SINCE) == ["repeat"]


def test_a_press_after_the_minute_is_late_and_does_not_count() -> None:
    """And is still known to be that visit's."""
    assert statuses(box(), END - 1) == ["counted"]
    assert box().press("1", END) == Vote("late", "v1", "pass")
    assert statuses(box(), END + LATE_MS - 1, END + LATE_MS) == ["late", "unarmed"]


def test_a_press_without_a_visit_is_nobodys() -> None:
    """Before it was finished, and at a desk where none was."""
    assert box().press("1", SINCE - 1) == Vote("unarmed")
    assert box().press("2", SINCE) == Vote("unarmed")


def test_the_next_call_closes_the_box() -> None:
    """Who is called must not vote in the name of the one before; a recall changes nothing."""
    assert statuses(box(9_000), 8_999, 9_000) == ["counted", "unarmed"]
    assert statuses(box(9_000, 12_000), 9_000) == ["unarmed"]


def test_a_call_to_a_desk_where_nobody_was_served_closes_nothing() -> None:
    """The first of the day."""
    ballot = Ballot(set())
    ballot.call("1", 5)
    assert statuses(ballot, 6) == ["unarmed"]


def test_a_press_that_is_heard_of_late_is_judged_by_when_it_was() -> None:
    """The box was offline; others have been served at the desk since."""
    ballot = box(30_000)
    ballot.finish("1", armed("v2", since=90_000))
    assert ballot.press("1", 95_000).visit == "v2"
    assert ballot.press("1", 20_000) == Vote("counted", "v1", "pass", 12, 5)


@pytest.mark.parametrize(
    ("waited", "served", "minutes"),
    [
        (0, 59_999, (0, 0)),
        (60_000, 119_999, (1, 1)),
        (DAY + MIN - 1, MIN, (1_440, 1)),
        (DAY + MIN, MIN, (None, None)),  # the clock was set forward meanwhile
        (MIN, DAY + MIN, (None, None)),
    ],
)
def test_a_counted_vote_takes_whole_minutes_along_and_nothing_finer(
    waited: int, served: int, minutes: tuple[int | None, int | None]
) -> None:
    """Rounded down; both, or none of them."""
    ballot = Ballot(set())
    ballot.finish("1", armed(waited=waited, served=served))
    vote = ballot.press("1", SINCE)
    assert (vote.waited_min, vote.served_min) == minutes


def test_only_the_vote_that_counts_takes_minutes_along() -> None:
    """Of a repeat, a late or an unarmed press nobody will ask."""
    ballot = box()
    votes = [ballot.press("1", at) for at in (SINCE, 5_000, END, 0)]
    assert [vote.status for vote in votes] == ["counted", "repeat", "late", "unarmed"]
    assert [vote.waited_min for vote in votes] == [12, None, None, None]
    assert [vote.served_min for vote in votes] == [5, None, None, None]
