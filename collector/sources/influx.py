"""Tallies summed by InfluxDB."""

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from collector.influx import Influx
from collector.source import Dimension, Sum
from collector.sources.local import Hourly, check, collapse, is_hourly, stretches, tags_of


class InfluxSource:
    """What one InfluxDB holds, in the local time of `zone`. It is the collector's mirror: what that
    has yet to write is not in its sums. Raises collector.refusal.Unavailable."""

    name = "influx"

    def __init__(self, influx: Influx, zone: ZoneInfo) -> None:
        self._influx = influx
        self._zone = zone

    def sums(
        self,
        measurement: str,
        begin: int,
        end: int,
        by: Sequence[Dimension],
        fields: Sequence[str] = (),
        sites: Iterable[str] = (),
    ) -> list[Sum]:
        """As `collector.source.Source` says; one question for each month, if they are asked for."""
        wanted = check(measurement, by, fields)
        tags = tags_of(measurement, by)
        rows = self._rows(
            measurement,
            wanted,
            tags,
            is_hourly(by),
            sorted(set(sites)),
            stretches(begin, end, by, self._zone),
        )
        return collapse(rows, tags, by, self._zone)

    def _rows(
        self,
        measurement: str,
        fields: Sequence[str],
        tags: Sequence[str],
        hourly: bool,
        sites: Sequence[str],
        spans: Iterable[tuple[int, int]],
    ) -> Iterator[Hourly]:
        for begin, end in spans:
            rows = self._influx.sums(measurement, begin, end, tags, fields, hourly, sites)
            for hour, values, sums in rows:
                yield hour if hourly else begin, values, sums
