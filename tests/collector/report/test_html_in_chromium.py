"""The page in Debian's Chromium: accessible (axe-core), without a network, on a phone, on paper."""

import functools
import http.server
import io
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ViewportSize, sync_playwright
from playwright.sync_api import Page as Tab
from pypdf import PdfReader

from collector.report.compose import compose
from collector.report.html import as_html
from collector.report.words import LANGS, Lang
from tests.collector.report.samples import SAMPLES

pytestmark = pytest.mark.chromium

# of a rule that holds one place is told, not thousands
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all tests here; as root Chromium has no sandbox."""
    program = shutil.which("chromium")
    args = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=args)
        yield found
        found.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Every sample in every language behind a server of its own."""
    folder = tmp_path_factory.mktemp("site")
    for name, make in SAMPLES.items():
        for lang in LANGS:
            (folder / f"{name}.{lang}.html").write_bytes(as_html(compose(make(), lang)))
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, name="site", daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


def open_page(browser: Browser, url: str, size: ViewportSize, script: bool = True) -> Tab:
    """A page of its own context."""
    return _open(browser.new_context(viewport=size, java_script_enabled=script).new_page(), url)


def _open(tab: Tab, url: str) -> Tab:
    tab.goto(url)
    return tab


@pytest.mark.parametrize(
    ("sample", "lang", "size"),
    [
        *(pytest.param(s, "uk", DESK, id=s) for s in ("quarter", "internal", "empty")),
        pytest.param("open", "en", DESK, id="open-en"),
        pytest.param("public", "uk", PHONE, id="public-phone"),
    ],
)
def test_axe_finds_nothing(
    browser: Browser, site: str, sample: str, lang: Lang, size: ViewportSize
) -> None:
    """WCAG 2.2 AA and axe's best practices: no violation."""
    # axe is a script, and the page allows none: its policy is lifted for the test alone
    context = browser.new_context(viewport=size, bypass_csp=True)
    tab = _open(context.new_page(), f"{site}/{sample}.{lang}.html")
    found = Axe().run(tab, options=AXE)
    assert found.violations_count == 0, found.generate_report()
    passed = {rule["id"] for rule in found.response["passes"]}
    assert {"color-contrast", "html-has-lang", "region", "heading-order"} <= passed
    context.close()


def test_axe_would_find_something(browser: Browser, site: str) -> None:
    """A planted fault is seen: a picture without a name, a grey that nobody can read."""
    context = browser.new_context(viewport=DESK, bypass_csp=True)
    tab = _open(context.new_page(), f"{site}/public.uk.html")
    tab.evaluate(
        "document.querySelector('main').insertAdjacentHTML('afterbegin',"
        ' \'<p style="color:#ccc">Unreadable.</p><img src="data:,">\')'
    )
    found = Axe().run(tab, options=AXE)
    assert {v["id"] for v in found.response["violations"]} == {"color-contrast", "image-alt"}
    context.close()


@pytest.mark.parametrize("sample", ["quarter", "empty"])
def test_a_page_works_without_scripts_and_network(browser: Browser, site: str, sample: str) -> None:
    """One request, for the page itself; all charts have a size."""
    context = browser.new_context(viewport=DESK, java_script_enabled=False)
    tab = context.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.goto(f"{site}/{sample}.uk.html", wait_until="networkidle")
    assert asked == [f"{site}/{sample}.uk.html"]
    assert complaints == []
    for chart in tab.locator("svg").all():
        box = chart.bounding_box()
        assert box is not None and box["width"] > 600 and box["height"] > 100
    context.close()


@pytest.mark.parametrize(("sample", "lang"), [*((s, "uk") for s in SAMPLES), ("quarter", "en")])
def test_a_phone_does_not_scroll_the_page_sideways(
    browser: Browser, site: str, sample: str, lang: Lang
) -> None:
    """360 px: only the frames of tables and charts scroll, and a keyboard can reach them."""
    tab = open_page(browser, f"{site}/{sample}.{lang}.html", PHONE)
    assert tab.evaluate("document.documentElement.scrollWidth") == 360
    scrolling = "[...document.querySelectorAll('*')].filter(e => e.scrollWidth > e.clientWidth + 1"
    scrolling += " && getComputedStyle(e).overflowX == 'auto')"
    without = f"{scrolling}.filter(e => e.tabIndex != 0 || !e.getAttribute('aria-label')).length"
    assert tab.evaluate(without) == 0
    tab.context.close()


def test_the_first_tab_leads_past_the_contents(browser: Browser, site: str) -> None:
    """A skip link that shows itself when it has the focus."""
    tab = open_page(browser, f"{site}/public.uk.html", DESK)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getAttribute('href')") == "#main"
    assert tab.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    tab.context.close()


@pytest.mark.parametrize("sample", ["public", "quarter"])
def test_it_prints_on_a4_with_heads_on_every_page(
    browser: Browser, site: str, sample: str, tmp_path: Path
) -> None:
    """The table of services goes over pages, and each has its head."""
    tab = open_page(browser, f"{site}/{sample}.uk.html", DESK)
    reader = PdfReader(io.BytesIO(tab.pdf(prefer_css_page_size=True)))
    tab.context.close()
    width, height = (round(float(side) / 72 * 25.4) for side in reader.pages[0].mediabox[2:])
    assert (width, height) == (210, 297)
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    assert "94,3 %" in pages[0] or "92,7 %" in pages[0]
    with_rows = [text for text in pages if text.count("у межах") > 1 and "вид" in text]
    assert len(with_rows) >= 2
    assert all("Відвідувань" in text and "Висновок" in text for text in with_rows)
