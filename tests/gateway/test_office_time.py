"""The office's time over a real journal: what is stored of it, and how often."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.clockwork import CLOCK_WAIT_MS
from gateway.journal import Journal
from gateway.office_time import FLOOR_EVERY_MS, OfficeTime
from tests.gateway.bench import NOON, tokens
from tests.gateway.clocks import Machine


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A new one."""
    journal = Journal(tmp_path / "journal.db", tokens())
    yield journal
    journal.close()


def test_the_time_is_stored_once_a_minute_and_when_something_is_new(journal: Journal) -> None:
    """A floor that is a second older is not worth a write."""
    machine = Machine()
    time = OfficeTime(machine, journal, "Europe/Kyiv")
    time.keep_news()
    assert journal.clock_memory().floor == NOON
    machine.real += FLOOR_EVERY_MS - 1
    time.look(0)
    time.keep_news()
    assert journal.clock_memory().floor == NOON
    machine.real += 1
    time.look(0)
    time.keep_news()
    assert journal.clock_memory().floor == NOON + FLOOR_EVERY_MS


def test_a_day_is_the_offices_and_not_that_of_greenwich(journal: Journal) -> None:
    """In Kyiv it begins two hours earlier in winter."""
    time = OfficeTime(Machine(), journal, "Europe/Kyiv")
    eve = NOON + 12 * 3_600_000 - 1
    assert (time.day_of(eve), time.day_of(eve + 1)) == ("2026-10-26", "2026-10-27")


def test_numbers_of_an_unknown_time_are_settled_once_it_is_known(journal: Journal) -> None:
    """They are of the day that it turns out to be, and no start asks again."""
    machine = Machine()
    machine.cut_power(0, 24 * 3_600_000)
    time = OfficeTime(machine, journal, "Europe/Kyiv")
    assert time.look(0).certainty == "waiting"
    machine.real += CLOCK_WAIT_MS
    verdict = time.look(0)
    assert verdict.certainty == "accepted"
    with journal.transaction():
        journal.give([("a" * 16, time.day_of(verdict.now), "passport", 1, "disp-1", verdict.now)])
        time.note_numbered(verdict.now)
    assert OfficeTime(machine, journal, "Europe/Kyiv").numbered == verdict.now
    machine.hear_network()
    time.look(0)
    time.settle(verdict.now)
    assert journal.given("2026-10-26") == [("a" * 16, "passport", 1)]
    assert time.numbered is None
    assert OfficeTime(machine, journal, "Europe/Kyiv").numbered is None
