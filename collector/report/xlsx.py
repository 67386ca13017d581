"""The report as a workbook: a sheet for each table, numbers as numbers, heads that stay, filters.

The same bytes each time: the document's date is the end of the report's period, and xlsxwriter
gives every part of the file one fixed time.
"""

import io
from datetime import UTC, date, datetime
from typing import Any

import xlsxwriter

from collector.report.compose.whole import ends, place
from collector.report.data import tables
from collector.report.data.fields import DataTable, Datatype, Field, Value
from collector.report.model import Report
from collector.report.words import Lang, Words

# [$-422]: in Ukrainian, whatever the reader's machine speaks; [$-809]: in English
_LOCALES: dict[Lang, str] = {"uk": "[$-422]", "en": "[$-809]"}
_PATTERNS: dict[Datatype, str] = {
    "integer": "#,##0",
    "number": "#,##0.00",
    "share": "0.0\\\u00a0%",
    "points": "+0.0\\\u00a0%;\u22120.0\\\u00a0%;0.0\\\u00a0%",
    "date": "dd.mm.yyyy",
}
_MOST_WIDTH = 48
_LEAST_WIDTH = 9


def as_xlsx(report: Report, lang: Lang) -> bytes:
    """The workbook. Tables without rows have no sheet."""
    out = io.BytesIO()
    words = Words(lang)
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    title = words("title", period=words.period(report.period))
    book.set_properties(
        {
            "title": f"{title} – {place(words, report)}",
            "subject": words(f"edition_{report.edition}"),
            "author": "Talon",
            "comments": words(
                "foot", checksum=report.method.checksum, n=words.number(report.method.formulas)
            ),
            "created": datetime.fromtimestamp(ends(report), UTC).replace(tzinfo=None),
        }
    )
    sheets = _Sheets(book, words)
    for table in tables(report):
        if table.name == "answer":
            sheets.upright(table)
        elif table.rows:
            sheets.add(table)
    book.close()
    return out.getvalue()


class _Sheets:
    """Writes tables into one workbook, with its formats."""

    def __init__(self, book: Any, words: Words) -> None:
        self._book = book
        self._words = words
        locale = _LOCALES[words.lang]
        font = {"font_name": "Roboto", "font_size": 10, "valign": "top"}
        self._head = book.add_format(
            {**font, "bold": True, "bottom": 2, "text_wrap": True, "valign": "bottom"}
        )
        self._text = book.add_format({**font, "text_wrap": True})
        self._quiet = book.add_format({**font, "italic": True, "font_color": "#56636F"})
        self._formats = {
            kind: book.add_format({**font, "num_format": locale + pattern})
            for kind, pattern in _PATTERNS.items()
        }

    def add(self, table: DataTable) -> None:
        """A row for each row."""
        sheet = self._sheet(table)
        for column, field in enumerate(table.fields):
            sheet.write_string(0, column, self._label(field), self._head)
            sheet.set_column(column, column, self._width(table, column))
        for number, row in enumerate(table.rows, 1):
            for column, field in enumerate(table.fields):
                self._write(sheet, number, column, field, row[column], _is_hidden(table, row))
        sheet.freeze_panes(1, 1 + sum(field.is_key for field in table.fields[1:]))
        sheet.autofilter(0, 0, len(table.rows), len(table.fields) - 1)
        sheet.repeat_rows(0)

    def upright(self, table: DataTable) -> None:
        """A column for each row: the first page, which is read from above."""
        sheet = self._sheet(table)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, len(table.rows), 20)
        for number, field in enumerate(table.fields):
            sheet.write_string(
                number, 0, self._label(field), self._head if not number else self._text
            )
            for column, row in enumerate(table.rows, 1):
                if number:
                    self._write(sheet, number, column, field, row[number], _is_hidden(table, row))
                else:
                    sheet.write_string(0, column, self._words.period(str(row[0])), self._head)
        sheet.freeze_panes(1, 1)

    def _sheet(self, table: DataTable) -> Any:
        sheet = self._book.add_worksheet(table.uk if self._words.lang == "uk" else table.en)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        return sheet

    def _write(
        self, sheet: Any, row: int, column: int, field: Field, value: Value, hidden: bool
    ) -> None:
        if value is None or value == "":
            if hidden and field.datatype != "string":
                sheet.write_string(row, column, self._words("hidden"), self._quiet)
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, self._text)
        elif isinstance(value, int | float):
            sheet.write_number(row, column, value, self._formats[field.datatype])
        elif field.datatype == "date":
            sheet.write_datetime(row, column, date.fromisoformat(value), self._formats["date"])
        else:
            sheet.write_string(row, column, value, self._text)

    def _label(self, field: Field) -> str:
        return field.uk if self._words.lang == "uk" else field.en

    def _width(self, table: DataTable, column: int) -> int:
        field = table.fields[column]
        words = [len(word) for word in self._label(field).split()]
        said = [len(str(row[column])) for row in table.rows] if field.datatype == "string" else []
        return min(_MOST_WIDTH, max(_LEAST_WIDTH, *words, *said) + 3)


def _is_hidden(table: DataTable, row: tuple[Value, ...]) -> bool:
    return any(
        field.name == "hidden" and value is True
        for field, value in zip(table.fields, row, strict=True)
    )
