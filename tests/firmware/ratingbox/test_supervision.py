"""When the radio is given up. Runs under MicroPython too."""

from firmware.ratingbox.supervision import (
    ASSOCIATE,
    LONGEST_WAIT_MS,
    PATIENCE_MS,
    RENEW,
    RESET,
    RESET_MS,
    Supervision,
)

RUNS_ON_MICROPYTHON = True


def follow(supervision: Supervision, start: int, end: int) -> "list[tuple[int, str]]":
    """What is done from `start` to `end`, looking exactly when something is due."""
    found = []
    now = start
    while now <= end:
        todo = supervision.step(now)
        if todo:
            found.append((now, todo))
        now += max(1, supervision.due(now))
    return found


def test_while_the_gateway_acknowledges_nothing_is_done() -> None:
    supervision = Supervision(0, 0)
    for minute in range(60):
        supervision.acked(minute * 60_000)
        assert follow(supervision, minute * 60_000, minute * 60_000 + 59_999) == []


def test_silence_joins_the_network_again_later_and_later_and_each_fourth_time_anew() -> None:
    done = follow(Supervision(0, 0), 0, RESET_MS - 1)
    assert done[:5] == [
        (120_000, ASSOCIATE),
        (180_000, ASSOCIATE),
        (300_000, ASSOCIATE),
        (540_000, RENEW),
        (1_020_000, ASSOCIATE),
    ]
    times = [when for when, _ in done]
    gaps = [times[place + 1] - times[place] for place in range(len(times) - 1)]
    assert max(gaps) == LONGEST_WAIT_MS
    assert RESET not in [todo for _, todo in done]


def test_an_acknowledgement_begins_anew() -> None:
    supervision = Supervision(0, 0)
    follow(supervision, 0, 2_000_000)
    supervision.acked(2_000_000)
    assert supervision.joins == 0
    assert follow(supervision, 2_000_000, 2_000_000 + PATIENCE_MS)[0][0] == 2_000_000 + PATIENCE_MS


def test_without_a_word_from_the_broker_the_board_boots_anew_after_six_hours() -> None:
    done = follow(Supervision(0, 0), 0, RESET_MS)
    assert done[-1] == (RESET_MS, RESET)


def test_each_reset_in_vain_doubles_the_time_to_the_next_up_to_eight_days() -> None:
    for resets, hours in ((1, 12), (2, 24), (5, 192), (50, 192)):
        done = follow(Supervision(0, resets), 0, hours * 3_600_000)
        assert [when for when, todo in done if todo == RESET] == [hours * 3_600_000]


def test_a_broker_that_speaks_though_its_gateway_is_dead_resets_nothing() -> None:
    supervision = Supervision(0, 0)
    found = []
    for hour in range(48):
        supervision.heard(hour * 3_600_000)
        found += follow(supervision, hour * 3_600_000, hour * 3_600_000 + 3_599_999)
    assert RESET not in [todo for _, todo in found]
    assert len(found) > 48
