"""`python -m tests.bench.country_report TREE MONTH`: the month's report as a page, and nothing
else; prints the memory it took, in MB."""

import sys
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from collector.month import bounds
from collector.report.assemble import make_report
from collector.report.compose.whole import compose
from collector.report.html import as_html
from collector.report.period import read_period
from collector.report.setting import Setting
from collector.sources.parquet import ParquetSource
from simulator.profile import ZONE
from tests.bench.rig import peak_mb


def main(root: Path, month: str) -> bytes:
    """The public edition: 24 months, services, every office."""
    zone = ZoneInfo(ZONE)
    now_s = bounds(month, zone)[1] + 86_400
    setting = Setting(zone=zone, now_s=now_s)
    with closing(ParquetSource([root], zone, now_s)) as source:
        report = make_report(source, read_period(month), setting, "public")
    return as_html(compose(report, "uk"))


if __name__ == "__main__":
    assert main(Path(sys.argv[1]), sys.argv[2])
    sys.stdout.write(f"{peak_mb():.1f}\n")
