"""The expected wait."""

import random

import pytest

from gateway.queue.wait import Expected, OpenDesk, Place, expect, expect_each, share_inside

MIN = 60_000
ADDRESS, PASS = Place("address"), Place("pass")
ONE = [OpenDesk("1", {"address", "pass"})]


def test_with_nobody_before_and_a_free_desk_there_is_no_wait() -> None:
    """The range is nought to nought, and not below."""
    assert expect([], ADDRESS, ONE, {"address": [5 * MIN]}, {}, random.Random(1)) == Expected(0, 0)


def test_nobody_serves_and_so_nobody_can_say() -> None:
    """Neither for ever nor at once: it is not known."""
    times = {"address": [MIN]}
    assert expect([], ADDRESS, [], times, {}, random.Random(1)) is None
    other = [OpenDesk("1", {"pass"})]
    assert expect([], ADDRESS, other, times, {}, random.Random(1)) is None


def test_without_any_service_time_it_is_not_known() -> None:
    """Until the first visits are measured, unless the config says something."""
    assert expect([PASS], ADDRESS, ONE, {}, {}, random.Random(1)) is None
    said = expect([PASS], ADDRESS, ONE, {}, {"pass": 4 * MIN}, random.Random(1))
    assert said == Expected(4 * MIN, 4 * MIN)


def test_equal_times_at_one_desk_add_up() -> None:
    """Three before, five minutes each."""
    said = expect([ADDRESS] * 3, ADDRESS, ONE, {"address": [5 * MIN]}, {}, random.Random(1))
    assert said == Expected(15 * MIN, 15 * MIN)


def test_two_desks_halve_it() -> None:
    """Four before at two desks wait like two at one."""
    desks = [OpenDesk("1", {"address"}), OpenDesk("2", {"address"})]
    said = expect([ADDRESS] * 4, ADDRESS, desks, {"address": [5 * MIN]}, {}, random.Random(1))
    assert said == Expected(10 * MIN, 10 * MIN)


def test_those_whom_no_desk_of_mine_serves_do_not_delay_me() -> None:
    """A queue for another desk is another queue."""
    desks = [OpenDesk("1", {"address"}), OpenDesk("2", {"pass"})]
    times = {"address": [5 * MIN], "pass": [60 * MIN]}
    said = expect([PASS] * 9, ADDRESS, desks, times, {}, random.Random(1))
    assert said == Expected(0, 0)


def test_a_busy_desk_is_busy_for_the_rest_of_a_time_that_is_long_enough() -> None:
    """Four minutes into a service that took five or three, one is left."""
    desks = [OpenDesk("1", {"address"}, busy_ms=4 * MIN, service="address")]
    times = {"address": [5 * MIN, 3 * MIN]}
    said = expect([], ADDRESS, desks, times, {}, random.Random(1))
    assert said == Expected(MIN, MIN)


def test_a_service_longer_than_any_before_is_not_over_at_once() -> None:
    """It goes on for half of what it has lasted."""
    desks = [OpenDesk("1", {"address"}, busy_ms=40 * MIN, service="address")]
    said = expect([], ADDRESS, desks, {"address": [5 * MIN]}, {}, random.Random(1))
    assert said == Expected(20 * MIN, 20 * MIN)


@pytest.mark.parametrize("seed", range(20))
def test_all_services_at_once_are_as_each_by_itself(seed: int) -> None:
    """To the millisecond, where a service always takes the same time; who serves what is by lot."""
    draw = random.Random(seed)
    services = ["address", "pass", "land", "birth"]
    desks = [
        OpenDesk(str(n), set(draw.sample(services[:3], draw.randint(1, 3))), busy, "pass")
        for n, busy in enumerate(draw.choices([None, MIN], k=4))
    ]
    places = [Place(name) for name in services]
    ahead = draw.choices([*places, Place("pass", "0")], k=12)
    times = {name: [(2 + n) * MIN] for n, name in enumerate(services)}
    each = expect_each(ahead, places, desks, times, {}, draw)
    assert each == {place: expect(ahead, place, desks, times, {}, draw) for place in places}
    assert each[Place("birth")] is None  # nobody serves it
    assert any(each.values())


@pytest.mark.parametrize("seed", range(5))
def test_the_range_is_finite_and_in_order_whatever_was_measured(seed: int) -> None:
    """Noughts, negative leftovers of a clock that stepped, and days."""
    draw = random.Random(seed)
    times = {"address": [0, -5, 7 * 24 * 60 * MIN, MIN], "pass": []}
    ahead = draw.choices([ADDRESS, PASS], k=30)
    said = expect(ahead, PASS, ONE, times, {}, draw)
    assert said is not None
    assert 0 <= said.low <= said.high <= 24 * 60 * MIN


def test_who_comes_back_to_a_desk_waits_for_that_one_alone() -> None:
    """Another one is free, and does not call them; nobody is told of a desk that is not there."""
    busy = OpenDesk("1", {"address"}, busy_ms=2 * MIN, service="address")
    desks, times = [busy, OpenDesk("2", {"address"})], {"address": [5 * MIN]}
    back = Place("address", "1")
    assert expect([], ADDRESS, desks, times, {}, random.Random(1)) == Expected(0, 0)
    assert expect([], back, desks, times, {}, random.Random(1)) == Expected(3 * MIN, 3 * MIN)
    two = expect([back], back, desks, times, {}, random.Random(1))
    assert two == Expected(8 * MIN, 8 * MIN)
    assert expect([], Place("address", "9"), desks, times, {}, random.Random(1)) is None
    assert expect([], Place("pass", "2"), desks, times, {}, random.Random(1)) == Expected(0, 0)


def test_who_comes_back_to_a_desk_delays_only_those_who_wait_for_it() -> None:
    """The other desk takes up who comes now."""
    one, two = OpenDesk("1", {"address"}), OpenDesk("2", {"address"})
    back, times = Place("address", "1"), {"address": [5 * MIN]}
    assert expect([back] * 3, ADDRESS, [one, two], times, {}, random.Random(1)) == Expected(0, 0)
    said = expect([back] * 3, ADDRESS, [one], times, {}, random.Random(1))
    assert said == Expected(15 * MIN, 15 * MIN)


def test_the_range_holds_what_it_says_where_its_assumptions_do() -> None:
    """Played against fresh draws of the same times: about 8 of 10 fall in it."""
    draw = random.Random(7)
    told = []
    for _ in range(300):
        times = [round(draw.lognormvariate(12.5, 0.6)) for _ in range(40)]
        said = expect([ADDRESS] * 6, ADDRESS, ONE, {"address": times}, {}, draw)
        assert said is not None
        told.append((said, sum(round(draw.lognormvariate(12.5, 0.6)) for _ in range(6))))
    inside = share_inside(told)
    assert inside is not None
    assert 0.7 < inside < 0.9


def test_nothing_told_has_no_calibration() -> None:
    """Not nought per cent."""
    assert share_inside([]) is None
