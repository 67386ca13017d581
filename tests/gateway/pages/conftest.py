"""An open office, and a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import server
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
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=server("chromium"), args=["--no-sandbox"]
        )
        yield found
        found.close()
