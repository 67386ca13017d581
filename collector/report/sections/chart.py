"""The months on a control chart. Pure."""

from collections.abc import Sequence

from collector.analysis.control import laney_chart
from collector.analysis.interval import Interval
from collector.analysis.trend import cochran_armitage
from collector.report.facts import HISTORY, Cell, Facts
from collector.report.model import Annotation, Chart, Point
from collector.report.period import months_between, shift
from collector.report.sections.figures import clue_of, share_of

BASELINE = 12
"""How many of the first months that are over make the limits, if no others are named."""


def chart_of(
    facts: Facts,
    last: str,
    open_from: str,
    baseline: tuple[str, str] | None,
    events: Sequence[Annotation],
) -> Chart:
    """The months up to `last`, at most `HISTORY` of them. `open_from`: the first that is not over.

    A month that is hidden, or has no votes, takes no part: neither in the limits nor in the trend.
    """
    months = [m for m in facts.months if shift(last, 1 - HISTORY) <= m <= last]
    over = [month for month in months if month < open_from]
    phase = list(months_between(*baseline)) if baseline else over[:BASELINE]
    parts = [_part(facts, month) for month in [*phase, *months]]
    chart = laney_chart(parts, len(phase)) if phase else None
    points = tuple(
        _point(
            facts.total[month],
            month,
            chart.points[len(phase) + i].limits if chart and chart.centre is not None else None,
            month >= open_from,
        )
        for i, month in enumerate(months)
    )
    trend = cochran_armitage([_part(facts, month) for month in over])
    return Chart(
        points=points,
        centre=chart.centre if chart else None,
        sigma_z=chart.sigma_z if chart else 1.0,
        baseline=(phase[0], phase[-1]) if chart and chart.centre is not None else None,
        events=tuple(e for e in events if months and months[0] <= e.day[:7] <= months[-1]),
        trend_p=trend.p_value if trend else None,
    )


def _part(facts: Facts, month: str) -> tuple[int, int]:
    cell = facts.total.get(month, Cell())
    return cell.satisfied, cell.votes


def _point(cell: Cell, month: str, limits: Interval | None, is_open: bool) -> Point:
    share = share_of(cell)
    limits = limits if cell.votes else None
    return Point(
        month=month,
        share=share,
        limits=limits,
        clue=clue_of(share.share, limits),
        visits=cell.visits,
        is_open=is_open,
    )
