"""Virtual time: what is to happen at which moment, and a trace of what has happened."""

import hashlib
import heapq
import itertools
from collections import deque
from collections.abc import Callable

Work = Callable[[], None]

START = 1_793_008_800_000  # Unix ms: 2026-10-26 10:00 UTC, a Monday
_KEPT = 60  # lines


class Trace:
    """What happened, line by line: the last lines, and a digest over all of them.

    `tell`: called with every line, to follow a run.
    """

    def __init__(self, tell: Callable[[str], None] | None = None) -> None:
        self.lines: deque[str] = deque(maxlen=_KEPT)
        self.count = 0
        self._tell = tell
        self._digest = hashlib.blake2b(digest_size=8)

    @property
    def digest(self) -> str:
        """Two runs with the same digest were the same run."""
        return self._digest.hexdigest()

    def add(self, line: str) -> None:
        """Note what happens."""
        self.count += 1
        self.lines.append(line)
        self._digest.update(line.encode())
        if self._tell is not None:
            self._tell(line)


class Clockwork:
    """Runs work at its time, one after another. `now`: Unix ms; it stands still during work."""

    def __init__(self, trace: Trace) -> None:
        self.now = START
        self.steps = 0
        self._trace = trace
        self._due: list[tuple[int, int, Work]] = []
        self._order = itertools.count()

    def after(self, ms: int, work: Work) -> None:
        """Do `work` in so many ms; what is due at one moment is done in the order of asking."""
        heapq.heappush(self._due, (self.now + ms, next(self._order), work))

    def run_until(self, when: int, going: Callable[[], bool] = lambda: True) -> None:
        """Let time pass until `when`, or until after some work it is not `going` on.

        May be called by work that has to wait: meanwhile the others go on.
        """
        while going() and self._due and self._due[0][0] <= when:
            self.now, _, work = heapq.heappop(self._due)
            self.steps += 1
            work()
        if going():
            self.now = max(self.now, when)

    def tell(self, line: str) -> None:
        """Note in the trace what happens now."""
        self._trace.add(f"{(self.now - START) / 1000:8.3f} {line}")
