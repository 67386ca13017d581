"""A drawing: shapes at places in pixels, written as SVG with a title and a description. Pure.

Colours are those of the pages: one accent, one for what stands out (another shape, too, so that
colour never says it alone). Both are told apart by people who do not see red or green, and in
greyscale: the accent is darker than what stands out.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Literal

INK = "#1c2733"
QUIET = "#56636f"
GRID = "#dfe4e9"
BAND = "#e9edf1"
EDGE = "#8a97a3"
ACCENT = "#0b4f8a"
ALARM = "#b5450b"
PAPER = "#ffffff"
BLACK = "#000000"

Place = tuple[float, float]
Anchor = Literal["start", "middle", "end"]
Attributes = Mapping[str, str | float]

_FONT = "Roboto, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', Arial, sans-serif"


class Drawing:
    """What is drawn first lies below. Sizes in px."""

    def __init__(self, width: float, height: float) -> None:
        self.width = width
        self.height = height
        self._parts: list[str] = []

    def line(
        self, start: Place, end: Place, colour: str = INK, width: float = 1, dash: str = ""
    ) -> None:
        """A straight line; `dash`: lengths of dashes and gaps."""
        at = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
        self._add("line", {**at, **_stroke(colour, width), "stroke-dasharray": dash})

    def area(self, points: Iterable[Place], fill: str) -> None:
        """A filled shape."""
        d = " L".join(f"{_number(x)} {_number(y)}" for x, y in points)
        self._add("path", {"d": f"M{d} Z", "fill": fill})

    def box(self, at: Place, size: Place, fill: str, colour: str = "", round_by: float = 0) -> None:
        """A rectangle; `at`: its upper left corner."""
        where = {"x": at[0], "y": at[1], "width": size[0], "height": size[1]}
        self._add("rect", {**where, "rx": round_by or "", "fill": fill, "stroke": colour})

    def disc(
        self, at: Place, radius: float, fill: str = ACCENT, colour: str = "", width: float = 1
    ) -> None:
        """A circle."""
        where = {"cx": at[0], "cy": at[1], "r": radius}
        self._add("circle", {**where, "fill": fill, **_stroke(colour, width)})

    def diamond(self, at: Place, radius: float, fill: str = ALARM) -> None:
        """A square on its corner: what stands out."""
        x, y = at
        corners = ((x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y))
        self.area(corners, fill)

    def text(
        self,
        at: Place,
        words: str,
        size: float = 12,
        colour: str = INK,
        anchor: Anchor = "start",
        bold: bool = False,
    ) -> None:
        """A line of words; `at`: where its base line starts, or ends, or has its middle."""
        style: Attributes = {
            "font-size": size,
            "fill": colour,
            "text-anchor": "" if anchor == "start" else anchor,
            "font-weight": "700" if bold else "",
        }
        self._add("text", {"x": at[0], "y": at[1], **style}, words)

    def svg(self, name: str, title: str, description: str) -> str:
        """The drawing, alone or within a page; `name` is its own within that."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_number(self.width)}'
            f' {_number(self.height)}" role="img" aria-labelledby="{name}-title {name}-desc"'
            f' font-family="{_FONT}">'
        )
        words = (
            f'<title id="{name}-title">{escape(title)}</title>'
            f'<desc id="{name}-desc">{escape(description)}</desc>'
        )
        return "\n".join([head, words, *self._parts, "</svg>"])

    def _add(self, tag: str, attributes: Attributes, words: str = "") -> None:
        said = " ".join(
            f'{name}="{_number(value)}"' for name, value in attributes.items() if value != ""
        )
        end = f">{escape(words)}</{tag}>" if words else "/>"
        self._parts.append(f"<{tag} {said}{end}")


def _stroke(colour: str, width: float) -> Attributes:
    return {"stroke": colour, "stroke-width": width} if colour else {}


def _number(value: str | float) -> str:
    """Tenths of a pixel; words are left, but nothing in them can end an attribute."""
    if isinstance(value, str):
        return escape(value)
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")
