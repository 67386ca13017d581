"""What the board says of the wait: which services, and in which words."""

import re
from collections.abc import Sequence
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from gateway.outlook import FRESH_MS
from gateway.pages.views import BOARD_WAITS, BoardWait, board_waits
from gateway.queue.prospect import Prospect
from tests.chromium import People
from tests.gateway.pages.office import MIN, PagesOffice

MANY = "abcdefghij"


def prospects(*waiting: int, served: bool = True, wait: int | None = 7) -> list[Prospect]:
    """Services a, b, … with so many people waiting."""
    return [
        Prospect(
            service=service,
            waiting=count,
            ahead=count,
            served=served,
            wait=None if wait is None else (wait, wait + 4),
        )
        for service, count in zip(MANY, waiting, strict=False)
    ]


def shown(waits: Sequence[BoardWait]) -> str:
    return "".join(one.service for one in waits)


def test_those_stand_on_the_board_for_which_most_people_wait() -> None:
    """As many as there is room for, in the order of the config; of equal ones the first."""
    assert BOARD_WAITS == 6
    assert shown(board_waits(prospects(1, 9, 0, 3, 8, 2, 0, 7, 2, 4), ())) == "bdefhj"


def test_open_services_come_after_those_for_which_somebody_waits() -> None:
    """If there is room; one for which nobody waits and that nobody serves does not stand there."""
    assert shown(board_waits(prospects(0, 1, 0), ())) == "abc"
    assert shown(board_waits(prospects(0, 1, 0, served=False, wait=None), ())) == "b"
    assert board_waits([], ()) == ()


def test_services_do_not_change_places_for_one_person() -> None:
    """Who stands there stays, until another has two more."""
    first = board_waits(prospects(5, 5, 5, 5, 5, 3, 2), ())
    assert shown(first) == "abcdef"
    second = board_waits(prospects(5, 5, 5, 5, 5, 3, 4), first)
    assert shown(second) == "abcdef"
    third = board_waits(prospects(5, 5, 5, 5, 5, 3, 5), second)
    assert shown(third) == "abcdeg"


@pytest.mark.parametrize(
    ("wait", "steps"), [(0, (0, 5)), (1, (0, 5)), (5, (5, 10)), (6, (5, 10)), (7, (5, 15))]
)
def test_a_range_is_in_steps_of_five_minutes(wait: int, steps: tuple[int, int]) -> None:
    """Rounded outward."""
    (one,) = board_waits(prospects(1, wait=wait), ())
    assert one == BoardWait("a", served=True, wait=steps)


@pytest.mark.chromium
def test_the_board_says_how_long_who_comes_now_would_wait(
    office: PagesOffice, people: People
) -> None:
    """By letter and title; honest of a service that no open desk serves, and of none at all."""
    board = people.open("/board")
    expect(board.locator(".caption")).to_have_text("Ніхто зараз не приймає")
    expect(board.locator(".waits")).to_have_count(0)
    office.do(partial(office.reception.post, "opened", "3", "petro", office.clock.at))
    for service in ("address", "address", "pass"):
        office.issue(service)
    _later(office, FRESH_MS)
    expect(board.locator(".caption")).to_have_text("Чекати, якщо прийти зараз:")
    assert _waits(board) == [
        "А Реєстрація місця проживання не приймають",
        "Б Закордонний паспорт 5–10 хв",
    ]
    office.do(partial(office.reception.post, "opened", "1", "olena", office.clock.at))
    _later(office, FRESH_MS)
    expect(board.locator(".waits .n").first).to_have_text("10–15 хв")
    board.goto(f"{office.url}/board?lang=en")
    expect(board.locator(".caption")).to_have_text("If you come now, you wait:")
    assert _waits(board)[0] == "А Registration of residence 10–15 min"
    office.do(partial(office.reception.post, "paused", "1", "olena", office.clock.at))
    office.do(partial(office.reception.post, "paused", "3", "petro", office.clock.at))
    expect(board.locator(".caption")).to_have_text("Nobody is serving now")


@pytest.mark.chromium
def test_the_board_looks_at_the_waits_from_time_to_time(
    office: PagesOffice, people: People
) -> None:
    """Whatever happens in between: who waits is counted at once, and how long comes calmly."""
    office.do(partial(office.reception.post, "opened", "1", "olena", office.clock.at))
    board = people.open("/board")
    first = board.locator(".waits .n").first
    expect(first).to_have_text("одразу")
    office.issue()
    expect(board.locator(".waiting strong")).to_have_text("1")
    expect(first).to_have_text("одразу")
    _later(office, FRESH_MS - 1)
    office.issue()
    expect(board.locator(".waiting strong")).to_have_text("2")
    expect(first).to_have_text("одразу")
    _later(office, 1)
    expect(first).to_have_text("10–15 хв")
    for _ in range(2):
        office.do(partial(office.reception.call_next, "1", "olena", office.clock.at))
        office.do(partial(_serve, office))
    _later(office, 4 * MIN)
    expect(first).to_have_text("одразу")


@pytest.mark.chromium
def test_what_gives_no_tickets_promises_no_wait(office: PagesOffice, people: People) -> None:
    """Its numbers of the day are given, say: nobody can come for it now. Nor is there one where
    nothing is known of how long a service takes."""
    office.closed["address"] = "limit"
    office.do(partial(office.reception.post, "opened", "3", "petro", office.clock.at))
    board = people.open("/board")
    expect(board.locator(".waits .letter")).to_have_text(["Б"])
    expect(board.locator(".waits .n")).to_have_text(["ще невідомо"])


def _serve(office: PagesOffice) -> None:
    visit = office.reception.hall.at_desk("1")
    assert visit is not None
    for kind in ("served", "finished"):
        office.reception.act(kind, visit.id, "olena", office.clock.at, "1")


def _later(office: PagesOffice, ms: int) -> None:
    office.clock.at += ms
    office.do(lambda: None)


def _waits(board: Page) -> list[str]:
    expect(board.locator(".waits li")).to_have_count(2)
    return [re.sub(r"\s+", " ", line) for line in board.locator(".waits li").all_inner_texts()]
