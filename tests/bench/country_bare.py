"""`python -m tests.bench.country_bare TREE MONTH`: the sums of a month's report in DuckDB alone,
each file read as seldom as can be: what no report can be faster than."""

import sys
from pathlib import Path

import duckdb

from collector.parquet.engine import MEMORY_MB, THREADS
from collector.report.period import shift
from tests.bench.rig import peak_mb

_LOCAL = "(epoch_us(hour) // 3600000000 + 3)"  # hours; near enough to time it
_WHEN = f"({_LOCAL} // 24 + 3) % 7 AS w, {_LOCAL} % 24 AS h"


def main(root: Path, month: str) -> int:
    """Returns how many rows all sums have."""
    db = duckdb.connect(config={"memory_limit": f"{MEMORY_MB}MB", "threads": str(THREADS)})
    two = [shift(month, -1), month]
    return sum(len(db.execute(query).fetchall()) for query in _queries(root, two))


def _queries(root: Path, two: list[str]) -> list[str]:
    def table(grain: str, measurement: str, months: list[str]) -> str:
        files = [f"'{root}/{grain}/measurement={measurement}/month={m}/*.parquet'" for m in months]
        return f"read_parquet([{', '.join(files)}], hive_types_autocast = false)"

    every, one = ["*"], two[1:]
    return [
        "SELECT month, channel, sum(satisfied), sum(unsatisfied)"
        f" FROM {table('months', 'rating', every)} GROUP BY ALL",
        f"SELECT month, sum(issued) FROM {table('months', 'visit', every)} GROUP BY ALL",
        f"SELECT month, sum(received) FROM {table('months', 'complaint', every)} GROUP BY ALL",
        "SELECT month, service, site, desk, channel,"
        " sum(COLUMNS(* EXCLUDE (month, measurement, service, site, desk, channel)))"
        f" FROM {table('months', 'rating', two)} GROUP BY GROUPING SETS"
        " ((month, service, channel), (month, site, channel), (month, site, desk, channel))",
        "SELECT month, service, site,"
        " sum(COLUMNS(* EXCLUDE (month, measurement, service, site, desk, channel)))"
        f" FROM {table('months', 'visit', two)}"
        " GROUP BY GROUPING SETS ((month, service), (month, site), (month))",
        f"SELECT {_WHEN}, channel, sum(satisfied),"
        f" sum(unsatisfied), sum(unclocked) FROM {table('hours', 'rating', one)} GROUP BY ALL",
        f"SELECT {_WHEN}, sum(issued), sum(unclocked)"
        f" FROM {table('hours', 'visit', one)} GROUP BY ALL",
        f"SELECT reason, sum(named) FROM {table('months', 'reason', one)} GROUP BY ALL",
        *(
            "SELECT service, sum(COLUMNS(* EXCLUDE (month, measurement, site, service, desk,"
            f" channel))) FROM {table('months', name, one)} GROUP BY ALL"
            for name in ("wait", "serve")
        ),
        "SELECT site, node, sum(counted), sum(refused), sum(quarantined), sum(missed), sum(lost)"
        f" FROM {table('months', 'device', one)} GROUP BY ALL",
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
    sys.stdout.write(f"{peak_mb():.1f}\n")
