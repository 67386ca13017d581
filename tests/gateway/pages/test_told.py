"""The office's page says how right the tickets were about the wait."""

import random

import pytest

from gateway.turns import Ticket
from tests.gateway.pages.office import MIN, PIN, PagesOffice
from tests.gateway.pages.test_refusals import ask


def page(office: PagesOffice, lang: str) -> str:
    """As its manager sees it, without line breaks."""
    _, headers, _ = ask(office, "/desk/login", {"clerk": "iryna", "pin": PIN, "desk": ""})
    return ask(office, f"/office?lang={lang}", Cookie=headers["set-cookie"])[2].replace("\n", " ")


def visit(office: PagesOffice, n: int, minutes: int) -> None:
    """One who was told that nobody is ahead and desk 1 is free, and is called after `minutes`."""
    ticket = Ticket(f"{n:016x}", f"А{n:03d}", "address", office.clock.at)
    reception = office.reception

    def come() -> None:
        reception.tell(ticket.visit, ticket.service, ticket.at, random.Random(1))

    office.do(come)
    office.do(lambda: office._issue(ticket))
    office.clock.at += minutes * MIN
    office.do(lambda: reception.call_next("1", "olena", office.clock.at))
    office.do(lambda: reception.act("left", ticket.visit, "olena", office.clock.at, "1"))


@pytest.mark.parametrize(
    ("lang", "nothing", "share"),
    [
        ("uk", "Порівнювати ще нічого", "<dt>Збулося</dt><dd>50 %</dd>"),
        ("en", "There is nothing to compare", "<dt>As told</dt><dd>50 %</dd>"),
    ],
)
def test_the_share_stands_there_with_how_many_that_is(
    office: PagesOffice, lang: str, nothing: str, share: str
) -> None:
    """And nothing before anybody was called."""
    office.do(lambda: office.reception.post("opened", "1", "olena", office.clock.at))
    assert nothing in page(office, lang)
    visit(office, 1, 0)
    visit(office, 2, 7)
    found = page(office, lang)
    assert share in found
    assert {"uk": "1 з 2", "en": "1 of 2"}[lang] in found
