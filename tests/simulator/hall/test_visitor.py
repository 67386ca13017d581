"""What visitors do: the same for the same seed, and like people."""

import statistics
from collections import Counter

from simulator import profile
from simulator.hall.pushes import GAP_MS, Pushes
from simulator.hall.visitor import MINUTE_MS, SECOND_MS, Push, fate_of, pushes_of

DONE = 1_793_000_000_000
VISITS = [f"{n:016x}" for n in range(4_000)]


def pushes(desk: str, service: str = "residence", seed: int = 1) -> list[Push]:
    """Of many visitors, each by itself."""
    return [push for visit in VISITS for push in pushes_of(visit, service, desk, DONE, seed)]


def test_the_same_seed_gives_the_same_fates_and_votes() -> None:
    """To the millisecond; another seed others."""
    assert [fate_of(visit, 1) for visit in VISITS] == [fate_of(visit, 1) for visit in VISITS]
    assert fate_of(VISITS[0], 1) != fate_of(VISITS[0], 2) != fate_of(VISITS[1], 2)
    assert pushes("1") == pushes("1") != pushes("1", seed=2)


def test_people_take_the_times_that_the_profile_says() -> None:
    """Most are there with all their papers."""
    fates = [fate_of(visit, 1) for visit in VISITS]
    assert abs(statistics.median(f.serve for f in fates) / MINUTE_MS - 6.5) < 0.5
    assert abs(statistics.median(f.patience for f in fates) / MINUTE_MS - 75) < 5
    assert 0.02 < sum(f.away > 0 for f in fates) / len(fates) < 0.04
    assert 0.02 < sum(f.fetch > 0 for f in fates) / len(fates) < 0.04
    assert min(f.tidy for f in fates) >= 25 * SECOND_MS  # so that the box is open meanwhile


def test_half_of_them_vote_mostly_at_once_and_at_the_desk_if_it_has_a_box() -> None:
    """A few come to the desk's box too late, as people do."""
    at_desk = pushes("1")
    boxes = Counter(push.box for push in at_desk)
    assert boxes["box-1"] > boxes["exit-1"] + boxes["exit-2"] > boxes[profile.WEB] > 0
    voters = {visit for visit in VISITS if pushes_of(visit, "residence", "1", DONE, 1)}
    assert 0.48 < len(voters) / len(VISITS) < 0.56
    late = [push for push in at_desk if push.box == "box-1" and push.at > DONE + 60 * SECOND_MS]
    assert 0 < len(late) < 0.1 * boxes["box-1"]
    assert {push.box for push in pushes("20")} == {*profile.EXITS, profile.WEB}


def test_some_press_twice_some_hammer_some_lean_on_it() -> None:
    """And services differ in how they please."""
    presses = Counter(len(pushes_of(visit, "residence", "1", DONE, 1)) for visit in VISITS)
    assert presses[2] > 50 and max(presses) >= 20
    assert any(push.hold_ms for seed in range(4) for push in pushes("1", seed=seed))
    share = {
        service: sum(push.button == "satisfied" for push in pushes("1", service))
        / len(pushes("1", service))
        for service in ("marriage", "construction")
    }
    assert share["marriage"] - share["construction"] > 0.2


def test_one_finger_at_a_time_is_on_a_box() -> None:
    """A push begins after the one before has ended; what is to come stays."""
    coming = Pushes()
    coming.add([Push(1_000, "exit-1", "satisfied", hold_ms=500), Push(1_000, "web", "satisfied")])
    coming.add([Push(1_100, "exit-1", "unsatisfied"), Push(5_000, "web", "satisfied")])
    assert coming.before(1_000) == []
    assert coming.before(5_000) == [
        Push(1_000, "exit-1", "satisfied", hold_ms=500),
        Push(1_000, "web", "satisfied"),
        Push(1_500 + GAP_MS, "exit-1", "unsatisfied"),
    ]
    assert coming
    assert coming.before(5_001) == [Push(5_000, "web", "satisfied")]
    assert not coming
