"""The map of the week: a cell for each weekday and hour, darker for more people, numbered."""

from collections.abc import Mapping

from collector.report.charts.svg import BLACK, GRID, INK, PAPER, QUIET, Drawing
from collector.report.model import LoadCell
from collector.report.words import Words

Colour = tuple[int, int, int]

_LEFT, _TOP = 44, 26
_CELL_H = 34
_MOST_CELL_W = 62
_WIDTH = 760
_LIGHT, _DARK = (0xEE, 0xF3, 0xF8), (0x0B, 0x4F, 0x8A)
_WHITE_BELOW = 0.179  # luminance at which black and white letters are equally readable, 4.6:1


def heat_map(
    w: Words,
    cells: Mapping[tuple[int, int], LoadCell],
    hours: range,
    days: range,
    title: str,
    description: str,
) -> str:
    """The map as SVG; `cells` by weekday and hour."""
    width = min(_MOST_CELL_W, (_WIDTH - _LEFT) / len(hours))
    drawing = Drawing(_WIDTH, _TOP + _CELL_H * len(days) + 4)
    most = max(mean(cell) for cell in cells.values())
    for column, hour in enumerate(hours):
        x = _LEFT + (column + 0.5) * width
        drawing.text((x, _TOP - 9), f"{hour:02d}", 12, QUIET, "middle")
    for row, day in enumerate(days):
        y = _TOP + row * _CELL_H
        drawing.text((_LEFT - 10, y + 21), w.short_weekday(day), 12, INK, "end")
        for column, hour in enumerate(hours):
            at = (_LEFT + column * width, y)
            _cell(w, drawing, at, width, cells.get((day, hour)), most)
    return drawing.svg("load", title, description)


def mean(cell: LoadCell) -> float:
    """Visits in one such hour."""
    return cell.visits / cell.hours


def mean_says(w: Words, cell: LoadCell) -> str:
    """The mean, to one digit after the comma where that says anything."""
    return w.number(mean(cell), 1 if mean(cell) < 10 else 0)


def _cell(
    w: Words,
    drawing: Drawing,
    at: tuple[float, float],
    width: float,
    cell: LoadCell | None,
    most: float,
) -> None:
    x, y = at
    size = (width - 2, _CELL_H - 2)
    if cell is None:
        drawing.box((x + 1, y + 1), size, PAPER, GRID, 3)
        return
    shade = _shade(mean(cell) / most)
    drawing.box((x + 1, y + 1), size, "#" + "".join(f"{part:02x}" for part in shade), round_by=3)
    colour = PAPER if luminance(shade) < _WHITE_BELOW else BLACK
    drawing.text((x + width / 2, y + 21), mean_says(w, cell), 12, colour, "middle")


def _shade(way: float) -> Colour:
    red, green, blue = (round(a + (b - a) * way) for a, b in zip(_LIGHT, _DARK, strict=True))
    return red, green, blue


def luminance(colour: Colour) -> float:
    """How light a colour is, 0 to 1. WCAG 2.2, "relative luminance"."""
    parts = [part / 255 for part in colour]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
