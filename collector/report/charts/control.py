"""The control chart: shares by month with their intervals, limits, events and the open month."""

from itertools import pairwise

from collector.report.charts.scale import Scale, scale_for
from collector.report.charts.svg import (
    ACCENT,
    ALARM,
    BAND,
    EDGE,
    GRID,
    INK,
    PAPER,
    QUIET,
    Drawing,
    Place,
)
from collector.report.model import Chart, Point
from collector.report.words import Words

_WIDTH = 760
_LEFT, _RIGHT = 58, 116
_TOP, _BOTTOM = 34, 262
_HEIGHT = 362
_MONTHS_Y = _BOTTOM + 20
_YEARS_Y = _BOTTOM + 37
_BASELINE_Y = _BOTTOM + 54
_LEGEND_Y = _HEIGHT - 8
_LEAST_APART = 15  # px between two labels at the right
_MOST_MONTH_LABELS = 13


def control_chart(w: Words, chart: Chart, title: str, description: str) -> str:
    """The chart as SVG."""
    drawing = Drawing(_WIDTH, _HEIGHT)
    scale = scale_for(_shares(chart), _BOTTOM, _TOP)
    step = (_WIDTH - _LEFT - _RIGHT) / len(chart.points)
    places = [_LEFT + (i + 0.5) * step for i in range(len(chart.points))]
    _axis(w, drawing, scale)
    _limits(drawing, scale, chart, places, step)
    _months(w, drawing, chart, places)
    _events(drawing, chart, places)
    _points(drawing, scale, chart, places)
    _labels(w, drawing, scale, chart)
    _baseline(w, drawing, chart, places, step)
    _legend(w, drawing, chart)
    return drawing.svg("control", title, description)


def _shares(chart: Chart) -> list[float]:
    found = [chart.centre] if chart.centre is not None else []
    for point in chart.points:
        if point.share.share is None:
            continue
        found.append(point.share.share)
        if point.limits is not None:
            found += [point.limits.low, point.limits.high]
    return found


def _axis(w: Words, drawing: Drawing, scale: Scale) -> None:
    for share in scale.ticks():
        y = scale.at(share)
        drawing.line((_LEFT, y), (_WIDTH - _RIGHT, y), GRID)
        drawing.text((_LEFT - 8, y + 4), w.level(share), 12, QUIET, "end")


def _limits(drawing: Drawing, scale: Scale, chart: Chart, places: list[float], step: float) -> None:
    """A band that steps: each month has limits of its own, for its votes."""
    for x, point in zip(places, chart.points, strict=True):
        if point.limits is None or point.share.share is None:
            continue
        low, high = scale.at(point.limits.low), scale.at(point.limits.high)
        drawing.box((x - step / 2, high), (step, low - high), BAND)
        for y in (low, high):
            drawing.line((x - step / 2, y), (x + step / 2, y), EDGE, 1, "3 2")
    if chart.centre is not None:
        y = scale.at(chart.centre)
        drawing.line((_LEFT, y), (_WIDTH - _RIGHT, y), EDGE, 1.2)


def _months(w: Words, drawing: Drawing, chart: Chart, places: list[float]) -> None:
    every = -(-len(places) // _MOST_MONTH_LABELS)
    last = len(places) - 1
    year = ""
    for i, (x, point) in enumerate(zip(places, chart.points, strict=True)):
        drawing.line((x, _BOTTOM), (x, _BOTTOM + 4), EDGE)
        if (last - i) % every == 0:
            drawing.text((x, _MONTHS_Y), w.short_month(point.month), 11, INK, "middle")
            if point.month[:4] != year:
                year = point.month[:4]
                drawing.text((x, _YEARS_Y), year, 11, QUIET, "middle", bold=True)


def _events(drawing: Drawing, chart: Chart, places: list[float]) -> None:
    at = {point.month: x for point, x in zip(chart.points, places, strict=True)}
    marks: dict[str, list[int]] = {}
    for number, event in enumerate(chart.events, 1):
        marks.setdefault(event.day[:7], []).append(number)
    for month, numbers in marks.items():
        if month not in at:
            continue
        x = at[month]
        drawing.line((x, _TOP - 6), (x, _BOTTOM), QUIET, 1, "1 3")
        for place, number in enumerate(numbers):
            drawing.disc((x + place * 20, _TOP - 16), 9, PAPER, INK)
            drawing.text((x + place * 20, _TOP - 12), str(number), 11, INK, "middle", bold=True)


def _points(drawing: Drawing, scale: Scale, chart: Chart, places: list[float]) -> None:
    known = [
        (i, x, scale.at(point.share.share), point)
        for i, (x, point) in enumerate(zip(places, chart.points, strict=True))
        if point.share.share is not None
    ]
    for (i, x, y, _), (j, next_x, next_y, _) in pairwise(known):
        if j == i + 1:
            drawing.line((x, y), (next_x, next_y), ACCENT, 1.6)
    for _, x, y, point in known:
        _mark(drawing, (x, y), point)


def _mark(drawing: Drawing, at: Place, point: Point) -> None:
    if point.clue != "inside":
        drawing.diamond(at, 7)
    if point.is_open:
        drawing.disc(at, 4.5, PAPER, ACCENT, 2)
    elif point.clue == "inside":
        drawing.disc(at, 4, ACCENT)


def _labels(w: Words, drawing: Drawing, scale: Scale, chart: Chart) -> None:
    """At the right: the last month's share, the centre, and the last limits; apart from another."""
    wanted: list[tuple[float, str, str, bool]] = []
    last = chart.points[-1]
    if last.share.share is not None:
        wanted.append((scale.at(last.share.share), w.percent(last.share.share), ACCENT, True))
    if chart.centre is not None:
        said = f"{w('chart_centre')} {w.percent(chart.centre)}"
        wanted.append((scale.at(chart.centre), said, QUIET, False))
    placed: list[float] = []
    for y, said, colour, bold in wanted:
        free = y
        if placed and abs(free - placed[0]) < _LEAST_APART:
            free = placed[0] + (_LEAST_APART if free >= placed[0] else -_LEAST_APART)
        placed.append(free)
        drawing.text((_WIDTH - _RIGHT + 6, free + 4), said, 12 if bold else 11, colour, bold=bold)


def _baseline(w: Words, drawing: Drawing, chart: Chart, places: list[float], step: float) -> None:
    if chart.baseline is None:
        return
    inside = [
        x
        for x, point in zip(places, chart.points, strict=True)
        if chart.baseline[0] <= point.month <= chart.baseline[1]
    ]
    if not inside:
        return
    start, end = inside[0] - step / 2, inside[-1] + step / 2
    for x in (start, end):
        drawing.line((x, _BASELINE_Y - 10), (x, _BASELINE_Y - 4), EDGE)
    drawing.line((start, _BASELINE_Y - 7), (end, _BASELINE_Y - 7), EDGE)
    drawing.text(((start + end) / 2, _BASELINE_Y + 5), w("chart_baseline"), 11, QUIET, "middle")


def _legend(w: Words, drawing: Drawing, chart: Chart) -> None:
    x: float = _LEFT
    marks = [("share", "chart_share")]
    if any(point.limits is not None for point in chart.points):
        marks.append(("limits", "chart_limits"))
    if any(point.clue != "inside" and point.share.share is not None for point in chart.points):
        marks.append(("outside", "chart_outside"))
    if any(point.is_open for point in chart.points):
        marks.append(("open", "chart_open"))
    for mark, key in marks:
        _legend_mark(drawing, mark, (x + 8, _LEGEND_Y - 4))
        drawing.text((x + 22, _LEGEND_Y), w(key), 12, INK)
        x += 40 + 7 * len(w(key))


def _legend_mark(drawing: Drawing, mark: str, at: Place) -> None:
    x, y = at
    if mark == "share":
        drawing.line((x - 8, y), (x + 8, y), ACCENT, 1.6)
        drawing.disc(at, 4, ACCENT)
    elif mark == "limits":
        drawing.box((x - 8, y - 6), (16, 12), BAND)
        for edge in (y - 6, y + 6):
            drawing.line((x - 8, edge), (x + 8, edge), EDGE, 1, "3 2")
    elif mark == "outside":
        drawing.diamond(at, 7, ALARM)
    else:
        drawing.disc(at, 4.5, PAPER, ACCENT, 2)
