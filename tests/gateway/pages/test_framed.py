"""The office's pages in frames of other pages: of those that the office names, and of no others."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.gateway.pages.office import KIOSK, PIN, PagesOffice

pytestmark = pytest.mark.chromium


class Intranet(ThreadingHTTPServer):
    """A page of somebody else, which shows what it is asked for in a frame."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.shows = ""

    def origin(self, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_address[1]}"


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Intranet)
        page = f'<iframe name="it" src="{self.server.shows}" width="900" height="700"></iframe>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def intranet() -> Iterator[Intranet]:
    with Intranet() as server:
        threading.Thread(target=server.serve_forever, name="intranet").start()
        yield server
        server.shutdown()


@pytest.fixture
def office(tmp_path: Path, intranet: Intranet) -> Iterator[PagesOffice]:
    """An office that knows the intranet by one of its names."""
    opened = PagesOffice(tmp_path, framed_by=[intranet.origin()])
    yield opened
    opened.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def show(page: Page, intranet: Intranet, url: str, host: str = "127.0.0.1") -> FrameLocator:
    """The intranet, opened by one of its names, with a page of the office in its frame."""
    intranet.shows = url
    page.goto(intranet.origin(host))
    return page.frame_locator("iframe")


def test_a_clerk_works_in_a_frame_of_the_same_host(
    office: PagesOffice, intranet: Intranet, page: Page
) -> None:
    """Logs in, calls, and the page follows: the cookie is for the host, whatever the port."""
    office.issue()
    desk = show(page, intranet, f"{office.url}/desk")
    desk.locator("#clerk").select_option("olena")
    desk.locator("#desk").select_option("1")
    desk.locator("#pin").fill(PIN)
    desk.locator("button.main").click()
    desk.locator("#next").click()
    expect(desk.locator(".here .number")).to_have_text("А001")


def test_a_service_is_touched_in_a_frame(
    office: PagesOffice, intranet: Intranet, page: Page
) -> None:
    """And the ticket is asked for."""
    kiosk = show(page, intranet, f"{office.url}/kiosk/{KIOSK}")
    kiosk.locator("#choose-address").click()
    expect(kiosk.locator(".go")).to_contain_text("талон друкується")
    assert [choice.press for choice in office.orders] == ["address"]


def test_nobody_else_shows_the_pages(office: PagesOffice, intranet: Intranet, page: Page) -> None:
    """The same server by a name that the office does not know: the browser refuses."""
    expect(show(page, intranet, f"{office.url}/board").locator(".waiting")).to_be_visible()
    with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        shown = show(page, intranet, f"{office.url}/board", host="localhost")
    expect(shown.locator(".waiting")).to_have_count(0)


def test_a_page_that_may_show_them_may_not_post_to_them(
    office: PagesOffice, intranet: Intranet, page: Page
) -> None:
    """A click inside the frame is the office's; one of the page around it is not."""
    show(page, intranet, f"{office.url}/kiosk/{KIOSK}")
    with page.expect_navigation():
        page.evaluate(
            """url => {
              const form = document.createElement("form");
              form.method = "post"; form.action = url;
              form.innerHTML = '<input name="service" value="address">';
              document.body.append(form); form.submit();
            }""",
            f"{office.url}/kiosk/{KIOSK}",
        )
    expect(page.locator("body")).to_contain_text("з іншого сайту")
    assert office.orders == []
