"""Calibration: what visitors were told of their wait, beside how long they did wait. Pure.

The wait that counts is from the ticket to the first call, without the time on hold: that is what
the ticket speaks of. Who was told nothing, or was never called, is counted apart.
"""

from collections.abc import Iterable, Mapping
from statistics import median

import msgspec

from gateway.queue.visit import Visit
from gateway.queue.wait import Expected, share_inside

MINUTE_MS = 60_000
MOST_MINUTES = 1_440  # as wire.records.Minutes
MOST_AHEAD = 9_999  # as wire.records.People


class Told(msgspec.Struct, frozen=True):
    """What a ticket said: people `ahead`, and the wait from `low` to `high`, whole minutes; None:
    it was not known."""

    visit: str
    ahead: int
    low: int | None = None
    high: int | None = None

    @property
    def wait(self) -> tuple[int, int] | None:
        """The range, if there was one."""
        return None if self.low is None or self.high is None else (self.low, self.high)


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Of one day: `told` tickets, `unknown` of them without a range. Of those with one that were
    called: how many waited `inside` it, less (`sooner`) or more (`later`). `width`: the median of
    those ranges, minutes; `share`: of `inside`; both None if nobody was called."""

    told: int = 0
    unknown: int = 0
    inside: int = 0
    sooner: int = 0
    later: int = 0
    share: float | None = None
    width: float | None = None

    @property
    def n(self) -> int:
        """How many could be compared."""
        return self.inside + self.sooner + self.later


def told_of(visit: str, ahead: int, expected: Expected | None) -> Told:
    """What a ticket says: the range in whole minutes, rounded outward, so that it promises no
    more than is known."""
    ahead = min(ahead, MOST_AHEAD)
    if expected is None:
        return Told(visit, ahead)
    return Told(visit, ahead, *minutes_of(expected))


def minutes_of(expected: Expected) -> tuple[int, int]:
    """A range in whole minutes, rounded outward."""
    low, high = expected.low // MINUTE_MS, -(-expected.high // MINUTE_MS)
    return min(low, MOST_MINUTES), min(high, MOST_MINUTES)


def first_wait(visit: Visit) -> int | None:
    """Milliseconds that a visitor waited until the first call; None: there was none."""
    waited = 0
    for period in visit.periods:
        if period.state == "called":
            return waited
        if period.state == "waiting":
            waited += period.lasted(period.since)
    return None


def calibrate(told: Iterable[Told], visits: Mapping[str, Visit]) -> Calibration:
    """How often the truth fell in the range. `visits`: by id."""
    everything = list(told)
    ranges = [one for one in everything if one.wait is not None]
    pairs = [pair for one in ranges if (pair := _pair(one, visits.get(one.visit))) is not None]
    sooner = sum(true < said.low for said, true in pairs)
    later = sum(true > said.high for said, true in pairs)
    widths = [(said.high - said.low) / MINUTE_MS for said, _ in pairs]
    return Calibration(
        told=len(everything),
        unknown=len(everything) - len(ranges),
        inside=len(pairs) - sooner - later,
        sooner=sooner,
        later=later,
        share=share_inside(pairs),
        width=median(widths) if widths else None,
    )


def _pair(told: Told, visit: Visit | None) -> tuple[Expected, int] | None:
    """The range and the true wait in ms; None: there is nothing to compare. The wait is that of
    whole minutes, as the range is said: who was told 0 min and was called in 20 s had no wait."""
    waited = None if visit is None else first_wait(visit)
    if waited is None or told.wait is None:
        return None
    low, high = told.wait
    return Expected(low * MINUTE_MS, high * MINUTE_MS), waited // MINUTE_MS * MINUTE_MS
