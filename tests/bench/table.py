"""The table that is printed: figures, their ratios, what we aim at, and whether it is reached."""

import statistics
from collections.abc import Sequence
from typing import NamedTuple

Rounds = Sequence[dict[str, float]]


class Row(NamedTuple):
    """One line. `figure`: which of the measured; with `by`, divided by that one, round by round.

    `least`, `most`: what we aim at; neither: the line only informs.
    """

    text: str
    figure: str
    unit: str = ""
    by: str = ""
    least: float | None = None
    most: float | None = None


ROWS = (
    Row("boxes → broker → gateway's journal, acknowledged", "journal", "records/s", least=1e5),
    Row("  against the naive yardstick", "journal", "×", "naive", least=20),
    Row("  against SQLite alone", "journal", "×", "journal rows"),
    Row("  against the broker alone", "journal", "×", "device batches"),
    Row("journal → broker → collector's ledger and tallies", "ledger", "records/s", least=1e5),
    Row("  against SQLite alone", "ledger", "×", "ledger rows"),
    Row("  against the broker alone", "ledger", "×", "office batches"),
    Row("backlog of 100,000 records drains", "backlog", "s"),
    Row("naive: a QoS 1 message and a commit each", "naive", "records/s"),
    Row("limit: SQLite alone, journal, commits of 500", "journal rows", "records/s"),
    Row("limit: SQLite alone, ledger, commits of 500", "ledger rows", "records/s"),
    Row("limit: broker alone, batches of 200 from devices", "device batches", "records/s"),
    Row("limit: broker alone, batches of 1000 from offices", "office batches", "records/s"),
    Row("press to lamp, median", "lamp", "ms"),
    Row("  bare write + fsync, median", "disk", "ms"),
    Row("  against the bare disk, median", "lamp", "×", "disk", most=2),
    Row("press to lamp, p99", "lamp p99", "ms"),
    Row("  bare write + fsync, p99", "disk p99", "ms"),
    Row("  against the bare disk, p99", "lamp p99", "×", "disk p99", most=2),
    Row("ticket numbers, 32 dispensers, none twice", "tickets 32", "numbers/s", least=2000),
    Row("  wait, median", "wait 32", "ms"),
    Row("ticket numbers, 4 dispensers", "tickets 4", "numbers/s"),
    Row("  wait, median", "wait 4", "ms"),
    Row("ticket numbers, 1 dispenser", "tickets 1", "numbers/s"),
    Row("  wait, median", "wait 1", "ms"),
    Row("a city's month, from the ledger to the page", "city", "s", most=2),
    Row("  memory of all of it", "city memory", "MB", most=250),
    Row("a day of 2,000 visits, from the journal", "rebuild", "s", most=0.5),
    Row("20 desks, 10 boards: Next to board, median", "board", "ms"),
    Row("  p99", "board p99", "ms", most=200),
    Row("  the gateway's load, of one core", "load", "%", most=50),
    Row("  the gateway's memory", "memory", "MB", most=120),
    Row("the same and 4 touch pages: median", "touched board", "ms"),
    Row("  p99", "touched board p99", "ms", most=200),
    Row("  touch to number, median", "touched number", "ms"),
    Row("  touch to number, p99", "touched number p99", "ms"),
    Row("  the gateway's load, of one core", "touched load", "%", most=50),
    Row("  the gateway's memory", "touched memory", "MB", most=120),
    Row("memory: gateway, after its records", "gateway", "MB", most=80),
    Row("memory: collector, after its records", "collector", "MB", most=150),
    Row("memory: rating box, after a press", "ratingbox", "MB", most=40),
    Row("memory: dispenser, after a ticket", "dispenser", "MB", most=45),
    Row("a country's month report out of Parquet", "country", "s", most=10),
    Row("  its memory, the whole process", "country memory", "MB", most=1000),
    Row("  its sums in bare DuckDB", "country bare", "s"),
    Row("  memory of that", "country bare memory", "MB"),
    Row("  report against bare DuckDB", "country", "×", "country bare", most=3),
    Row("press to first byte at the printer, text, median", "first byte text", "ms"),
    Row("  p99; 30 ms of it are debounce", "first byte text p99", "ms", most=100),
    Row("  tickets as pictures, median", "first byte raster", "ms"),
    Row("  tickets as pictures, p99", "first byte raster p99", "ms", most=100),
    Row("  gateway dead, 250 ms of it waiting, median", "first byte alone", "ms"),
    Row("  gateway dead, p99", "first byte alone p99", "ms", most=350),
    Row("memory: dispenser that prints text", "paper text", "MB", most=45),
    Row("memory: dispenser that prints pictures", "paper raster", "MB"),
    Row("a button's wait while tickets are drawn, worst", "answer making", "ms", most=50),
    Row("a button's wait while the printer stalls, worst", "answer stalled", "ms", most=50),
    Row("a day of tickets as text: growth", "growth text", "MB", most=1),
    Row("  memory at its end", "day text", "MB"),
    Row("a day of tickets as pictures: growth", "growth raster", "MB", most=1),
    Row("  memory at its end", "day raster", "MB"),
)
_LINE = "{:<50} {:>18}  {:>10}  {}"


def table(rounds: Rounds) -> list[str]:
    """The lines for what was measured: medians of the rounds."""
    lines = [_LINE.format("what", "median", "aim", "").rstrip()]
    for row in ROWS:
        value = _value(row, rounds)
        if value is not None:
            figure = f"{_text(value)} {row.unit}"
            lines.append(_LINE.format(row.text, figure, _aim(row), verdict(row, value)).rstrip())
    return lines


def verdict(row: Row, value: float) -> str:
    """Whether a figure is what we aim at."""
    if row.least is not None and value < row.least:
        return f"missed by {(1 - value / row.least) * 100:.0f} %"
    if row.most is not None and value > row.most:
        return f"missed by {(value / row.most - 1) * 100:.0f} %"
    return "" if row.least is None and row.most is None else "reached"


def _value(row: Row, rounds: Rounds) -> float | None:
    keys = {row.figure, row.by} - {""}
    found = [figures for figures in rounds if keys <= figures.keys()]
    if not found:
        return None
    return statistics.median(f[row.figure] / (f[row.by] if row.by else 1) for f in found)


def _aim(row: Row) -> str:
    if row.least is not None:
        return f"≥ {_text(row.least)}"
    return f"≤ {_text(row.most)}" if row.most is not None else ""


def _text(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
