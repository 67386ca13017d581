"""Journals and ledgers of one run: real SQLite files, in memory where that is possible.

What SQLite itself does in a power cut is SQLite's to prove; here a program dies before or after its
COMMIT.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from collector.ledger import Ledger
from collector.tally import TallyRow
from gateway.journal import Journal
from simulator.microcosm.fate import Fate

_IN_MEMORY = Path("/dev/shm")
_PARTS = ("", "-wal")
Copy = dict[str, bytes]


class WatchedJournal(Journal):
    """A journal whose transactions pass the points of `fate`; `stored` is called after each."""

    def __init__(
        self, path: Path, token: Callable[[], str], fate: Fate, stored: Callable[[], None]
    ) -> None:
        super().__init__(path, token)
        self._fate = fate
        self._stored = stored

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """As Journal."""
        self._fate.reach("begin")
        with super().transaction():
            yield
            self._fate.reach("commit")
        self._stored()
        self._fate.reach("committed")


class WatchedLedger(Ledger):
    """The same for a ledger, and for what it is told of InfluxDB."""

    def __init__(self, path: Path, fate: Fate, stored: Callable[[], None]) -> None:
        super().__init__(path)
        self._fate = fate
        self._stored = stored

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """As Ledger."""
        self._fate.reach("begin")
        with super().transaction():
            yield
            self._fate.reach("commit")
        self._stored()
        self._fate.reach("committed")

    def written(self, name: str, rows: Sequence[tuple[TallyRow, int]], doubt: bool = False) -> None:
        """As Ledger."""
        self._fate.reach("mark")
        super().written(name, rows, doubt)
        self._fate.reach("marked")

    def soil(self) -> int:
        """As Ledger."""
        self._fate.reach("mark")
        count = super().soil()
        self._fate.reach("marked")
        return count


class Shelf:
    """A folder for the databases of one run after another; use as a context manager."""

    def __init__(self) -> None:
        where = _IN_MEMORY if _IN_MEMORY.is_dir() else None
        self._folder = tempfile.TemporaryDirectory(prefix="talon-", dir=where)
        self.path = Path(self._folder.name)
        Ledger(self.path / "blank.db").close()
        self._blank = copy_of(self.path / "blank.db")

    def __enter__(self) -> "Shelf":
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def place_for(self, name: str) -> Path:
        """Where a database may be made; nothing is there."""
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        put_back(path, {})
        return path

    def new_ledger(self, name: str) -> Path:
        """An empty ledger: a copy of one, since making one takes as long as half a run."""
        path = self.place_for(name)
        put_back(path, self._blank)
        return path


def copy_of(path: Path) -> Copy:
    """A backup of a database between two transactions."""
    parts = {part: path.with_name(path.name + part) for part in _PARTS}
    return {part: file.read_bytes() for part, file in parts.items() if file.exists()}


def put_back(path: Path, copy: Copy) -> None:
    """Replace a closed database by a copy."""
    for part in (*_PARTS, "-shm"):
        path.with_name(path.name + part).unlink(missing_ok=True)
    for part, data in copy.items():
        path.with_name(path.name + part).write_bytes(data)
