"""The months behind: the control chart, its events, and whether there is a trend."""

from collector.report.charts.control import control_chart
from collector.report.compose.cells import (
    between,
    clue_cell,
    number,
    reasons,
    share_cells,
    share_columns,
)
from collector.report.document import Block, Cell, Column, Items, Picture, Section, Table, Text
from collector.report.model import Chart, Point, Report
from collector.report.words import Words

_TREND_P = 0.05


def history(w: Words, report: Report) -> Section:
    """The chart with a table beside it."""
    chart = report.chart
    if not chart.points:
        blocks: tuple[Block, ...] = (Text(text=w("history_none")),)
        return Section(id="history", title=w("history_title"), blocks=blocks)
    title, described = w("history_chart"), _described(w, chart)
    svg = control_chart(w, chart, title, described)
    blocks = (
        Text(text=w("history_lead")),
        Picture(name="control", svg=svg, title=title, description=described),
        *_events(w, chart),
        *(Text(text=said) for said in _said(w, chart)),
        _table(w, chart),
    )
    return Section(id="history", title=w("history_title"), blocks=blocks)


def _described(w: Words, chart: Chart) -> str:
    known = [point for point in chart.points if point.share.share is not None]
    outside = [w.period(point.month) for point in known if point.clue != "inside"]
    said = [
        w(
            "history_describes",
            first=w.period(chart.points[0].month),
            last=w.period(chart.points[-1].month),
        )
    ]
    if known:
        shares = [point.share.share for point in known if point.share.share is not None]
        said.append(w("history_span", low=w.percent(min(shares)), high=w.percent(max(shares))))
    said.append(w("history_outside", months=", ".join(outside)) if outside else w("history_inside"))
    return " ".join(said)


def _events(w: Words, chart: Chart) -> tuple[Block, ...]:
    if not chart.events:
        return ()
    items = tuple(
        f"{w.date(event.day)}: {event.uk if w.lang == 'uk' else event.en or event.uk}"
        for event in chart.events
    )
    return (Text(text=w("history_events")), Items(items=items, ordered=True))


def _said(w: Words, chart: Chart) -> list[str]:
    said = []
    if chart.baseline is not None and chart.centre is not None:
        first, last = (w.period(month) for month in chart.baseline)
        said.append(w("history_baseline", first=first, last=last, centre=w.percent(chart.centre)))
    if chart.sigma_z > 1:
        said.append(w("history_spread", times=w.number(chart.sigma_z, 2)))
    if chart.trend_p is not None:
        key = "history_trend" if chart.trend_p < _TREND_P else "history_no_trend"
        said.append(w(key, p=p_value(w, chart.trend_p)))
    return said


def p_value(w: Words, p: float) -> str:
    """A p-value with its sign: = 0,034 or < 0,001."""
    return f"=\u00a0{w.number(p, 3)}" if p >= 0.001 else f"<\u00a0{w.number(0.001, 3)}"


def _table(w: Words, chart: Chart) -> Table:
    columns = (
        Column(w("month_head")),
        Column(w("visits"), True),
        *share_columns(w),
        Column(w("limits"), True),
        Column(w("against_limits")),
    )
    rows = tuple(_row(w, point) for point in chart.points)
    notes = reasons(w, rows)
    if any(point.is_open for point in chart.points):
        notes = (w("history_open"), *notes)
    return Table(caption=w("history_table"), columns=columns, rows=rows, notes=notes)


def _row(w: Words, point: Point) -> tuple[Cell, ...]:
    name = w.period(point.month) + ("*" if point.is_open else "")
    return (
        Cell(name),
        number(w, point.visits),
        *share_cells(w, point.share),
        between(w, point.limits, point.share.hidden),
        clue_cell(w, point.clue, point.share),
    )
