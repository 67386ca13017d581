"""The collector's ledger in SQLite: every event once, and the hourly tallies, in one transaction.

| module | what it has |
|---|---|
| `layout` | the tables, their version, upgrades |
| `tallies` | the file, its transactions, the tallies, and what InfluxDB has of them |
| `events` | `Ledger`: the tallies' file with the events in it |
| `forgetting` | which old events may go |
| `lost` | ranges of numbers that nobody holds |
| `quarantine` | what did not validate |
"""

from collector.ledger.events import Ledger
from collector.ledger.forgetting import settled
from collector.ledger.layout import LAYOUT
from collector.ledger.lost import count_lost, lost_ranges, without
from collector.ledger.quarantine import read_quarantine, read_setbacks
from collector.ledger.tallies import count_dirty, read_tallies

__all__ = [
    "LAYOUT",
    "Ledger",
    "count_dirty",
    "count_lost",
    "lost_ranges",
    "read_quarantine",
    "read_setbacks",
    "read_tallies",
    "settled",
    "without",
]
