"""The queue at work, over a real database."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from gateway.queue.hall import Desk, QueueError, Rules
from gateway.queue.posts import PostKind
from gateway.queue.visit import Illegal, Kind
from gateway.reception import Reception
from gateway.turns import TURN_SCHEMA, Ticket, Turns

RULES = Rules(services=("address", "pass"), desks=(Desk("1"), Desk("2")), most_calls=1)
DAY_MS = 86_400_000
NOON = 20_000 * DAY_MS + DAY_MS // 2
MIN = 60_000


def date_of(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()


class Disk:
    """A database that can be made to refuse; and a reception that can be started anew on it."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.executescript(TURN_SCHEMA)
        self.refuses = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.db.execute("BEGIN")
        try:
            yield
            if self.refuses:
                raise sqlite3.OperationalError("database or disk is full")
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def start(self, now: int = NOON, rules: Rules = RULES) -> Reception:
        reception = Reception(rules, Turns(self.db), self.transaction, date_of, now)
        reception.turn_day(now)
        return reception

    def issue(self, reception: Reception, *tickets: Ticket, now: int = NOON) -> None:
        with self.transaction():
            new = reception.store_tickets(tickets, now)
        reception.join(new)


@pytest.fixture
def disk() -> Disk:
    return Disk()


def ticket(n: int, at: int = NOON, service: str = "address") -> Ticket:
    return Ticket(f"v{n}", f"А{n:03d}", service, at + n)


def states(reception: Reception) -> dict[str, str]:
    return {visit.id: visit.state for visit in reception.hall.visits()}


def test_a_power_cut_changes_nothing_that_a_page_has_shown(disk: Disk) -> None:
    """What clerks did is there after a start, and goes on."""
    first = disk.start()
    disk.issue(first, ticket(1), ticket(2))
    called = first.call_next("1", "olena", NOON + MIN)
    assert called is not None
    first.act("served", called.id, "olena", NOON + 2 * MIN, "1")
    again = disk.start(NOON + 3 * MIN)
    assert again.hall.visits() == first.hall.visits()
    assert again.act("finished", "v1", "olena", NOON + 9 * MIN, "1").served(0) == 7 * MIN


def test_what_the_disk_refuses_has_not_happened(disk: Disk) -> None:
    """The visitor still waits, here and after a start."""
    reception = disk.start()
    disk.issue(reception, ticket(1))
    disk.refuses = True
    with pytest.raises(sqlite3.OperationalError):
        reception.call_next("1", "olena", NOON)
    disk.refuses = False
    assert states(reception) == states(disk.start()) == {"v1": "waiting"}


def test_every_turn_is_stored_with_who_did_it(disk: Disk) -> None:
    """Clerk, desk and both times; a ticket is nobody's deed."""
    reception = disk.start()
    disk.issue(reception, ticket(1))
    reception.call_next("2", "olena", NOON + MIN)
    reception.act("missed", "v1", "petro", NOON + 2 * MIN, "2")
    rows = disk.db.execute("SELECT kind, clerk, desk, at - ?1, stored - ?1 FROM turn", (NOON,))
    assert rows.fetchall() == [
        ("issued", "", "", 1, 0),
        ("called", "olena", "2", MIN, MIN),
        ("missed", "petro", "2", 2 * MIN, 2 * MIN),
    ]


def test_a_refused_command_stores_nothing(disk: Disk) -> None:
    """Neither what cannot be nor what does not exist."""
    reception = disk.start()
    disk.issue(reception, ticket(1))
    with pytest.raises(Illegal):
        reception.act("finished", "v1", "olena", NOON)
    with pytest.raises(QueueError):
        reception.call_next("9", "olena", NOON)
    assert disk.db.execute("SELECT count(*) FROM turn").fetchone() == (1,)


def test_a_ticket_that_comes_again_is_one_visit(disk: Disk) -> None:
    """Whatever has become of it, today or on a later day."""
    reception = disk.start()
    disk.issue(reception, ticket(1))
    disk.issue(reception, ticket(1))
    assert reception.turn_day(NOON + DAY_MS)
    disk.issue(reception, ticket(1))
    assert states(reception) == {}
    assert disk.db.execute("SELECT count(*) FROM turn WHERE kind='issued'").fetchone() == (1,)


def test_who_came_before_the_date_was_known_waits_on(disk: Disk) -> None:
    """In the morning, with a clock that stands at last evening: who is left of the day before has
    left, who has come since waits today, and that is counted from when the date was known."""
    evening = disk.start()
    disk.issue(evening, ticket(1))
    morning = Reception(RULES, Turns(disk.db), disk.transaction, date_of, NOON + MIN)
    morning.turn_day(NOON + MIN, sure=False)
    disk.issue(morning, ticket(2), ticket(3), now=NOON + MIN)
    morning.act("called", "v2", "olena", NOON + MIN, "1")
    assert states(morning) == {"v1": "waiting", "v2": "called", "v3": "waiting"}
    tomorrow = NOON + DAY_MS
    assert morning.turn_day(tomorrow, sure=True)
    assert states(morning) == {"v2": "called", "v3": "waiting"}
    assert morning.hall.visit("v3").waited(tomorrow + MIN) == MIN
    assert states(disk.start(now=tomorrow + MIN)) == {"v2": "called", "v3": "waiting"}
    assert morning.turn_day(tomorrow + DAY_MS)
    assert states(morning) == {}  # from then on a night is a night


def test_a_date_that_is_not_sure_begins_a_day_without_ending_who_came_since_the_start(
    disk: Disk,
) -> None:
    """However often it changes; the first night after it is sure is a night."""
    disk.issue(disk.start(), ticket(1))
    unsure = Reception(RULES, Turns(disk.db), disk.transaction, date_of, NOON + MIN)
    disk.issue(unsure, ticket(2), now=NOON + MIN)
    for days, sure in ((1, False), (2, False), (3, True)):
        assert unsure.turn_day(NOON + days * DAY_MS, sure)
        assert states(unsure) == {"v2": "waiting"}
    assert unsure.turn_day(NOON + 4 * DAY_MS)
    assert states(unsure) == {}


def test_the_next_day_begins_with_an_empty_hall(disk: Disk) -> None:
    """And yesterday's visits have left, or are unfinished."""
    reception = disk.start()
    disk.issue(reception, ticket(1), ticket(2))
    called = reception.call_next("1", "olena", NOON)
    assert called is not None
    reception.act("served", called.id, "olena", NOON, "1")
    assert not reception.turn_day(NOON + MIN)
    assert reception.turn_day(NOON + DAY_MS)
    assert states(reception) == {}
    ended = disk.db.execute(
        "SELECT visit, kind, clerk FROM turn WHERE kind IN ('left','unfinished')"
    )
    assert sorted(ended.fetchall()) == [("v1", "unfinished", ""), ("v2", "left", "")]


def test_a_start_after_midnight_closes_the_day_before(disk: Disk) -> None:
    """The gateway was off in the evening."""
    disk.issue(disk.start(), ticket(1))
    reception = disk.start(NOON + DAY_MS)
    assert states(reception) == {}
    assert disk.db.execute("SELECT kind FROM turn WHERE visit='v1'").fetchall() == [
        ("issued",),
        ("left",),
    ]


def test_a_clock_that_goes_back_brings_no_old_day_back(disk: Disk) -> None:
    """Also not by a start."""
    disk.issue(disk.start(), ticket(1))
    assert states(disk.start(NOON - 3 * DAY_MS)) == {"v1": "waiting"}


def test_who_took_a_ticket_yesterday_does_not_wait_today(disk: Disk) -> None:
    """Their dispenser was away until now; the visit is on record, of its own day."""
    reception = disk.start()
    disk.issue(reception, ticket(1, NOON - DAY_MS), ticket(2))
    assert states(reception) == {"v2": "waiting"}
    found = disk.db.execute("SELECT day, kind FROM turn WHERE visit='v1'").fetchall()
    assert found == [(date_of(NOON - DAY_MS), "issued"), (date_of(NOON - DAY_MS), "left")]


def test_a_desk_that_is_gone_from_the_config_does_not_keep_the_office_shut(disk: Disk) -> None:
    """What happened there did happen."""
    reception = disk.start()
    disk.issue(reception, ticket(1))
    reception.call_next("2", "olena", NOON)
    fewer = Rules(services=("address",), desks=(Desk("1"),))
    assert states(disk.start(rules=fewer)) == {"v1": "called"}


def test_who_is_at_which_desk_is_there_after_a_start_but_not_on_the_next_day(disk: Disk) -> None:
    """A power cut logs nobody out; the night does."""
    reception = disk.start()
    reception.post("opened", "1", "olena", NOON, "10.0.0.7")
    reception.post("refused", "2", "petro", NOON, "10.0.0.8")
    again = disk.start()
    assert again.posts.open() == ["1"]
    assert again.turn_day(NOON + DAY_MS)
    assert again.posts.open() == []
    rows = disk.db.execute("SELECT kind, desk, clerk, address FROM post").fetchall()
    assert rows == [("opened", "1", "olena", "10.0.0.7"), ("refused", "2", "petro", "10.0.0.8")]


def serving_at_1(disk: Disk) -> Reception:
    """olena is at desk 1 with v1, who is being served."""
    reception = disk.start()
    disk.issue(reception, ticket(1))
    reception.come("1", "olena", NOON)
    reception.call_next("1", "olena", NOON)
    reception.act("served", "v1", "olena", NOON, "1")
    return reception


@pytest.mark.parametrize("over", [False, True])
def test_who_has_a_visitor_leaves_the_desk_neither_for_home_nor_for_another_one(
    disk: Disk, over: bool
) -> None:
    """By name and remedy, and nothing is stored; afterwards both can be done."""
    reception = serving_at_1(disk)
    why = "А001 is at desk 1. Finish, hold or transfer it there first"
    with pytest.raises(QueueError, match=why):
        reception.leave("1", "olena", NOON)
    with pytest.raises(QueueError, match=why):
        reception.come("2", "olena", NOON, over)
    assert reception.posts.open() == ["1"]
    assert disk.db.execute("SELECT count(*) FROM post").fetchone() == (1,)
    reception.act("held", "v1", "olena", NOON, "1")
    reception.come("2", "olena", NOON, over)
    assert reception.posts.open() == ["2"]
    reception.leave("2", "olena", NOON)
    assert reception.posts.open() == []


def test_who_has_lost_the_page_comes_to_their_visitor_again(disk: Disk) -> None:
    """At the same desk, from any browser, also after a start of the gateway."""
    serving_at_1(disk)
    again = disk.start()
    again.come("1", "olena", NOON + MIN)
    assert again.act("finished", "v1", "olena", NOON + MIN, "1").state == "finished"


def test_who_takes_a_desk_over_has_its_visitor_and_the_clerk_before_is_free(disk: Disk) -> None:
    """Whoever has a visitor already takes none over."""
    reception = serving_at_1(disk)
    with pytest.raises(QueueError, match="desk 1 is taken by olena"):
        reception.come("1", "petro", NOON)
    reception.come("1", "petro", NOON, over=True)
    reception.leave("1", "olena", NOON)  # another one's desk by now: nothing happens to it
    reception.come("2", "olena", NOON)
    assert reception.posts.open() == ["1", "2"]
    assert reception.act("finished", "v1", "petro", NOON + MIN, "1").state == "finished"


def test_the_evening_and_a_change_of_the_config_free_every_clerk(disk: Disk) -> None:
    """There is nobody at their desk any more, or no such desk."""
    reception = serving_at_1(disk)
    fewer = disk.start(rules=Rules(services=("address", "pass"), desks=(Desk("2"),)))
    fewer.leave("1", "olena", NOON)
    fewer.come("2", "olena", NOON)
    reception.close_day(NOON + MIN)
    reception.leave("1", "olena", NOON + MIN)
    assert reception.posts.open() == []


def finish_one(reception: Reception, desk: str = "1") -> str:
    visit = reception.call_next(desk, "olena", NOON)
    assert visit is not None
    reception.act("served", visit.id, "olena", NOON, desk)
    reception.act("finished", visit.id, "olena", NOON, desk)
    return visit.id


def press(disk: Disk, reception: Reception, at: int, desk: str = "1") -> tuple[str, str]:
    with disk.transaction():
        vote = reception.press(desk, at)
    return vote.status, vote.visit


def test_a_finished_visit_has_one_vote_and_a_start_does_not_forget_it(disk: Disk) -> None:
    """At its own desk, within its minute; a second one is a repeat, whoever asks."""
    reception = disk.start()
    disk.issue(reception, ticket(1), ticket(2))
    assert press(disk, reception, NOON) == ("unarmed", "")
    visit = finish_one(reception)
    assert press(disk, reception, NOON + 1, desk="2") == ("unarmed", "")
    assert press(disk, reception, NOON + 2) == ("counted", visit)
    assert press(disk, disk.start(), NOON + 3) == ("repeat", visit)
    assert disk.db.execute("SELECT visit FROM voted").fetchall() == [(visit,)]


def test_a_vote_whose_transaction_failed_was_not_given(disk: Disk) -> None:
    """The box sends it again, and then it counts."""
    reception = disk.start()
    disk.issue(reception, ticket(1))
    visit = finish_one(reception)
    disk.refuses = True
    with pytest.raises(sqlite3.OperationalError):
        press(disk, reception, NOON + 1)
    disk.refuses = False
    reception.forget_votes()
    assert press(disk, reception, NOON + 1) == ("counted", visit)


def test_the_press_of_a_box_that_was_offline_overnight_finds_its_visit(disk: Disk) -> None:
    """By when it was pressed."""
    reception = disk.start()
    disk.issue(reception, ticket(1))
    visit = finish_one(reception)
    assert reception.turn_day(NOON + DAY_MS)
    assert press(disk, reception, NOON + 5) == ("counted", visit)
    assert press(disk, reception, NOON + DAY_MS) == ("unarmed", "")


def minutes(disk: Disk, reception: Reception, desk: str = "1") -> tuple[int | None, int | None]:
    """What a vote at a desk takes along, right after its visit; nobody else hears of it."""
    last = disk.db.execute("SELECT max(at) FROM turn").fetchone()[0]
    with disk.transaction():
        vote = reception.press(desk, last + 1)
    disk.db.execute("DELETE FROM voted")
    return vote.waited_min, vote.served_min


def test_a_vote_knows_how_long_its_visitor_waited_and_was_served(disk: Disk) -> None:
    """Also when the boxes of the day are made anew from what is stored."""
    first = disk.start()
    assert press(disk, first, NOON) == ("unarmed", "")  # from here on the boxes follow the hall
    disk.issue(first, ticket(0))
    visit = first.call_next("1", "olena", NOON + 7 * MIN + 59_999)
    assert visit is not None
    first.act("served", visit.id, "olena", NOON + 9 * MIN, "1")  # to be called is neither
    first.act("finished", visit.id, "olena", NOON + 13 * MIN, "1")
    assert minutes(disk, first) == (7, 4)
    assert minutes(disk, disk.start()) == (7, 4)


def test_who_came_back_after_a_transfer_takes_all_waits_and_desks_along(disk: Disk) -> None:
    """The vote is at the last desk, and for the whole way."""
    first = disk.start()
    assert press(disk, first, NOON) == ("unarmed", "")
    disk.issue(first, ticket(0))

    def serve(desk: str, begins: int, ends: int, kind: Kind, **more: Any) -> None:
        assert first.call_next(desk, "olena", NOON + begins * MIN) is not None
        first.act("served", "v0", "olena", NOON + begins * MIN, desk)
        first.act(kind, "v0", "olena", NOON + ends * MIN, desk, **more)

    serve("1", 10, 12, "transferred", service="pass", returns=True)
    serve("2", 32, 35, "finished")  # of the other service: the visitor goes back
    assert minutes(disk, first, "2") == (None, None)
    serve("1", 65, 69, "finished")
    assert minutes(disk, first) == (10 + 20 + 30, 2 + 3 + 4)
    assert minutes(disk, disk.start()) == (60, 9)


def back_at_desk_1(disk: Disk) -> Reception:
    """v1 was served for two minutes at desk 1, sent to desk 2 for one, and waits for desk 1; v2
    and v3 wait, too, and v3 is called to desk 1."""
    reception = disk.start()
    disk.issue(reception, ticket(1), ticket(2), ticket(3))
    for desk, clerk in (("1", "olena"), ("2", "petro")):
        reception.post("opened", desk, clerk, NOON)
    way: list[tuple[str, int, int, Kind, str]] = [
        ("1", 0, 2, "transferred", "pass"),
        ("2", 2, 3, "finished", ""),
    ]
    for desk, begins, ends, kind, to in way:
        reception.act("called", "v1", "olena", NOON + begins * MIN, desk)
        reception.act("served", "v1", "olena", NOON + begins * MIN, desk)
        reception.act(kind, "v1", "olena", NOON + ends * MIN, desk, to, returns=bool(to))
    reception.act("called", "v3", "olena", NOON + 3 * MIN, "1")
    return reception


def minutes_until(reception: Reception, visit: str) -> int | None:
    """The longest that a visitor is told, three minutes past noon."""
    of = reception.hall.visit(visit)
    told = reception.expect(of.service, NOON + 3 * MIN, Random(1), of)
    return None if told is None else -(-told.high // MIN)


def test_who_comes_back_is_told_of_the_desk_that_they_wait_for(disk: Disk) -> None:
    """It is busy, and the other one is free, which calls them only once the first has gone."""
    reception = back_at_desk_1(disk)
    assert (minutes_until(reception, "v1"), minutes_until(reception, "v2")) == (2, 0)
    reception.post("closed", "2", "petro", NOON + 3 * MIN)
    assert (minutes_until(reception, "v1"), minutes_until(reception, "v2")) == (2, 4)


@pytest.mark.parametrize("kind", ["closed", "paused"])
def test_nobody_waits_for_a_desk_where_nobody_serves(disk: Disk, kind: PostKind) -> None:
    """Who comes back is next at another one, before older tickets; after a start as before it. If
    there is none, nobody can say how long it takes."""
    reception = back_at_desk_1(disk)
    reception.post(kind, "1", "olena", NOON + 3 * MIN)
    assert (minutes_until(reception, "v1"), minutes_until(reception, "v2")) == (0, 2)
    reception.post("closed", "2", "petro", NOON + 3 * MIN)
    assert minutes_until(reception, "v1") is None
    again = disk.start()
    called = again.call_next("2", "petro", NOON + 4 * MIN)
    assert called is not None
    assert (called.id, called.desk) == ("v1", "2")


def test_who_comes_back_to_a_desk_that_has_gone_is_next_at_another(disk: Disk) -> None:
    """Taken out of the config while they were elsewhere."""
    back_at_desk_1(disk)
    fewer = Rules(services=("address", "pass"), desks=(Desk("2"),))
    called = disk.start(rules=fewer).call_next("2", "petro", NOON + 4 * MIN)
    assert called is not None
    assert called.id == "v1"


def test_days_that_are_over_are_let_go_and_today_is_not(disk: Disk) -> None:
    """Tickets, turns, desks and who has voted."""
    reception = disk.start()
    disk.issue(reception, ticket(1))
    reception.post("opened", "1", "olena", NOON)
    finish_one(reception)
    assert press(disk, reception, NOON)[0] == "counted"
    turns = Turns(disk.db)
    turns.forget(NOON + DAY_MS)
    assert len(list(turns.of(date_of(NOON)))) == 4
    turns.forget(NOON + 2 * DAY_MS)
    for table in ("turn", "post", "voted"):
        assert disk.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_a_desks_box_is_opened_by_a_finished_visit_and_closed_by_the_next_call(disk: Disk) -> None:
    """Only what has changed is said, and what a start finds is not said anew."""
    reception = disk.start()
    disk.issue(reception, ticket(1), ticket(2))
    finish_one(reception)
    assert reception.invites
    assert reception.take_invitations() == {"1": 60_000}
    assert not reception.invites
    assert reception.take_invitations() == {}
    reception.call_next("1", "olena", NOON)
    assert reception.take_invitations() == {"1": 0}
    assert disk.start().take_invitations() == {}
