"""A Pico's clocks over the wrap of its ticks. Runs under MicroPython too."""

from firmware.ratingbox.clock_pico import PicoClock

RUNS_ON_MICROPYTHON = True

WRAP = 1 << 30
AT = 1_790_000_000_000


class Ticks:
    """As MicroPython's `time`."""

    def __init__(self, start: int) -> None:
        self.now = start

    def ms(self) -> int:
        return self.now % WRAP

    def diff(self, end: int, start: int) -> int:
        return (end - start + WRAP // 2) % WRAP - WRAP // 2


def make(start: int = 0) -> "tuple[PicoClock, Ticks]":
    ticks = Ticks(start)
    return PicoClock(ticks.ms, ticks.diff, "0a1b2c3d"), ticks


def test_up_goes_on_over_many_wraps() -> None:
    clock, ticks = make(WRAP - 10)
    for day in range(1, 61):
        ticks.now += 86_400_000
        assert clock.up() == day * 86_400_000


def test_the_time_of_day_is_unknown_until_somebody_says_it_and_goes_on_with_up() -> None:
    clock, ticks = make(WRAP - 10)
    assert clock.at() is None
    ticks.now += 500
    assert clock.set(AT)
    ticks.now += 1_500
    assert (clock.up(), clock.at()) == (2_000, AT + 1_500)


def test_a_second_more_or_less_changes_nothing_and_more_than_that_does() -> None:
    clock, ticks = make()
    clock.set(AT)
    ticks.now += 3_600_000
    assert not clock.set(AT + 3_600_000 + 900)
    assert clock.at() == AT + 3_600_000
    assert clock.set(AT + 3_600_000 - 1_500)
    assert clock.at() == AT + 3_600_000 - 1_500
