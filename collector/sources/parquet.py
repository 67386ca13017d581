"""Tallies summed by DuckDB, out of exported months: for a country, and what is past a ledger."""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from collector.checksum import Part
from collector.parquet import columns, localtime
from collector.parquet.catalog import Catalog, Exported
from collector.parquet.engine import MEMORY_MB, THREADS, Engine, Row
from collector.parquet.manifest import read_manifest
from collector.parquet.tree import Grain, Tree
from collector.source import Dimension, Sum
from collector.sources.local import WITHIN_MONTH, check, is_hourly

_SITES = "site IN (SELECT unnest(?))"
_DAY_S = 86_400
_HOUR_S = 3_600


class ParquetSource:
    """Implements `collector.source.Source` over the trees in `roots`, as if they were one ledger.

    `now_s`: Unix seconds. Whole months that are not asked for by day or hour are read from their
    sums, which are some hundred times smaller. Raises ParquetError, ValueError as `Source` says.
    """

    name = "parquet"

    def __init__(
        self,
        roots: Sequence[Path],
        zone: ZoneInfo,
        now_s: int,
        memory_mb: int = MEMORY_MB,
        threads: int = THREADS,
    ) -> None:
        self._zone = zone
        self._catalog = Catalog([Tree(root) for root in roots], zone, now_s)
        self._engine = Engine(memory_mb, threads)

    def sums(
        self,
        measurement: str,
        begin: int,
        end: int,
        by: Sequence[Dimension],
        fields: Sequence[str] = (),
        sites: Iterable[str] = (),
    ) -> list[Sum]:
        """See `collector.source.Source`."""
        chosen = check(measurement, by, fields)
        months = list(localtime.months_in(begin, end, self._zone))
        whole = bool(months) and (begin, end) == (months[0][1], months[-1][2])
        of_hours = is_hourly(by)
        grain: Grain = "months" if whole and not of_hours else "hours"
        exported = self._catalog.of(month for month, _, _ in months)
        files, known = _files(exported, grain, measurement)
        if not files:
            return []
        stretches = localtime.offsets(begin, end, self._zone) if of_hours else []
        wanted = list(sites)
        where = ([] if whole else [_hours(begin, end)]) + [_SITES] * bool(wanted)
        sql = _select(
            [_key(dimension, stretches) for dimension in by],
            [_sum(field, known) for field in chosen],
            where,
        )
        rows = self._engine.rows(sql, [files, wanted] if wanted else [files])
        return sorted(_keys(by, rows), key=itemgetter(0))

    def parts(self, begin: int, end: int, sites: Iterable[str] = ()) -> dict[Part, str]:
        """The digests of the months in begin ≤ t < end, as the manifests hold them, for
        `collector.checksum.whole`. `sites`: only these; none: all."""
        months = [month for month, _, _ in localtime.months_in(begin, end, self._zone)]
        wanted = set(sites)
        found: dict[Part, str] = {}
        for exported in self._catalog.of(months).values():
            for one in exported:
                found |= read_manifest(one.path).parts()
        return {part: digest for part, digest in found.items() if not wanted or part[1] in wanted}

    def close(self) -> None:
        """Give DuckDB's memory back."""
        self._engine.close()


def _files(
    exported: dict[str, list[Exported]], grain: Grain, measurement: str
) -> tuple[list[str], set[str]]:
    """The files of a measurement, and the fields that at least one of them has. An export by an
    earlier version may lack a field: there was nothing of it then."""
    files: list[str] = []
    known: set[str] = set()
    for month, all_of_it in exported.items():
        for one in all_of_it:
            if measurement in one.fields:
                files.append(str(one.data(grain, measurement, month)))
                known |= set(one.fields[measurement])
    return files, known


def _select(keys: Sequence[str], sums: Sequence[str], where: Sequence[str]) -> str:
    return (
        f"SELECT {', '.join([*keys, *sums])} FROM read_parquet(?, union_by_name = true,"
        " hive_partitioning = true, hive_types_autocast = false)"
        + (f" WHERE {' AND '.join(where)}" if where else "")
        + (f" GROUP BY {', '.join(str(i + 1) for i in range(len(keys)))}" if keys else "")
        + " HAVING count(*) > 0"
    )


def _key(dimension: Dimension, stretches: list[tuple[int, int]]) -> str:
    if dimension not in WITHIN_MONTH:
        return dimension
    local = localtime.local_seconds(columns.seconds(), stretches)
    if dimension == "hour":
        return f"{local} % {_DAY_S} // {_HOUR_S}"
    if dimension == "day":
        return f"{local} // {_DAY_S}"
    return f"({local} // {_DAY_S} + 3) % 7 + 1"  # 1970-01-01 was a Thursday


def _sum(field: str, known: set[str]) -> str:
    return f'coalesce(sum("{field}"), 0)' if field in known else "0"


def _hours(begin: int, end: int) -> str:
    first, after = (f"make_timestamptz({at * 1_000_000:d})" for at in (begin, end))
    return f"hour >= {first} AND hour < {after}"


def _keys(by: Sequence[Dimension], rows: Iterable[Row]) -> list[Sum]:
    """Keys and sums; times, which DuckDB counts, as `Source` writes them."""
    split = len(by)
    if not is_hourly(by):  # the keys are texts already
        return [(row[:split], row[split:]) for row in rows]
    return [
        (tuple(map(_text, by, row)), row[split:])  # map ends with the shorter one
        for row in rows
    ]


def _text(dimension: Dimension, value: str | int) -> str:
    if isinstance(value, str):
        return value
    if dimension == "day":
        return localtime.day(value)
    return f"{value:02d}" if dimension == "hour" else str(value)
