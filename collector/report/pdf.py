"""The report as a PDF for the archive and for everybody: PDF/A-2a and PDF/UA-1, tagged, by typst.

The same bytes each time: the date is the end of the report's period; the fonts are Roboto, of the
font-roboto package, and for signs that it lacks (→) those within typst; never this machine's.
"""

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import font_roboto
import msgspec
import typst

from collector.report.document import Document

STANDARDS: "list[typst.PDFStandard]" = ["a-2a", "ua-1"]
UNKNOWN = "\ufffd"
"""What stands for a sign of which no font has a picture; PDF/A allows no gaps."""

_TEMPLATE = Path(__file__).with_name("templates") / "report.typ"
_REGIONS = {"uk": "UA", "en": "GB"}
_WITHOUT_GLYPH = re.compile('the text `"(.+?)"` could not be displayed')


def as_pdf(document: Document) -> bytes:
    """The PDF; a sign without a glyph (an emoji in a remark) becomes `UNKNOWN`.

    typst.TypstError, a RuntimeError, if it cannot be made."""
    data = _data(document)
    try:
        return _compile(data, document.ends)
    except typst.TypstError as error:
        missing = set("".join(_WITHOUT_GLYPH.findall(error.diagnostic)))
        if not missing:
            raise
        return _compile("".join(UNKNOWN if c in missing else c for c in data), document.ends)


def _data(document: Document) -> str:
    day = datetime.fromtimestamp(document.ends, UTC)
    said = {
        **msgspec.structs.asdict(document),
        "region": _REGIONS[document.lang],
        "date": [day.year, day.month, day.day],
    }
    return msgspec.json.encode(said).decode()


def _compile(data: str, ends: int) -> bytes:
    made = typst.compile(
        _TEMPLATE.read_bytes(),
        format="pdf",
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"document": data},
        pdf_standards=STANDARDS,
        timestamp=ends,
    )
    if not isinstance(made, bytes):
        raise RuntimeError(f"typst made {type(made).__name__}, not one PDF")
    return made


@cache
def _fonts() -> typst.Fonts:
    """Read once."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=True,
        font_paths=[font_roboto.font_directory],
    )
