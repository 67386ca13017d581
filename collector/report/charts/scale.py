"""A scale of shares: from which value to which, and at which of them lines are drawn. Pure."""

import math
from collections.abc import Iterable

import msgspec

_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)
_MOST_LINES = 6


class Scale(msgspec.Struct, frozen=True):
    """Shares from `low` to `high` over pixels from `start` to `end` (which may run backwards)."""

    low: float
    high: float
    step: float
    start: float
    end: float

    def at(self, share: float) -> float:
        """Where a share lies, in px; one that is off the scale lies at its end."""
        place = (min(max(share, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + place * (self.end - self.start)

    def ticks(self) -> list[float]:
        """The shares at which lines are drawn."""
        count = round((self.high - self.low) / self.step)
        return [self.low + i * self.step for i in range(count + 1)]


def scale_for(shares: Iterable[float], start: float, end: float) -> Scale:
    """A scale that holds all `shares`, with whole steps and some room; within 0 to 1."""
    found = list(shares) or [0.0, 1.0]
    low, high = max(0.0, min(found)), min(1.0, max(found))
    spread = max(high - low, 0.02)
    step = next((s for s in _STEPS if spread / s <= _MOST_LINES - 1), _STEPS[-1])
    bottom = max(0.0, math.floor(low / step + 1e-9) * step)
    top = min(1.0, math.ceil(high / step - 1e-9) * step)
    if top - bottom < step / 2:  # all of them are on one line
        bottom, top = max(0.0, bottom - step), min(1.0, top + step)
    return Scale(bottom, top, step, start, end)
