"""The page: self-contained, in its language, with nothing that a report could smuggle in."""

import re
from html.parser import HTMLParser

import msgspec
import pytest

from collector.report.compose import compose
from collector.report.document import Document, Table
from collector.report.html import as_html
from collector.report.words import LANGS, Lang
from tests.collector.report.samples import SAMPLES, city, public


class Page(HTMLParser):
    """What stands in a page: elements in order, ids, texts of cells."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.elements.append((tag, dict(attrs)))

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        """The attributes of all such elements."""
        return [attrs for tag, attrs in self.elements if tag in tags]


def page(sample: str, lang: Lang) -> Page:
    """A sample's page."""
    return Page(as_html(compose(SAMPLES[sample](), lang)))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_page_asks_for_nothing(sample: str, lang: Lang) -> None:
    """No script, style sheet, font or picture from elsewhere."""
    found = page(sample, lang)
    assert not found.all("script", "iframe", "object", "img", "form", "base")
    links = [a.get("href") or "" for a in found.all("a", "link")]
    assert [link for link in links if not link.startswith(("#", "data:,"))] == []
    assert b"url(" not in as_html(compose(SAMPLES[sample](), lang))
    (csp,) = (a["content"] for a in found.all("meta") if "http-equiv" in a)
    assert csp == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_page_has_one_heading_and_ids_of_their_own(sample: str, lang: Lang) -> None:
    """And every link of the contents leads to one."""
    found = page(sample, lang)
    assert found.all("html")[0]["lang"] == lang
    assert len(found.all("h1")) == 1 and len(found.all("main")) == 1
    ids = [a["id"] for _, a in found.elements if "id" in a]
    assert len(set(ids)) == len(ids)
    assert {(a["href"] or "")[1:] for a in found.all("a")} <= set(ids)


def test_what_a_person_wrote_is_text() -> None:
    """A title of a service cannot become part of the page."""
    evil = '<script>alert(1)</script>"><b>'
    rows = tuple(msgspec.structs.replace(row, title=evil) for row in city().services[:2])
    found = msgspec.structs.replace(city(), services=rows, place=evil)
    made = as_html(compose(found, "uk"))
    assert b"<script" not in made and b'"><b>' not in made
    assert b"&lt;script&gt;alert(1)" in made


def test_a_ukrainian_title_on_an_english_page_is_read_as_ukrainian() -> None:
    """WCAG 2.2, 3.1.2; and nothing else says that it is."""
    made = as_html(compose(public(), "en")).decode()
    assert '<th scope="row" lang="uk">Паспорт громадянина України</th>' in made
    assert '<p class="place" lang="uk">' in made
    assert not re.search(r' lang="uk"[^>]*>[^<а-яіїєґ]*<', made, re.IGNORECASE)
    assert ' lang="' not in as_html(compose(public(), "uk")).decode().split("<body>")[1]


def test_every_number_stands_at_the_right_edge() -> None:
    """Cells under a number's head are of its class, and no others."""
    document = compose(public(), "uk")
    found = re.findall(r'<t[dh](?: scope="row")?(?: class="([a-z ]+)")?>', _bodies(document))
    wanted = [
        column.is_number
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Table)
        for row in block.rows
        for column in block.columns[: len(row)]
    ]
    assert ["number" in kind for kind in found] == wanted
    assert sum(wanted) > 300


def _bodies(document: Document) -> str:
    """The bodies of all tables."""
    return "".join(re.findall(r"<tbody>.*?</tbody>", as_html(document).decode(), re.S))
