"""What goes wrong in a month: power cuts and dead links, the same for the same seed. Pure."""

import random
from collections.abc import Sequence
from typing import Literal, NamedTuple

from simulator import profile
from simulator.visitors import Day

_HOUR = 3_600_000


class Mishap(NamedTuple):
    """`at`: Unix ms. `power`: cut and back at once; `out of range`: no broker until `in range`."""

    at: int
    what: Literal["power", "out of range", "in range"]
    nodes: tuple[str, ...]


class Mishaps:
    """A month's mishaps, to be taken in order."""

    def __init__(self, mishaps: Sequence[Mishap]) -> None:
        self._coming = sorted(mishaps)

    def until(self, now: int) -> list[Mishap]:
        """Those before `now` that have not been taken."""
        due = [mishap for mishap in self._coming if mishap.at < now]
        self._coming = self._coming[len(due) :]
        return due


def month_of_mishaps(days: Sequence[Day], seed: int) -> list[Mishap]:
    """Some boxes are cut off for hours, one for two days; the whole hall loses the gateway once;
    the power fails three times, once while a box has no network and so comes back without a date.
    """
    chance = random.Random(f"mishaps/{seed}")
    open_days = [day for day in days if day.arrivals]
    if len(open_days) < 6:
        return []
    picked = chance.sample(range(len(open_days) - 2), 4)
    hall, lone, long, dark = (open_days[i] for i in picked)
    opening = {day.date: day.arrivals[0].at for day in open_days}
    box, other, third = chance.sample(profile.BOXES, 3)
    everybody = (*profile.BOXES, *profile.DISPENSERS)
    two_days_on = open_days[open_days.index(long) + 2]
    return [
        Mishap(opening[hall.date] + 2 * _HOUR, "out of range", everybody),
        Mishap(opening[hall.date] + 4 * _HOUR, "in range", everybody),
        Mishap(opening[lone.date] + 1 * _HOUR, "power", (box, "disp-1")),
        Mishap(opening[long.date] + 3 * _HOUR, "out of range", (other,)),
        Mishap(opening[two_days_on.date] + 3 * _HOUR, "in range", (other,)),
        Mishap(opening[dark.date], "out of range", (third,)),
        Mishap(opening[dark.date] + 1 * _HOUR, "power", (third,)),
        Mishap(opening[dark.date] + 3 * _HOUR, "power", (third,)),
        Mishap(opening[dark.date] + 5 * _HOUR, "in range", (third,)),
    ]
