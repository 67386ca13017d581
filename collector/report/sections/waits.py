"""Waiting and service times, by service and of all. Pure."""

from collections.abc import Mapping

from collector.analysis.histogram import Histogram, percentile
from collector.report.facts import Times, TimeTable, keys_of, times_over
from collector.report.model import Wait
from collector.report.period import Period
from collector.tally import EDGES_S

MEDIAN, P90 = 0.5, 0.9


def waits_of(table: TimeTable, period: Period, titles: Mapping[str, str]) -> tuple[Wait, ...]:
    """All first, then each service by its key. Merged histograms: no mean of percentiles."""
    return tuple(
        _wait(key, titles.get(key, key), times_over(table, period.months, key))
        for key in keys_of(table, period.months)
    )


def _wait(key: str, title: str, times: Times) -> Wait:
    if times.hidden:
        return Wait(key=key, title=title, count=None, median=None, p90=None, hidden=True)
    waits = Histogram(tuple(map(float, EDGES_S)), times.counts)
    return Wait(
        key=key,
        title=title,
        count=waits.total,
        median=percentile(waits, MEDIAN),
        p90=percentile(waits, P90),
    )
