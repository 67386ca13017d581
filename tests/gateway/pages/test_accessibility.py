"""axe-core by WCAG 2.2 AA, on every page and in every state that looks different.

Of the touch page there is more in test_kiosk.py: how large the targets are, on two screens.
"""

from functools import partial

import pytest
from playwright.sync_api import Page, expect

from gateway.queue.visit import Kind
from tests.chromium import People, check_accessibility, log_in
from tests.gateway.pages.office import KIOSK, MIN, PagesOffice
from wire.records import State

pytestmark = [pytest.mark.chromium, pytest.mark.parametrize("lang", ["uk", "en"])]


def test_the_desk(office: PagesOffice, people: People, lang: str) -> None:
    """From the log-in over every state of a visit to the desk that somebody else has taken."""
    visits = [office.issue() for _ in range(3)] + [office.issue("pass")]
    page = _open(people, "/desk", lang)
    _check(page, lang, "login", "form.card")
    log_in(page, "olena", "1", "0000")
    _check(page, lang, "login refused", ".message")
    log_in(page, "olena", "1")
    _check(page, lang, "idle", "#next:enabled")
    page.click("#next")
    page.click(f"#recalled-{visits[0]}")
    _check(page, lang, "called", f"#missed-{visits[0]}")
    page.click(f"#missed-{visits[0]}")
    page.click("#next")
    page.click(f"#served-{visits[1]}")
    _check(page, lang, "serving", ".state.serving")
    page.click(f"#held-{visits[1]}")
    _check(page, lang, "with both lists", ".aside >> nth=1")
    page.click("#next")
    expect(page.locator(f"#served-{visits[2]}")).to_be_visible()
    page.evaluate(
        "htmx.ajax('POST', '/desk/act', {target: '#live', values: {kind: 'served', visit: 'none'}})"
    )
    _check(page, lang, "with an error", "#said .message")
    page.click(f"#left-{visits[2]}")
    page.click("#pause")
    _check(page, lang, "paused", ".state.free")
    office.do(partial(office.reception.post, "opened", "1", "petro", office.clock.at))
    _check(page, lang, "taken over", ".message")


def test_ones_own_place(office: PagesOffice, people: People, lang: str) -> None:
    """On a phone, in every state that a visit can have."""
    visits = [office.issue() for _ in range(2)]
    first, last = visits
    page = _open(people, f"/t/{last}", lang, 360, 640)
    _check(page, lang, "waiting, nobody serves", "dl")
    office.do(partial(office.reception.post, "opened", "1", "olena", office.clock.at))
    _check(page, lang, "waiting", "dl div >> nth=1")
    _act(office, "called", first)
    _act(office, "served", first)
    _act(office, "finished", first)
    _act(office, "called", last)
    _check(page, lang, "called", ".go")
    ways: tuple[tuple[Kind, ...], ...] = (
        ("served",),
        ("held",),
        ("resumed", "called", "recalled", "missed"),
        ("returned", "called", "left"),
    )
    for way in ways:
        before = page.locator("section").inner_text()
        for kind in way:
            _act(office, kind, last)
        expect(page.locator("section")).not_to_have_text(before, use_inner_text=True)
        _check(page, lang, way[-1], "section")
    page.goto(f"/t/{first}")
    _check(page, lang, "over", "section")
    page.goto("/t/0123456789abcdef")
    _check(page, lang, "no such ticket", "h1")


def test_the_touch_page(office: PagesOffice, people: People, lang: str) -> None:
    """Refusals of every kind, and a dispenser that is away."""
    path = f"/kiosk/{KIOSK}"
    page = people.open(f"{path}?lang={lang}", 1080, 1920)
    _check(page, lang, "open", "#choose-pass")
    page.evaluate("document.getElementById('choose-pass').value = 'parcel'")
    page.click("#choose-pass")
    _check(page, lang, "refused at once", "form > .message")
    page.click("#choose-address")
    expect(page.locator("section.asked")).to_be_visible()
    office.reply(office.orders[0], "printer: no paper")
    _check(page, lang, "refused", "section.refused .message")
    office.do(lambda: office.kiosk.on_state(KIOSK, State(v=1, online=False)))
    page.goto(f"{path}?lang={lang}")
    _check(page, lang, "offline", ".message")
    page.goto(f"/kiosk/none?lang={lang}")
    _check(page, lang, "no such dispenser", "h1")


def test_board_office_and_what_is_not_there(office: PagesOffice, people: People, lang: str) -> None:
    """The board empty, with a new call and with one that is served; the office with faults."""
    board = _open(people, "/board", lang, 1920, 1080)
    _check(board, lang, "empty", ".empty")
    visits = [office.issue() for _ in range(2)]
    office.clock.at += 7 * MIN
    _act(office, "called", visits[0])
    _act(office, "served", visits[0])
    office.do(partial(office.reception.call_next, "2", "petro", office.clock.at))
    board.emulate_media(reduced_motion="reduce")
    _check(board, lang, "a new call", "tr.now")
    office.do(partial(office.reception.post, "opened", "3", "petro", office.clock.at))
    office.issue()
    office.clock.at += MIN
    office.do(lambda: None)
    _check(board, lang, "with a wait", ".waits li >> nth=1")
    office.said["box-1"] = State(v=1, online=False)
    office.said["disp-1"] = State(v=1, online=True, fault="printer: no paper; nobody knows this")
    manager = _open(people, "/desk", lang)
    log_in(manager, "iryna", "")
    _check(manager, lang, "office", "section[aria-labelledby=devices] strong >> nth=1")
    manager.goto("/nowhere")
    _check(manager, lang, "no such page", "h1")


def _open(people: People, path: str, lang: str, width: int = 1280, height: int = 800) -> Page:
    """A page, switched to the language."""
    page = people.open(path, width, height)
    if lang != "uk":
        page.click(".language button")
    return page


def _act(office: PagesOffice, kind: Kind, visit: str) -> None:
    """A clerk at desk 1 does something."""
    at = "" if kind in ("resumed", "returned") else "1"
    office.do(partial(office.reception.act, kind, visit, "olena", office.clock.at, at))


def _check(page: Page, lang: str, state: str, sign: str) -> None:
    """`sign`: what is seen in this state only."""
    expect(page.locator(sign)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", lang)
    check_accessibility(page, state)
