"""Ledgers with made-up tallies, and trees that they are exported to."""

import random
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from collector.ledger import Ledger
from collector.month import bounds
from collector.parquet.engine import Engine
from collector.parquet.export import Done, Exporter, export_month
from collector.parquet.tree import Tree
from collector.tally import FIELDS, TAGS, Tallies, TallyRow
from tests.collector.bench import KYIV

HOUR_S = 3600
LATER = int(datetime(2027, 3, 1, tzinfo=KYIV).timestamp())
"""A moment when all months of these tests are over."""
VALUES = {
    "service": ("passport", "land", "-"),
    "desk": ("1", "вікно-3", "it's"),
    "channel": ("desk", "exit", "web"),
}


def ledger(path: Path, rows: dict[str, list[TallyRow]]) -> Path:
    """A ledger with these tallies, by measurement, in the place of one that was there."""
    with closing(Ledger(path)) as made, made.transaction():
        for name in TAGS:
            made._db.execute(f"DELETE FROM tally_{name}")
        tallies = Tallies()
        for name, all_of_it in rows.items():
            tallies.sums |= {(name, hour, tags): list(sums) for hour, tags, sums in all_of_it}
        made.add_tallies(tallies)
    return path


def add(path: Path, measurement: str, row: TallyRow) -> None:
    """One more tally, or more in one that is there."""
    with closing(Ledger(path)) as made, made.transaction():
        tallies = Tallies()
        tallies.sums[measurement, row[0], row[1]] = list(row[2])
        made.add_tallies(tallies)


def row(measurement: str, hour: int, *tags: str, **sums: int) -> TallyRow:
    """A tally; fields that are not named are 0."""
    return hour, tags, tuple(sums.get(field, 0) for field in FIELDS[measurement])


def made_up(
    seed: int, months: Iterable[str], sites: Iterable[str] = ("center", "north")
) -> dict[str, list[TallyRow]]:
    """Some dozen tallies of every measurement in each of the months."""
    chance = random.Random(seed)
    found: dict[str, dict[tuple[int, tuple[str, ...]], tuple[int, ...]]] = {m: {} for m in TAGS}
    for month in months:
        begin, end = bounds(month, KYIV)
        for name, rows in found.items():
            for site in sites:
                for _ in range(30):
                    tags = (
                        site,
                        *(chance.choice(VALUES.get(t, ("x", "y"))) for t in TAGS[name][1:]),
                    )
                    sums = [chance.randrange(3) for _ in FIELDS[name]]
                    if name == "spent":
                        sums = [*_minutes(chance), *_minutes(chance)]
                    else:
                        sums[0] += 1
                    rows[chance.randrange(begin, end, HOUR_S), tags] = tuple(sums)
    return {
        name: [(hour, tags, sums) for (hour, tags), sums in rows.items()]
        for name, rows in found.items()
    }


def _minutes(chance: random.Random) -> list[int]:
    """What some voters had spent: not any sums are those of numbers and of their squares."""
    voters = [(chance.randrange(40), chance.randrange(9)) for _ in range(chance.randrange(1, 4))]
    sums = [sum(n**power for n in ns) for ns in zip(*voters, strict=True) for power in (1, 2)]
    return [len(voters), *sums]


def exporter(path: Path, name: str = "city", zone: ZoneInfo = KYIV) -> Exporter:
    """Who exports the ledger in `path`."""
    return Exporter(name, "1.0", path, zone)


def export(who: Exporter, root: Path, *months: str, now_s: int = LATER) -> list[Done]:
    """Export months to the tree in `root`."""
    with closing(Engine(threads=1)) as engine:
        return [export_month(who, Tree(root), engine, month, now_s) for month in months]


def files(root: Path) -> dict[str, bytes]:
    """All files below a folder by their paths, but for locks."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }
