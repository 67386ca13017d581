"""What one or several trees hold, as their manifests say, and whether that may be added up."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from collector.parquet.coverage import missing, overlaps
from collector.parquet.engine import ParquetError
from collector.parquet.manifest import Manifest, misfits, read_manifest
from collector.parquet.tree import Grain, Tree

_MOST_NAMED = 5


class Exported(NamedTuple):
    """A month of a collector. `path`: of its manifest. `fields`: by measurement."""

    tree: Tree
    path: Path
    name: str
    fields: dict[str, tuple[str, ...]]

    def data(self, grain: Grain, measurement: str, month: str) -> Path:
        """A file of it."""
        return self.tree.data(grain, measurement, month, self.name)


class Catalog:
    """The exported months of some trees. Raises ParquetError: there are none; they are damaged;
    they are of another time zone; an office has two writers in a month; an open month has been over
    at `now_s` (Unix seconds), so that it is no longer what was exported."""

    def __init__(self, trees: Sequence[Tree], zone: ZoneInfo, now_s: int) -> None:
        self._trees = trees
        self._exported: dict[str, dict[str, Exported]] = {}
        self._sites: dict[str, dict[str, frozenset[str]]] = {}
        known: dict[str, str] = {}  # one text for each name of an office
        for tree in trees:
            for month, name, path in tree.manifests():
                manifest = read_manifest(path)
                _check(manifest, path, month, name, zone, now_s)
                _check_files(tree, manifest)
                fields = {m: content.fields for m, content in manifest.content.items()}
                key = f"{name} ({tree.root})"
                self._exported.setdefault(month, {})[key] = Exported(tree, path, name, fields)
                sites = frozenset(known.setdefault(site, site) for site in manifest.sites)
                self._sites.setdefault(month, {})[key] = sites
        if not self._exported:
            raise ParquetError(f"{self._where()}: no exported month. Say talon-collector export")
        self._check_overlaps()

    def of(self, months: Iterable[str]) -> dict[str, list[Exported]]:
        """What there is of these months; ParquetError names those that are missing."""
        asked = list(months)
        gaps = missing(self._sites, asked)
        if gaps:
            said = [f"{gap.month}{f' of {gap.name}' if gap.name else ''}" for gap in gaps]
            raise ParquetError(
                f"{self._where()}: not exported: {_some(said)}."
                " Say talon-collector export with those months, at the collector that has them"
            )
        return {
            month: list(self._exported[month].values())
            for month in asked
            if month in self._exported
        }

    def _check_overlaps(self) -> None:
        found = overlaps(self._sites)
        if found:
            said = [f"{o.site} in {o.month}: {o.one} and {o.other}" for o in found]
            raise ParquetError(
                f"an office has one writer in a month, these have two: {_some(said)}."
                " Remove the export that is not theirs"
            )

    def _where(self) -> str:
        return ", ".join(str(tree.root) for tree in self._trees)


def _some(said: Sequence[str]) -> str:
    more = len(said) - _MOST_NAMED
    return ", ".join(said[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _check(
    manifest: Manifest, path: Path, month: str, name: str, zone: ZoneInfo, now_s: int
) -> None:
    if (manifest.month, manifest.name) != (month, name):
        raise ParquetError(
            f"{path}: is of {manifest.month} and {manifest.name}. Files of a tree keep their names"
        )
    if manifest.timezone != str(zone):
        raise ParquetError(
            f"{path}: its month is one of {manifest.timezone}, the config says {zone}."
            " Use the same `timezone`, or export again"
        )
    if manifest.open and now_s >= manifest.end:
        raise ParquetError(f"{path}: {month} was exported before it was over. Export it again")


def _check_files(tree: Tree, manifest: Manifest) -> None:
    found = misfits(tree, manifest)
    if found:
        raise ParquetError(f"{_some(found)}. Export {manifest.month} of {manifest.name} again")
