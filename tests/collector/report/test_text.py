"""The report as plain text: the words of the page, the tables aligned."""

import pytest

from collector.report.compose import compose
from collector.report.document import Cell, Column, Document, Section, Table, Text
from collector.report.text import as_text
from collector.report.words import LANGS, Lang
from tests.collector.report.samples import SAMPLES, public, quarter


def test_a_table_is_aligned_and_long_cells_go_on_below() -> None:
    """Numbers at the right, words at the left, as wide as the widest."""
    columns = (Column("Послуга"), Column("Голосів", True), Column("Висновок"))
    long = "Реєстрація місця проживання громадян України за заявою"
    rows = (
        (Cell("Паспорт"), Cell("1 232"), Cell("у межах")),
        (Cell(long), Cell("7"), Cell("нижче меж")),
    )
    table = Table(caption="Послуги", columns=columns, rows=rows, notes=("Примітка.",))
    assert lines_of(table) == [
        "Послуги",
        "  Послуга                               Голосів  Висновок",
        "  --------------------------------------------------------",
        "  Паспорт                                 1 232  у межах",
        "  Реєстрація місця проживання громадян        7  нижче меж",
        "  України за заявою",
        "  Примітка.",
    ]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_it_says_what_the_page_says(sample: str, lang: Lang) -> None:
    """Every paragraph and cell, line breaks aside."""
    document = compose(SAMPLES[sample](), lang)
    said = set(as_text(document).split())
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Text):
                assert set(block.text.split()) <= said
            if isinstance(block, Table):
                for row in block.rows:
                    assert all(set(cell.text.split()) <= said for cell in row)


def test_the_notices_come_first() -> None:
    """Before any figure."""
    lines = as_text(compose(SAMPLES["open"](), "uk")).splitlines()
    assert [line for line in lines[:8] if line.startswith("!! ")] == [
        "!! Внутрішнє видання: містить малі клітинки й показники вікон. Не оприлюднювати.",
        "!! Місяць ще триває: підсумки неповні, порівняння попередні.",
    ]


def test_the_draft_decision_is_numbered() -> None:
    """As a decision is."""
    lines = as_text(compose(quarter(), "uk")).splitlines()
    assert "1. Взяти до відома, що за підсумками IV" in "\n".join(lines).replace("\u00a0", " ")
    assert as_text(compose(public(), "uk")).endswith(f"{public().method.checksum}\n")


def lines_of(table: Table) -> list[str]:
    """A table alone."""
    empty = dict.fromkeys(
        ("place", "edition", "summary", "contents_title", "skip", "scrolls", "foot"), ""
    )
    section = Section(id="x", title="x", blocks=(table,))
    document = Document(lang="uk", title="x", notices=(), sections=(section,), ends=0, **empty)
    lines = as_text(document).splitlines()
    return lines[lines.index("x", 1) + 3 : -2]
