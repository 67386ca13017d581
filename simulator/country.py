"""A country's month of tallies out of nothing: offices, their visitors and votes, drawn by DuckDB.

The same seed (and version of DuckDB) gives the same tallies. An office has 40 to 1,400 visits a day
and, as it is larger, more services; a cell (office, service, hour) is drawn as independent Poisson
numbers of satisfied, dissatisfied and silent visitors, so that votes never exceed visits. A quarter
of the offices call their visitors through Talon and so have waiting times. Devices count what their
tallies say: the accounts balance.
"""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from statistics import NormalDist
from typing import NamedTuple
from zoneinfo import ZoneInfo

from collector.month import bounds
from collector.parquet.columns import shape
from collector.parquet.engine import Engine
from collector.parquet.manifest import Manifest
from collector.parquet.tree import Tree
from collector.parquet.writer import Work, publish, write_month
from collector.tally import BUCKETS, EDGES_S, REASONS, TAGS
from simulator.profile import HOUR, HOURS, SERVICES, WEEKDAY, ZONE
from wire.records import VALUES

OFFICES = 4_000
VISITS_A_DAY = 720  # the mean of the offices, had they open all day: 60 million visits a month
MEMORY_MB = 3_000  # of DuckDB, while it draws
_LEAST, _MOST = 40, 1_400
_SPREAD = 0.75  # of the logarithm of visits a day
_SLOTS = 1_024  # quantiles of each Poisson distribution
_STEPS = 12  # distributions for each factor of e between two expectations
_LOW, _HIGH = 0.002, 20_000.0  # expectations
_EXACT = 60.0  # above it, the normal distribution is near enough
_TO_DESK, _TO_EXIT = 0.28, 0.12  # of the visitors, how many vote there
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Office(NamedTuple):
    """`services`: how many of `SERVICES` it has; `calls`: whether through Talon."""

    site: str
    daily: float
    services: int
    desks: int
    calls: bool


def offices(count: int, seed: int) -> list[Office]:
    """Made-up offices: many small ones, few large ones; their mean is `VISITS_A_DAY`."""
    chance = random.Random(f"offices {seed}")
    drawn = [math.exp(chance.gauss(0, _SPREAD)) for _ in range(count)]
    scale = VISITS_A_DAY / (sum(drawn) / count)
    for _ in range(8):  # clipping takes from the large ones: scale again
        clipped = [min(max(one * scale, _LEAST), _MOST) for one in drawn]
        scale *= VISITS_A_DAY / (sum(clipped) / count)
    return [
        Office(
            site=f"office-{i + 1:04d}",
            daily=daily,
            services=min(3 + int(daily / 90), len(SERVICES)),
            desks=min(2 + int(daily / 120), 10),
            calls=i % 4 == 0,
        )
        for i, daily in enumerate(clipped)
    ]


class Country:
    """So many offices, whose months it draws into a tree. Close it after use."""

    def __init__(self, count: int = OFFICES, seed: int = 1) -> None:
        self._engine = Engine(MEMORY_MB)
        self._seed = seed
        self._zone = ZoneInfo(ZONE)
        places = offices(count, seed)
        self._load("office", "site TEXT, daily DOUBLE, services INT, desks INT, calls BOOL", places)
        weights = [s.weight for s in SERVICES]
        rows = [(i, s.id, s.weight, s.pleased) for i, s in enumerate(SERVICES)]
        self._load("service", "i INT, id TEXT, weight DOUBLE, pleased DOUBLE", rows)
        sums = [(k, sum(weights[:k])) for k in range(1, len(weights) + 1)]
        self._load("share", "services INT, whole DOUBLE", sums)
        self._load("draw", "class INT, slot INT, n INT", list(_quantiles()))

    def write(self, tree: Tree, name: str, month: str, thin: bool = False) -> Manifest:
        """Draw a month and put it into the tree under a collector's name.

        `thin`: the whole month in one hour; its sums are as large as those of any other month,
        and an analysis reads no more of the months before its own."""
        begin, end = bounds(month, self._zone)
        busy = list(_busy(begin, end, self._zone))
        if thin:
            busy = [(begin + 12 * 3600, sum(share for _, share in busy))]
        self._load("busy", "hour BIGINT, share DOUBLE", busy)
        self._engine.rows(f"CREATE OR REPLACE TABLE cell AS {self._cells(month)}")
        rows = {name: _relation(name) for name in TAGS}
        work = Work(month, name, self._zone, False, "simulator", rows)
        tree.workshop(name).mkdir(parents=True, exist_ok=True)
        manifest = write_month(self._engine, tree, work)
        publish(tree, manifest)
        tree.workshop(name).rmdir()
        return manifest

    def close(self) -> None:
        """Give the memory back."""
        self._engine.close()

    def _load(self, table: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
        self._engine.rows(f"CREATE OR REPLACE TABLE {table} ({columns})")
        lists = [list(column) for column in zip(*rows, strict=True)]
        marks = ", ".join(["unnest(?)"] * len(lists))
        self._engine.rows(f"INSERT INTO {table} SELECT {marks}", lists)

    def _cells(self, month: str) -> str:
        """Visitors by office, service and hour: satisfied and dissatisfied at the desk, all."""
        salt = f"'{self._seed} {month}'"
        expected = "daily * share * weight / whole"
        return f"""
            WITH hoped AS (
                SELECT site, desks, calls, i, id AS service, hour, {expected} AS e, pleased AS p
                FROM office JOIN share USING (services) CROSS JOIN service CROSS JOIN busy
                WHERE i < services
            ), drawn AS (
                SELECT site, desks, calls, i, service, hour,
                    {_class(f"e * {_TO_DESK} * p")} AS c1,
                    {_class(f"e * {_TO_DESK} * (1 - p)")} AS c2,
                    {_class(f"e * {1 - _TO_DESK}")} AS c3,
                    hash(site, service, hour, {salt}) AS h
                FROM hoped
            )
            SELECT site, desks, calls, i, service, hour, h,
                s.n AS satisfied, u.n AS unsatisfied, s.n + u.n + r.n AS issued
            FROM drawn
            JOIN draw s ON s.class = c1 AND s.slot = h % {_SLOTS}
            JOIN draw u ON u.class = c2 AND u.slot = (h >> 12) % {_SLOTS}
            JOIN draw r ON r.class = c3 AND r.slot = (h >> 24) % {_SLOTS}
            WHERE s.n + u.n + r.n > 0
        """


def _busy(begin: int, end: int, zone: ZoneInfo) -> Iterator[tuple[int, float]]:
    """(hour, its part of a day's visits) of the hours in which offices are open."""
    for hour in range(begin, end, 3600):
        local = datetime.fromtimestamp(hour, UTC).astimezone(zone)
        share = WEEKDAY[local.weekday()] * HOUR.get(local.hour, 0.0)
        if share and _is_open(_WEEK[local.weekday()], local.hour):
            yield hour, share / sum(HOUR.values())


def _is_open(day: str, hour: int) -> bool:
    opens, _, closes = HOURS[day].partition("-")
    return bool(closes) and int(opens[:2]) <= hour < int(closes[:2])


def _class(expected: str) -> str:
    """SQL: which of the distributions in `draw` has about this expectation."""
    bounded = f"greatest(least({expected}, {_HIGH}), {_LOW})"
    return f"round(ln({bounded}) * {_STEPS})::INT"


def _quantiles() -> Iterator[tuple[int, int, int]]:
    """(class, slot, n): Poisson numbers at evenly spaced probabilities."""
    for step in range(round(math.log(_LOW) * _STEPS), round(math.log(_HIGH) * _STEPS) + 1):
        expected = math.exp(step / _STEPS)
        numbers = _poisson(expected) if expected <= _EXACT else _normal(expected)
        yield from ((step, slot, n) for slot, n in enumerate(numbers))


def _poisson(expected: float) -> Iterator[int]:
    n, part = 0, math.exp(-expected)
    below = part
    for slot in range(_SLOTS):
        while below < (slot + 0.5) / _SLOTS:
            n += 1
            part *= expected / n
            below += part
        yield n


def _normal(expected: float) -> Iterator[int]:
    around = NormalDist(expected, math.sqrt(expected))
    return (max(round(around.inv_cdf((slot + 0.5) / _SLOTS)), 0) for slot in range(_SLOTS))


# ---- tallies of each measurement, out of the cells ----------------------------------------------
_DESK = "(i % desks + 1)::VARCHAR"
_REPEATS = "(h >> 40) % 20 = 0"
_WAIT, _SERVE = 36, 50  # the bits of `h` that say how long it takes
_AT_EXIT = f"""
    SELECT hour, site, sum(issued - satisfied - unsatisfied) AS silent,
        (silent * {_TO_EXIT} + bit_xor(h) % 100 / 100)::BIGINT AS votes,
        (votes * 0.12)::BIGINT AS unsatisfied
    FROM cell GROUP BY hour, site
"""


def _relation(measurement: str) -> str:
    """SQL: the month's tallies of a measurement."""
    return f"({_MADE[measurement]()})"


def _row(measurement: str, source: str, values: dict[str, str]) -> str:
    """SQL: tallies with these tags and fields; other tags are `-`, other fields 0."""
    of = shape(measurement)
    names = [f"{values.get(tag, _NONE)} AS {tag}" for tag in of.tags]
    names += [f'({values.get(field, "0")})::BIGINT AS "{field}"' for field in of.fields]
    return f"SELECT hour, {', '.join(names)} FROM {source}"


def _visits() -> str:
    place = {"site": "site", "service": "service"}
    printed = {"issued": "issued", "printed": "issued"}
    begun = _row("visit", "cell", place | printed)
    served = _row("visit", "cell", place | {"desk": _DESK, "served": "issued"})
    return f"{begun} UNION ALL {served} WHERE calls"


def _ratings() -> str:
    desk = {"site": "site", "service": "service", "desk": _DESK, "channel": "'desk'"}
    votes = {"satisfied": "satisfied", "unsatisfied": "unsatisfied", "repeat": f"({_REPEATS})::INT"}
    leaving = {"site": "site", "channel": "'exit'"}
    said = {"satisfied": "votes - unsatisfied", "unsatisfied": "unsatisfied"}
    return (
        f"{_row('rating', 'cell', desk | votes)} WHERE satisfied + unsatisfied > 0 OR {_REPEATS}"
        f" UNION ALL {_row('rating', f'({_AT_EXIT})', leaving | said)} WHERE votes > 0"
    )


def _bucket(shift: int) -> str:
    """SQL: the later of the two buckets in which the times of a cell lie."""
    return f"((h >> {shift}) % {len(BUCKETS) - 4} + 1)::BIGINT"


def _times(measurement: str, shift: int) -> str:
    """Times lie in two buckets that are side by side."""
    place = {"site": "site", "service": "service", "desk": _DESK}
    bucket = _bucket(shift)
    counts = {
        name: f"CASE {bucket} WHEN {i} THEN issued - issued // 3 WHEN {i - 1} THEN issued // 3"
        " ELSE 0 END"
        for i, name in enumerate(BUCKETS)
    }
    return f"{_row(measurement, 'cell', place | counts)} WHERE calls"


def _spent() -> str:
    """Who was dissatisfied at a desk is one of those who had waited longer, to the minute."""
    minutes = f"[{', '.join(str(edge // 60) for edge in EDGES_S)}]"
    served = f"{minutes}[{_bucket(_SERVE)} + 1]"  # SQL's lists begin with 1
    waited = {
        "satisfied": f"{minutes}[{_bucket(_WAIT)}]",
        "unsatisfied": f"{minutes}[{_bucket(_WAIT)} + 1]",
    }
    sums = {"site": "site", "service": "service", "desk": _DESK, "channel": "'desk'"}
    for value in VALUES:
        sums[value] = value
        for part, each in (("waited", waited[value]), ("served", served)):
            sums[f"{value}_{part}"] = f"{value} * {each}"
            sums[f"{value}_{part}2"] = f"{value} * {each} * {each}"
    return f"{_row('spent', 'cell', sums)} WHERE calls AND satisfied + unsatisfied > 0"


def _devices() -> str:
    boxes = f"SELECT hour, site, 'box-' || {_DESK} AS node,"
    boxes += f" sum(satisfied + unsatisfied) AS votes, count(*) FILTER ({_REPEATS}) AS refused"
    boxes += " FROM cell GROUP BY ALL"
    printers = "SELECT hour, site, 'disp-' || (i % 2 + 1) AS node, sum(issued) AS issued FROM cell"
    printers += " GROUP BY ALL"
    screens = f"SELECT hour, site, 'desk-' || {_DESK} AS node, sum(issued) AS issued FROM cell"
    screens += " WHERE calls GROUP BY ALL"
    place = {"site": "site", "node": "node"}
    return " UNION ALL ".join(
        [
            _row("device", f"({boxes})", place | {"counted": "votes", "refused": "refused"}),
            _row("device", f"({_AT_EXIT})", place | {"node": "'exit-1'", "counted": "votes"}),
            _row("device", f"({printers})", place | {"visits": "issued", "prints": "issued"}),
            _row("device", f"({screens})", place | {"served": "issued"}),
        ]
    )


def _reasons() -> str:
    names = ", ".join(f"'{name}'" for name in REASONS)
    named = {"reason": f"[{names}][1 + (h >> 46)::BIGINT % {len(REASONS)}]", "named": "1"}
    place = {"site": "site", "service": "service", "channel": "'desk'"}
    return f"{_row('reason', 'cell', place | named)} WHERE unsatisfied > 0 AND (h >> 44) % 3 = 0"


def _complaints() -> str:
    place = {"site": "site", "service": "service", "channel": "'paper'"}
    return f"{_row('complaint', 'cell', place | {'received': '1'})} WHERE (h >> 20) % 4000 = 0"


_NONE = "'-'"
_MADE: dict[str, Callable[[], str]] = {
    "rating": _ratings,
    "visit": _visits,
    "device": _devices,
    "wait": partial(_times, "wait", _WAIT),
    "serve": partial(_times, "serve", _SERVE),
    "spent": _spent,
    "reason": _reasons,
    "complaint": _complaints,
}
