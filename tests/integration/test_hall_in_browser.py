"""The whole hall in Chromium: the real gateway, a real broker, the real firmware at its buttons."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.pages.access import hash_pin
from simulator.devices import Box, TicketDispenser
from simulator.mosquitto import Mosquitto
from tests.chromium import PIN, People, chromium
from tests.integration.rig import EVERY_PRESS_COUNTS, Town, free_port, until
from tests.noon import zone_of_noon

pytestmark = [pytest.mark.mosquitto, pytest.mark.chromium]

ROUNDS = 5
KIOSK = "/kiosk/disp-1"
NUMBER = re.compile(r"[А-ЯҐЄІЇ]\d{3}")
VOTES = re.compile("atisf|доволен|голос", re.IGNORECASE)
# Tells the test of everything that a page ever shows.
WATCH = """
const tell = () => document.body && saw(document.body.innerHTML);
new MutationObserver(tell).observe(document, {subtree: true, childList: true, attributes: true,
    characterData: true});
"""
CLICK_AT = "at => setTimeout(() => document.getElementById('next').click(), at - Date.now())"


class Hall(NamedTuple):
    """A town whose office has two desks, a dispenser with a touch page, and a box at desk 1."""

    town: Town
    dispenser: TicketDispenser
    box: Box
    url: str


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """One for all tests: each leaves it with nobody waiting."""
    port = free_port()
    with (
        Mosquitto(persistence=True) as broker,
        Town(
            *(tmp_path_factory.mktemp("town"), broker.port, _config(port)), zone=zone_of_noon()
        ) as town,
    ):
        town.start()
        hall = town.hall
        found = Hall(town, hall.dispenser("disp-1"), hall.box("box-1"), f"http://127.0.0.1:{port}")
        hall.wait_until_online()
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all tests."""
    with chromium() as found:
        yield found


@pytest.fixture
def people(browser: Browser, hall: Hall) -> Iterator[People]:
    found = People(browser, hall)
    yield found
    found.leave()


def test_the_whole_way_of_a_visitor_and_no_page_shows_the_vote(hall: Hall, people: People) -> None:
    """A touch, the paper, the call, the board, the end, both lamps, the press, the tally."""
    board, office = people.open("/board"), people.clerk("iryna", "")
    desk, kiosk = people.clerk("olena", "1"), people.open(KIOSK, 1080, 1920)
    seen = {page: _watch(page) for page in (board, office, desk, kiosk)}
    kiosk.click("#choose-land")
    expect(kiosk.locator(".go")).to_have_text("Візьміть талон")
    number = kiosk.locator(".number").inner_text()
    assert NUMBER.findall(hall.dispenser.printer.paper[-1].decode("cp1251")) == [number]
    visit = kiosk.url.partition("?")[0].rpartition("/")[2]
    phone = people.open(f"/t/{visit}", 360, 640)
    seen[phone] = _watch(phone)
    expect(phone.locator(".number")).to_have_text(number)
    desk.click("#next")
    expect(board.locator("tr.called")).to_have_text(f"{number}→ 1")
    expect(phone.locator(".go")).to_have_text("Пройдіть до вікна 1")
    desk.click(f"#served-{visit}")
    expect(board.locator("tr.serving")).to_have_text(f"{number}→ 1")
    hall.town.hall.do(lambda: hall.box.panel.lamps.clear())
    desk.click(f"#finished-{visit}")
    expect(phone.locator("section")).to_contain_text("Відвідування завершено")
    lamps = hall.box.panel.lamps
    until(lambda: lamps == {"satisfied": True, "unsatisfied": True}, "both lamps invite to vote")
    expect(board.locator("tbody tr")).to_have_count(0)
    expect(office.locator("dl").first).to_contain_text("завершено")
    pages = (board, office, desk, phone)
    before = _shown(pages)
    assert hall.town.hall.press(hall.box, "unsatisfied")
    query = "SELECT service, desk, satisfied, unsatisfied FROM tally_rating"
    until(lambda: hall.town.rows(query) == [("land", "1", 0, 1)], "the vote is in the tallies")
    assert _shown(pages) == before
    for page, pictures in seen.items():
        assert any(number in picture for picture in pictures), f"{page.url} was not watched"
        assert not [found for picture in pictures if (found := VOTES.search(picture))], page.url


def test_two_clerks_who_click_at_the_same_moment_never_get_the_same_visitor(
    hall: Hall, people: People
) -> None:
    """Again and again, in two browsers, by the same clock."""
    desks = people.clerk("olena", "1"), people.clerk("petro", "2")
    issued = [_take_ticket(hall) for _ in range(ROUNDS * len(desks))]
    called: list[str] = []
    for _ in range(ROUNDS):
        for desk in desks:
            expect(desk.locator("#next")).to_be_enabled()
        at = desks[0].evaluate("Date.now() + 200")
        for desk in desks:
            desk.evaluate(CLICK_AT, at)
        for desk in desks:
            expect(desk.locator(".state.called")).to_be_visible()
            called.append(desk.locator(".here .number").inner_text())
        for desk in desks:
            _finish(desk)
    assert sorted(called) == issued


def test_pages_come_back_by_themselves_when_the_gateway_was_killed(
    hall: Hall, people: People
) -> None:
    """As they were, nobody logs in again, and what happens next is on them."""
    numbers = [_take_ticket(hall) for _ in range(3)]
    desk, other = people.clerk("olena", "1"), people.clerk("petro", "2")
    for page in (desk, other):
        page.click("#next")
        expect(page.locator(".state.called")).to_be_visible()
    desk.keyboard.press("Enter")
    expect(desk.locator(".state.serving")).to_be_visible()
    visit = _visit_of(hall, numbers[2])
    board, kiosk = people.open("/board"), people.open(KIOSK, 1080, 1920)
    office, phone = people.clerk("iryna", ""), people.open(f"/t/{visit}", 360, 640)
    pages = (desk, other, board, kiosk, office, phone)
    for page in pages:
        page.evaluate("window.isTheSame = true")
    before = _shown(pages)
    hall.town.gateway.kill()
    for page in pages:
        expect(page.locator("#offline")).to_be_visible()
    with kiosk.expect_event("requestfailed", lambda asked: asked.url.endswith("/icon.svg")):
        kiosk.click("#choose-land")  # nobody is there to take it, and the page stays
    hall.town.gateway.start("connected")
    for page in pages:
        expect(page.locator("#offline")).to_be_hidden(timeout=30_000)
    assert _shown(pages) == before
    _finish(desk)
    desk.click("#next")
    expect(board.locator("tr.called").filter(has_text=numbers[2])).to_have_text(f"{numbers[2]}→ 1")
    expect(phone.locator(".go")).to_have_text("Пройдіть до вікна 1")
    expect(office.locator("section[aria-labelledby=by-desk]")).to_contain_text(numbers[2])
    assert all(page.evaluate("window.isTheSame") for page in pages), "a page was loaded anew"
    kiosk.click("#choose-land")
    expect(kiosk.locator(".go")).to_have_text("Візьміть талон", timeout=30_000)
    for page in (desk, other):
        _finish(page)


def _watch(page: Page) -> list[str]:
    """All that the page shows from now on."""
    seen: list[str] = []
    page.expose_function("saw", lambda picture: seen.append(picture))
    page.add_init_script(WATCH)
    page.reload()
    return seen


def _shown(pages: Sequence[Page]) -> list[str]:
    """What stands on the pages, without the minutes, which pass."""
    return [re.sub(r"\d+(–\d+)? хв", "", page.locator("#live").inner_text()) for page in pages]


def _take_ticket(hall: Hall) -> str:
    """By the dispenser's button; the visitor waits."""
    paper = hall.town.hall.take_ticket(hall.dispenser, "land").decode("cp1251")
    hall.town.hall.wait_until_delivered()
    (number,) = NUMBER.findall(paper)
    return str(number)


def _visit_of(hall: Hall, number: str) -> str:
    """The id of a ticket's visit, as the city knows it."""
    query = (
        "SELECT json_extract(cast(body AS TEXT), '$.visit') FROM event WHERE kind='visit'"
        f" AND json_extract(cast(body AS TEXT), '$.number') = '{number}'"
    )
    return str(until(lambda: hall.town.rows(query), "the city knows the visit")[0][0])


def _finish(desk: Page) -> None:
    """Whoever is at the desk is served, and goes."""
    if desk.locator(".state.called").count():
        desk.keyboard.press("Enter")
        expect(desk.locator(".state.serving")).to_be_visible()
    desk.keyboard.press("Enter")
    expect(desk.locator(".state.free")).to_be_visible()


def _config(port: int) -> str:
    pin = hash_pin(PIN, bytes(16))
    clerks = (("olena", "clerk"), ("petro", "clerk"), ("iryna", "manager"))
    return (
        EVERY_PRESS_COUNTS
        + '[[desk]]\nid = "1"\n[[desk]]\nid = "2"\n'
        + "".join(
            f'[[clerk]]\nid = "{id_}"\nname = "{id_}"\npin = "{pin}"\nrole = "{role}"\n'
            for id_, role in clerks
        )
        + f"[pages]\nport = {port}\n"
    )
