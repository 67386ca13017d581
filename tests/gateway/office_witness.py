"""What must hold in an office at any moment, looked at from outside: the journal, the pages, the
cards. Each check raises AssertionError."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import NamedTuple

import msgspec

from gateway.queue.hall import Call, Hall
from gateway.queue.visit import State, Visit
from gateway.queue.vote import OPEN_MS
from gateway.reception import Reception
from gateway.turns import Ticket
from tests.gateway.virtual_office import VirtualOffice
from wire.records import OfficeRecord, Rating, Served

_record: msgspec.json.Decoder[OfficeRecord] = msgspec.json.Decoder(OfficeRecord)

BY_RULE: dict[State, State] = {
    "waiting": "left",
    "called": "left",
    "held": "left",
    "serving": "unfinished",
}
"""What the evening makes of a visit that is open."""


class End(NamedTuple):
    """Where and when (Unix ms) a visit was finished."""

    desk: str
    at: int


class Witness:
    """Remembers what pages have shown. `chosen`: the priority class of choices, by id."""

    def __init__(self, office: VirtualOffice) -> None:
        self.chosen: dict[str, str] = {}
        self._office = office
        office.restarted = self._restarted
        self._day = ""
        self._draw = Random(1)
        self._at_start: set[str] = set()  # tickets that were stored when the gateway started
        self._shown: dict[str, Visit] = {}
        self._calls: list[Call] = []
        self._overtaken: Counter[str] = Counter()
        self._finished: dict[str, End] = {}
        self._served: dict[str, Served] = {}
        self._counted = 0  # votes
        self._read = 0
        self._looked_at: tuple[Sequence[Visit], int | None, int] = ([], None, 0)

    # ---- what the driver tells -------------------------------------------------------------------
    def look(self, acted: str = "") -> None:
        """Look at everything. `acted`: the visit with which a clerk has just done something."""
        self._look_at_lists()
        if self._has_nothing_happened():
            return
        self._compare_with_the_journal()
        self._look_at_tickets()
        self._look_at_visits(acted)
        self._look_at_calls()
        self._look_at_the_city()

    def look_at_the_evening(self) -> None:
        """After it nobody is left in the hall."""
        assert [v for v in self._reception.hall.visits() if v.is_open] == []

    def look_at_the_end(self) -> None:
        """When all is mended and said: no ticket is missing."""
        self.look()
        assert self._stored_tickets() == set(self._office.issued())

    # ---- a page was told the truth ---------------------------------------------------------------
    def _restarted(self, dead: Reception | None) -> None:
        """A gateway that starts finds what the one before it has shown."""
        self._at_start = self._stored_tickets()
        if dead is not None and dead.today.day == self._reception.today.day:
            self._assert_same(self._reception.hall, dead.hall)
            assert self._posts(self._reception) == self._posts(dead)

    def _compare_with_the_journal(self) -> None:
        """What is shown is what a start would find."""
        reception = self._reception
        hall = Hall(reception.rules)
        for what in self._office.journal.turns.of(reception.today.day):
            if isinstance(what, Ticket):
                hall.issue(*what)
            else:
                hall.take(what)
        self._assert_same(reception.hall, hall)

    def _assert_same(self, one: Hall, other: Hall) -> None:
        """Visits, desks, calls, and who would be called next."""
        open_desks = self._reception.posts.open()
        assert one.visits() == other.visits()
        assert one.calls == other.calls
        for desk in self._desks:
            here = one.at_desk(desk)
            assert here == other.at_desk(desk)
            if here is None:
                called = one.call_next(desk, "", 0, open_desks)
                assert called == other.call_next(desk, "", 0, open_desks)

    # ---- nobody waits for ever -------------------------------------------------------------------
    def _look_at_lists(self) -> None:
        """Who waits for a service that an open desk serves stands on the list of one; who stands on
        none is told that nobody knows how long it takes."""
        hall, open_desks = self._reception.hall, self._reception.posts.open()
        lists = [hall.waiting_for(desk, open_desks) for desk in open_desks]
        listed = {visit.id for found in lists for visit in found}
        served = {service for desk in open_desks for service in self._services_of(desk)}
        for visit in hall.waiting():
            could = visit.service in served or visit.reserved in open_desks
            assert (visit.id in listed) == could
            if visit.reserved and visit.id not in listed:
                assert self._reception.expect(visit.service, 0, self._draw, visit) is None

    # ---- no visit is lost, doubled or in two places ----------------------------------------------
    def _look_at_tickets(self) -> None:
        """Each is one visit of one day, with the service and the number of its paper."""
        db = self._office.journal._db
        twice = "SELECT visit FROM turn WHERE kind='issued' GROUP BY visit HAVING count(*) > 1"
        assert db.execute(twice).fetchall() == []
        days = "SELECT visit FROM turn GROUP BY visit HAVING count(DISTINCT day) > 1"
        assert db.execute(days).fetchall() == []
        issued = self._office.issued()
        assert self._stored_tickets() <= set(issued)
        numbers = Counter(one.number for one in issued.values() if one.by == "dispenser")
        assert max(numbers.values(), default=1) == 1
        given = "SELECT service, count FROM given WHERE visit=?"
        letters = {one.id: one.letter for one in self._office.config.service}
        for visit in self._reception.hall.visits():
            one = issued[visit.id]
            assert visit.number == one.number
            assert visit.periods[0].service == one.service
            assert visit.rank == self._reception.rules.rank(self.chosen.get(visit.id, ""))
            if one.by == "gateway":
                row = db.execute(given, (visit.id,)).fetchone()
                assert row is not None and one.number == f"{letters[row[0]]}{row[1]:03d}"

    def _look_at_visits(self, acted: str) -> None:
        """Everybody is in one place, times add up, and nothing happens but by a clerk."""
        hall = self._reception.hall
        waiting = {visit.id for visit in hall.waiting()}
        at_desks = [visit.id for desk in self._desks if (visit := hall.at_desk(desk))]
        assert len(at_desks) == len(set(at_desks))
        visits = {visit.id: visit for visit in hall.visits()}
        for visit in visits.values():
            assert (visit.id in waiting) == (visit.state == "waiting")
            assert (visit.id in at_desks) == (visit.state in ("called", "serving"))
            _assert_times_add_up(visit)
        if self._reception.today.day != self._day:
            self._day_has_ended()
        for before in self._shown.values():
            self._changed(before, visits[before.id], acted)
        self._shown = visits

    def _day_has_ended(self) -> None:
        """What was open is closed, and all of it is in the journal as it was shown; but for those
        who came since a start without a date: they came on the new day, and wait on."""
        today = {visit.id: visit for visit in self._reception.hall.visits()}
        for carried in self._shown.keys() & today.keys():
            assert carried not in self._at_start
            assert today[carried].is_open
            assert today[carried].state == self._shown.pop(carried).state
        hall = Hall(self._reception.rules)
        for what in self._office.journal.turns.of(self._day):
            if isinstance(what, Ticket):
                hall.issue(*what)
            else:
                hall.take(what)
        assert [visit for visit in hall.visits() if visit.is_open] == []
        for before in self._shown.values():
            self._changed(before, hall.visit(before.id), "")
        self._day = self._reception.today.day
        self._shown = {}
        self._calls = []
        self._overtaken.clear()

    def _changed(self, before: Visit, after: Visit, acted: str) -> None:
        """What became of a visit since it was last shown."""
        if after == before:
            return
        ended = before.periods if before.periods[-1].until is not None else before.periods[:-1]
        assert after.periods[: len(ended)] == ended  # what is over is never altered
        if before.id != acted:
            assert after.state == BY_RULE[before.state]
        if before.state == "waiting" and after.state == "called":
            self._count_overtaken(after, before)
        if after.state != "waiting":
            self._overtaken.pop(after.id, None)
        if after.state == "finished":
            self._finished[after.id] = End(after.periods[-1].desk, self._finished_at(after.id))

    def _count_overtaken(self, called: Visit, before: Visit) -> None:
        """Who could have come instead, is older, and waits on."""
        if before.reserved:
            return  # who comes back to a desk overtakes nobody
        rules, open_desks = self._reception.rules, self._reception.posts.open()
        services = self._services_of(called.desk)
        for one in self._shown.values():
            if one.state != "waiting":
                continue
            could = one.reserved not in open_desks and one.service in services
            if one.reserved:  # goes before everybody who has not been at a desk yet
                assert not (could or one.reserved == called.desk)
            elif could and (one.at, one.id) < (called.at, called.id):
                self._overtaken[one.id] += 1
                assert self._overtaken[one.id] <= rules.fairness.most_overtaken

    # ---- boards and the city -----------------------------------------------------------------
    def _look_at_calls(self) -> None:
        """Boards only go on."""
        calls = self._reception.hall.calls
        assert calls[: len(self._calls)] == self._calls
        assert [call.n for call in calls] == list(range(1, len(calls) + 1))
        self._calls = list(calls)

    def _look_at_the_city(self) -> None:
        """What is new on its way there."""
        log = self._office.journal.log
        voted = {row[0] for row in self._office.journal._db.execute("SELECT visit FROM voted")}
        for raw in log.read(self._read + 1, 10_000, 1 << 30) if log.last > self._read else ():
            record = _record.decode(raw)
            if isinstance(record, Served):
                self._hear_served(record)
            elif isinstance(record, Rating):
                self._hear_rating(record, voted)
        self._read = log.last
        assert set(self._served) == self._finished.keys()
        assert voted <= self._finished.keys()
        assert self._counted == len(voted)

    def _hear_served(self, record: Served) -> None:
        """Once of each finished visit, with the times that it had."""
        assert record.visit not in self._served
        visit = self._shown[record.visit]
        assert (record.wait_ms, record.serve_ms) == (visit.waited(0), visit.served(0))
        assert (record.service, record.desk) == (visit.service, visit.periods[-1].desk)
        self._served[record.visit] = record
        assert record.seq == len(self._served)

    def _hear_rating(self, record: Rating, voted: set[str]) -> None:
        """One counts for a visit that was finished, and only after that one there is a repeat."""
        whose = {
            id_
            for id_, end in self._finished.items()
            if end.desk == record.desk and end.at <= record.at < end.at + OPEN_MS
        }
        self._counted += record.status == "counted"
        if record.status in ("counted", "repeat"):
            assert whose & voted

    def _has_nothing_happened(self) -> bool:
        """Neither in the hall, which then gives the very same list, nor in the journal."""
        (turns,) = self._office.journal._db.execute("SELECT max(n) FROM turn").fetchone()
        now = self._reception.hall.visits(), turns, self._office.journal.log.last
        before, self._looked_at = self._looked_at, now
        return before[0] is now[0] and before[1:] == now[1:]

    # ---- inside ----------------------------------------------------------------------------------
    @property
    def _reception(self) -> Reception:
        return self._office.reception

    @property
    def _desks(self) -> list[str]:
        return [desk.id for desk in self._office.config.desk]

    def _stored_tickets(self) -> set[str]:
        rows = self._office.journal._db.execute("SELECT visit FROM turn WHERE kind='issued'")
        return {row[0] for row in rows}

    def _finished_at(self, visit: str) -> int:
        """When a clerk said so, by the gateway's clock; where that went back, it is before the
        visit's own last moment."""
        query = "SELECT max(n), at FROM turn WHERE visit=? AND kind='finished'"
        return int(self._office.journal._db.execute(query, (visit,)).fetchone()[1])

    def _services_of(self, desk: str) -> Sequence[str]:
        rules = self._reception.rules
        return next(one.services or rules.services for one in rules.desks if one.id == desk)

    def _posts(self, reception: Reception) -> list[object]:
        return [reception.posts.at(desk) for desk in self._desks]


def _assert_times_add_up(visit: Visit) -> None:
    """Without a gap from the ticket on; one is open, or the visit is over."""
    assert visit.periods[0].since == visit.at
    for one, after in pairwise(visit.periods):
        assert one.until == after.since
    last = visit.periods[-1]
    assert (last.until is None) == visit.is_open
    end = last.since if last.until is None else last.until
    assert all(one.lasted(end) >= 0 for one in visit.periods)
    assert sum(one.lasted(end) for one in visit.periods) == end - visit.at
