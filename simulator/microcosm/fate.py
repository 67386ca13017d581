"""Where a program dies: points in its work at which a kill may be waiting."""

import sqlite3
from collections import Counter
from typing import Literal

Point = Literal["begin", "commit", "committed", "publish", "write", "written", "mark", "marked"]
"""`begin`, `commit`, `committed`: of a transaction, the second just before its COMMIT. `publish`:
before a message goes out. `write`, `written`: around a write to a card. `mark`, `marked`: around
putting down what InfluxDB has."""


class Killed(BaseException):
    """The process is gone. Not an `Exception`: no handler of the program outlives it."""


class Fate:
    """What waits for one program. `passed`: how often each point was passed."""

    def __init__(self) -> None:
        self.disk_refuses = False  # every transaction fails before its COMMIT
        self.passed: Counter[Point] = Counter()
        self._kill: tuple[Point, int] | None = None

    def kill_at(self, point: Point, passings: int) -> None:
        """Kill the program at `point`, after so many passings of it."""
        self._kill = (point, passings)

    def relent(self) -> None:
        """Nothing waits any more."""
        self._kill = None
        self.disk_refuses = False

    def reach(self, point: Point) -> None:
        """The program is at `point`. Raises Killed, or sqlite3.OperationalError for its disk."""
        self.passed[point] += 1
        if self._kill is not None and self._kill[0] == point:
            left = self._kill[1]
            self._kill = None if left == 0 else (point, left - 1)
            if left == 0:
                raise Killed
        if self.disk_refuses and point in ("commit", "mark"):
            raise sqlite3.OperationalError("database or disk is full")
