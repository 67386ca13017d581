"""A city's ledger to measure reports with: 19 offices, 30 services, 26 times four weeks of tallies.

Four weeks are drawn by chance, from a seed; the others repeat them, a little more or less busy, so
that a ledger of millions of tallies is there in seconds. It has tallies only, no events.
"""

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from collector.ledger.days import FILL_DAYS
from collector.ledger.layout import LAYOUT
from collector.tally import FIELDS, TAGS
from simulator.profile import HOUR, SERVICES, VOTES, WEEKDAY
from wire.store import Database

SITES = tuple(f"office-{i:02d}" for i in range(1, 20))
VISITS_A_DAY = 400  # of an office; the offices are from a quarter as busy to almost twice
BLOCKS = 26
BLOCK_S = 28 * 86_400
FIRST = date(2024, 11, 4)  # a Monday; the last of the blocks ends in November 2026
MONTH = "2026-10"

_WEIGHTS = sum(service.weight for service in SERVICES)
_HOURS = sum(HOUR.values())
_SHUFFLED = {  # how a repeated block differs: by its number, and by which tally it is
    "rating": ("satisfied", "satisfied + (hour / 3600 + :block) % 3 / 2"),
    "visit": ("issued", "issued + (hour / 3600 + :block) % 2"),
}


def make_city(path: Path, blocks: int = BLOCKS) -> int:
    """Write a ledger with the last `blocks` times four weeks to `path`; returns how many tallies it
    has."""
    chance = random.Random("city")
    begin = _begin() + (BLOCKS - blocks) * BLOCK_S
    with closing(Database(path, LAYOUT)) as database, database.transaction() as db:
        for name, rows in (("visit", _visits(chance, begin)), ("rating", _ratings(chance, begin))):
            columns = ["hour", *TAGS[name], *FIELDS[name]]
            marks = ",".join("?" * len(columns))
            db.executemany(
                f"INSERT INTO tally_{name} ({','.join(columns)}, dirty) VALUES ({marks}, 0)", rows
            )
            field, changed = _SHUFFLED[name]
            values = ", ".join(changed if c == field else c for c in columns[1:])
            for block in range(1, blocks):
                db.execute(
                    f"INSERT INTO tally_{name} ({','.join(columns)}, dirty)"
                    f" SELECT hour + {block * BLOCK_S}, {values}, 0 FROM tally_{name}"
                    f" WHERE hour < {begin + BLOCK_S}",
                    {"block": block} if ":block" in values else (),
                )
        for statement in FILL_DAYS.split(";"):
            db.execute(statement)
        return sum(db.execute(f"SELECT count(*) FROM tally_{name}").fetchone()[0] for name in TAGS)


def _begin() -> int:
    return int(datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC).timestamp())


def _busy(begin: int) -> Iterator[tuple[int, str, int, float]]:
    """(hour, office, service by its index, visits to expect in it)."""
    for day in range(28):
        factor = WEEKDAY[(FIRST + timedelta(day)).weekday()] * VISITS_A_DAY
        for hour, share in HOUR.items():
            for i, site in enumerate(SITES):
                office = factor * share / _HOURS * (0.25 + 1.5 * i / (len(SITES) - 1))
                for k, service in enumerate(SERVICES):
                    at = begin + day * 86_400 + (hour - 2) * 3600
                    yield at, site, k, office * service.weight / _WEIGHTS


def _drawn(chance: random.Random, expected: float) -> int:
    return int(expected) + (chance.random() < expected % 1)


def _visits(chance: random.Random, begin: int) -> Iterator[tuple[object, ...]]:
    place = {field: i for i, field in enumerate(FIELDS["visit"])}
    for at, site, k, expected in _busy(begin):
        if count := _drawn(chance, expected):
            sums = [0] * len(place)
            sums[place["issued"]] = sums[place["printed"]] = count
            yield (at, site, SERVICES[k].id, "-", "-", *sums)


def _ratings(chance: random.Random, begin: int) -> Iterator[tuple[object, ...]]:
    place = {field: i for i, field in enumerate(FIELDS["rating"])}
    for at, site, k, expected in _busy(begin):
        for desk, channel, part in ((f"desk-{k % 10 + 1}", "desk", 0.7), ("-", "exit", 0.3)):
            votes = _drawn(chance, expected * VOTES * part)
            again = int(chance.random() < 0.005)
            if votes or again:
                sums = [0] * len(place)
                pleased = sum(chance.random() < SERVICES[k].pleased for _ in range(votes))
                sums[place["satisfied"]] = pleased
                sums[place["unsatisfied"]] = votes - pleased
                sums[place["repeat"]] = again
                yield (at, site, SERVICES[k].id, desk, channel, *sums)
