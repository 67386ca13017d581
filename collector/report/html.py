"""The report as one HTML page: no script, no request, charts inside, prints on A4."""

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from collector.report.document import Document

_CYRILLIC = re.compile("[\u0400-\u04ff]")
_TEMPLATES = Path(__file__).with_name("templates")


def as_html(document: Document) -> bytes:
    """The page, in UTF-8. What stands in the report is escaped; only our own drawings are not."""
    css = Markup((_TEMPLATES / "page.css").read_text("utf-8").rstrip())
    return _template().render(document=document, css=css).encode() + b"\n"


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["is_cyrillic"] = lambda text: _CYRILLIC.search(text) is not None
    return environment.get_template("page.html.j2")
