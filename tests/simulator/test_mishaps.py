"""What goes wrong in the made-up month."""

import pytest

from simulator import profile
from simulator.mishaps import Mishap, Mishaps, month_of_mishaps
from simulator.visitors import Day, month_of_days


@pytest.fixture(scope="module")
def days() -> list[Day]:
    """October 2026."""
    return list(month_of_days(2026, 10, 1))


def test_the_same_seed_gives_the_same_mishaps(days: list[Day]) -> None:
    """Another seed gives others."""
    assert month_of_mishaps(days, 1) == month_of_mishaps(days, 1)
    assert month_of_mishaps(days, 1) != month_of_mishaps(days, 2)


@pytest.mark.parametrize("seed", range(40))
def test_whoever_leaves_comes_back(days: list[Day], seed: int) -> None:
    """Before the end of the month, and nobody leaves for ever; power fails three times."""
    mishaps = sorted(month_of_mishaps(days, seed))
    away: dict[str, int] = {}
    for mishap in mishaps:
        for node in mishap.nodes:
            if mishap.what == "out of range":
                away[node] = away.get(node, 0) + 1
            elif mishap.what == "in range":
                away[node] -= 1
    assert set(away.values()) == {0}
    assert sum(mishap.what == "power" for mishap in mishaps) == 3
    open_days = [day for day in days if day.arrivals]
    assert open_days[0].arrivals[0].at <= mishaps[0].at
    assert mishaps[-1].at <= open_days[-1].arrivals[-1].at


def test_the_whole_hall_is_cut_off_once(days: list[Day]) -> None:
    """So that dispensers give numbers of their own."""
    everybody = {*profile.BOXES, *profile.DISPENSERS}
    cut = [
        mishap
        for mishap in month_of_mishaps(days, 1)
        if mishap.what == "out of range" and set(mishap.nodes) == everybody
    ]
    assert len(cut) == 1


def test_a_short_stretch_has_no_mishaps(days: list[Day]) -> None:
    """There is no room for them."""
    assert month_of_mishaps(days[:6], 1) == []


def test_mishaps_are_taken_in_order_and_once() -> None:
    """However they were written down."""
    late, early = Mishap(20, "power", ("box-1",)), Mishap(10, "power", ("box-2",))
    mishaps = Mishaps([late, early])
    assert mishaps.until(10) == []
    assert mishaps.until(11) == [early]
    assert mishaps.until(100) == [late]
    assert mishaps.until(100) == []
