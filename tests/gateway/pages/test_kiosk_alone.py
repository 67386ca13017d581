"""The touch page while the gateway is away: it says so and stays, and works again by itself."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.chromium import People
from tests.gateway.pages.office import KIOSK, PagesOffice

pytestmark = pytest.mark.chromium

PAGE = f"/kiosk/{KIOSK}"
ASKED = "**/static/icon.svg"  # by which the page knows whether the gateway answers
CHOICE = "#choose-address"
VETERAN = "input[value=veterans]"


@pytest.mark.parametrize(
    ("touched", "after"), [(CHOICE, "Ваш талон"), ("a.language", "Choose a service")]
)
def test_what_is_touched_while_the_gateway_is_away_changes_nothing_and_works_afterwards(
    office: PagesOffice, people: People, touched: str, after: str
) -> None:
    """The connection is lost, says the page, with what was chosen on it; nobody reloads it."""
    page = people.open(PAGE)
    page.check(VETERAN)
    page.evaluate("window.isTheSame = true")
    office.stop()
    _touch_in_vain(page, touched)
    office.start()
    expect(page.locator("#offline")).to_be_hidden(timeout=30_000)
    assert page.evaluate("window.isTheSame"), "the page was left"
    expect(page.locator(VETERAN)).to_be_checked()
    assert office.orders == []
    page.click(touched)
    expect(page.locator("h1")).to_have_text(after)


def test_the_page_of_a_ticket_stays_as_well(office: PagesOffice, people: People) -> None:
    """Until the gateway is back; then it leads to the services."""
    page = people.open(PAGE)
    page.click(CHOICE)
    expect(page.locator("h1")).to_have_text("Ваш талон")
    office.give(office.orders[0], "А042")
    expect(page.locator(".number")).to_have_text("А042")
    office.stop()
    _touch_in_vain(page, "#done")
    office.start()
    expect(page.locator("#offline")).to_be_hidden(timeout=30_000)
    expect(page.locator(".number")).to_have_text("А042")
    page.click("#done")
    expect(page.locator("h1")).to_have_text("Виберіть послугу")


@pytest.mark.parametrize(
    "fate", [lambda route: route.abort(), lambda route: None], ids=["refused", "no answer"]
)
def test_a_touch_that_nobody_hears_says_so_though_the_stream_has_not_noticed(
    office: PagesOffice, people: People, fate: Callable[[Route], None]
) -> None:
    """A link that is dead gives no error for minutes; the touch finds out at once, or in 3 s."""
    page = people.open(PAGE)
    expect(page.locator("#offline")).to_be_hidden()
    page.route(ASKED, fate)
    page.click(CHOICE)
    expect(page.locator("#offline")).to_be_visible(timeout=30_000)
    page.unroute(ASKED)
    page.click(CHOICE)
    expect(page.locator("h1")).to_have_text("Ваш талон")
    assert len(office.orders) == 1


def test_a_page_that_nobody_touches_does_not_begin_anew_into_an_error(people: People) -> None:
    """It stays as it was left, and begins anew in the next round."""
    page = people.open(PAGE)
    page.clock.install()
    page.reload()
    page.check(VETERAN)
    page.route(ASKED, lambda route: route.abort())
    page.clock.run_for(46_000)
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator(VETERAN)).to_be_checked()
    page.unroute(ASKED)
    page.clock.run_for(46_000)
    expect(page.locator(VETERAN)).not_to_be_checked()
    expect(page.locator("#offline")).to_be_hidden()


def _touch_in_vain(page: Page, target: str) -> None:
    """The page asks whether anybody answers, nobody does, and it says so."""
    with page.expect_event("requestfailed", lambda asked: asked.url.endswith("/icon.svg")):
        page.click(target)
    expect(page.locator("#offline")).to_be_visible()
