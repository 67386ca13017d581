"""Where things lie in a tree of exported months.

    hours/measurement=rating/month=2026-10/kyiv.parquet    hourly tallies, as in the ledger
    months/measurement=rating/month=2026-10/kyiv.parquet   the same, summed over the month
    manifests/month=2026-10/kyiv.json                      what belongs together, and its checksums

The file's name is the collector's (`name` in its config): several of them fill one tree.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from collector.parquet.engine import ParquetError

Grain = Literal["hours", "months"]
GRAINS: tuple[Grain, ...] = ("hours", "months")
_GLOB = set("*?[]{}")  # DuckDB would take these for patterns


class Tree:
    """A folder with exported months."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        if _GLOB & set(str(self.root)):
            raise ParquetError(f"{self.root}: a folder's name must not hold any of * ? [ ] {{ }}")

    def data(self, grain: Grain, measurement: str, month: str, name: str) -> Path:
        """The Parquet file of a measurement and a month."""
        folder = self.root / grain / f"measurement={measurement}" / f"month={month}"
        return folder / f"{name}.parquet"

    def manifest(self, month: str, name: str) -> Path:
        """The file that says what was exported."""
        return self.root / "manifests" / f"month={month}" / f"{name}.json"

    def withdraw(self, month: str, name: str) -> None:
        """What was exported of a month no longer counts."""
        path = self.manifest(month, name)
        if path.exists():
            path.unlink()
            sync(path.parent)

    def manifests(self) -> Iterator[tuple[str, str, Path]]:
        """(month, collector's name, file) of all that was exported, in order."""
        for path in sorted((self.root / "manifests").glob("month=*/*.json")):
            yield path.parent.name.removeprefix("month="), path.stem, path

    def workshop(self, name: str) -> Path:
        """Where a collector's files are made before they get their place; on the same disk."""
        return self.root / f".{name}.part"


def sync(path: Path) -> None:
    """What was written to a file, or into a folder, is on the disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def put(path: Path, place: Path) -> None:
    """Give a finished file its place, in one step, instead of what was there."""
    place.parent.mkdir(parents=True, exist_ok=True)
    sync(path)
    path.replace(place)
    sync(place.parent)
