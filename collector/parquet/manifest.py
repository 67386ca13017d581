"""What a collector says of a month that it exported, as JSON beside the data."""

from pathlib import Path

import msgspec

from collector.checksum import Part
from collector.parquet.engine import ParquetError
from collector.parquet.tree import GRAINS, Tree

LAYOUT = 1
"""Version of the tree's layout and its columns."""


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Parquet file: its rows, its size, the SHA-256 of its bytes."""

    rows: int
    bytes: int
    sha256: str


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A measurement. `parts`: digests of its tallies by office, as `collector.checksum` says."""

    tags: tuple[str, ...]
    fields: tuple[str, ...]
    hours: File
    months: File
    parts: dict[str, str]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A month of one collector. `begin`, `end`: of the month in `timezone`, Unix seconds.

    `open`: it was not over when it was exported. `sites`: the offices that have tallies in it.
    `checksum`: of all parts. Nothing in it depends on when it was written.
    """

    name: str
    month: str
    timezone: str
    begin: int
    end: int
    open: bool
    sites: tuple[str, ...]
    checksum: str
    version: str  # of the collector
    content: dict[str, Content]
    layout: int = LAYOUT
    note: str = "Hourly tallies, nothing suppressed: internal, not for publishing."

    def parts(self) -> dict[Part, str]:
        """The digests of all that is in it."""
        return {
            (measurement, site, self.month): digest
            for measurement, content in self.content.items()
            for site, digest in content.parts.items()
        }

    def encode(self) -> bytes:
        """As the file holds it; the same bytes for the same manifest."""
        return msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=1) + b"\n"


class _Head(msgspec.Struct):
    layout: int


def read_manifest(path: Path) -> Manifest:
    """Raises ParquetError if it cannot be read, or another version of Talon wrote it."""
    try:
        text = path.read_bytes()
        layout = msgspec.json.decode(text, type=_Head).layout
        if layout == LAYOUT:
            return msgspec.json.decode(text, type=Manifest)
    except OSError as error:
        raise ParquetError(f"{path}: cannot be read ({error.strerror}). Check its owner") from None
    except msgspec.DecodeError as error:
        raise ParquetError(f"{path}: is no manifest ({error}). Export the month again") from None
    raise ParquetError(
        f"{path}: was written by another version of Talon (layout {layout}, here {LAYOUT})."
        " Read it with that one, or export the month again"
    )


def misfits(tree: Tree, manifest: Manifest) -> list[str]:
    """Files that are not there or not of the size that the manifest names. Quick: reads nothing."""
    found = []
    for measurement, content in manifest.content.items():
        for grain in GRAINS:
            path = tree.data(grain, measurement, manifest.month, manifest.name)
            said = content.hours if grain == "hours" else content.months
            if not path.is_file():
                found.append(f"{path} is missing")
            elif path.stat().st_size != said.bytes:
                found.append(f"{path} is not the one that its manifest names")
    return found
