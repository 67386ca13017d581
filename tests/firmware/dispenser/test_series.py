"""A dispenser's own numbers: never back, whatever happens to the card."""

import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.dispenser.series import LAST, Series, number_text
from simulator.disk import PowerCut, SimDisk

TOKEN = "0000000000000fff"


def open_series(disk: SimDisk, held: Iterable[bytes] | None = None) -> Series:
    """The series as a start finds it; `held`: the log's records, None of a log that had none."""
    return Series(disk, lambda: held, lambda: TOKEN)


def started_at(number: int) -> SimDisk:
    """A disk on which `number` was the last taken."""
    disk = SimDisk()
    series = open_series(disk, [issued(number - 101)] if number > 101 else None)
    if number <= 101:
        for _ in range(number - 1):
            series.take()
    else:
        disk.create("series-0", b"")
        series = open_series(disk, [issued(number - 102)])
    assert series.take() == number
    series.take()
    return disk


def issued(number: int, by: str = "dispenser") -> bytes:
    """A record of the log."""
    text = number_text("А", "1", number)
    return json.dumps({"kind": "issued", "number": text, "by": by}).encode()


def spoil(disk: SimDisk, *names: str) -> None:
    """Bit rot in these files."""
    for name in names:
        disk.flip(name, 15)


def test_a_new_dispenser_begins_with_1() -> None:
    """And counts on."""
    series = open_series(SimDisk())
    assert [series.take() for _ in range(3)] == [1, 2, 3]
    assert not series.recovered


def test_it_goes_on_after_a_restart() -> None:
    """At any moment, also after the first number."""
    disk = SimDisk()
    for expected in range(1, 8):
        assert open_series(disk).take() == expected


def test_after_9999_comes_1_and_it_goes_on() -> None:
    """Also with a restart after each number."""
    disk = started_at(LAST - 3)
    taken = [open_series(disk).take() for _ in range(5)]
    assert taken == [LAST - 1, LAST, 1, 2, 3]


def test_a_number_is_stored_before_it_is_given() -> None:
    """A power cut at any write never gives a number twice."""
    disk = SimDisk()
    given_away: list[int] = []
    for keep in (0, 1, 1000, 0, 1000):
        series = open_series(disk)
        given_away.append(series.take())
        disk.cut_power_after(0, keep)
        with pytest.raises(PowerCut):
            series.take()
        disk = disk.restore()
    assert given_away == sorted(set(given_away))


def test_a_full_disk_gives_no_number_and_loses_none() -> None:
    """The next one is tried again."""
    disk = SimDisk()
    series = open_series(disk)
    series.take()
    disk.fill_up()
    with pytest.raises(OSError, match="no space"):
        series.take()
    disk.make_room()
    assert series.take() == 2


@given(st.integers(1, 300), st.sampled_from(["series-0", "series-1"]))
def test_one_damaged_file_skips_at_most_two_numbers(count: int, name: str) -> None:
    """The other file is at most one behind."""
    disk = SimDisk()
    series = open_series(disk)
    last = [series.take() for _ in range(count + 1)][-1]
    spoil(disk, name)
    assert last < open_series(disk, []).take() <= last + 2


def test_one_damaged_file_is_survived_at_the_end_of_the_ring_too() -> None:
    """9999 and 1 are neighbours."""
    for name in ("series-0", "series-1"):
        disk = started_at(LAST - 1)
        spoil(disk, name)
        first = open_series(disk, []).take()
        second = open_series(disk, []).take()
        assert (first, second) in [(1, 2), (2, 3)]


def test_with_both_files_damaged_it_goes_on_ahead_of_the_log() -> None:
    """What the gateway issued is not of this series."""
    disk = started_at(7)
    spoil(disk, "series-0", "series-1")
    gateways = b'{"kind":"issued","number":"\\u0410500","by":"gateway"}'
    series = open_series(disk, [issued(7), issued(8), gateways])
    assert series.recovered
    assert series.take() == 8 + 102


def test_with_nothing_to_go_by_it_jumps_to_a_random_place() -> None:
    """The log was acknowledged and deleted, and the files are gone."""
    nothing: tuple[list[bytes] | None, ...] = ([], None)
    for held in nothing:
        disk = started_at(7)
        spoil(disk, "series-0", "series-1")
        series = open_series(disk, held)
        assert series.recovered
        assert series.take() == 0xFFF + 2


def test_a_device_whose_log_has_records_is_not_new() -> None:
    """Both files were deleted."""
    assert open_series(SimDisk(), [issued(41)]).take() == 41 + 102


@pytest.mark.parametrize(
    ("number", "text"), [(1, "А1-001"), (42, "А1-042"), (999, "А1-999"), (1000, "А1-1000")]
)
def test_a_number_reads_as_letter_mark_and_at_least_three_digits(number: int, text: str) -> None:
    """The dash is what the gateway's numbers never have."""
    assert number_text("А", "1", number) == text
