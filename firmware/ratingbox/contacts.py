"""What the sampler saw, as edges. Decides; runs on MicroPython.

The sampler looks at both contacts each 5 ms and notes each change in one word of 30 bits:

    bits 29, 28   the second and the first contact; 0: closed
    bits 27 … 0   the looks that are left: a counter that goes down by one with each look

It goes on while the processor writes to flash or computes, and so the times in the words are true
however late they are read: all are late by the same few ms that it took to read the first one, so
that a look is never of before the last reading. The counter wraps after 15 days.
"""

PERIOD_MS = 5
COUNT_BITS = 28
_COUNT = (1 << COUNT_BITS) - 1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Edge = tuple[str, bool, int]


class Contacts:
    """`names`: of the first and the second contact. `first`, `now`: the sampler's first word, and
    ms since boot when it was noted."""

    def __init__(self, names: "tuple[str, str]", first: int, now: int) -> None:
        self._names = names
        self._count = first & _COUNT
        self._at = now
        self._levels = first >> COUNT_BITS

    def levels(self) -> "dict[str, bool]":
        """Which contacts were closed after the last word."""
        return {name: self._is_closed(place) for place, name in enumerate(self._names)}

    def edges(self, words: "Iterable[int]", now: int) -> "list[Edge]":
        """Name, whether it closed, and when, of each change. `now`: ms since boot."""
        found: "list[Edge]" = []
        for word in words:
            levels = word >> COUNT_BITS
            when = self._when(word & _COUNT, now)
            changed = levels ^ self._levels
            self._levels = levels
            for place, name in enumerate(self._names):
                if changed >> place & 1:
                    found.append((name, self._is_closed(place), when))
        return found

    def _when(self, count: int, now: int) -> int:
        looks = (now - self._at) // PERIOD_MS
        self._count = (self._count - looks) & _COUNT
        self._at += looks * PERIOD_MS
        ago = (count - self._count) & _COUNT
        if ago > _COUNT >> 1:  # the sampler is ahead by the look that is under way
            ago -= _COUNT + 1
        return self._at - ago * PERIOD_MS

    def _is_closed(self, place: int) -> bool:
        return not self._levels >> place & 1
