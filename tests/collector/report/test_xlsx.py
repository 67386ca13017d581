"""The workbook: numbers are numbers, heads stay, and hidden is a word, not a nought."""

import datetime
import io
from typing import Any

import msgspec
import openpyxl
import pytest

from collector.report.data import tables
from collector.report.words import LANGS, Lang
from collector.report.xlsx import as_xlsx
from tests.collector.report.samples import SAMPLES, city, empty, public, quarter


def book(sample: str = "public", lang: Lang = "uk") -> Any:
    """A sample as workbook, read."""
    return openpyxl.load_workbook(io.BytesIO(as_xlsx(SAMPLES[sample](), lang)))


def column(sheet: Any, head: str) -> list[Any]:
    """The cells under a head."""
    heads = [cell.value for cell in sheet[1]]
    return [row[heads.index(head)] for row in sheet.iter_rows(min_row=2)]


def test_numbers_are_numbers_in_ukrainian_formats() -> None:
    """A share is 0.8254…, shown as 82,5 %; a count is whole; a day is a date."""
    sheet = book()["Послуги"]
    share, votes = column(sheet, "Частка задоволених")[0], column(sheet, "Голосів")[0]
    assert (share.value, votes.value) == (331 / 401, 401)
    assert share.number_format == "[$-422]0.0\\\u00a0%"
    assert votes.number_format == "[$-422]#,##0"
    day = column(book()["Заходи"], "Строк")[0]
    assert day.value == datetime.datetime.fromisoformat("2026-07-01") and day.is_date
    assert day.number_format == "[$-422]dd.mm.yyyy"


def test_every_number_of_the_report_is_a_number_in_the_book() -> None:
    """Cell by cell, against the tables of data."""
    found = book("internal")
    for table in tables(city()):
        if table.name == "answer" or not table.rows:
            continue
        sheet = found[table.uk]
        for number, row in enumerate(table.rows, 2):
            for place, (field, value) in enumerate(zip(table.fields, row, strict=True), 1):
                cell = sheet.cell(number, place).value
                if field.datatype == "date":
                    assert cell.date().isoformat() == value
                elif value == "":
                    assert cell is None
                else:
                    assert isinstance(cell, bool) == isinstance(value, bool)
                    # the file has 16 digits of a number
                    assert cell == (pytest.approx(value, rel=1e-15) if _is_number(value) else value)


def test_the_first_sheet_is_the_answer_read_from_above() -> None:
    """A column for each period: the quarter, then its months."""
    sheet = book("quarter").worksheets[0]
    assert sheet.title == "Головне"
    heads = [cell.value.replace("\u00a0", " ") for cell in sheet[1][1:]]
    assert heads == ["IV квартал 2026 року", "жовтень 2026 року", "листопад 2026 року",
                     "грудень 2026 року"]  # fmt: skip
    rows = {row[0].value: [cell.value for cell in row[1:]] for row in sheet.iter_rows(min_row=2)}
    assert rows["Голосів"] == [12_872, 4783, 4401, 3688]
    assert rows["Частка задоволених"][0] == 11_933 / 12_872


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_heads_stay_and_filter(sample: str, lang: Lang) -> None:
    """On every sheet but the first, which has nothing to filter."""
    found = book(sample, lang)
    for sheet in found.worksheets:
        assert sheet.freeze_panes is not None
        assert (sheet.auto_filter.ref is None) == (sheet is found.worksheets[0])
    assert len(found.worksheets) == 1 + sum(
        bool(table.rows) for table in tables(SAMPLES[sample]())[1:]
    )


def test_what_is_hidden_says_so_and_what_does_not_exist_is_empty() -> None:
    """A hidden service has the word; a service without an earlier month nothing."""
    sheet = book()["Послуги"]
    titles = [cell.value for cell in column(sheet, "Назва")]
    row = titles.index("Реєстрація фізичної особи — підприємця")
    assert column(sheet, "Голосів")[row].value == "приховано"
    assert column(sheet, "Частка задоволених")[row].value == "приховано"
    assert column(sheet, "Приховано")[row].value is True
    assert column(sheet, "Відхилено")[0].value is None


def test_the_public_book_has_no_desks() -> None:
    """And the internal one has."""
    assert "Вікна" not in book().sheetnames
    assert "Вікна" in book("internal").sheetnames


def test_the_properties_are_those_of_the_report() -> None:
    """No name of a machine or a person, and the date of the period's end."""
    properties = book("quarter").properties
    assert properties.creator == "Talon" and properties.lastModifiedBy == "Talon"
    assert properties.created == datetime.datetime.fromisoformat("2026-12-31T22:00")
    assert quarter().method.checksum in properties.description


def test_an_empty_month_is_a_book_with_one_page_and_the_counts() -> None:
    """Nothing but noughts."""
    found = openpyxl.load_workbook(io.BytesIO(as_xlsx(empty(), "en")))
    assert found.sheetnames == ["In short", "Coverage"]


def test_a_title_is_no_formula() -> None:
    """A service that begins with = is its title."""
    rows = (msgspec.structs.replace(public().services[0], title="=1+1"),)
    made = as_xlsx(msgspec.structs.replace(public(), services=rows), "uk")
    cell = column(openpyxl.load_workbook(io.BytesIO(made))["Послуги"], "Назва")[0]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
