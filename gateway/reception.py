"""The queue at work: what clerks do and what dispensers issue, stored first, then true.

Synchronous, in the store thread. A command is checked against the hall, stored in a transaction,
and only then the hall follows: so a page never shows what a power cut could take back, and two
clerks who press at once are one after the other.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager

from gateway.queue.calibration import Calibration, Told, calibrate, told_of
from gateway.queue.choice import only_desk, precedence
from gateway.queue.hall import Hall, QueueError, Rules
from gateway.queue.posts import Posted, PostKind, Posts
from gateway.queue.today import Today
from gateway.queue.visit import Kind, Turn, Visit, begin, follow
from gateway.queue.vote import OPEN_MS, Armed, Ballot, Vote
from gateway.queue.wait import Draw, Expected, OpenDesk, Place, expect, expect_each
from gateway.turns import Chosen, Ticket, Turns

LAST = "~"  # after every visit of its time: who comes now
MOST_BALLOTS = 3  # days of which it is kept which boxes were open

Transaction = Callable[[], AbstractContextManager[None]]


class Reception:
    """One office's queue of one day after another; it begins with the last that is stored, until
    `turn_day` is told the time.

    `transaction()`: of the database that `turns` is in. `date_of(at)`: the office's date at a time
    in Unix ms, YYYY-MM-DD. `now`, here and below: Unix ms. `store_end(visit, at)`: within the
    transaction in which a visit is finished.
    """

    def __init__(
        self,
        rules: Rules,
        turns: Turns,
        transaction: Transaction,
        date_of: Callable[[int], str],
        now: int,
        store_end: Callable[[Visit, int], None] = lambda visit, at: None,
    ) -> None:
        self.rules = rules
        self._turns = turns
        self._transaction = transaction
        self._date_of = date_of
        self._store_end = store_end
        self._ballots: dict[str, Ballot] = {}
        self._invitations: dict[str, int] = {}
        self._began: int | None = turns.last()  # as long as the date may be another one
        self._begin(turns.last_day() or date_of(now))

    @property
    def today(self) -> Today:
        """The day whose queue this is, to look at."""
        return Today(self._day, self.rules, self.hall, self.posts)

    def store_tickets(self, tickets: Sequence[Ticket], now: int) -> list[Ticket]:
        """Store visits that began, within the caller's transaction; returns those that are new and
        wait today, for `join` after it. Who took a ticket yesterday, and whose dispenser was not
        heard until now, is not waiting any more."""
        waiting = []
        for ticket in map(self._with_class, tickets):
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

    def choose(self, chosen: Chosen) -> None:
        """Somebody chose a service on a touch page; the visit that comes of it has that id, and
        the class that was chosen."""
        with self._transaction():
            self._turns.add_choice(self._day, chosen)

    def chosen(self, id_: str) -> Chosen | None:
        """What was chosen under this id; None: nothing."""
        return self._turns.choice(id_)

    def call_next(self, desk: str, clerk: str, now: int) -> Visit | None:
        """Call the next visitor to a desk; None: nobody waits for it."""
        turn = self.hall.call_next(desk, clerk, now, self.posts.open())
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
        turn = self.hall.ask(
            *(kind, visit, clerk, now, desk, service, returns), open_desks=self.posts.open()
        )
        return self._happen([turn], now)[0]

    def post(self, kind: PostKind, desk: str, clerk: str, now: int, address: str = "") -> None:
        """A clerk comes to a desk, makes a pause, leaves; or could not log in."""
        posted = Posted(kind=kind, at=now, desk=desk, clerk=clerk, address=address)
        with self._transaction():
            self._turns.add_post(self._day, posted, now)
        self.posts.take(posted)

    def come(self, desk: str, clerk: str, now: int, over: bool = False, address: str = "") -> None:
        """A clerk logs in at a desk, and so leaves any other one. `over`: with its visitor, if
        another clerk is there. QueueError: there is no such desk, it is taken, or at the one that
        would be left is a visitor."""
        self.hall.serves(desk)
        if not over:
            self.posts.check_free(desk, clerk)
        left = self.posts.desk_of(clerk)
        if left and left != desk:
            self._check_alone(left)
        self.post("opened", desk, clerk, now, address)

    def leave(self, desk: str, clerk: str, now: int) -> None:
        """A clerk logs out. QueueError: a visitor is at the desk. Of a desk that has gone, or is
        another clerk's by now, nothing changes."""
        post = self.posts.at(desk)
        if post is not None and post.clerk == clerk:
            self._check_alone(desk)
            self.post("closed", desk, clerk, now)

    def expect(
        self, service: str, now: int, draw: Draw, visit: Visit | None = None
    ) -> Expected | None:
        """How long `visit` will wait, or who comes now for a service; None if nobody can say."""
        who = visit or self._newcomer(service, now)
        return self._expect(self.hall.before(who, self.posts.open()), who, now, draw)

    def ahead_each(self, now: int) -> dict[str, int]:
        """How many go before who comes now, for each service: services of the same desks are one
        queue, which is looked at once."""
        queues: dict[tuple[str, ...], int] = {}
        found: dict[str, int] = {}
        for service in self.rules.services:
            desks = tuple(self.hall.desks_of(service))
            if desks not in queues:
                who = self._newcomer(service, now)
                queues[desks] = len(self.hall.before(who, self.posts.open()))
            found[service] = queues[desks]
        return found

    def expect_each(self, now: int, draw: Draw) -> dict[str, Expected | None]:
        """As `expect`, of who comes now for each service: all by the same plays of the queue."""
        ahead = self._places(sorted(self.hall.waiting(), key=precedence))
        comers = [Place(service) for service in self.rules.services]
        measured, stated = self.hall.measured(), self.rules.stated
        each = expect_each(ahead, comers, self._open_desks(now), measured, stated, draw)
        return {place.service: found for place, found in each.items()}

    def tell(self, visit: str, service: str, now: int, draw: Draw) -> Told:
        """What the ticket of a visit that begins says of its wait; stored within the caller's
        transaction. Asked again, it is the same."""
        known = self._turns.told(visit)
        if known is not None:
            return known
        chosen = self._turns.choice(visit)
        who = self._newcomer(service, now, chosen.priority if chosen else "")
        before = self.hall.before(who, self.posts.open())
        told = told_of(visit, len(before), self._expect(before, who, now, draw))
        self._turns.add_told(self._day, told, now)
        return told

    def told(self, visit: str) -> Told | None:
        """What its ticket says; None: nothing."""
        return self._turns.told(visit)

    def untell(self, visits: Iterable[str]) -> None:
        """Their dispensers did not wait for the answer; within the caller's transaction."""
        self._turns.untell(visits)

    def calibration(self) -> Calibration:
        """How often today's tickets were right about the wait."""
        visits = {visit.id: visit for visit in self.hall.visits()}
        return calibrate(self._turns.told_of(self._day), visits)

    def press(self, desk: str, at: int) -> Vote:
        """What a press on a desk's rating box is; that a visit has voted is stored within the
        caller's transaction. If that fails, `forget_votes`."""
        day = self._date_of(at)
        vote = self._ballot(day).press(desk, at)
        if vote.status == "counted":
            self._turns.add_voted(day, vote.visit)
        return vote

    @property
    def invites(self) -> bool:
        """Whether `take_invitations` has something to tell; may be asked from any thread."""
        return bool(self._invitations)

    def take_invitations(self) -> dict[str, int]:
        """For how many ms from now the rating boxes of desks are open, 0: no longer; what has
        changed since this was last asked."""
        changed, self._invitations = self._invitations, {}
        return changed

    def forget_votes(self) -> None:
        """Begin from what is stored: the transaction in which there were presses has failed."""
        self._ballots = {}

    def close_day(self, now: int) -> list[Visit]:
        """The evening: what is still open ends as left or unfinished, never as served."""
        return self._happen(self.hall.close(now), now)

    def turn_day(self, now: int, sure: bool = True) -> bool:
        """Begin a new day if it is one; what was open the day before is closed. Whether it did.

        As long as the date is not `sure`, a later one is believed, but may be wrong: who came since
        the start goes along from day to day and waits on, for they came today, whenever that is. A
        clock that goes back does not bring back an old day.
        """
        began = self._began
        if sure:
            self._began = None
        today = self._date_of(now)
        if today <= self._day:
            return False
        early = set() if began is None else self._turns.begun_after(began)
        closing = [turn for turn in self.hall.close(now) if turn.visit not in early]
        waiting = early.intersection(visit.id for visit in self.hall.visits() if visit.is_open)
        with self._transaction():
            for turn in closing:
                self._turns.add(self._day, turn, now)
            self._turns.redate(sorted(waiting), today, now)
        self._begin(today)
        return True

    def free_desks(self, now: int) -> list[Visit]:
        """After a change of the config: who was at a desk that has gone waits again."""
        return self._happen(self.hall.displaced(now), now)

    def _with_class(self, ticket: Ticket) -> Ticket:
        chosen = self._turns.choice(ticket.visit)
        return ticket if chosen is None else ticket._replace(priority=chosen.priority)

    def _check_alone(self, desk: str) -> None:
        """A visitor at a desk without a clerk would be nobody's."""
        here = self.hall.at_desk(desk)
        if here is not None:
            said = (
                f"{here.number} is at desk {desk}. Finish, hold or transfer it there first, or say"
                " that it did not come or has left."
            )
            raise QueueError("visitor_here", said, desk=desk, number=here.number)

    def _newcomer(self, service: str, now: int, priority: str = "") -> Visit:
        return begin(LAST, "", service, now, self.rules.rank(priority))

    def _expect(self, before: Sequence[Visit], who: Visit, now: int, draw: Draw) -> Expected | None:
        *ahead, place = self._places([*before, who])
        measured, stated = self.hall.measured(), self.rules.stated
        return expect(ahead, place, self._open_desks(now), measured, stated, draw)

    def _places(self, visits: Iterable[Visit]) -> list[Place]:
        open_ = self.posts.open()
        return [Place(visit.service, only_desk(visit, open_)) for visit in visits]

    def _open_desks(self, now: int) -> list[OpenDesk]:
        return [self._open_desk(desk, now) for desk in self.posts.open()]

    def _open_desk(self, desk: str, now: int) -> OpenDesk:
        here = self.hall.at_desk(desk)
        services = self.hall.serves(desk)
        if here is None:
            return OpenDesk(desk, services)
        busy = here.periods[-1].lasted(now) if here.state == "serving" else 0
        return OpenDesk(desk, services, busy, here.service)

    def _begin(self, day: str) -> None:
        """The hall and the desks of a day, from what is stored."""
        self._day = day
        self._ballots = {}
        self.posts = Posts([desk.id for desk in self.rules.desks])
        for posted in self._turns.posts_of(day):
            self.posts.take(posted)
        self.hall = self._stored_hall(day)

    def _stored_hall(self, day: str, ballot: Ballot | None = None) -> Hall:
        """A day's hall from what is stored; `ballot`: to be told which boxes were open when."""
        hall = Hall(self.rules)
        for what in self._turns.of(day):
            if isinstance(what, Ticket):
                hall.issue(*what)
                continue
            before = hall.visit(what.visit)
            after = hall.replay(what)
            if ballot is not None:
                _tell(ballot, before, what, after)
        return hall

    def _ballot(self, day: str) -> Ballot:
        """The boxes of a day: of today, mostly; of an earlier one for a box that was offline."""
        ballot = self._ballots.get(day)
        if ballot is None:
            while len(self._ballots) >= MOST_BALLOTS:
                del self._ballots[next(iter(self._ballots))]
            ballot = self._ballots[day] = Ballot(self._turns.voted_of(day))
            self._stored_hall(day, ballot)
        return ballot

    def _happen(self, turns: Sequence[Turn], now: int) -> list[Visit]:
        if not turns:
            return []
        with self._transaction():
            for turn in turns:
                self._turns.add(self._day, turn, now)
                after = follow(self.hall.visit(turn.visit), turn)
                if after.state == "finished":
                    self._store_end(after, turn.at)
        return [self._take(turn) for turn in turns]

    def _take(self, turn: Turn) -> Visit:
        before = self.hall.visit(turn.visit)
        after = self.hall.take(turn)
        if self._day in self._ballots:
            _tell(self._ballots[self._day], before, turn, after)
        if turn.kind == "called":
            self._invitations[turn.desk] = 0
        elif after.state == "finished":
            self._invitations[before.desk] = OPEN_MS
        return after


def _tell(ballot: Ballot, before: Visit, turn: Turn, after: Visit) -> None:
    """A call closes a desk's rating box, a visit that is finished opens it."""
    if turn.kind == "called":
        ballot.call(turn.desk, turn.at)
    elif after.state == "finished":
        waited, served = after.waited(turn.at), after.served(turn.at)
        ballot.finish(before.desk, Armed(after.id, before.service, turn.at, waited, served))
