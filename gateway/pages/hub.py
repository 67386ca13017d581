"""Tells the open pages that something has changed. One event loop; `notify` from that loop only."""

import asyncio
import contextlib
from collections.abc import Callable


class Hub:
    """Whoever waits is woken by the next change. A page that is slow misses none: it sees several
    at once. `after`: called at each change."""

    def __init__(self, after: Callable[[], None] = lambda: None) -> None:
        self.closed = False
        self._after = after
        self._next = asyncio.Event()
        self._looks = 0

    def notify(self) -> None:
        """Something has changed."""
        self._next.set()
        self._next = asyncio.Event()
        self._after()

    def close(self) -> None:
        """The office closes: all streams end."""
        self.closed = True
        self.notify()

    def next(self) -> asyncio.Event:
        """Set at the next change. To be taken before one looks at what is, or it may be missed."""
        return self._next

    def look(self) -> int:
        """The number of a look at the office that begins now: a later one has seen more."""
        self._looks += 1
        return self._looks


async def wait_for(event: asyncio.Event, timeout_s: float) -> None:
    """Wait for a change, or that long: minutes pass on the pages, too."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), timeout_s)
