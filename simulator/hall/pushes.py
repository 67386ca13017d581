"""Pushes that are to come, one finger at a time. Pure."""

import heapq
from collections.abc import Iterable

from simulator.hall.visitor import Push

GAP_MS = 400  # on each box a push begins so long after the one before


class Pushes:
    """What visitors are going to press, on all boxes."""

    def __init__(self) -> None:
        self._coming: list[Push] = []
        self._free: dict[str, int] = {}  # when each box is

    def __bool__(self) -> bool:
        return bool(self._coming)

    def add(self, pushes: Iterable[Push]) -> None:
        """Somebody is going to press."""
        for push in pushes:
            heapq.heappush(self._coming, push)

    def before(self, end: int) -> list[Push]:
        """Those before `end` (Unix ms) that have not been taken, in order."""
        found = []
        while self._coming and self._coming[0].at < end:
            push = heapq.heappop(self._coming)
            free = self._free.get(push.box, 0)
            if push.at < free:
                heapq.heappush(self._coming, push._replace(at=free))
                continue
            self._free[push.box] = push.at + push.hold_ms + GAP_MS
            found.append(push)
        return found
