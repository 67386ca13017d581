"""How the showroom's page is drawn: whole at first, then its parts anew as they change."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request

from gateway.pages.faults import fault_runs
from simulator import profile
from simulator.showroom.papers import lines
from simulator.showroom.parts import Part, Show, parts
from simulator.showroom.seen import Slip
from simulator.showroom.words import LANGUAGES, WORDS

HERE = Path(__file__).parent
_ZONE = ZoneInfo(profile.ZONE)


class Drawing:
    """Draws what `show` gives. `facts`: what the page says that never changes, to its templates."""

    def __init__(self, show: Callable[[], Show], facts: Mapping[str, Any]) -> None:
        self._show = show
        self._facts = facts
        self._drawn: dict[tuple[str, str], tuple[Part, str]] = {}  # the newest of each
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(time=_time, hour=_hour, seconds=_seconds, paper=_words)

    def page(self, lang: str) -> str:
        """The whole page."""
        return self._draw("page.html", lang, parts=self.parts(lang))

    def parts(self, lang: str) -> dict[str, str]:
        """The parts that change, by name."""
        return {name: self._part(name, part, lang) for name, part in parts(self._show()).items()}

    def _part(self, name: str, part: Part, lang: str) -> str:
        last, drawn = self._drawn.get((name, lang), (None, ""))
        if part != last:
            drawn = self._draw(part.template, lang, view=part.view)
            self._drawn[name, lang] = part, drawn
        return drawn

    def _draw(self, template: str, lang: str, **values: Any) -> str:
        titles = {s.id: s.title if lang == "uk" else s.title_en for s in profile.SERVICES}
        return self._templates.get_template(template).render(
            values,
            w=WORDS[lang],
            lang=lang,
            titles=titles,
            fault_runs=partial(fault_runs, lang=lang, titles=titles),
            **self._facts,
        )


def lang_of(request: Request) -> str:
    """Ukrainian, unless the page was asked for in another language (?lang=en)."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else LANGUAGES[0]


def _words(slip: Slip) -> str:
    return ", ".join(lines(slip.data))


def _time(ms: int) -> str:
    if not ms:  # the device's clock was not set
        return "–"
    return datetime.fromtimestamp(ms / 1000, _ZONE).strftime("%H:%M:%S")


def _hour(ms: int) -> str:
    begin = datetime.fromtimestamp(ms / 1000, _ZONE)
    return f"{begin:%H}:00–{(begin.hour + 1) % 24:02d}:00"


def _seconds(ms: int, lang: str) -> str:
    said = f"{ms / 1000:.1f}"
    return said.replace(".", ",") if lang == "uk" else said
