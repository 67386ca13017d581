"""The queue at work: what clerks do and what dispensers issue, stored first, then true.

Synchronous, in the store thread. A command is checked against the hall, stored in a transaction,
and only then the hall follows: so a page never shows what a power cut could take back, and two
clerks who press at once are one after the other.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from gateway.queue.hall import Hall, Rules
from gateway.queue.visit import Kind, Turn, Visit
from gateway.turns import Ticket, Turns

Transaction = Callable[[], AbstractContextManager[None]]


class Reception:
    """One office's queue of one day after another.

    `transaction()`: of the database that `turns` is in. `date_of(at)`: the office's date at a time
    in Unix ms, YYYY-MM-DD. `now`, here and below: Unix ms.
    """

    def __init__(
        self,
        rules: Rules,
        turns: Turns,
        transaction: Transaction,
        date_of: Callable[[int], str],
        now: int,
    ) -> None:
        self.rules = rules
        self._turns = turns
        self._transaction = transaction
        self._date_of = date_of
        self._day = turns.last_day() or date_of(now)
        self.hall = _hall(rules, turns.of(self._day))
        self.turn_day(now)

    @property
    def day(self) -> str:
        """The day whose queue this is."""
        return self._day

    def store_tickets(self, tickets: Sequence[Ticket], now: int) -> list[Ticket]:
        """Store visits that began, within the caller's transaction; returns those that are new and
        wait today, for `join` after it. Who took a ticket yesterday, and whose dispenser was not
        heard until now, is not waiting any more."""
        waiting = []
        for ticket in tickets:
            day = min(self._date_of(ticket.at), self._day)
            if not self._turns.add_ticket(day, ticket, now):
                continue
            if day == self._day:
                waiting.append(ticket)
            else:
                self._turns.add(day, Turn(visit=ticket.visit, kind="left", at=ticket.at), now)
        return waiting

    def join(self, tickets: Sequence[Ticket]) -> None:
        """What `store_tickets` stored is durable now: they wait."""
        for ticket in tickets:
            self.hall.issue(*ticket)

    def call_next(self, desk: str, clerk: str, now: int) -> Visit | None:
        """Call the next visitor to a desk; None: nobody waits for it."""
        turn = self.hall.call_next(desk, clerk, now)
        return None if turn is None else self._happen([turn], now)[0]

    def act(
        self,
        kind: Kind,
        visit: str,
        clerk: str,
        now: int,
        desk: str = "",
        service: str = "",
        returns: bool = False,
    ) -> Visit:
        """A clerk does something with a visit. Raises gateway.queue.visit.Illegal or
        gateway.queue.hall.QueueError if that cannot be, and nothing has happened."""
        turn = self.hall.ask(kind, visit, clerk, now, desk, service, returns)
        return self._happen([turn], now)[0]

    def close_day(self, now: int) -> list[Visit]:
        """The evening: what is still open ends as left or unfinished, never as served."""
        return self._happen(self.hall.close(now), now)

    def turn_day(self, now: int) -> bool:
        """Begin a new day if it is one; what was open the day before is closed. Whether it did.

        A clock that goes back does not bring back an old day.
        """
        today = self._date_of(now)
        if today <= self._day:
            return False
        self.close_day(now)
        self._day = today
        self.hall = _hall(self.rules, self._turns.of(today))
        return True

    def _happen(self, turns: Sequence[Turn], now: int) -> list[Visit]:
        if not turns:
            return []
        with self._transaction():
            for turn in turns:
                self._turns.add(self._day, turn, now)
        return [self.hall.take(turn) for turn in turns]


def _hall(rules: Rules, stored: Iterator[Ticket | Turn]) -> Hall:
    """A day's hall from what is stored."""
    hall = Hall(rules)
    for what in stored:
        if isinstance(what, Ticket):
            hall.issue(*what)
        else:
            hall.replay(what)
    return hall
