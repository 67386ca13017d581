"""Sums by the day (UTC) of what a report asks of many months: votes and visits of an office.

They are written with the tallies they are the sums of, in one transaction. Two years of a city are
millions of tallies, and a few ten thousand of these. A month of local time is whole days of UTC and
some hours at either end, which are summed from the tallies themselves.
"""

import sqlite3

from collector.tally import FIELDS, TAGS, Tallies

DAY_S = 86_400

DAY_TAGS: dict[str, tuple[str, ...]] = {"rating": ("site", "channel"), "visit": ("site",)}
DAY_FIELDS: dict[str, tuple[str, ...]] = {
    "rating": ("satisfied", "unsatisfied"),
    "visit": ("issued",),
}

DAYS_SCHEMA = """
CREATE TABLE IF NOT EXISTS day_rating (  -- sums of tally_rating; day: its start, Unix seconds
    day INTEGER NOT NULL, site TEXT NOT NULL, channel TEXT NOT NULL,
    satisfied INTEGER NOT NULL, unsatisfied INTEGER NOT NULL,
    PRIMARY KEY (day, site, channel)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS day_visit (   -- sums of tally_visit
    day INTEGER NOT NULL, site TEXT NOT NULL,
    issued INTEGER NOT NULL,
    PRIMARY KEY (day, site)
) WITHOUT ROWID;
"""

FILL_DAYS = """
INSERT OR REPLACE INTO day_rating
    SELECT hour / 86400 * 86400, site, channel, sum(satisfied), sum(unsatisfied)
    FROM tally_rating GROUP BY 1, 2, 3;
INSERT OR REPLACE INTO day_visit
    SELECT hour / 86400 * 86400, site, sum(issued) FROM tally_visit GROUP BY 1, 2
"""
"""Makes them anew from the tallies."""


def add_days(db: sqlite3.Connection, tallies: Tallies) -> None:
    """Add sums to what is stored; part of the caller's transaction."""
    sums: dict[str, dict[tuple[object, ...], list[int]]] = {name: {} for name in DAY_TAGS}
    for (name, hour, tags), values in tallies.sums.items():
        if name in DAY_TAGS:
            key = (hour // DAY_S * DAY_S, *(tags[i] for i in _TAG_PLACES[name]))
            mine = sums[name].setdefault(key, [0] * len(DAY_FIELDS[name]))
            for i, place in enumerate(_FIELD_PLACES[name]):
                mine[i] += values[place]
    for name, rows in sums.items():
        db.executemany(_UPSERT[name], [(*key, *values) for key, values in rows.items()])


def wrong_days(db: sqlite3.Connection, begin: int, end: int) -> list[str]:
    """Measurements whose sums by the day are not those of the tallies, of the days of UTC that lie
    within begin … end (Unix seconds)."""
    first, last = -(-begin // DAY_S) * DAY_S, end // DAY_S * DAY_S
    return [
        name
        for name in DAY_TAGS
        if db.execute(_CHECK[name], {"first": first, "last": last}).fetchone() is not None
    ]


def _upsert(name: str) -> str:
    marks = ",".join("?" * (1 + len(DAY_TAGS[name]) + len(DAY_FIELDS[name])))
    adds = ", ".join(f"{f}={f}+excluded.{f}" for f in DAY_FIELDS[name])
    return f"INSERT INTO day_{name} VALUES ({marks}) ON CONFLICT DO UPDATE SET {adds}"


def _check(name: str) -> str:
    """Any day that is in only one of the two, or not the same; a sum of 0 says nothing."""
    tags, fields = ", ".join(DAY_TAGS[name]), DAY_FIELDS[name]
    stored = (
        f"SELECT day, {tags}, {', '.join(fields)} FROM day_{name}"
        f" WHERE day >= :first AND day < :last AND ({' OR '.join(f'{f} != 0' for f in fields)})"
    )
    summed = (
        f"SELECT hour / {DAY_S} * {DAY_S} AS day, {tags}, {', '.join(f'sum({f})' for f in fields)}"
        f" FROM tally_{name} WHERE hour >= :first AND hour < :last GROUP BY 1, {tags}"
        f" HAVING {' OR '.join(f'sum({f}) != 0' for f in fields)}"
    )
    return (
        f"SELECT * FROM (SELECT * FROM ({stored}) EXCEPT SELECT * FROM ({summed}))"
        f" UNION ALL SELECT * FROM (SELECT * FROM ({summed}) EXCEPT SELECT * FROM ({stored}))"
        " LIMIT 1"
    )


_TAG_PLACES = {name: [TAGS[name].index(tag) for tag in tags] for name, tags in DAY_TAGS.items()}
_FIELD_PLACES = {
    name: [FIELDS[name].index(field) for field in fields] for name, fields in DAY_FIELDS.items()
}
_UPSERT = {name: _upsert(name) for name in DAY_TAGS}
_CHECK = {name: _check(name) for name in DAY_TAGS}
