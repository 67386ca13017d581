"""Every page of a lively office as a picture, in both languages, for somebody to look at."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Page, expect

from gateway.pages.words import LANGUAGES
from tests.chromium import People, chromium, log_in
from tests.conftest import server
from tests.gateway.bench import Box
from tests.gateway.pages.lively_office import CONFIG, LAST, fill, issue, reception_of
from tests.gateway.pages.whole_office import WholeOffice, opened


def draw(folder: Path) -> list[Path]:
    """Draw them all into `folder`; returns the files."""
    with tempfile.TemporaryDirectory() as data, opened(Path(data), **CONFIG) as office:
        dispenser = Box("disp-1", "d" * 16)
        office.do(lambda: fill(office.bench, dispenser))
        with chromium() as browser:
            people = People(browser, office)
            files = [
                _save(page, folder / f"{name}-{lang}.png")
                for n, lang in enumerate(LANGUAGES, 1)
                for name, page in _pages(office, people, dispenser, lang, n)
            ]
            people.leave()
    return files


def _pages(
    office: WholeOffice, people: People, dispenser: Box, lang: str, desk: int
) -> Iterator[tuple[str, Page]]:
    """Each page under its name. `desk`: one where nobody is."""

    def open_(path: str, sign: str, width: int = 1280, height: int = 800) -> Page:
        page = people.open(f"/desk?lang={lang}", width, height)  # which the browser remembers
        page.goto(path)
        expect(page.locator(sign).first).to_be_visible()
        return page

    yield "board", open_("/board", "tr.called", 1920, 1080)
    yield "login", open_("/desk", "#pin")
    clerk = open_("/desk", "#pin")
    log_in(clerk, f"clerk-{desk}", str(desk))
    expect(clerk.locator("#next")).to_be_enabled()
    yield "desk", clerk
    clerk.click("#next")
    clerk.click("form:has(input[value=served]) button")
    expect(clerk.locator(".state.serving")).to_be_visible()
    yield "desk-with-visitor", clerk
    manager = open_("/desk", "#pin")
    log_in(manager, "manager", "")
    expect(manager.locator("#told")).to_be_visible()
    yield "office", manager
    kiosk = open_("/kiosk/disp-1", "#choose-land", 1080, 1920)
    yield "kiosk", kiosk
    kiosk.click("#choose-land")
    expect(kiosk.locator(".asked")).to_be_visible()
    yield "kiosk-asked", kiosk
    office.do(lambda: issue(office.bench, dispenser, office.orders[-1].id, "land"))
    expect(kiosk.locator(".number")).to_be_visible()
    yield "kiosk-ticket", kiosk
    yield "place", open_(f"/t/{LAST}", "dl", 360, 640)
    called = office.do(lambda: reception_of(office.bench).hall.in_state("called"))[0].id
    yield "place-called", open_(f"/t/{called}", ".go", 360, 640)
    yield "lost", open_("/nowhere", "h1")


def _save(page: Page, file: Path) -> Path:
    """Long pages whole; of the others what the screen shows."""
    is_long = page.locator("body.desk, body.overview").count() > 0
    page.screenshot(path=file, full_page=is_long, animations="disabled")
    return file


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.epilog = "example: python -m tests.pictures --out /tmp/pictures"
    parser.add_argument(
        "--out", metavar="FOLDER", type=Path, required=True, help="where they are put"
    )
    out: Path = parser.parse_args(arguments).out
    if server("chromium") is None:
        parser.error("there is no chromium on this machine; apt install chromium")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"{out} cannot be a folder: {error.strerror}; choose another one")
    for file in draw(out):
        sys.stdout.write(f"{file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
