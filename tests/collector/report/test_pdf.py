"""The PDF: for the archive (PDF/A-2a), for everybody (PDF/UA-1), with the figures of the JSON."""

import functools
import io
import json
import re
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, StreamObject

from collector.analysis.interval import Interval
from collector.report.compose import compose
from collector.report.document import Picture, Table
from collector.report.opendata import as_json
from collector.report.pdf import UNKNOWN, as_pdf
from collector.report.words import LANGS, Lang, Words
from tests.collector.report.samples import SAMPLES, city, country, public, quarter


@functools.cache
def read(sample: str, lang: Lang = "uk") -> PdfReader:
    """A sample as PDF, read; made once."""
    return PdfReader(io.BytesIO(as_pdf(compose(SAMPLES[sample](), lang))))


@functools.cache
def words_of(reader: PdfReader) -> str:
    """All its text, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def metadata_of(reader: PdfReader) -> str:
    """The XMP metadata."""
    stream = reader.root_object["/Metadata"].get_object()
    assert isinstance(stream, StreamObject)
    return stream.get_data().decode()


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_it_claims_both_standards_and_is_tagged(sample: str, lang: Lang) -> None:
    """PDF/A-2a, PDF/UA-1, tagged, with language and title; typst refuses what breaks them."""
    reader = read(sample, lang)
    xmp = metadata_of(reader)
    assert re.search(r"<pdfaid:part>2</pdfaid:part>", xmp)
    assert re.search(r"<pdfaid:conformance>A</pdfaid:conformance>", xmp)
    assert re.search(r"<pdfuaid:part>1</pdfuaid:part>", xmp)
    root: Any = reader.root_object
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712  (a BooleanObject is no bool)
    assert root["/Lang"] == {"uk": "uk-UA", "en": "en-GB"}[lang]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    document = compose(SAMPLES[sample](), lang)
    assert reader.metadata.title == f"{document.title} – {document.place}"


def test_every_font_is_inside() -> None:
    """And every letter has its meaning, so that it can be searched and read aloud."""
    fonts: dict[str, Any] = {}
    for page in read("quarter").pages:
        resources: Any = page["/Resources"]
        fonts |= {font["/BaseFont"]: font for font in resources["/Font"].values()}
    assert fonts
    for font in fonts.values():
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
        assert "/ToUnicode" in font
    assert all("Roboto" in name or "Libertinus" in name for name in fonts)


def test_ukrainian_text_can_be_extracted() -> None:
    """With all letters that are only Ukrainian, and the apostrophe."""
    said = words_of(read("quarter"))
    for word in ("Задоволеність", "відвідувачів", "підприємця", "їхні", "зв’язку", "ВИРІШИВ"):
        assert word in said
    assert "Реєстрація місця проживання" in said


def test_every_figure_equals_the_json() -> None:
    """Each share, count and interval of the JSON stands in the PDF, as the language writes it."""
    said = words_of(read("quarter"))
    found = json.loads(as_json(quarter()))
    w = Words("uk")
    missing = []
    for report in (found, *found["months"]):
        answer = report["answer"]
        missing += [
            n for n in (answer["visits"], answer["share"]["votes"]) if _not(w.number(n), said)
        ]
        shares = [answer["share"]]
    shares += [row["share"] for row in (*found["services"], *found["sites"], *found["channels"])]
    shares += [point["share"] for point in found["chart"]["points"]]
    known = [share for share in shares if not share["hidden"]]
    assert len(known) > 70
    for share in known:
        interval = msgspec.convert(share["interval"], Interval)
        for text in (w.percent(share["share"]), w.between(interval), w.number(share["votes"])):
            missing += [text] if _not(text, said) else []
    assert missing == []


@pytest.mark.parametrize("lang", LANGS)
def test_it_says_what_the_page_says(lang: Lang) -> None:
    """Every cell of every table, in order, line breaks and hyphens aside."""
    said = _bare(words_of(read("public", lang)))
    for section in compose(public(), lang).sections:
        for block in section.blocks:
            if isinstance(block, Table):
                for row in block.rows:
                    assert _bare(row[0].text) in said
                    assert all(_bare(cell.text) in said for cell in row)


def test_the_charts_have_words_for_those_who_cannot_see_them() -> None:
    """Each figure's alternative text is the chart's title and description."""
    reader = read("public")
    texts = [str(e["/Alt"]) for e in _elements(reader) if "/Alt" in e]
    pictures = [
        block
        for section in compose(public(), "uk").sections
        for block in section.blocks
        if isinstance(block, Picture)
    ]
    assert len(pictures) == 4
    assert texts == [f"{p.title}. {p.description}" for p in pictures]


def test_tables_and_headings_are_tagged_as_such() -> None:
    """With head cells: a reader's program says of each number under which head it stands."""
    kinds = [str(e.get("/S", "")) for e in _elements(read("public"))]
    tables = [
        block
        for section in compose(public(), "uk").sections
        for block in section.blocks
        if isinstance(block, Table)
    ]
    assert kinds.count("/Table") == len(tables)
    assert kinds.count("/TH") == sum(len(table.columns) for table in tables)
    assert kinds.count("/H1") == len(compose(public(), "uk").sections)


def test_a_sign_without_a_picture_does_not_stop_it() -> None:
    """An emoji in a title becomes the sign for what cannot be shown."""
    rows = (msgspec.structs.replace(city().services[0], title="Паспорт 😀 漢"),)
    found = msgspec.structs.replace(city(), services=rows)
    said = words_of(PdfReader(io.BytesIO(as_pdf(compose(found, "uk")))))
    assert f"Паспорт {UNKNOWN} {UNKNOWN} 1 232 401" in said
    assert "паперові бюлетені: 41 → 14" in words_of(read("public"))


def test_an_open_month_says_so_on_its_first_page() -> None:
    """And an internal one that it is not for publication."""
    first = " ".join(read("open").pages[0].extract_text().split())
    assert "Місяць ще триває" in first and "Не оприлюднювати" in first


def test_a_country_is_still_a_document() -> None:
    """4,000 offices do not make 100 pages."""
    reader = PdfReader(io.BytesIO(as_pdf(compose(country(), "uk"))))
    assert len(reader.pages) < 20


def _not(text: str, said: str) -> bool:
    return " ".join(text.split()) not in said


def _bare(text: str) -> str:
    return re.sub(r"[\s\u00ad\u2010-]+", "", text)


def _elements(reader: PdfReader) -> list[DictionaryObject]:
    """The elements of the structure, in reading order."""
    found: list[DictionaryObject] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, DictionaryObject):
            if "/S" in node:
                found.append(node)
            if "/K" in node:
                walk(node["/K"])

    tree: Any = reader.root_object["/StructTreeRoot"]
    walk(tree["/K"])
    return found
