"""The numbers of tickets: what dispensers ask, and what they are answered."""

from collections.abc import Iterable
from datetime import date

import msgspec

from gateway.clockwork import Verdict
from gateway.config import OfficeConfig
from gateway.group import Group
from gateway.journal import Journal
from gateway.numbers import Numbers
from gateway.offer import Offer
from gateway.office_time import OfficeTime
from gateway.queue.calibration import Told
from gateway.queue.wait import Draw
from gateway.reception import Reception
from gateway.visits import day_bounds
from wire.records import Answer, Ask, DeclineReason, TicketPrinted, VisitBegan

NIGHT_MS = 43_200_000  # without a number for so long, a day ends also if the time is not known:
# no office is open for longer

_encode = msgspec.json.Encoder().encode


class Numbering:
    """`reception`: the queue that a ticket tells of; None: there is none. `draw`: randomness for
    the expected wait."""

    def __init__(
        self,
        config: OfficeConfig,
        journal: Journal,
        time: OfficeTime,
        reception: Reception | None,
        draw: Draw,
    ) -> None:
        self._journal = journal
        self._time = time
        says_of_wait = bool({"ahead", "wait"} & set(config.ticket.show))
        self._told_by = reception if says_of_wait else None
        self._draw = draw
        self._dispensers = {one.node for one in config.device if one.kind == "dispenser"}
        self._numbers = Numbers({one.id: one.letter for one in config.service})
        self._offer = Offer(config.service, config.hours, time.zone, self._numbers.taken)
        restored = journal.restored()
        self._restored = time.day_of(restored) if restored else ""

    def forget(self) -> None:
        """Begin from what is stored."""
        self._numbers.begin("", [])

    def declines(self, service: str) -> DeclineReason | None:
        """Why a service gives no number now; None: it does."""
        verdict = self._time.verdict
        self._begin_day(self._day(verdict))
        return self._offer.declines(service, verdict)

    def take(self, node: str, ask: Ask, group: Group) -> None:
        """A dispenser asks for the number of a visit. Asked again, it is the same."""
        if node not in self._dispensers:
            self._refuse(node, ask, f"{node} is not a dispenser here", group)
        elif not self._numbers.knows(ask.service):
            self._refuse(node, ask, f"no service {ask.service} here", group)
        else:
            self._number(node, ask, group)

    def note(self, tickets: Iterable[VisitBegan | TicketPrinted]) -> None:
        """Count the tickets of the day whose numbers are known, for its limits."""
        for record in tickets:
            counts = isinstance(record, VisitBegan) and record.status == "counted"
            if counts and self._time.day_of(record.at) == self._numbers.day:
                self._numbers.note(record.visit, record.service)

    def store(self, group: Group) -> None:
        """Store the numbers given; if the time is not known, that their day is not known, too."""
        self._journal.give(group.given)
        if group.given and group.verdict.certainty == "accepted":
            self._time.note_numbered(group.now)

    def _number(self, node: str, ask: Ask, group: Group) -> None:
        day = self._day(group.verdict)
        if day == self._restored:
            # Which numbers were given since the backup, nobody knows: none may come twice.
            self._refuse(node, ask, "restored from a backup today", group)
            return
        self._begin_day(day)
        number = self._numbers.given(ask.visit) or self._given_before(ask.visit)
        if number is None:
            if group.verdict.certainty == "waiting":
                error = f"the time is not known: the clock is {group.verdict.reason}"
                self._refuse(node, ask, error, group)
                return
            reason = self._offer.declines(ask.service, group.verdict)
            if reason is not None:
                self._answer(node, Answer(v=1, visit=ask.visit, declined=reason), group)
                return
            number, count = self._numbers.give(ask.visit, ask.service)
            group.given.append((ask.visit, day, ask.service, count, node, group.now))
        told = self._tell(ask, group)
        answer = Answer(
            v=1,
            visit=ask.visit,
            number=number,
            ahead=told.ahead if told else None,
            wait=told.wait if told else None,
        )
        self._answer(node, answer, group)

    def _refuse(self, node: str, ask: Ask, error: str, group: Group) -> None:
        self._answer(node, Answer(v=1, visit=ask.visit, error=error), group)

    def _answer(self, node: str, answer: Answer, group: Group) -> None:
        left = self._offer.left() if self._numbers.day else {}
        group.answer(node, _encode(msgspec.structs.replace(answer, left=left)))

    def _tell(self, ask: Ask, group: Group) -> Told | None:
        """What the ticket says of the wait; None: there is no queue, or it does not say it."""
        if self._told_by is None:
            return None
        return self._told_by.tell(ask.visit, ask.service, group.now, self._draw)

    def _begin_day(self, day: str) -> None:
        """Know the numbers of a day, as they are stored."""
        if self._numbers.day == day:
            return
        begin, end = day_bounds(date.fromisoformat(day), self._time.zone)
        visits = self._journal.visits.between(begin, end)
        issued = [(visit.visit, visit.service) for visit in visits]
        self._numbers.begin(day, self._journal.given(day), issued)

    def _day(self, verdict: Verdict) -> str:
        """The day whose numbers are given. At an unknown time it does not end at a midnight that
        may be noon: the real day would see the same numbers twice."""
        if verdict.certainty == "accepted":
            last = self._journal.last_given()
            if last is not None and verdict.now - last[1] < NIGHT_MS:
                return last[0]
        return self._time.day_of(verdict.now)

    def _given_before(self, visit: str) -> str | None:
        """The number of a visit that began before midnight."""
        found = self._journal.given_before(visit)
        return None if found is None else self._numbers.text(*found)
