"""Where an analysis reads its tallies: the ledger, InfluxDB, or Parquet. Pure: what they all offer.

A source sums; it never hands out millions of rows. So the same report is made of a city's ledger
and of a country's Parquet.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol, get_args

Dimension = Literal[
    "month", "day", "weekday", "hour", "site", "service", "desk", "channel", "node", "reason"
]
"""`month`: 2026-10; `day`: 2026-10-25; `weekday`: 1 (Monday) to 7; `hour`: 00 to 23. All of the
office's local time: a tally belongs to the local hour in which it begins. The others are tags."""

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

Sum = tuple[tuple[str, ...], tuple[int, ...]]
"""(values of the dimensions asked for, sums of `collector.tally.FIELDS` of the measurement)."""


class Source(Protocol):
    """Tallies that can be summed. Raises what its store raises when that cannot be read."""

    @property
    def name(self) -> str:
        """What the report says of where its figures come from: `ledger`, `influx`, `parquet`."""

    def sums(
        self,
        measurement: str,
        begin: int,
        end: int,
        by: Sequence[Dimension],
        fields: Sequence[str] = (),
        sites: Iterable[str] = (),
    ) -> list[Sum]:
        """Sums of a measurement over begin ≤ hour < end (Unix seconds), in order of their keys.

        `by`: dimensions in the order in which their values stand in each key; none: one row with
        an empty key, if there are tallies. `fields`: only these, in this order; none: all.
        `sites`: only these offices; none: all. ValueError for a dimension that the measurement
        does not have.
        """
