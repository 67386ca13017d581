"""A report as files: which formats there are, what the files are called, how they are written."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from collector.folder import try_folder

if TYPE_CHECKING:
    from collector.report.model import Report
    from collector.report.words import Lang

Format = Literal["table", "html", "pdf", "xlsx", "csv", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)


class ReportError(ValueError):
    """A report that is not written, and what to do."""


def render(report: "Report", lang: "Lang", form: Format) -> bytes:
    """One format as one stream of bytes; of CSV the long table, for a pipe."""
    return _RENDERERS[form](report, lang)


def files(report: "Report", lang: "Lang", form: Format) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each file of a format; CSV has a folder of its own with its schema, which
    is in the language."""
    name = base(report)
    if form == "csv":
        from collector.report.opendata import as_files

        for each, content in as_files(report, lang).items():
            yield f"{name}.{lang}-csv/{each}", content
    elif form == "json":
        yield f"{name}.json", render(report, lang, form)
    else:
        end = "txt" if form == "table" else form
        yield f"{name}.{lang}.{end}", render(report, lang, form)


def base(report: "Report") -> str:
    """What the names of a report's files begin with: 2026-10, 2026Q4-kyiv-1, 2026-10-internal."""
    parts = [report.period, report.site, "internal" if report.edition == "internal" else ""]
    return "-".join(part for part in parts if part)


def check_folder(out: Path) -> None:
    """ReportError if files cannot be written into the folder; it is not made yet."""
    try:
        try_folder(out)
    except OSError as error:
        raise ReportError(
            f"{out}: cannot be written ({error.strerror}). Check the folder, or name another --out"
        ) from None


def check(ready: Mapping[Path, bytes]) -> None:
    """ReportError if one of the files is there already and differs: what was published stays."""
    for path, content in ready.items():
        if path.exists() and path.read_bytes() != content:
            raise ReportError(
                f"{path} is there already, and differs. Compare them; then say --replace, or"
                " another --out"
            )


def write(path: Path, content: bytes) -> bool:
    """Put the whole file there or nothing; False if it was there already, the same.

    ReportError if the disk does not take it."""
    if path.exists() and path.read_bytes() == content:
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.new")
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise ReportError(
            f"{path}: cannot be written ({error.strerror}). Check its folder, and the space there"
        ) from None
    return True


# Each format brings libraries that the others do without, so they are imported when asked for.
def _text(report: "Report", lang: "Lang") -> bytes:
    from collector.report.compose import compose
    from collector.report.text import as_text

    return as_text(compose(report, lang)).encode()


def _html(report: "Report", lang: "Lang") -> bytes:
    from collector.report.compose import compose
    from collector.report.html import as_html

    return as_html(compose(report, lang))


def _pdf(report: "Report", lang: "Lang") -> bytes:
    from collector.report.compose import compose
    from collector.report.pdf import as_pdf

    return as_pdf(compose(report, lang))


def _xlsx(report: "Report", lang: "Lang") -> bytes:
    from collector.report.xlsx import as_xlsx

    return as_xlsx(report, lang)


def _csv(report: "Report", _: "Lang") -> bytes:
    from collector.report.opendata import as_long_csv

    return as_long_csv(report).encode()


def _json(report: "Report", _: "Lang") -> bytes:
    from collector.report.opendata import as_json

    return as_json(report)


_RENDERERS: "dict[Format, Callable[[Report, Lang], bytes]]" = {
    "table": _text,
    "html": _html,
    "pdf": _pdf,
    "xlsx": _xlsx,
    "csv": _csv,
    "json": _json,
}
