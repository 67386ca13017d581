"""The hall: clerks, calls, and what is left in the evening."""

from collections.abc import Sequence

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.queue.choice import Fairness
from gateway.queue.hall import Desk, Hall, QueueError, Rules
from gateway.queue.visit import KINDS, Illegal, Kind, Turn, Visit, begin

MIN = 60_000
RULES = Rules(
    services=("address", "pass", "land"),
    desks=(Desk("1"), Desk("2", ("address",)), Desk("3", ("pass", "land"))),
    classes=("booked", "veteran"),
    most_calls=2,
    fairness=Fairness(most_overtaken=2),
)


ALL = ("1", "2", "3")


def hall_with(*services: str) -> Hall:
    hall = Hall(RULES)
    for n, service in enumerate(services):
        hall.issue(f"v{n}", f"А{n:03d}", service, n * 1000)
    return hall


def call(hall: Hall, desk: str, now: int = MIN, open_desks: Sequence[str] = ALL) -> str:
    turn = hall.call_next(desk, "olena", now, open_desks)
    return hall.take(turn).id if turn else ""


def does(hall: Hall, kind: Kind, visit: str, desk: str = "", now: int = MIN, **to: object) -> None:
    service = str(to.get("service", ""))
    turn = hall.ask(kind, visit, "olena", now, desk, service, bool(to.get("returns")))
    hall.take(turn)


def test_two_clerks_who_press_next_never_get_the_same_visitor() -> None:
    """The second gets the second."""
    hall = hall_with("address", "address")
    assert (call(hall, "1"), call(hall, "2")) == ("v0", "v1")


def test_a_desk_calls_only_what_it_serves() -> None:
    """And says so by calling nobody."""
    hall = hall_with("pass")
    assert call(hall, "2") == ""
    assert call(hall, "3") == "v0"


def test_a_clerk_with_a_visitor_calls_nobody_else() -> None:
    """The one at the desk is named, with what to do."""
    hall = hall_with("address", "address")
    call(hall, "1")
    with pytest.raises(Illegal, match=r"А000 is called .* Say that it is served, or missed"):
        hall.call_next("1", "olena", MIN, ALL)


def test_nobody_is_missed_before_the_calls_that_the_rules_ask_for() -> None:
    """Two here: one call and one recall."""
    hall = hall_with("address")
    call(hall, "1")
    with pytest.raises(Illegal, match="Call it 1 more time first"):
        does(hall, "missed", "v0", "1")
    does(hall, "recalled", "v0", "1")
    does(hall, "missed", "v0", "1")
    assert hall.at_desk("1") is None
    does(hall, "returned", "v0")
    assert [visit.id for visit in hall.waiting_for("2", ALL)] == ["v0"]


def test_a_clerk_cannot_act_on_the_visitor_of_another_desk() -> None:
    """The list on the screen was old."""
    hall = hall_with("address")
    call(hall, "1")
    with pytest.raises(QueueError, match="А000 is at desk 1, not at desk 2"):
        hall.ask("served", "v0", "petro", MIN, "2")


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda hall: hall.call_next("9", "olena", 0, ALL), "'9' is no desk of this office"),
        (lambda hall: hall.visit("nobody"), "no visit 'nobody' today"),
        (
            lambda hall: hall.ask("transferred", "v0", "olena", 0, "1", "fishing"),
            "'fishing' is no service. One of: address, pass, land",
        ),
    ],
)
def test_what_does_not_exist_is_refused_by_name(act: object, why: str) -> None:
    """Desk, visit, service."""
    hall = hall_with("address")
    call(hall, "1")
    does(hall, "served", "v0", "1")
    assert callable(act)
    with pytest.raises(QueueError, match=why):
        act(hall)


def come_back(hall: Hall, visit: str, desk: str = "1", other: str = "3") -> None:
    """From `other`, where the visit was sent from `desk`, for which it waits now."""
    assert call(hall, desk) == visit
    does(hall, "served", visit, desk)
    does(hall, "transferred", visit, desk, service="pass", returns=True)
    assert call(hall, other) == visit
    does(hall, "served", visit, other)
    does(hall, "finished", visit, other)


def test_who_comes_back_is_called_by_the_desk_that_sent_them_while_it_is_open() -> None:
    """By no other one, whatever its clerk does; and nobody goes before them there."""
    hall = hall_with("address", "address", "address")
    come_back(hall, "v0")
    assert [visit.id for visit in hall.waiting_for("2", ALL)] == ["v1", "v2"]
    with pytest.raises(Illegal, match="Desk 1 expects it"):
        hall.ask("called", "v0", "olena", MIN, "2", open_desks=ALL)
    assert call(hall, "2") == "v1"
    assert call(hall, "1") == "v0"


def test_who_comes_back_to_a_desk_that_is_not_open_is_next_at_any_that_serves_them() -> None:
    """Nobody waits for a desk where nobody is."""
    hall = hall_with("land", "address", "address")
    assert call(hall, "3") == "v0"
    does(hall, "served", "v0", "3")
    does(hall, "finished", "v0", "3")
    come_back(hall, "v1")
    assert [visit.id for visit in hall.waiting_for("2", ("2", "3"))] == ["v1", "v2"]
    assert hall.waiting_for("3", ("2", "3")) == []
    assert call(hall, "2", open_desks=("2", "3")) == "v1"


def test_who_goes_before_who_comes_back_and_before_those_after_them() -> None:
    """At their own desk nobody but who came back earlier; for others they count where they are
    called."""
    hall = hall_with("address", "address", "address")
    come_back(hall, "v0")
    back = hall.visit("v0")
    assert hall.before(back, ALL) == hall.before(back, ("2",)) == []
    assert [visit.id for visit in hall.before(newcomer("address"), ALL)] == ["v0", "v1", "v2"]
    assert [visit.id for visit in hall.before(newcomer("pass"), ALL)] == ["v0", "v1", "v2"]
    come_back(hall, "v1", desk="2")
    assert [visit.id for visit in hall.before(hall.visit("v1"), ALL)] == []
    assert [visit.id for visit in hall.before(hall.visit("v1"), ("1",))] == ["v0"]


def test_nobody_is_transferred_to_a_service_that_no_desk_serves() -> None:
    """They would be on nobody's list."""
    desks = (Desk("1", ("address",)), Desk("2", ("pass",)))
    rules = Rules(services=("address", "land", "pass"), desks=desks)
    assert rules.served == ("address", "pass")
    assert RULES.served == ("address", "pass", "land")
    hall = Hall(rules)
    hall.issue("v0", "А000", "address", 0)
    call(hall, "1")
    does(hall, "served", "v0", "1")
    with pytest.raises(QueueError, match=r"no desk serves 'land'\. One of: address, pass\."):
        hall.ask("transferred", "v0", "olena", MIN, "1", "land")
    does(hall, "transferred", "v0", "1", service="pass")
    assert call(hall, "2") == "v0"


def test_a_visit_issued_twice_is_one() -> None:
    """The dispenser's record came again; meanwhile the visitor was called."""
    hall = hall_with("address")
    call(hall, "1")
    assert hall.issue("v0", "А000", "address", 0).state == "called"
    assert len(hall.visits()) == 1


def test_visits_of_a_dispenser_that_was_away_join_in_the_order_of_their_issue() -> None:
    """Not in that of their arrival."""
    hall = hall_with("address", "address")
    hall.issue("late", "А-1-001", "address", 500)
    assert [visit.id for visit in hall.waiting()] == ["v0", "late", "v1"]


def newcomer(service: str, priority: str = "") -> Visit:
    return begin("~", "", service, 99_000, RULES.rank(priority))


def test_who_goes_before_is_who_shares_a_desk_and_has_class_or_age() -> None:
    """What the ticket says of people ahead."""
    hall = hall_with("address", "pass", "land")
    hall.issue("vet", "А900", "address", 9_000, "veteran")
    before = hall.before(newcomer("address"), ALL)
    assert [visit.id for visit in before] == ["vet", "v0", "v1", "v2"]
    assert hall.before(newcomer("address", "booked"), ALL) == []


def test_who_is_at_a_desk_that_has_gone_waits_again() -> None:
    """Called or served there; the desk calls nobody any more, and its times are not lost."""
    hall = hall_with("address", "address", "pass")
    for n, desk in enumerate("89"):
        hall.replay(Turn(visit=f"v{n}", kind="called", at=MIN, desk=desk))
    hall.replay(Turn(visit="v1", kind="served", at=2 * MIN, desk="9"))
    assert call(hall, "3") == "v2"
    with pytest.raises(QueueError, match="'8' is no desk of this office"):
        hall.call_next("8", "olena", 3 * MIN, ALL)
    with pytest.raises(QueueError, match="'9' is no desk of this office"):
        hall.at_desk("9")
    for turn in hall.displaced(5 * MIN):
        hall.take(turn)
    assert hall.displaced(6 * MIN) == []
    assert [visit.id for visit in hall.waiting_for("2", ALL)] == ["v0", "v1"]
    assert hall.visit("v1").served(9 * MIN) == 3 * MIN
    hall.issue("vet", "А900", "address", 0, "veteran")
    assert call(hall, "2", 9 * MIN) == "v0"


def test_in_the_evening_nobody_is_served_by_a_rule() -> None:
    """Who waits, is called or held has left; who is at a desk is unfinished; the rest stays."""
    hall = hall_with("address", "address", "pass", "address")
    for id_, desk in (("v0", "1"), ("v1", "2"), ("v2", "3")):
        assert call(hall, desk) == id_
    does(hall, "served", "v1", "2")
    does(hall, "served", "v2", "3")
    does(hall, "finished", "v2", "3")
    for turn in hall.close(20 * MIN):
        hall.take(turn)
    states = {visit.id: visit.state for visit in hall.visits()}
    assert states == {"v0": "left", "v1": "unfinished", "v2": "finished", "v3": "left"}
    assert hall.close(21 * MIN) == []


def test_calls_are_kept_in_their_order_recalls_too() -> None:
    """A board says each of them, and none takes the place of another."""
    hall = hall_with("address", "address")
    call(hall, "1", 5)
    call(hall, "2", 6)
    does(hall, "recalled", "v0", "1", 7)
    assert [(c.n, c.visit, c.number, c.desk, c.at) for c in hall.calls] == [
        (1, "v0", "А000", "1", 5),
        (2, "v1", "А001", "2", 6),
        (3, "v0", "А000", "1", 7),
    ]


def test_service_times_are_those_of_periods_that_are_over() -> None:
    """By the service that was served, the newest last; who is still at a desk has none yet."""
    hall = hall_with("address", "address", "pass")
    for visit, desk, came, end in (("v1", "2", 2, 9), ("v0", "1", 1, 5), ("v2", "3", 3, 0)):
        hall.take(Turn(visit=visit, kind="called", at=came * MIN, desk=desk))
        hall.take(Turn(visit=visit, kind="served", at=came * MIN, desk=desk))
        if end:
            hall.take(Turn(visit=visit, kind="finished", at=end * MIN))
    assert hall.measured() == {"address": [4 * MIN, 7 * MIN]}


class Office(RuleBasedStateMachine):
    """Clerks, dispensers and restarts in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.hall = Hall(RULES)
        self.now = 0
        self.open: tuple[str, ...] = ALL
        self.issued: list[tuple[str, str, str, int, str]] = []
        self.stored: list[tuple[str, str, str, int, str] | Turn] = []  # in the order of the journal

    @rule(
        service=st.sampled_from(RULES.services),
        priority=st.sampled_from(["", "", "veteran", "booked"]),
        ago=st.integers(0, 5) | st.just(0),
    )
    def issue(self, service: str, priority: str, ago: int) -> None:
        """A ticket, perhaps of a dispenser that was away."""
        n = len(self.issued)
        visit = (f"v{n}", f"А{n:03d}", service, max(0, self.now - ago * MIN), priority)
        self.issued.append(visit)
        self.stored.append(visit)
        self.hall.issue(*visit)

    @rule(desk=st.sampled_from(["1", "2", "3"]))
    def call(self, desk: str) -> None:
        """A clerk presses Next."""
        here = self.hall.at_desk(desk)
        if here is not None:
            with pytest.raises(Illegal):
                self.hall.call_next(desk, "olena", self.now, self.open)
            return
        turn = self.hall.call_next(desk, "olena", self.now, self.open)
        if turn is None:
            assert self.hall.waiting_for(desk, self.open) == []
        else:
            self.happens(turn)

    @precondition(lambda self: self.issued)
    @rule(
        kind=st.sampled_from(KINDS),
        n=st.integers(0, 999),
        service=st.sampled_from(RULES.services),
        returns=st.booleans(),
        desk=st.sampled_from(["", "1", "2", "3"]),
    )
    def act(self, kind: Kind, n: int, service: str, returns: bool, desk: str) -> None:
        """A clerk does anything to anybody; it happens, or is refused and changes nothing."""
        visit = self.issued[n % len(self.issued)][0]
        before = self.hall.visits()
        to = service if kind == "transferred" else ""
        try:
            turn = self.hall.ask(
                *(kind, visit, "olena", self.now, desk, to, returns), open_desks=self.open
            )
        except (Illegal, QueueError):
            assert self.hall.visits() == before
        else:
            self.happens(turn)

    @rule(desks=st.sets(st.sampled_from(ALL)))
    def clerks_come_and_go(self, desks: set[str]) -> None:
        """These desks are open now."""
        self.open = tuple(sorted(desks))

    @rule(minutes=st.integers(-1, 20))
    def time_passes(self, minutes: int) -> None:
        """Or goes back by one."""
        self.now = max(0, self.now + minutes * MIN)

    @rule()
    def restart(self) -> None:
        """What is made anew from what is stored is what was."""
        hall = Hall(RULES)
        for what in self.stored:
            if isinstance(what, Turn):
                hall.take(what)
            else:
                hall.issue(*what)
        assert hall.visits() == self.hall.visits()
        for desk in "123":
            assert hall.at_desk(desk) == self.hall.at_desk(desk)
            if hall.at_desk(desk) is None:
                found = hall.call_next(desk, "", 0, self.open)
                assert found == self.hall.call_next(desk, "", 0, self.open)
        self.hall = hall

    def happens(self, turn: Turn) -> None:
        self.stored.append(turn)
        self.hall.take(turn)

    @invariant()
    def nobody_is_lost_or_doubled(self) -> None:
        """As many visits as tickets, each once."""
        assert sorted(v.id for v in self.hall.visits()) == sorted(v[0] for v in self.issued)

    @invariant()
    def everybody_is_in_one_place(self) -> None:
        """At one desk, or waiting, or neither; and each desk has at most one."""
        waiting = {visit.id for visit in self.hall.waiting()}
        at_desks = [visit.id for desk in "123" if (visit := self.hall.at_desk(desk))]
        assert len(at_desks) == len(set(at_desks))
        for visit in self.hall.visits():
            assert (visit.id in waiting) == (visit.state == "waiting")
            assert (visit.id in at_desks) == (visit.state in ("called", "serving"))

    @invariant()
    def who_waits_can_be_called_by_an_open_desk_if_one_serves_them(self) -> None:
        """Whoever was sent elsewhere by whichever desk."""
        seen = {v.id for desk in self.open for v in self.hall.waiting_for(desk, self.open)}
        for visit in self.hall.waiting():
            if any(visit.service in self.hall.serves(desk) for desk in self.open):
                assert visit.id in seen

    @invariant()
    def periods_add_up(self) -> None:
        """Without a gap from the ticket on; one is open, or the visit is over."""
        for visit in self.hall.visits():
            assert visit.periods[0].since == visit.at
            for one, after in zip(visit.periods, visit.periods[1:], strict=False):
                assert one.until == after.since
                assert one.until >= one.since
            assert (visit.periods[-1].until is None) == visit.is_open
            last = visit.periods[-1]
            end = max(self.now, last.since) if last.until is None else last.until
            assert sum(p.lasted(end) for p in visit.periods) == end - visit.at


TestOffice = Office.TestCase
TestOffice.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
