"""When did it happen: by the device's clock, by its uptime, or not known."""

import pytest

from gateway.place import place
from tests.gateway.bench import NOON

A, B = "b0000001", "b0000002"
LONG_AGO = 1_735_689_600_000


@pytest.mark.parametrize("at", [NOON, NOON - 86_400_000, NOON + 600_000, LONG_AGO])
def test_a_clock_that_can_be_true_is_believed(at: int) -> None:
    assert place(at, A, 5, B, 9, NOON) == (at, "set")


@pytest.mark.parametrize("at", [None, 0, LONG_AGO - 1, NOON + 600_001, 1 << 53])
def test_without_one_the_uptime_places_a_record_of_the_same_boot(at: int | None) -> None:
    assert place(at, A, 1_000, A, 61_000, NOON) == (NOON - 60_000, "placed")


@pytest.mark.parametrize("at", [None, 0, NOON + 600_001])
def test_a_record_of_an_earlier_boot_counts_when_it_arrives(at: int | None) -> None:
    assert place(at, A, 1_000, B, 61_000, NOON) == (NOON, "unknown")


def test_an_uptime_after_the_sending_places_nothing() -> None:
    assert place(None, A, 2, A, 1, NOON) == (NOON, "unknown")


def test_an_uptime_that_reaches_back_before_talon_places_nothing() -> None:
    assert place(None, A, 0, A, 1 << 53, NOON) == (NOON, "unknown")
