"""`python -m tests.bench.city_report LEDGER MONTH`: the month's report as a page, and nothing else;
prints the memory it took, in MB."""

import sys
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from collector.ledger.layout import LAYOUT
from collector.month import bounds
from collector.report.assemble import make_report
from collector.report.compose.whole import compose
from collector.report.html import as_html
from collector.report.period import read_period
from collector.report.setting import Setting
from collector.sources.ledger import LedgerSource
from simulator.profile import ZONE
from tests.bench.rig import peak_mb
from wire.store import open_reader


def main(path: Path, month: str) -> bytes:
    """The internal edition, which has the desks, too: 24 months, services, offices, desks."""
    zone = ZoneInfo(ZONE)
    setting = Setting(zone=zone, now_s=bounds(month, zone)[1] + 86_400)
    with closing(open_reader(path, LAYOUT)) as db:
        report = make_report(LedgerSource(db, zone), read_period(month), setting, "internal")
    return as_html(compose(report, "uk"))


if __name__ == "__main__":
    assert main(Path(sys.argv[1]), sys.argv[2])
    sys.stdout.write(f"{peak_mb():.1f}\n")
