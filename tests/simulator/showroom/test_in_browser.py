"""The showroom of a real live demo in a real browser: the whole way, as a newcomer plays it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from simulator import profile
from tests.chromium import check_accessibility, chromium
from tests.integration.rig import until
from tests.simulator.test_demo import LiveDemo

pytestmark = pytest.mark.chromium

SECONDS = 1_000
LIT, DARK = re.compile("горить"), re.compile("темна")


class Shown:
    """The page of a live demo, opened."""

    def __init__(self, demo: LiveDemo, page: Page) -> None:
        self.demo = demo
        self.page = page
        self.kiosk = page.frame_locator("#entrance iframe")
        self.board = page.frame_locator("#hall iframe")
        self.desk = page.frame_locator("#desk iframe")

    def is_lit(self, name: str, lit: bool) -> None:
        """The lamp `name` is lit, or gets to be; or dark."""
        lamp = self.page.locator(f"#part-lamp-{name} [data-lit={'true' if lit else 'false'}]")
        expect(lamp).to_have_count(1, timeout=20 * SECONDS)
        expect(lamp).to_have_text(LIT if lit else DARK)

    def number(self, name: str) -> int:
        """A figure of the accounting."""
        return int(self.page.locator(f"#part-balance [data-sum={name}]").inner_text())

    def log_in(self) -> None:
        """As the page says."""
        hint = self.page.locator("#desk .hint").inner_text()
        assert f"{profile.CLERKS[0]}, вікно 1, PIN {profile.PIN}" in hint
        expect(self.desk.locator("#clerk option:checked")).to_have_text(profile.CLERKS[0])
        expect(self.desk.locator("#desk")).to_have_value("1")
        self.desk.locator("#pin").fill(profile.PIN)
        self.desk.locator("button.main").click()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture
def shown(tmp_path: Path, browser: Browser) -> Iterator[Shown]:
    """A live demo and its page; an error in the page is an error here."""
    demo = LiveDemo(tmp_path)
    demo.start("Ctrl+C ends it")
    until(demo.has_ledger, "the collector has begun")
    (url,) = re.findall(r"^  (http://127\.0\.0\.1:\d+/)$", demo.said(), re.MULTILINE)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
    page.goto(url)
    yield Shown(demo, page)
    context.close()
    demo.stop()
    assert errors == []


def test_a_newcomer_plays_the_whole_way(shown: Shown) -> None:
    """A ticket at the touch page, on paper, called, on the board, served, and its vote counted."""
    page = shown.page
    shown.kiosk.locator("#choose-residence").click()
    paper = page.locator(".slip img")
    expect(paper).to_have_attribute("alt", re.compile("А001, Реєстрація місця проживання"))
    until(lambda: paper.evaluate("image => image.naturalWidth") == 384, "the picture is there")
    expect(shown.kiosk.locator(".number")).to_have_text("А001")
    expect(page.locator("#part-log")).to_contain_text("disp-1: Талон А001 надруковано")
    with page.expect_popup() as opened:
        page.click("#part-log a")
    place = opened.value
    expect(place.locator(".number")).to_have_text("А001")
    place.close()

    shown.log_in()
    shown.desk.locator("#next").click()
    expect(shown.board.locator("tr.called")).to_contain_text("А001")
    expect(shown.board.locator("tr.called")).to_contain_text("1")
    for button in ("satisfied", "unsatisfied"):
        shown.is_lit(f"box-1-{button}", False)
    shown.desk.locator("[id^=served-]").click()
    expect(shown.board.locator("tr.serving")).to_contain_text("А001")
    shown.desk.locator("[id^=finished-]").click()
    for button in ("satisfied", "unsatisfied"):
        shown.is_lit(f"box-1-{button}", True)

    assert [shown.number(of) for of in ("pressed", "counted", "refused", "pending")] == [0] * 4
    page.click("#box-1-satisfied")
    shown.is_lit("box-1-unsatisfied", False)  # the lamp of the press alone thanks,
    shown.is_lit("box-1-satisfied", False)  # and goes out
    expect(page.locator("#part-buzzer-box-1 [data-sounds='1']")).to_have_count(1)
    tally = page.locator("tr[data-of=desk]")
    expect(tally.locator("[data-sum=satisfied]")).to_have_text("1")
    expect(tally.locator("[data-sum=unsatisfied]")).to_have_text("0")
    log = page.locator("#part-log li[data-stage=city]").first
    expect(log.locator(".what")).to_have_text("box-1: задоволені")
    expect(log.locator(".way")).to_have_text(
        re.compile(r"картка 2 → шлюз: зараховано → місто \d+,\d с")
    )
    assert [shown.number(of) for of in ("pressed", "counted", "refused", "pending")] == [1, 1, 0, 0]

    page.click("#box-1-unsatisfied")  # again: it is kept, and does not count
    expect(page.locator("#part-balance")).to_contain_text("повторне: 1")
    expect(tally.locator("[data-sum=refused]")).to_have_text("1")
    expect(tally.locator("[data-sum=unsatisfied]")).to_have_text("0")
    expect(page.locator("[data-balanced=true]")).to_have_count(1)


def test_paper_is_torn_and_loaded(shown: Shown) -> None:
    """No ticket and dark lamps until there is a roll again; a ticket can be seen large."""
    page = shown.page
    shown.is_lit("land", True)
    page.click("#key-land")
    expect(page.locator(".slip.new img")).to_have_attribute("alt", re.compile("Д001"))
    page.click("#tear")
    expect(page.locator("[data-paper=false]")).to_have_text("Паперу немає")
    for service in profile.SERVICES:
        shown.is_lit(service.id, False)
    page.click("#key-land")
    expect(page.locator("#part-health-machine")).to_contain_text("не прийнято натискань: 1")
    expect(page.locator(".slips img")).to_have_count(1)
    page.click("#load")
    shown.is_lit("land", True)
    page.click("#key-land")
    # by the gateway, or by itself when the machine is too busy for an answer in time
    expect(page.locator(".slip img")).to_have_attribute("alt", re.compile("Д002|Д1-001"))
    expect(page.locator("#part-health-machine")).to_have_text("")
    page.click(".older a")
    large = page.locator("#large img")
    expect(large).to_be_visible()
    expect(large).to_have_attribute("alt", re.compile("Д001"))
    page.click("#large button")
    expect(large).to_be_hidden()


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_the_page_has_no_fault_of_accessibility(shown: Shown, lang: str) -> None:
    """axe-core by WCAG 2.2 AA: at first, and with everything on it; nor does a phone scroll
    sideways."""
    page = shown.page
    page.goto(f"{page.url}?lang={lang}")
    expect(page.locator("html")).to_have_attribute("lang", lang)
    check_accessibility(page, f"{lang}, empty")
    for button in ("#key-residence", "#exit-1-satisfied", "#box-1-unsatisfied", "#tear"):
        page.click(button)
    page.locator("summary").click()
    expect(page.locator("#part-log li[data-stage=city]")).to_have_count(3)
    shown_dark = page.locator("#part-lamp-esign [data-lit=false]")
    expect(shown_dark).to_have_count(1)
    check_accessibility(page, f"{lang}, full")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    check_accessibility(page, f"{lang}, on a phone")


def test_the_buzzer_is_seen_and_can_be_heard(shown: Shown) -> None:
    """Each time that it has sounded; heard only by who wants to."""
    page = shown.page
    sound = page.locator("#sound")
    expect(sound).to_have_attribute("aria-pressed", "false")
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "true")
    expect(sound).to_have_text("Звук увімкнено")
    page.evaluate(
        """() => {
          window.tones = 0;
          const start = OscillatorNode.prototype.start;
          OscillatorNode.prototype.start = function () { window.tones += 1; start.call(this); };
        }"""
    )
    for presses in (1, 2):
        page.click("#exit-1-satisfied")
        expect(page.locator(f"#part-buzzer-exit-1 [data-sounds='{presses}']")).to_have_count(1)
        page.wait_for_function(f"window.tones === {presses}")
    sound.click()
    page.click("#exit-1-satisfied")
    expect(page.locator("#part-buzzer-exit-1 [data-sounds='3']")).to_have_count(1)
    assert page.evaluate("window.tones") == 2


def test_when_the_demo_has_ended_the_page_says_so(shown: Shown) -> None:
    """By itself."""
    offline = shown.page.locator("#offline")
    expect(offline).to_be_hidden()
    shown.demo.interrupt()
    expect(offline).to_be_visible(timeout=20 * SECONDS)
    expect(offline).to_contain_text("make demo")
