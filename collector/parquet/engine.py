"""DuckDB, started so that it stays on this machine and within its memory."""

import contextlib
import importlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

Row = tuple[Any, ...]
"""What DuckDB gives: a text, a whole number, … for each column of the query."""

MEMORY_MB = 512
THREADS = min(os.cpu_count() or 1, 8)


class ParquetError(RuntimeError):
    """An export that cannot be written or read: what is wrong, and what to do."""


class Engine:
    """A DuckDB in memory. It installs and loads no extensions, so it asks nothing of any network;
    what does not fit into `memory_mb` goes to a folder of its own, which `close` removes."""

    def __init__(self, memory_mb: int = MEMORY_MB, threads: int = THREADS) -> None:
        module = _module()
        self._error = module.Error
        self._spill = tempfile.TemporaryDirectory(prefix="talon-parquet-")
        self._db: "duckdb.DuckDBPyConnection" = module.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "memory_limit": f"{memory_mb}MB",
                "threads": str(threads),
                "temp_directory": self._spill.name,
            },
        )

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows that a statement gives. Raises ParquetError."""
        with self._explained():
            return self._db.execute(sql, list(values)).fetchall()

    def close(self) -> None:
        """Give the memory back."""
        self._db.close()
        self._spill.cleanup()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ParquetError(
                f"DuckDB: {said}. If a file is damaged, export its month again; if memory is"
                " short, give it more"
            ) from None


def literal(text: str | Path) -> str:
    """A text as SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def table(path: Path) -> str:
    """SQL: what is in a Parquet file, without what its path says."""
    return f"read_parquet({literal(path)}, hive_partitioning = false)"


def _module() -> ModuleType:
    try:
        return importlib.import_module("duckdb")
    except ImportError:
        raise ParquetError(
            "DuckDB, which reads and writes Parquet, is not installed."
            " Say: pip install '.[country]'"
        ) from None
