"""The columns of a measurement in Parquet, and the SQL that is made of them. Pure.

`hour` is an instant (Parquet: TIMESTAMP in microseconds, adjusted to UTC), tags are texts, fields
whole numbers of 64 bits. Month and measurement are in the path, not in the file.
"""

from typing import NamedTuple

from collector.tally import FIELDS, TAGS

_US = 1_000_000


class Shape(NamedTuple):
    """Tags and fields of a measurement: those of today, or those that an older file has."""

    tags: tuple[str, ...]
    fields: tuple[str, ...]


def shape(measurement: str) -> Shape:
    """As this version of Talon tallies it."""
    return Shape(TAGS[measurement], FIELDS[measurement])


def tally_columns(of: Shape) -> dict[str, str]:
    """Columns and types of tallies as they come: the hour in Unix seconds."""
    tags = dict.fromkeys(of.tags, "VARCHAR")
    return {"hour": "BIGINT", **tags, **dict.fromkeys(of.fields, "BIGINT")}


def hourly(of: Shape, rows: str) -> str:
    """A query: `rows` (a table of `tally_columns`) as the file for hours holds them.

    By office first, so that one office is read without the others; within it, equal tags stand
    together and take next to no room. Tallies whose fields are all 0 say the same as none.
    """
    names = ", ".join(_quoted((*of.tags, *of.fields)))
    some = " OR ".join(f"{name} <> 0" for name in _quoted(of.fields))
    order = ", ".join(_quoted((*of.tags, "hour")))
    hour = f"make_timestamptz(hour * {_US}) AS hour"
    return f"SELECT {hour}, {names} FROM {rows} WHERE {some} ORDER BY {order}"


def monthly(of: Shape, rows: str) -> str:
    """A query: `rows` (a file for hours) summed as the file for months holds them."""
    tags = ", ".join(_quoted(of.tags))
    sums = ", ".join(f"sum({f})::BIGINT AS {f}" for f in _quoted(of.fields))
    return f"SELECT {tags}, {sums} FROM {rows} GROUP BY {tags} ORDER BY {tags}"


def parts(of: Shape, rows: str) -> str:
    """A query: (site, digest) of `rows` (a file for hours) for the sites from one to another,
    which are its two parameters. See `collector.checksum`."""
    tags = " || ' ' || ".join(_quoted(of.tags))
    said = " || ".join(
        f"CASE WHEN \"{f}\" = 0 THEN '' ELSE ' {f}=' || \"{f}\" END" for f in of.fields
    )
    order = ", ".join(_quoted(("hour", *of.tags)))
    line = f"{seconds()} || ' ' || {tags} || {said} || chr(10)"
    return (
        f"SELECT site, sha256(string_agg({line}, '' ORDER BY {order})) FROM {rows}"
        " WHERE site BETWEEN ? AND ? GROUP BY site ORDER BY site"
    )


def seconds() -> str:
    """SQL: the hour of a file for hours in Unix seconds."""
    return f"epoch_us(hour) // {_US}"


def _quoted(names: tuple[str, ...]) -> list[str]:
    return [f'"{name}"' for name in names]
