"""The queue's day: tickets join it, the city hears of finished visits, the evening comes."""

from collections.abc import Sequence

from gateway.clockwork import Verdict
from gateway.config import OfficeConfig
from gateway.group import Group
from gateway.journal import Journal
from gateway.office_time import OfficeTime
from gateway.queue.visit import Visit
from gateway.queue_config import rules_of
from gateway.reception import Reception
from gateway.turns import Ticket
from wire import topics
from wire.records import Served


class ServiceDay:
    """One day after the other of an office that has desks."""

    def __init__(self, config: OfficeConfig, journal: Journal, time: OfficeTime) -> None:
        self._journal = journal
        self._time = time
        self._evening = config.queue.evening
        self.reception = Reception(
            rules_of(config.service, config.desk, config.queue),
            journal.turns,
            journal.transaction,
            time.day_of,
            time.clock.now(),
            self._store_end,
        )

    def tend(self, verdict: Verdict) -> None:
        """A new day begins, or the evening comes. Not to be called while the time is waited for."""
        self.reception.turn_day(verdict.now, verdict.certainty == "sure")
        self.reception.free_desks(verdict.now)
        if f"{self._time.local(verdict.now):%H:%M}" >= self._evening:
            self.reception.close_day(verdict.now)

    def store(self, group: Group) -> Sequence[Ticket]:
        """Visits that began join the queue, in the order of their tickets: stored within the
        caller's transaction. What this returns is for `Reception.join` after it."""
        self.reception.untell(said.visit for said in group.began if said.by == "dispenser")
        began = [
            Ticket(said.visit, said.number, said.service, said.at)
            for said in group.began
            if said.status == "counted"
        ]
        return self.reception.store_tickets(began, group.now)

    def _store_end(self, visit: Visit, at: int) -> None:
        """A visit is finished: what the city is told of it. Part of the clerk's transaction."""
        self._journal.serve(
            Served(
                node=topics.GATEWAY,
                epoch=self._journal.log.epoch,
                seq=self._journal.count_served() + 1,
                at=at,
                clock="set" if self._time.verdict.certainty == "sure" else "unknown",
                got=at,
                visit=visit.id,
                service=visit.service,
                desk=visit.periods[-1].desk,
                wait_ms=visit.waited(at),
                serve_ms=visit.served(at),
            )
        )
