"""An open office, and people with browsers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.chromium import People, chromium
from tests.gateway.pages.office import PagesOffice


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PagesOffice]:
    """An office with its pages open, and nobody in it."""
    opened = PagesOffice(tmp_path)
    yield opened
    opened.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture
def people(browser: Browser, office: PagesOffice) -> Iterator[People]:
    """Whoever looks at the office's pages."""
    found = People(browser, office)
    yield found
    found.leave()
