"""A country's month report out of Parquet, as a process of its own, beside the bare aggregation."""

import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from collector.parquet.tree import Tree
from collector.report.facts import HISTORY
from collector.report.period import shift
from simulator.country import Country
from tests.bench.rig import ROOT, Rig

MONTH = "2026-10"
SEED = 1


def country(rig: Rig, offices: int) -> dict[str, float]:
    """Seconds and MB of the month report of so many offices, and of its sums in bare DuckDB.

    The tallies are drawn once for all rounds: all hours of the month itself, and the month sums of
    those before it, which are all that the report reads of them."""
    root = rig.folder / f"country-{offices}"
    if not root.exists():
        make_country(root, offices)
    report_s, report_mb = _measured("tests.bench.country_report", root)
    bare_s, bare_mb = _measured("tests.bench.country_bare", root)
    return {
        "country": report_s,
        "country bare": bare_s,
        "country memory": report_mb,
        "country bare memory": bare_mb,
    }


def make_country(root: Path, offices: int) -> int:
    """Draw a country into a tree; returns how many hourly tallies its month has."""
    months = [shift(MONTH, 1 - i) for i in range(HISTORY, 0, -1)]
    with closing(Country(offices, SEED)) as made:
        for month in months:
            manifest = made.write(Tree(root), "country", month, thin=month != MONTH)
    return sum(content.hours.rows for content in manifest.content.values())


def _measured(module: str, root: Path) -> tuple[float, float]:
    """Wall seconds of a module as a whole process, the interpreter's start included, and its peak
    memory in MB, which it prints."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", module, str(root), MONTH], cwd=ROOT, capture_output=True, check=True
    )
    return time.perf_counter() - begun, float(done.stdout)
