"""A journal's database that fails when it is told to, in the middle of a transaction."""

import sqlite3
from collections.abc import Iterable
from typing import Any, Literal

from simulator.microcosm.fate import Killed

How = Literal["refuses", "dies", "dies committed"]
Doom = tuple[How, int] | None
"""What becomes of the gateway after so many statements of transactions; -n: instead of the n-th
commit from now. None: nothing."""


class BreakingConnection(sqlite3.Connection):
    """A disk that refuses, or a process that dies, in the n-th statement of transactions."""

    how: How = "refuses"
    left: int | None = None  # statements until then, or -commits; None: all is well
    broke: How | None = None  # what happened last

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """As sqlite3.Connection."""
        self._reach(sql)
        done = super().execute(sql, parameters)
        if sql == "COMMIT" and self.left is not None and self.how == "dies committed":
            self.left, self.broke = None, self.how
            raise Killed
        return done

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        """As sqlite3.Connection."""
        self._reach(sql)
        return super().executemany(sql, parameters)

    def _reach(self, sql: str) -> None:
        if self.left is None or not self.in_transaction or sql == "ROLLBACK":
            return
        if self.how == "dies committed":
            return
        if self.left >= 0:
            self.left -= 1
            fails = self.left < 0
        else:
            self.left += sql == "COMMIT"
            fails = self.left == 0
        if fails:
            self.left, self.broke = None, self.how
            raise Killed if self.how == "dies" else sqlite3.OperationalError("disk I/O error")
