"""When people come: mean visits in an hour, by weekday and hour."""

from collections.abc import Mapping

from collector.report.charts.heat import heat_map, mean, mean_says
from collector.report.document import Block, Cell, Column, Picture, Section, Table, Text
from collector.report.model import LoadCell, Report
from collector.report.words import Words


def load(w: Words, report: Report) -> Section:
    """The map of the week with a table beside it."""
    cells = {(c.weekday, c.hour): c for c in report.load if c.visits and c.hours}
    if not cells:
        blocks: tuple[Block, ...] = (Text(text=w("load_none")),)
        return Section(id="load", title=w("load_title"), blocks=blocks)
    hours, days = span(cells)
    title, described = w("load_chart"), _described(w, cells)
    svg = heat_map(w, cells, hours, days, title, described)
    blocks = (
        Text(text=w("load_lead")),
        Picture(name="load", svg=svg, title=title, description=described),
        _table(w, cells, hours, days),
    )
    return Section(id="load", title=w("load_title"), blocks=blocks)


def span(cells: Mapping[tuple[int, int], LoadCell]) -> tuple[range, range]:
    """The hours and weekdays from the first in which anybody came to the last."""
    days = [day for day, _ in cells]
    hours = [hour for _, hour in cells]
    return range(min(hours), max(hours) + 1), range(min(days), max(max(days), 5) + 1)


def _described(w: Words, cells: Mapping[tuple[int, int], LoadCell]) -> str:
    busiest = max(cells.values(), key=lambda c: (mean(c), -c.weekday, -c.hour))
    return w(
        "load_describes",
        day=w.weekday(busiest.weekday),
        hours=f"{busiest.hour:02d}:00–{(busiest.hour + 1) % 24:02d}:00",
        mean=mean_says(w, busiest),
    )


def _table(w: Words, cells: Mapping[tuple[int, int], LoadCell], hours: range, days: range) -> Table:
    columns = (
        Column(w("hour")),
        *(Column(w.short_weekday(day), True) for day in days),
    )
    rows = tuple(
        (Cell(f"{hour:02d}:00"), *(_cell(w, cells.get((day, hour))) for day in days))
        for hour in hours
    )
    return Table(caption=w("load_table"), columns=columns, rows=rows, is_matrix=True)


def _cell(w: Words, cell: LoadCell | None) -> Cell:
    return Cell(w.number(0), "quiet") if cell is None else Cell(mean_says(w, cell))
