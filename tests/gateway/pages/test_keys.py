"""The desk by the keyboard, whatever its layout; and choosing in peace while the hall goes on."""

import sqlite3

import pytest
from playwright.sync_api import Page, expect

from gateway.pages.words import KEYS
from tests.chromium import People
from tests.gateway.pages.office import PagesOffice
from tests.integration.rig import until

pytestmark = pytest.mark.chromium

# What a Ukrainian layout has at the place of a Latin letter (Windows' KBDUR, X's ua).
UKRAINIAN = dict(zip("RMPHTBL", "кьзреид", strict=True))
PRESS = """([key, code]) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", {key, code, bubbles: true, cancelable: true}))"""


@pytest.mark.parametrize("layout", ["latin", "ukrainian", "without codes"])
def test_every_action_of_a_desk_has_its_key(
    office: PagesOffice, people: People, layout: str
) -> None:
    """By its place: a clerk need not switch the layout. A remote desktop may send no place."""

    def press(letter: str) -> None:
        key = UKRAINIAN[letter] if layout == "ukrainian" else letter.lower()
        page.evaluate(PRESS, [key, "" if layout == "without codes" else f"Key{letter}"])

    for _ in range(2):
        office.issue()
    page = people.clerk("olena", "1")
    expect(page.locator("#next")).to_be_enabled()
    press("P")
    expect(page.locator(".state")).to_have_text("Вікно на перерві")
    press("P")
    expect(page.locator("#next")).to_be_enabled()
    page.keyboard.press("Enter")
    expect(page.locator(".number")).to_have_text("А001")
    press("R")
    expect(page.locator(".calls")).to_have_text("Викликів: 2")
    press("M")
    expect(page.locator("#list-returned")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".number")).to_have_text("А002")
    page.keyboard.press("Enter")
    expect(page.locator(".state.serving")).to_be_visible()
    press("H")
    expect(page.locator("#list-resumed")).to_be_visible()
    press("B")
    expect(page.locator("#list-resumed")).to_have_count(0)
    press("L")
    expect(page.locator("#list-returned")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator(".state.called")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".state.serving")).to_be_visible()
    press("T")
    expect(page.locator("#to")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("tbody")).to_contain_text("Закордонний паспорт")


def test_each_key_stands_beside_its_button(office: PagesOffice, people: People) -> None:
    """With the Ukrainian letter on the same key; not where letters are switched off."""
    office.issue()
    page = people.clerk("olena", "1")
    expect(page.locator("#pause kbd")).to_have_text("P / З")
    expect(page.locator("#next kbd")).to_have_text("Enter")
    page.uncheck("#letters")
    expect(page.locator("#pause kbd")).to_be_hidden()
    expect(page.locator("#next kbd")).to_be_visible()
    page.keyboard.press("p")
    page.reload()
    expect(page.locator("#letters")).not_to_be_checked()  # it is remembered
    expect(page.locator(".state")).to_have_text("Біля вікна нікого немає")
    page.check("#letters")
    page.keyboard.press("p")
    expect(page.locator(".state")).to_have_text("Вікно на перерві")
    assert {key[3:]: name[-1].lower() for key, name in KEYS["uk"].items() if key != "Enter"} == (
        UKRAINIAN
    )


def test_a_service_is_chosen_in_peace_while_the_hall_goes_on(
    office: PagesOffice, people: People
) -> None:
    """The list is not taken from under the clerk's hand; what is new is seen right after."""
    page = _serving(office, people)
    page.focus("#to")
    page.evaluate("document.getElementById('to').isTheSame = true")
    page.check("#back")
    office.issue("pass")
    board = people.open("/board")
    expect(board.locator(".waiting strong")).to_have_text("1")
    office.do(lambda: None)  # another change, which the page has heard when it hears the next
    assert page.evaluate("document.getElementById('to').isTheSame")
    expect(page.locator("#waits .count")).to_have_text("0")
    page.evaluate("document.activeElement.blur()")
    expect(page.locator("#waits .count")).to_have_text("1")
    expect(page.locator("#back")).to_be_checked()  # drawn anew, and still as it was chosen


def test_a_clerk_who_goes_away_from_an_open_list_sees_what_is_new(
    office: PagesOffice, people: People
) -> None:
    """After a while it counts as no choosing any more; nor does that the list is drawn anew."""
    page = _serving(office, people)
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    page.focus("#to")
    office.issue("pass")
    until(lambda: page.evaluate("waiting !== null && waiting.includes('>1<')"), "it is heard of")
    page.clock.run_for(19_000)
    expect(page.locator("#waits .count")).to_have_text("0")
    page.clock.run_for(2_000)
    expect(page.locator("#waits .count")).to_have_text("1")
    office.issue("pass")
    expect(page.locator("#waits .count")).to_have_text("2")
    assert page.evaluate("document.activeElement.id") == "to"


@pytest.mark.parametrize("by", ["the mouse", "the space bar"])
def test_a_button_stays_while_it_is_pressed(office: PagesOffice, people: People, by: str) -> None:
    """What is new waits until the click was heard: a button drawn anew would hear none."""
    office.issue("pass")
    page = people.clerk("olena", "1")
    page.focus("#next")
    page.hover("#next")
    with_mouse = by == "the mouse"
    page.mouse.down() if with_mouse else page.keyboard.down(" ")
    office.issue("pass")
    until(lambda: page.evaluate("waiting !== null && waiting.includes('>2<')"), "it is heard of")
    page.mouse.up() if with_mouse else page.keyboard.up(" ")
    expect(page.locator(".state.called")).to_be_visible()
    expect(page.locator("#waits .count")).to_have_text("1")


def test_two_fingers_and_two_presses_hold_what_they_press(
    office: PagesOffice, people: People
) -> None:
    """One finger's release is not the other's, and the end of the first press not the second's."""
    page = people.clerk("olena", "1")
    held = page.evaluate("""async () => {
        const finger = (kind, pointerId) =>
            document.dispatchEvent(new PointerEvent(kind, {pointerId, button: 0}));
        const later = () => new Promise((done) => setTimeout(done, 150));
        const held = [];
        finger("pointerdown", 7); finger("pointerdown", 8); finger("pointerup", 8);
        await later(); held.push(isHeld());
        finger("pointerup", 7); finger("pointerdown", 7);
        await later(); held.push(isHeld());
        finger("pointercancel", 7);
        await later(); held.push(isHeld());
        return held;
    }""")
    assert held == [True, True, False]


def test_a_key_that_is_held_down_clicks_once(office: PagesOffice, people: People) -> None:
    """Else each answer would turn round what the next repetition means."""
    page = people.clerk("olena", "1")
    page.focus("#pause")
    page.keyboard.down("Enter")
    expect(page.locator(".state")).to_have_text("Вікно на перерві")
    page.focus("#pause")
    for _ in range(5):
        page.keyboard.down("Enter")  # Playwright repeats a key that is down
    page.keyboard.up("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#next")).to_be_visible()
    posts = office.reception._turns.posts_of
    day = office.do(lambda: office.reception.today.day)
    kinds = [post.kind for post in office.do(lambda: posts(day))]
    assert kinds == ["opened", "paused", "resumed"]


def test_an_answer_that_is_an_error_is_said(office: PagesOffice, people: People) -> None:
    """Until a click has its answer again; a picture that waits is not lost by it."""
    page = _serving(office, people)
    page.route("**/desk/act", lambda route: route.fulfill(status=500))
    page.focus("#to")
    office.issue("pass")
    until(lambda: page.evaluate("waiting !== null && waiting.includes('>1<')"), "it is heard of")
    page.keyboard.press("Enter")
    expect(page.locator("#failed")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    expect(page.locator("#waits .count")).to_have_text("1")
    page.unroute("**/desk/act")
    page.click("[id^=finished-]")
    expect(page.locator(".state.free")).to_be_visible()
    expect(page.locator("#failed")).to_be_hidden()


def test_a_click_that_does_not_come_through_is_said_until_something_does(
    office: PagesOffice, people: People
) -> None:
    """An answer, or a picture, though it waits for a finger."""
    page = people.clerk("olena", "1")
    expect(page.locator("#pause")).to_be_visible()
    page.route("**/desk/pause", lambda route: route.abort())
    page.click("#pause")
    expect(page.locator("#offline")).to_be_visible()
    page.hover("h1")
    page.mouse.down()
    office.issue("pass")
    expect(page.locator("#offline")).to_be_hidden()
    page.mouse.up()
    expect(page.locator("#waits .count")).to_have_text("1")


def test_what_the_disk_refuses_is_said(office: PagesOffice, people: People) -> None:
    """Nothing of it happened."""
    office.issue()
    page = people.clerk("olena", "1")
    with pytest.MonkeyPatch.context() as patch:

        def full(*_: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        patch.setattr(office.reception, "call_next", full)
        page.click("#next")
        expect(page.locator("#said .message")).to_contain_text("Не записано")
    page.click("#next")
    expect(page.locator(".state.called")).to_be_visible()
    expect(page.locator("#said .message")).to_have_count(0)


def test_a_click_in_the_moment_of_a_new_picture_loads_no_page(
    office: PagesOffice, people: People
) -> None:
    """What is new can be used at once; while a page is loaded, keys would do nothing."""
    page = people.clerk("olena", "1")
    expect(page.locator("#pause")).to_be_visible()
    loaded: list[str] = []
    page.on("request", lambda sent: loaded.extend([sent.url] * sent.is_navigation_request()))
    page.evaluate("""() => {
        const click = () => queueMicrotask(() => document.getElementById("pause").click());
        document.addEventListener("htmx:afterSwap", function hear(event) {
            if (!event.detail.xhr) return;  // of the stream
            document.removeEventListener("htmx:afterSwap", hear);
            click();
        });
        htmx.ajax("POST", "/desk/pause", {target: "#live", values: {kind: "paused"}});
    }""")
    posts = office.reception._turns.posts_of
    day = office.do(lambda: office.reception.today.day)
    until(lambda: len(office.do(lambda: posts(day))) == 3, "a pause, and its end")
    expect(page.locator("#next")).to_be_visible()
    assert loaded == []


def test_a_refusal_stays_while_the_hall_goes_on(office: PagesOffice, people: People) -> None:
    """It stands apart from what is live; the next click that is no mistake takes it away."""
    page = _serving(office, people)
    visit = page.locator("input[name=visit]").first.input_value()
    page.evaluate(
        "htmx.ajax('POST', '/desk/act', {target: '#live', values: {kind: 'finished', visit: 'x'}})"
    )
    expect(page.locator("#said .message")).to_be_visible()
    office.issue("pass")
    expect(page.locator("#waits .count")).to_have_text("1")
    expect(page.locator("#said .message")).to_be_visible()
    page.click(f"#finished-{visit}")
    expect(page.locator(".state.free")).to_be_visible()
    expect(page.locator("#said .message")).to_have_count(0)


def test_what_is_seen_never_goes_back(office: PagesOffice, people: People) -> None:
    """A picture from before the answer to a click, and an answer from before a picture, whose
    refusal is shown all the same."""
    page = people.clerk("olena", "1")
    page.add_init_script("""window.EventSource = class extends EventSource {
        constructor(...its) { super(...its); window.stream = this; }
    }""")
    page.reload()
    told = "([id, data]) => stream.dispatchEvent(new MessageEvent('view', {data, lastEventId: id}))"
    page.click("#pause")
    expect(page.locator(".state")).to_have_text("Вікно на перерві")
    page.evaluate(told, ["1", "<p id='before'>before the pause</p>"])
    expect(page.locator("#before")).to_have_count(0)
    page.evaluate(told, ["1000000", "<p id='after'>of another clerk</p>"])
    expect(page.locator("#after")).to_be_visible()
    page.evaluate(
        "htmx.ajax('POST', '/desk/act', {target: '#live', values: {kind: 'finished', visit: 'x'}})"
    )
    expect(page.locator("#said .message")).to_be_visible()
    expect(page.locator("#after")).to_be_visible()


def test_a_picture_that_waits_for_a_choice_is_shown_with_the_answer_that_it_overtook(
    office: PagesOffice, people: People
) -> None:
    """Who has clicked has chosen."""
    page = _serving(office, people)
    page.focus("#to")
    page.evaluate("""() => {
        const detail = {data: "<p id='after'>transferred</p>", lastEventId: "1000000"};
        document.addEventListener("htmx:beforeRequest", () => document.getElementById("live")
            .dispatchEvent(new CustomEvent("htmx:sseBeforeMessage", {detail, bubbles: true})));
    }""")
    page.keyboard.press("Enter")
    expect(page.locator("#after")).to_be_visible()


def _serving(office: PagesOffice, people: People) -> Page:
    """A desk at which somebody is served."""
    visit = office.issue()
    page = people.clerk("olena", "1")
    page.click("#next")
    page.click(f"#served-{visit}")
    expect(page.locator(".state.serving")).to_be_visible()
    return page
