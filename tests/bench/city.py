"""A city's month from the ledger to the page: seconds and memory of a whole process."""

import subprocess
import sys
import time

from tests.bench.city_ledger import BLOCKS, MONTH, make_city
from tests.bench.rig import ROOT, Rig


def city(rig: Rig, blocks: int) -> dict[str, float]:
    """The report of `MONTH` out of `blocks` times four weeks of tallies, up to all of `BLOCKS`."""
    path = rig.folder / f"city-{blocks}.db"
    if not path.exists():
        make_city(path, min(blocks, BLOCKS))
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.city_report", str(path), MONTH],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {"city": time.perf_counter() - begun, "city memory": float(done.stdout)}
