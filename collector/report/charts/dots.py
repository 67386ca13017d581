"""Dot and whisker: a row for each service, its share, its interval, its limits."""

from collections.abc import Sequence

from collector.report.charts.scale import Scale, scale_for
from collector.report.charts.svg import ACCENT, ALARM, BAND, GRID, INK, QUIET, Drawing
from collector.report.model import Row
from collector.report.words import Words

MOST_DOTS = 40
"""More rows do not fit on a page of paper; the table has them all."""

_WIDTH = 760
_LEFT, _RIGHT = 316, 72
_TOP = 30
_ROW_H = 24
_FOOT = 34
_MOST_LABEL = 36


def dots(w: Words, name: str, rows: Sequence[tuple[str, Row]], title: str, description: str) -> str:
    """The chart of (label, row) as SVG, in the order given."""
    bottom = _TOP + _ROW_H * len(rows)
    drawing = Drawing(_WIDTH, bottom + _FOOT)
    scale = scale_for(_shares(rows), _LEFT, _WIDTH - _RIGHT)
    for share in scale.ticks():
        x = scale.at(share)
        drawing.line((x, _TOP), (x, bottom), GRID)
        drawing.text((x, _TOP - 10), w.level(share), 12, QUIET, "middle")
    for i, (label, row) in enumerate(rows):
        _row(w, drawing, scale, _TOP + (i + 0.5) * _ROW_H, label, row)
    _legend(w, drawing, bottom + 24, any(row.is_change for _, row in rows))
    return drawing.svg(name, title, description)


def _shares(rows: Sequence[tuple[str, Row]]) -> list[float]:
    found = []
    for _, row in rows:
        if row.share.share is not None and row.share.interval is not None:
            found += [row.share.share, row.share.interval.low, row.share.interval.high]
    return found


def _row(w: Words, drawing: Drawing, scale: Scale, y: float, label: str, row: Row) -> None:
    stands_out = row.clue != "inside" or row.is_change
    drawing.text((_LEFT - 12, y + 4), short(label), 12, INK, "end", bold=stands_out)
    if row.share.share is None or row.share.interval is None:
        said = w("hidden" if row.share.hidden else "none")
        drawing.text((_LEFT + 6, y + 4), said, 12, QUIET)
        return
    if row.limits is not None:
        low, high = scale.at(row.limits.low), scale.at(row.limits.high)
        drawing.box((low, y - 7), (high - low, 14), BAND)
    colour = ALARM if stands_out else ACCENT
    low, high = scale.at(row.share.interval.low), scale.at(row.share.interval.high)
    drawing.line((low, y), (high, y), colour, 1.8)
    for x in (low, high):
        drawing.line((x, y - 4), (x, y + 4), colour, 1.8)
    at = (scale.at(row.share.share), y)
    if stands_out:
        drawing.diamond(at, 6.5)
    else:
        drawing.disc(at, 4.5)
    said = w.percent(row.share.share)
    drawing.text((_WIDTH - 8, y + 4), said, 12, INK, "end", bold=stands_out)


def short(label: str) -> str:
    """As much of a title as there is room for; the table has all of it."""
    return label if len(label) <= _MOST_LABEL else label[: _MOST_LABEL - 1].rstrip() + "…"


def _legend(w: Words, drawing: Drawing, y: float, has_change: bool) -> None:
    x = float(_LEFT)
    drawing.line((x, y - 4), (x + 20, y - 4), ACCENT, 1.8)
    drawing.disc((x + 10, y - 4), 4.5)
    drawing.text((x + 28, y), w("chart_interval"), 12)
    x += 52 + 7 * len(w("chart_interval"))
    drawing.box((x, y - 10), (20, 12), BAND)
    drawing.text((x + 28, y), w("chart_limits"), 12)
    x += 52 + 7 * len(w("chart_limits"))
    drawing.diamond((x + 6, y - 4), 6.5)
    said = w("chart_outside") + (f", {w('chart_changed')}" if has_change else "")
    drawing.text((x + 20, y), said, 12)
