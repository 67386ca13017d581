"""The pages in a real browser: the whole way, two clerks at once, a restart."""

from functools import partial

import pytest
from playwright.sync_api import expect

from gateway.queue.visit import Turn
from tests.chromium import People, log_in
from tests.gateway.pages.office import KIOSK, MIN, PIN, PagesOffice
from tests.integration.rig import until
from wire.records import State

pytestmark = pytest.mark.chromium


def test_the_whole_way_of_a_visitor(office: PagesOffice, people: People) -> None:
    """From the ticket over the board to the end, by the keyboard alone."""
    visit = office.issue()
    board, place = people.open("/board"), people.open(f"/t/{visit}", 360, 640)
    desk = people.clerk("olena", "1")
    expect(place.locator("dl")).to_contain_text("0")
    expect(desk.locator("#next")).to_be_enabled()
    desk.keyboard.press("Enter")
    expect(board.locator("tr.called")).to_contain_text("А001")
    expect(board.locator("tr.now")).to_contain_text("1")
    expect(place.locator(".go")).to_have_text("Пройдіть до вікна 1")
    desk.keyboard.press("Enter")
    expect(place.locator("section")).to_contain_text("Вас обслуговують біля вікна 1")
    expect(board.locator("tr.serving")).to_contain_text("А001")
    desk.keyboard.press("Enter")
    expect(place.locator("section")).to_contain_text("Відвідування завершено")
    expect(board.locator("tbody tr")).to_have_count(0)
    assert office.do(lambda: office.reception.hall.visit(visit).state) == "finished"


def test_two_clerks_at_once_get_two_visitors(office: PagesOffice, people: People) -> None:
    """Both press before either sees what the other did."""
    office.issue()
    office.issue()
    one, two = people.clerk("olena", "1"), people.clerk("petro", "2")
    for desk in (one, two):
        expect(desk.locator("#next")).to_be_enabled()
    for desk in (one, two):
        desk.evaluate("document.getElementById('next').click()")
    for desk in (one, two):
        expect(desk.locator(".state")).to_contain_text("викликано")
    numbers = {desk.locator(".here .number").inner_text() for desk in (one, two)}
    assert numbers == {"А001", "А002"}


def test_calls_queue_up_on_the_board_and_none_overrides_another(
    office: PagesOffice, people: People
) -> None:
    """Two calls within a moment: the first is shown as new for its time, then the second."""
    office.issue()
    office.issue()
    board = people.open("/board")
    expect(board.locator(".waiting")).to_contain_text("2")
    board.clock.install()
    for desk in ("1", "2"):
        office.do(partial(office.reception.call_next, desk, "olena", office.clock.at))
    expect(board.locator("tbody tr")).to_have_count(2)
    expect(board.locator("tr.now")).to_have_text("А001→ 1")
    board.clock.run_for(5_000)
    expect(board.locator("tr.now")).to_have_text("А002→ 2")
    board.clock.run_for(5_000)
    expect(board.locator("tr.now")).to_have_count(0)
    expect(board.locator("tbody tr")).to_have_count(2)


def test_open_pages_go_on_after_a_restart_of_the_gateway(
    office: PagesOffice, people: People
) -> None:
    """They say that the connection is lost, come back by themselves, and nobody logs in again."""
    visit = office.issue()
    board, place, desk = (
        people.open("/board"),
        people.open(f"/t/{visit}"),
        people.clerk("olena", "1"),
    )
    manager, kiosk = people.clerk("iryna", ""), people.open(f"/kiosk/{KIOSK}", 1080, 1920)
    pages = (board, place, desk, manager, kiosk)
    expect(desk.locator("#next")).to_be_enabled()
    for page in pages:
        page.evaluate("window.isTheSame = true")
    office.stop()
    for page in pages:
        expect(page.locator("#offline")).to_be_visible()
    office.start()
    for page in pages:
        expect(page.locator("#offline")).to_be_hidden(timeout=30_000)
    desk.keyboard.press("Enter")
    expect(board.locator("tr.called")).to_contain_text("А001", timeout=30_000)
    expect(place.locator(".go")).to_have_text("Пройдіть до вікна 1", timeout=30_000)
    at_desks = manager.locator("section[aria-labelledby=by-desk]")
    expect(at_desks).to_contain_text("А001", timeout=30_000)
    assert all(page.evaluate("window.isTheSame") for page in pages), "a page was loaded anew"
    kiosk.click("#choose-address")
    expect(kiosk.locator("h1")).to_have_text("Ваш талон", timeout=30_000)


def test_the_first_click_after_a_restart_is_answered(office: PagesOffice, people: People) -> None:
    """Also before the stream is back: the new gateway counts its looks anew."""
    office.issue()
    office.issue()
    desk = people.clerk("olena", "1")
    for _ in range(2):
        desk.click("#next")
        desk.click("[id^=served-]")
        desk.click("[id^=finished-]")
    office.issue()
    expect(desk.locator("#next")).to_be_enabled()
    desk.route("**/desk/stream", lambda route: route.abort())
    office.stop()
    expect(desk.locator("#offline")).to_be_visible()
    office.start()
    desk.click("#next")
    expect(desk.locator(".state.called")).to_be_visible()


def test_a_page_whose_session_is_over_leads_to_the_login(
    office: PagesOffice, people: People
) -> None:
    """By itself, when its stream comes back."""
    manager, desk = people.clerk("iryna", ""), people.clerk("olena", "1")
    expect(manager.locator("#by-desk")).to_be_visible()
    office.stop()
    for page in (manager, desk):
        page.context.clear_cookies()
    office.start()
    for page in (manager, desk):
        expect(page.locator("#pin")).to_be_visible(timeout=30_000)


def test_a_ticket_of_yesterday_says_so_by_itself(office: PagesOffice, people: People) -> None:
    """At the turn of the day its page is loaded anew."""
    page = people.open(f"/t/{office.issue()}")
    expect(page.locator(".number")).to_have_text("А001")
    assert not office.do(lambda: office.reception.turn_day(office.clock.at))  # the date is sure
    office.clock.at += 24 * 60 * MIN
    assert office.do(lambda: office.reception.turn_day(office.clock.at))
    expect(page.locator("h1")).to_have_text("Такого талона сьогодні немає.")


def test_a_page_that_is_left_gives_its_stream_up(office: PagesOffice, people: People) -> None:
    """A browser keeps it for "back", and has six connections for all pages of a host."""
    page = people.open("/board")
    until(lambda: page.evaluate("stream?.readyState === EventSource.OPEN"), "its stream")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    assert page.evaluate("stream.readyState === EventSource.CLOSED")
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    until(lambda: page.evaluate("stream?.readyState === EventSource.OPEN"), "its stream")


def test_what_cannot_be_is_refused_in_words(office: PagesOffice, people: People) -> None:
    """A page that is old: the visitor has been taken to another state meanwhile."""
    visit = office.issue()
    desk = people.clerk("olena", "1")
    desk.click("#next")
    expect(desk.locator(".state")).to_contain_text("викликано")
    desk.evaluate(
        """visit => htmx.ajax("POST", "/desk/act",
            {target: "#live", values: {kind: "finished", visit}})""",
        visit,
    )
    said = "Талон А001: викликано. Так зробити не можна. Скажіть, чи відвідувач тут."
    expect(desk.locator("#said .message")).to_have_text(said)
    assert office.do(lambda: office.reception.hall.visit(visit).state) == "called"


def test_a_desk_that_was_taken_over_says_so(office: PagesOffice, people: People) -> None:
    """There is no button any more but for logging in again, as the same clerk at the same desk."""
    office.issue()
    first = people.clerk("olena", "1")
    expect(first.locator("#next")).to_be_enabled()
    second = people.clerk("petro", "1")
    expect(second.locator(".message")).to_contain_text("За вікном 1 уже Олена Коваль")
    second.fill("#pin", PIN)  # clerk and desk are still chosen
    second.check("input[name=over]")
    second.click("button.main")
    expect(first.locator(".message")).to_contain_text("За цим вікном тепер Петро Шевчук")
    expect(first.locator("main button")).to_have_count(0)
    expect(second.locator(".here .state")).to_have_text("Біля вікна нікого немає")
    first.click("#again")
    expect(first.locator("#clerk")).to_have_value("olena")
    expect(first.locator("#desk")).to_have_value("1")


def test_a_desk_that_was_left_in_another_window_asks_who_is_there(
    office: PagesOffice, people: People
) -> None:
    """By itself; nothing can be done there any more."""
    office.issue()
    first = people.clerk("olena", "1")
    second = first.context.new_page()
    second.goto("/desk")
    second.click("header button:has-text('Вийти')")
    expect(second.locator("#pin")).to_be_visible()
    expect(first.locator(".message")).to_contain_text("За цим вікном тепер нікого")
    expect(first.locator("main button")).to_have_count(0)
    first.click("#again")
    expect(first.locator("#pin")).to_be_visible()
    assert len(office.do(lambda: office.reception.hall.waiting())) == 1


def test_hold_transfer_pause_and_absence_by_the_mouse(office: PagesOffice, people: People) -> None:
    """Everything that the desk page offers."""
    visit = office.issue()
    desk = people.clerk("olena", "1")
    desk.click("#pause")
    expect(desk.locator(".state")).to_have_text("Вікно на перерві")
    desk.click("#pause")
    desk.click("#next")
    desk.click(f"#recalled-{visit}")
    expect(desk.locator(".calls")).to_have_text("Викликів: 2")
    desk.click(f"#missed-{visit}")
    desk.click(f"#returned-{visit}")
    desk.click("#next")
    desk.click(f"#served-{visit}")
    desk.click(f"#held-{visit}")
    desk.click(f"#resumed-{visit}")
    desk.click("#next")
    desk.click(f"#served-{visit}")
    desk.select_option("#to", "pass")
    desk.check("#back")
    desk.click("#transfer")
    expect(desk.locator("tbody")).to_contain_text("Закордонний паспорт")
    stored = office.do(lambda: list(office.reception._turns.of(office.reception.today.day)))
    assert [what.kind for what in stored if isinstance(what, Turn)] == [
        *("called", "recalled", "missed", "returned"),
        *("called", "served", "held", "resumed"),
        *("called", "served", "transferred"),
    ]


def test_a_phone_shows_ones_place_without_scrolling_sideways(
    office: PagesOffice, people: People
) -> None:
    """At 320 px, as WCAG asks."""
    place = people.open(f"/t/{office.issue()}", 320, 560)
    expect(place.locator(".number")).to_be_visible()
    assert place.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_language_is_switched_and_kept(office: PagesOffice, people: People) -> None:
    """On the page where one is."""
    page = people.open("/desk")
    page.click("text=English")
    expect(page.locator("h1")).to_have_text("Log in")
    page.goto("/board")
    expect(page.locator(".waiting")).to_contain_text("Waiting")


def test_the_computer_of_a_desk_opens_the_page_with_its_desk_chosen(people: People) -> None:
    """And the clerk's, if it is theirs; what there is not chooses nothing."""
    page = people.open("/desk?desk=2&clerk=petro")
    expect(page.locator("#desk")).to_have_value("2")
    expect(page.locator("#clerk")).to_have_value("petro")
    page.fill("#pin", PIN)
    page.click("button.main")
    expect(page.locator("h1")).to_contain_text("Вікно 2 Петро Шевчук")
    other = people.open("/desk?desk=77&clerk=nobody")
    expect(other.locator("#desk")).to_have_value("")


def test_a_desk_that_was_opened_in_a_language_stays_in_it(
    office: PagesOffice, people: People
) -> None:
    """Past the login, as a link with ?lang= was meant."""
    page = people.open("/desk?lang=en")
    log_in(page, "olena", "1")
    expect(page.locator("#next")).to_contain_text("Call the next visitor")
    assert "lang=" not in page.url


def test_the_manager_sees_which_devices_want_looking_after(
    office: PagesOffice, people: People
) -> None:
    """Those first; paper and links in the page's language."""
    manager = people.clerk("iryna", "")
    rows = manager.locator("section[aria-labelledby=devices] tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("ще не озивався")
    office.said["box-2"] = State(v=1, online=True)
    office.said["box-1"] = State(v=1, online=False)
    office.said["disp-1"] = State(v=1, online=True, fault="printer: the paper is near its end")
    office.issue()  # something happens, and the page is drawn anew
    expect(rows.nth(0)).to_contain_text("принтер: папір закінчується")
    expect(rows.nth(1)).to_contain_text("немає зв’язку")
    expect(rows.nth(2)).to_contain_text("справний")
    office.fault = "store: database or disk is full"
    manager.click(".language button")
    expect(rows.nth(0)).to_contain_text("store: database or disk is full")
    expect(rows.nth(1)).to_contain_text("printer: the paper is near its end")
