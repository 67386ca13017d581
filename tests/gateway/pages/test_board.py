"""The board as it is seen from 6 m away: how large, and that nothing is cut off."""

import math
from functools import partial
from itertools import combinations

import pytest
from playwright.sync_api import Page, expect

from gateway.pages.views import BOARD_CALLS, BOARD_WAITS
from gateway.queue.hall import Desk, Rules
from gateway.turns import Ticket
from tests.chromium import People
from tests.gateway.pages import office as offices
from tests.gateway.pages.office import PagesOffice

pytestmark = pytest.mark.chromium

AWAY_MM = 6_000
LEAST_MINUTES = 20  # of arc; ISO 9241-3:1992 and NUREG-0700 rev. 2, 1.3.1-4 prefer 20 to 22
LEAST_OF_ALL = 16  # to be read at all, by the same
INCH_MM = 25.4
DESKS = tuple(str(n) for n in range(13, 21))
SERVICES = {
    f"service-{letter}": {"uk": f"{letter}: державна реєстрація прав на нерухоме майно, та зміни"}
    for letter in "АБВГДЕЄЖ"
}
WAITS_AWAY_MM = 2_400  # those are for whoever stands nearer
SIZES = [(1366, 768), (1920, 1080), (3840, 2160)]
# The height of a capital letter as it is painted, in each cell, as a part of the screen's height.
CAPITALS = """(what) => [...document.querySelectorAll(what)].map((cell) => {
    const style = getComputedStyle(cell);
    const brush = document.createElement("canvas").getContext("2d");
    brush.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    return brush.measureText("Н").actualBoundingBoxAscent / innerHeight;
})"""

BOXES = """() => {
    const box = (it) => it.getBoundingClientRect().toJSON();
    const lines = [...document.querySelectorAll("tbody tr")];
    const waits = [...document.querySelectorAll(".waits li")];
    return {
        lines: lines.map(box),
        cells: lines.map((line) => [...line.children].map(box)),
        foot: box(document.querySelector(".foot")),
        waits: waits.map((line) => [...line.children].map(box)),
        width: document.documentElement.scrollWidth,
        height: document.documentElement.scrollHeight,
    };
}"""


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch, office: PagesOffice) -> PagesOffice:
    """With a desk for each line of the board; each has called somebody, half of them serve. More
    services than the board has room for, with long titles."""
    desks = tuple(Desk(id_) for id_ in DESKS)
    stated = dict.fromkeys(SERVICES, 50 * offices.MIN)
    rules = Rules(services=tuple(SERVICES), desks=desks, stated=stated)
    monkeypatch.setattr(offices, "RULES", rules)
    monkeypatch.setattr(offices, "SERVICES", SERVICES)
    monkeypatch.setattr(offices, "LETTERS", {service: service[-1] for service in SERVICES})
    office.stop()
    office.start()
    return office


@pytest.mark.parametrize(("inches", "digits"), [(32, "{n:03d}"), (43, "1-{n:04d}")])
@pytest.mark.parametrize("size", SIZES)
def test_numbers_and_desks_are_large_enough_from_six_metres(
    office: PagesOffice, people: People, size: tuple[int, int], inches: int, digits: str
) -> None:
    """With 8 lines: on 32 inches, and on 43 the longest numbers that a lone dispenser gives."""
    board = _full(office, people, size, digits)
    height = inches * INCH_MM * 9 / math.hypot(16, 9)
    for part in board.evaluate(CAPITALS, "tbody th, tbody td"):
        assert _minutes(part * height) >= LEAST_MINUTES
    for part in board.evaluate(CAPITALS, ".waits .letter, .waits .n"):
        assert _minutes(part * height, WAITS_AWAY_MM) >= LEAST_OF_ALL


@pytest.mark.parametrize("digits", ["{n:03d}", "1-{n:04d}", "1-{n:04d} і ще щось"])
@pytest.mark.parametrize("size", [*SIZES, (1024, 768), (800, 660), (1080, 1920)])
def test_everything_is_on_the_screen(
    office: PagesOffice, people: People, size: tuple[int, int], digits: str
) -> None:
    """Upright and nearly square, too: no line over another or cut off, all above the foot."""
    board = _full(office, people, size, digits)
    seen = board.evaluate(BOXES)  # at once: the page may be drawn anew between two looks
    lines = seen["lines"]
    assert len(lines) == BOARD_CALLS
    assert all(line["bottom"] <= seen["foot"]["top"] for line in lines)
    assert not [pair for pair in combinations(lines, 2) if _overlap(*pair)]
    for line, (number, desk) in zip(lines, seen["cells"], strict=True):
        assert line["left"] <= number["left"] and number["right"] <= desk["left"]
        assert desk["right"] <= line["right"]
        assert number["bottom"] - number["top"] <= line["bottom"] - line["top"]
    for letter, title, wait in seen["waits"]:
        assert letter["right"] <= title["left"] < title["right"] <= wait["left"]
        assert wait["right"] <= size[0]
        assert wait["bottom"] <= size[1]
    assert seen["width"] <= size[0]
    assert seen["height"] <= size[1]


def _full(office: PagesOffice, people: People, size: tuple[int, int], digits: str) -> Page:
    """A board with all its lines."""
    first = next(iter(SERVICES))
    for n, desk in enumerate(DESKS, 1):
        number = f"Щ{digits.format(n=n)}"
        ticket = Ticket(f"{n:016x}", number, first, office.clock.at)
        office.do(partial(office._issue, ticket))
        clerk = f"clerk-{n}"
        office.do(partial(office.reception.post, "opened", desk, clerk, office.clock.at))
        office.do(partial(office.reception.call_next, desk, clerk, office.clock.at))
        if n % 2:
            office.do(
                partial(office.reception.act, "served", ticket.visit, clerk, office.clock.at, desk)
            )
    board = people.open("/board", *size)
    expect(board.locator("tbody tr")).to_have_count(BOARD_CALLS)
    expect(board.locator(".waits li")).to_have_count(BOARD_WAITS)
    return board


def _overlap(one: dict[str, float], two: dict[str, float]) -> bool:
    is_beside = one["right"] <= two["left"] or two["right"] <= one["left"]
    is_above = one["bottom"] <= two["top"] or two["bottom"] <= one["top"]
    return not (is_beside or is_above)


def _minutes(height_mm: float, away_mm: float = AWAY_MM) -> float:
    """The angle of a height at the visitor's eye, in minutes of arc."""
    return math.degrees(2 * math.atan(height_mm / 2 / away_mm)) * 60
