"""The made-up clerks at a real reception: everybody is served, or it is on record why not."""

from collections import Counter
from itertools import pairwise

import pytest

from gateway.queue.hall import Desk, Rules
from gateway.queue.visit import State
from gateway.reception import Reception
from gateway.turns import Ticket
from simulator.hall import visitor
from simulator.hall.clerks import Clerks, Ended
from simulator.hall.visitor import Fate
from tests.gateway.test_reception import MIN, NOON, Disk

RULES = Rules(services=("address", "pass"), desks=(Desk("1"), Desk("2", ("pass",))), most_calls=3)
DESKS = {"1": "olena", "2": "ivan"}
HOUR = 60 * MIN
PLAIN = Fate(patience=HOUR, away=0, walk=MIN, serve=5 * MIN, fetch=0, tidy=MIN)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def reception(disk: Disk) -> Reception:
    return disk.start(rules=RULES)


@pytest.fixture
def fates(monkeypatch: pytest.MonkeyPatch) -> dict[str, Fate]:
    """What visitors are going to do, by visit; all others are plain."""
    chosen: dict[str, Fate] = {}
    monkeypatch.setattr(
        "simulator.hall.clerks.fate_of", lambda visit, seed: chosen.get(visit, PLAIN)
    )
    return chosen


def issue(disk: Disk, reception: Reception, *minutes: float, service: str = "address") -> None:
    """Tickets a, b, c, …, so many minutes after noon."""
    ats = [NOON + round(minute * MIN) for minute in minutes]
    named = zip("abcdefgh", ats, strict=False)
    disk.issue(reception, *(Ticket(id_, f"А{id_}", service, at) for id_, at in named))


def turns(disk: Disk, visit: str) -> list[tuple[str, float, str]]:
    """What is on record of a visit: kind, minutes after noon, desk."""
    rows = disk.db.execute(
        "SELECT kind, at, desk FROM turn WHERE visit=? AND kind<>'issued' ORDER BY n", (visit,)
    )
    return [(kind, (at - NOON) / MIN, desk) for kind, at, desk in rows]


@pytest.mark.usefixtures("fates")
def test_one_after_the_other_at_the_times_that_people_take(
    disk: Disk, reception: Reception
) -> None:
    """The second waits until the clerk is done with the first, and has tidied up."""
    issue(disk, reception, 1, 2)
    played = Clerks(reception, DESKS, 1).play(NOON, NOON + HOUR)
    assert turns(disk, "a") == [("called", 1, "1"), ("served", 2, "1"), ("finished", 7, "1")]
    assert turns(disk, "b") == [("called", 8, "1"), ("served", 9, "1"), ("finished", 14, "1")]
    assert played.ended == [
        Ended("a", "address", "1", NOON + 7 * MIN),
        Ended("b", "address", "1", NOON + 14 * MIN),
    ]
    assert played.going_on == 0
    posts = disk.db.execute("SELECT kind, desk, clerk FROM post ORDER BY n").fetchall()
    assert posts == [("opened", "1", "olena"), ("opened", "2", "ivan")]


@pytest.mark.usefixtures("fates")
def test_nobody_is_called_before_the_ticket_was_taken(disk: Disk, reception: Reception) -> None:
    """Though the whole hour's tickets are known at once."""
    issue(disk, reception, 30, 31, service="pass")
    Clerks(reception, DESKS, 1).play(NOON, NOON + HOUR)
    assert turns(disk, "a")[0][1] == 30
    assert turns(disk, "b")[0][1] == 31


@pytest.mark.usefixtures("fates")
def test_an_hour_at_once_is_as_an_hour_minute_by_minute(disk: Disk, reception: Reception) -> None:
    """What goes on at the end of a stretch goes on in the next."""
    issue(disk, reception, 0, 0, 3, 9, 9.5, service="pass")
    Clerks(reception, DESKS, 1).play(NOON, NOON + HOUR)
    other_disk = Disk()
    other = other_disk.start(rules=RULES)
    issue(other_disk, other, 0, 0, 3, 9, 9.5, service="pass")
    clerks = Clerks(other, DESKS, 1)
    ended = 0
    for minute in range(60):
        ended += len(clerks.play(NOON + minute * MIN, NOON + (minute + 1) * MIN).ended)
    assert ended == 5
    assert [turns(other_disk, v) for v in "abcde"] == [turns(disk, v) for v in "abcde"]


def test_who_lost_patience_is_called_in_vain_and_missed(
    disk: Disk, reception: Reception, fates: dict[str, Fate]
) -> None:
    """After as many calls as the rules say; then it is the next one's turn."""
    fates["b"] = PLAIN._replace(patience=5 * MIN)
    issue(disk, reception, 0, 1, 2)
    Clerks(reception, DESKS, 1).play(NOON, NOON + HOUR)
    assert turns(disk, "b") == [
        ("called", 7, "1"),
        ("recalled", 7.5, "1"),
        ("recalled", 8, "1"),
        ("missed", 8.5, "1"),
    ]
    assert turns(disk, "c")[0] == ("called", 8.5, "1")


def test_who_stepped_out_comes_back_and_is_served(
    disk: Disk, reception: Reception, fates: dict[str, Fate]
) -> None:
    """Before those who came later, as the ticket is older."""
    fates["a"] = PLAIN._replace(away=9 * MIN)
    issue(disk, reception, 0, 1, 2, 3)
    Clerks(reception, DESKS, 1).play(NOON, NOON + HOUR)
    kinds = [kind for kind, _, _ in turns(disk, "a")]
    assert kinds == [
        *("called", "recalled", "recalled", "missed", "returned"),
        *("called", "served", "finished"),
    ]
    assert turns(disk, "a")[4][1] == 10.5  # nine minutes after being missed
    assert turns(disk, "a")[5][1] < turns(disk, "d")[0][1]


def test_who_lacks_a_paper_is_on_hold_and_comes_back(
    disk: Disk, reception: Reception, fates: dict[str, Fate]
) -> None:
    """The desk goes on meanwhile; both halves of the service are at a desk."""
    fates["a"] = PLAIN._replace(fetch=10 * MIN)
    issue(disk, reception, 0, 1)
    Clerks(reception, DESKS, 1).play(NOON, NOON + HOUR)
    kinds = [kind for kind, _, _ in turns(disk, "a")]
    assert kinds == ["called", "served", "held", "resumed", "called", "served", "finished"]
    assert reception.hall.visit("a").served(NOON + HOUR) == 5 * MIN
    assert turns(disk, "b")[0][1] == 4.5  # 3.5, and a minute to tidy up


@pytest.mark.usefixtures("fates")
def test_a_person_at_the_desk_page_is_left_alone(disk: Disk, reception: Reception) -> None:
    """Whoever logs in takes the desk over, visitor and all; the clerk comes back afterwards."""
    issue(disk, reception, 0, 1)
    clerks = Clerks(reception, {"1": "olena"}, 1)
    clerks.play(NOON, NOON + 3 * MIN)
    reception.post("opened", "1", "newcomer", NOON + 3 * MIN)
    assert clerks.play(NOON + 3 * MIN, NOON + 20 * MIN).ended == []
    reception.act("finished", "a", "newcomer", NOON + 20 * MIN, "1")
    reception.post("closed", "1", "newcomer", NOON + 21 * MIN)
    played = clerks.play(NOON + 21 * MIN, NOON + 40 * MIN)
    assert [one.id for one in played.ended] == ["b"]
    assert [kind for kind, _, _ in turns(disk, "a")] == ["called", "served", "finished"]


@pytest.mark.usefixtures("fates")
def test_when_nobody_is_to_be_called_those_at_desks_are_still_served(
    disk: Disk, reception: Reception
) -> None:
    """And who waits waits on, until people are called again."""
    issue(disk, reception, 0, 1)
    clerks = Clerks(reception, DESKS, 1)
    clerks.play(NOON, NOON + 3 * MIN)
    played = clerks.play(NOON + 3 * MIN, NOON + HOUR, calls=False)
    assert ([one.id for one in played.ended], played.going_on) == (["a"], 1)
    assert turns(disk, "b") == []
    played = clerks.play(NOON + HOUR, NOON + 2 * HOUR)
    assert [one.id for one in played.ended] == ["b"]


@pytest.mark.usefixtures("fates")
def test_a_desk_at_which_there_is_a_pause_calls_nobody(disk: Disk, reception: Reception) -> None:
    """Until it is over."""
    issue(disk, reception, 0)
    reception.post("opened", "1", "olena", NOON)
    reception.post("paused", "1", "olena", NOON)
    clerks = Clerks(reception, {"1": "olena"}, 1)
    assert clerks.play(NOON, NOON + HOUR).ended == []
    assert turns(disk, "a") == []
    reception.post("resumed", "1", "olena", NOON + HOUR)
    assert len(clerks.play(NOON + HOUR, NOON + 2 * HOUR).ended) == 1


@pytest.mark.usefixtures("fates")
def test_whoever_was_sent_by_another_desk_goes_back_there(disk: Disk, reception: Reception) -> None:
    """And has not ended here, so votes there."""
    issue(disk, reception, 0)
    reception.call_next("1", "newcomer", NOON)
    reception.act("served", "a", "newcomer", NOON, "1")
    reception.act("transferred", "a", "newcomer", NOON, "1", "pass", returns=True)
    played = Clerks(reception, {"2": "ivan"}, 1).play(NOON, NOON + HOUR)
    assert [kind for kind, _, desk in turns(disk, "a") if desk == "2"] == [
        *("called", "served", "finished")
    ]
    assert (played.ended, played.going_on) == ([], 1)


@pytest.mark.usefixtures("fates")
def test_after_a_restart_they_go_on_with_whoever_is_at_the_desk(
    disk: Disk, reception: Reception
) -> None:
    """As the journal says."""
    issue(disk, reception, 0, 1)
    Clerks(reception, DESKS, 1).play(NOON, NOON + 3 * MIN)
    again = disk.start(now=NOON + 4 * MIN, rules=RULES)
    played = Clerks(again, DESKS, 1).play(NOON + 4 * MIN, NOON + HOUR)
    assert [one.id for one in played.ended] == ["a", "b"]


@pytest.mark.usefixtures("fates")
def test_a_new_day_begins_with_empty_desks(disk: Disk, reception: Reception) -> None:
    """What was open the evening before has ended by the office's rule."""
    issue(disk, reception, 0)
    clerks = Clerks(reception, DESKS, 1)
    clerks.play(NOON, NOON + 3 * MIN)
    tomorrow = NOON + 24 * HOUR
    reception.turn_day(tomorrow)
    disk.issue(reception, Ticket("z", "А9", "pass", tomorrow), now=tomorrow)
    played = clerks.play(tomorrow, tomorrow + HOUR)
    assert [one.id for one in played.ended] == ["z"]
    assert [kind for kind, _, _ in turns(disk, "a")] == ["called", "served", "unfinished"]


@pytest.mark.usefixtures("fates")
def test_at_ten_times_the_pace_everything_takes_a_tenth(disk: Disk, reception: Reception) -> None:
    """For a hall to look at."""
    issue(disk, reception, 1)
    Clerks(reception, DESKS, 1, pace=10).play(NOON, NOON + HOUR)
    assert turns(disk, "a") == [("called", 1, "1"), ("served", 1.1, "1"), ("finished", 1.6, "1")]


def test_a_busy_hour_of_real_fates_adds_up(disk: Disk, reception: Reception) -> None:
    """Nobody is in two places, every desk has one visitor at a time, and all of it ends."""
    tickets = [
        Ticket(f"{n:016x}", f"А{n:03d}", ("address", "pass")[n % 2], NOON + n * MIN)
        for n in range(120)
    ]
    disk.issue(reception, *tickets)
    clerks = Clerks(reception, DESKS, 7)
    going_on, now = 1, NOON
    while going_on:
        going_on = clerks.play(now, now + HOUR).going_on
        now += HOUR
    states: Counter[State] = Counter(visit.state for visit in reception.hall.visits())
    assert set(states) == {"finished", "missed"} and sum(states.values()) == 120
    assert states["missed"] > 10  # two desks cannot serve them all in time
    for desk in DESKS:
        at_desk = sorted(
            (period.since, period.until or 0)
            for visit in reception.hall.visits()
            for period in visit.periods
            if period.desk == desk
        )
        assert all(before[1] <= after[0] for before, after in pairwise(at_desk))
    fates = [visitor.fate_of(ticket.visit, 7) for ticket in tickets]
    assert any(fate.away for fate in fates) and any(fate.fetch for fate in fates)
