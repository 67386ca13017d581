"""The touch page in a real browser: from a touch to the ticket, or to the reason for none."""

import pytest
from playwright.sync_api import Page, expect

from gateway.kiosk import MOST, PATIENCE_MS
from tests.chromium import People, check_accessibility
from tests.gateway.pages.office import KIOSK, MIN, PagesOffice
from tests.gateway.pages.test_refusals import ask
from wire.records import State

pytestmark = pytest.mark.chromium

PAGE = f"/kiosk/{KIOSK}"
LEAST_PX = 88


def touch(page: Page, service: str = "address") -> None:
    page.click(f"#choose-{service}")
    expect(page.locator("h1")).to_have_text("Ваш талон")


def test_a_touch_is_a_ticket(office: PagesOffice, people: People) -> None:
    """The dispenser is asked, its number is shown, and the page begins anew."""
    page = people.open(PAGE, 1080, 1920)
    touch(page)
    (order,) = office.orders
    assert (order.press, order.at) == ("address", office.clock.at)
    expect(page.locator(".go")).to_have_text("Зачекайте, талон друкується…")
    office.give(order, "А042")
    expect(page.locator(".number")).to_have_text("А042")
    expect(page.locator(".go")).to_have_text("Візьміть талон")
    page.click("#done")
    expect(page.locator("h1")).to_have_text("Виберіть послугу")


def test_the_class_that_was_chosen_is_the_visits(office: PagesOffice, people: People) -> None:
    """A veteran goes before who came earlier, though the dispenser knows nothing of classes."""
    office.issue()
    page = people.open(PAGE)
    page.check("input[value=veterans]")
    touch(page)
    office.give(office.orders[0], "А042")
    expect(page.locator(".number")).to_have_text("А042")
    called = office.do(lambda: office.reception.call_next("1", "olena", office.clock.at))
    assert called is not None
    assert called.number == "А042"


def test_the_page_shows_who_is_ahead_and_how_long_it_takes(
    office: PagesOffice, people: People
) -> None:
    """For each service, ten seconds old at most; not known without an open desk."""
    page = people.open(PAGE)
    expect(page.locator("#choose-address .more")).to_have_text(
        "Перед вами: 0 · час очікування зараз невідомий"
    )
    office.do(lambda: office.reception.post("opened", "1", "olena", office.clock.at))
    office.issue()
    office.clock.at += 11_000
    office.do(lambda: None)
    expect(page.locator("#choose-address .more")).to_have_text("Перед вами: 1 · очікування: 6 хв")


def test_a_closed_service_is_shown_with_the_reason(office: PagesOffice, people: People) -> None:
    """And cannot be touched; nor by a page that is old."""
    office.closed["pass"] = "limit"
    page = people.open(PAGE)
    expect(page.locator("#choose-pass")).to_be_disabled()
    expect(page.locator("#choose-pass .more")).to_have_text("Талони на сьогодні закінчилися")
    office.closed["address"] = "closed"
    office.do(lambda: None)
    expect(page.locator("#choose-address")).to_be_disabled()  # the page has heard it
    page.evaluate(
        "() => { const it = document.getElementById('choose-address');"
        " it.disabled = false; it.click(); }"
    )
    expect(page.locator("form > .message")).to_have_text(
        "Ця послуга зараз не видає талонів. Виберіть іншу."
    )
    assert office.orders == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("printer: no paper", "Принтер не друкує"),
        ("limit", "Талони на сьогодні закінчилися"),
        ("busy", "Друкується інший талон"),
        ("the card is full", "Талон видати не вдалося"),
    ],
)
def test_what_the_dispenser_refuses_is_said_in_words(
    office: PagesOffice, people: People, error: str, said: str
) -> None:
    """By the reason that it gives."""
    page = people.open(PAGE)
    touch(page)
    office.reply(office.orders[0], error)
    expect(page.locator(".message")).to_contain_text(said)


def test_nobody_waits_for_a_dispenser_that_does_not_answer(
    office: PagesOffice, people: People
) -> None:
    """The page says so by itself; and if the ticket comes after all, that."""
    page = people.open(PAGE)
    touch(page)
    office.clock.at += PATIENCE_MS
    expect(page.locator(".message")).to_contain_text("не відповідає")
    office.give(office.orders[0], "А042")
    expect(page.locator(".number")).to_have_text("А042")


def test_a_broker_that_is_away_is_told_at_once(office: PagesOffice, people: People) -> None:
    """The choice cannot be sent, and is not sent later."""
    office.reachable = False
    page = people.open(PAGE)
    touch(page)
    expect(page.locator(".message")).to_contain_text("Немає зв’язку")
    assert office.orders == []


def test_a_dispenser_that_is_off_takes_no_choice(office: PagesOffice, people: People) -> None:
    """Its last will says so; when it is back, so does its state."""
    office.do(lambda: office.kiosk.on_state(KIOSK, State(v=1, online=False)))
    page = people.open(PAGE)
    expect(page.locator("#choose-address")).to_be_disabled()
    expect(page.locator(".message")).to_contain_text("Немає зв’язку")
    office.do(lambda: office.kiosk.on_state(KIOSK, State(v=1, online=True)))
    expect(page.locator("#choose-address")).to_be_enabled()


def test_what_was_chosen_is_forgotten_when_nobody_touches_the_page(
    office: PagesOffice, people: People
) -> None:
    """The next visitor begins in Ukrainian and in no class."""
    page = people.open(f"{PAGE}?lang=en")
    page.clock.install()
    page.reload()
    page.check("input[value=veterans]")
    page.clock.run_for(44_000)
    expect(page.locator("input[value=veterans]")).to_be_checked()
    page.clock.run_for(2_000)
    expect(page.locator("h1")).to_have_text("Виберіть послугу")
    expect(page.locator("input[value=veterans]")).not_to_be_checked()


@pytest.mark.parametrize("size", [(1080, 1920), (1280, 800)])
@pytest.mark.parametrize("lang", ["uk", "en"])
def test_the_touch_page_is_accessible_and_its_targets_are_large(
    office: PagesOffice, people: People, lang: str, size: tuple[int, int]
) -> None:
    """axe-core by WCAG 2.2 AA in each state; whatever is touched is 88 px or more."""
    office.closed["pass"] = "closed"
    page = people.open(f"{PAGE}?lang={lang}", *size)
    check(page, lang)
    page.click("#choose-address")
    expect(page.locator("section.asked")).to_be_visible()
    check(page, lang)
    office.give(office.orders[0], "А042")
    expect(page.locator(".number")).to_be_visible()
    check(page, lang)


def check(page: Page, lang: str) -> None:
    expect(page.locator("html")).to_have_attribute("lang", lang)
    check_accessibility(page, page.url)
    targets = page.locator("button, a, label").all()
    assert len(targets) > 1
    for target in targets:
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= LEAST_PX, target.inner_text()
    sideways = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not sideways


def test_two_touches_are_one_choice(office: PagesOffice) -> None:
    """An impatient finger; the second is led to the first."""
    first = ask(office, PAGE, {"service": "address"})[1]["location"]
    assert ask(office, PAGE, {"service": "address"})[1]["location"] == first
    assert len(office.orders) == 1


def test_a_page_that_is_touched_too_often_is_refused(office: PagesOffice) -> None:
    """No hand is so quick; after a minute it goes on."""
    for n in range(MOST):
        ask(office, PAGE, {"service": "address"})
        office.give(office.orders[n], f"А{n:03d}")
    status, _, text = ask(office, PAGE, {"service": "address"})
    assert (status, len(office.orders)) == (409, MOST)
    assert "Забагато талонів за хвилину" in text
    office.clock.at += MIN
    assert ask(office, PAGE, {"service": "address"})[0] == 303


def test_a_choice_from_another_site_is_no_choice(office: PagesOffice) -> None:
    """Nobody prints tickets from a link."""
    assert ask(office, PAGE, {"service": "address"}, Origin="http://evil.example")[0] == 403
    assert office.orders == []


@pytest.mark.parametrize(
    ("path", "form", "status", "said"),
    [
        ("/kiosk/kiosk-9", None, 404, "Такого апарата для талонів тут немає."),
        ("/kiosk/kiosk-9", {"service": "address"}, 404, "Такого апарата для талонів тут немає."),
        ("/kiosk/kiosk-9?lang=en", None, 404, "There is no such ticket machine here."),
        (PAGE, {"service": "parcel"}, 409, "Такої послуги немає."),
        (PAGE, {}, 409, "Такої послуги немає."),
        (f"{PAGE}/0123456789abcdef", None, 404, "Такого талона сьогодні немає."),
        (f"{PAGE}/0123456789abcdef/stream", None, 404, ""),
        ("/kiosk/kiosk-9/stream", None, 404, ""),
    ],
)
def test_what_is_not_there_is_said_in_words(
    office: PagesOffice, path: str, form: dict[str, str] | None, status: int, said: str
) -> None:
    """And nothing is asked of any dispenser."""
    found, _, text = ask(office, path, form)
    assert (found, office.orders) == (status, [])
    assert said in text


def test_a_choice_and_its_class_outlive_a_restart(office: PagesOffice) -> None:
    """The ticket was under way when the gateway ended."""
    where = ask(office, PAGE, {"service": "address", "priority": "veterans"})[1]["location"]
    office.stop()
    office.start()
    office.give(office.orders[0], "А042")
    assert "А042" in ask(office, where)[2]
    assert office.do(lambda: office.reception.hall.visits()[0].rank) == 0
