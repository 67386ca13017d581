"""Debian's Chromium for tests of pages: people who open them, and axe-core's judgement."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import server

WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
PIN = "4711"

# Pages are opened as from another machine of the office: a browser trusts this one's address more
# than others, and says of a post from there what it says of no post over plain HTTP.
HOST = "office.test"
_HERE = "127.0.0.1"


class Site(Protocol):
    """Where the pages are."""

    @property
    def url(self) -> str:
        """Without a slash at the end."""


class People:
    """Pages of one browser, each with cookies of its own; an error in a page is an error here."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self._browser = browser
        self._site = site
        self.errors: list[str] = []

    def open(self, path: str, width: int = 1280, height: int = 800) -> Page:
        """A page as somebody opens it who has not been here before."""
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            base_url=self._site.url.replace(_HERE, HOST),
        )
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        page.goto(path)
        return page

    def clerk(self, name: str, desk: str, pin: str = PIN) -> Page:
        """A clerk's page after logging in."""
        page = self.open("/desk")
        with page.expect_navigation():  # until it is loaded: its scripts hear keys from then on
            log_in(page, name, desk, pin)
        return page

    def leave(self) -> None:
        """Close all pages; none has had an error."""
        for context in self._browser.contexts:
            context.close()
        assert self.errors == []


def log_in(page: Page, name: str, desk: str, pin: str = PIN) -> None:
    """Fill in the page on which one logs in."""
    page.select_option("#clerk", name)
    page.select_option("#desk", desk)
    page.fill("#pin", pin)
    page.click("button.main")


def check_accessibility(page: Page, what: str) -> None:
    """axe-core finds nothing by WCAG 2.2 AA. `what`: which page, for the failure."""
    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, f"{what}: {found.generate_report()}"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of its own."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=server("chromium"),
            args=["--no-sandbox", f"--host-resolver-rules=MAP {HOST} {_HERE}"],
        )
        yield found
        found.close()
