"""Whether files are what their manifest says, and the manifest what the ledger says."""

import contextlib
import hashlib
from pathlib import Path
from zoneinfo import ZoneInfo

from collector.checksum import Part, digests
from collector.ledger import LAYOUT
from collector.month import bounds
from collector.parquet.columns import Shape, monthly
from collector.parquet.engine import Engine, table
from collector.parquet.manifest import Manifest, misfits, read_manifest
from collector.parquet.spool import tallies
from collector.parquet.tree import GRAINS, Tree
from collector.parquet.writer import read_parts
from collector.tally import TAGS
from wire.store import open_reader


def damages(engine: Engine, tree: Tree, manifest: Manifest) -> list[str]:
    """What is wrong with a month's files, every byte and every sum of them read."""
    found = misfits(tree, manifest)
    for measurement, content in {} if found else manifest.content.items():
        hours, months = (
            tree.data(grain, measurement, manifest.month, manifest.name) for grain in GRAINS
        )
        for path, said in ((hours, content.hours), (months, content.months)):
            if _sha256(path) != said.sha256:
                found.append(f"{path} is damaged: its bytes are not those that were written")
        if not found:
            of = Shape(content.tags, content.fields)
            found += _contradictions(engine, of, hours, months, content.parts)
    return found


def differences(tree: Tree, name: str, month: str, ledger: Path, zone: ZoneInfo) -> list[str]:
    """In what a month's manifest does not agree with the ledger."""
    path = tree.manifest(month, name)
    if not path.exists():
        return [f"{month} was not exported"]
    manifest = read_manifest(path)
    if manifest.timezone != str(zone):
        return [f"{path}: is a month of {manifest.timezone}, the config says {zone}"]
    there, here = manifest.parts(), _parts(ledger, month, zone)
    return [
        f"{month} {measurement} of {site}: {_how(part, here, there)}"
        for part in sorted(there.keys() | here.keys())
        for measurement, site, _ in [part]
        if here.get(part) != there.get(part)
    ]


def _how(part: Part, here: dict[Part, str], there: dict[Part, str]) -> str:
    if part not in there:
        return "not exported"
    return "changed since the export" if part in here else "no longer in the ledger"


def _parts(ledger: Path, month: str, zone: ZoneInfo) -> dict[Part, str]:
    found: dict[Part, str] = {}
    with contextlib.closing(open_reader(ledger, LAYOUT)) as db:
        db.execute("BEGIN")
        for name in TAGS:
            found |= digests(name, month, tallies(db, name, bounds(month, zone)))
    return found


def _contradictions(
    engine: Engine, of: Shape, hours: Path, months: Path, parts: dict[str, str]
) -> list[str]:
    """Whether digests and months are those of the hours."""
    found = []
    rows = table(hours)
    if read_parts(engine, of, rows) != parts:
        found.append(f"{hours} does not have the digests that its manifest names")
    summed, kept = monthly(of, rows), f"SELECT * FROM {table(months)}"
    unequal = engine.rows(
        f"(({summed}) EXCEPT ALL {kept}) UNION ALL ({kept} EXCEPT ALL ({summed})) LIMIT 1"
    )
    if unequal:
        found.append(f"{months} is not the sum of the hours: {unequal[0]}")
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
