"""What may happen to a visit: each transition, and each that is refused."""

import itertools

import pytest

from gateway.queue.visit import _NEXT, ENDS, KINDS, Illegal, Kind, State, Turn, Visit, begin, follow

MIN = 60_000

# The way into each state, from a ticket issued at 0; one minute passes before each turn.
WAYS: dict[State, tuple[Kind, ...]] = {
    "waiting": (),
    "called": ("called",),
    "serving": ("called", "served"),
    "held": ("called", "served", "held"),
    "finished": ("called", "served", "finished"),
    "missed": ("called", "missed"),
    "left": ("left",),
    "unfinished": ("called", "served", "unfinished"),
}


def turn(kind: Kind, at: int, desk: str = "3", service: str = "", returns: bool = False) -> Turn:
    service = service or ("pass" if kind == "transferred" else "")
    return Turn(visit="v1", kind=kind, at=at, desk=desk, service=service, returns=returns)


def go(*kinds: Kind, visit: Visit | None = None) -> Visit:
    visit = visit or begin("v1", "А001", "address", 0)
    at = visit.periods[-1].since
    for kind in kinds:
        at += MIN
        visit = follow(visit, turn(kind, at))
    return visit


@pytest.mark.parametrize("state", WAYS)
def test_each_state_can_be_reached(state: State) -> None:
    """The ways that the other tests start from end where they say."""
    assert go(*WAYS[state]).state == state


@pytest.mark.parametrize(("state", "kind"), list(itertools.product(WAYS, KINDS)))
def test_every_transition_is_either_made_or_refused_by_name(state: State, kind: Kind) -> None:
    """A refusal names ticket, state and remedy, and leaves the visit as it was."""
    before = go(*WAYS[state])
    after = _NEXT[state].get(kind)
    if after is None:
        with pytest.raises(Illegal) as caught:
            follow(before, turn(kind, 9 * MIN))
        assert (caught.value.number, caught.value.state) == ("А001", state)
        assert str(caught.value).startswith(f"А001 is {state} and cannot be {kind}. ")
        assert caught.value.remedy
    else:
        assert follow(before, turn(kind, 9 * MIN)).state == after


@pytest.mark.parametrize("state", WAYS)
def test_one_period_is_open_if_and_only_if_the_visit_goes_on(state: State) -> None:
    """Never two, and none once it has ended."""
    visit = go(*WAYS[state])
    open_ = [period for period in visit.periods if period.until is None]
    assert len(open_) == (0 if state in ENDS else 1)
    assert visit.is_open == (state not in ENDS)


def test_a_recall_does_not_change_the_waiting_time() -> None:
    """Waiting ends with the first call, however often it is repeated."""
    visit = go("called", "recalled", "recalled", "served")
    assert visit.waited(9 * MIN) == 1 * MIN
    assert visit.calls == 3
    assert [period.state for period in visit.periods] == ["waiting", "called", "serving"]


def test_the_time_of_who_was_missed_and_came_back_is_no_waiting() -> None:
    """Only what was spent in the hall counts; the periods have no gap."""
    visit = go("called", "missed")
    visit = follow(visit, turn("returned", 30 * MIN))
    assert visit.state == "waiting"
    assert visit.waited(32 * MIN) == 1 * MIN + 2 * MIN
    assert [(p.state, p.since, p.until) for p in visit.periods] == [
        ("waiting", 0, MIN),
        ("called", MIN, 2 * MIN),
        ("missed", 2 * MIN, 30 * MIN),
        ("waiting", 30 * MIN, None),
    ]


def test_a_transfer_waits_for_the_other_service() -> None:
    """Its time at both desks is served time, and it may be called by any desk there."""
    visit = go("called", "served", "transferred")
    assert (visit.state, visit.service, visit.desk, visit.reserved) == ("waiting", "pass", "", "")
    visit = go("called", "served", "finished", visit=visit)
    assert visit.state == "finished"
    assert visit.served(99 * MIN) == 2 * MIN


def test_a_transfer_with_return_comes_back_to_the_desk_that_sent_it() -> None:
    """What the other desk finishes goes on at the first."""
    visit = go("called", "served")
    visit = follow(visit, turn("transferred", 5 * MIN, returns=True))
    visit = follow(visit, turn("called", 6 * MIN, desk="7"))
    visit = follow(visit, turn("served", 7 * MIN, desk="7"))
    visit = follow(visit, turn("finished", 8 * MIN, desk="7"))
    assert (visit.state, visit.service, visit.reserved) == ("waiting", "address", "3")
    visit = go("called", "served", "finished", visit=visit)
    assert visit.state == "finished"


def test_a_transfer_to_nowhere_or_to_the_same_service_is_refused() -> None:
    """The clerk is told to name another one."""
    visit = go("called", "served")
    for service in ("", "address"):
        bad = Turn(visit="v1", kind="transferred", at=9 * MIN, desk="3", service=service)
        with pytest.raises(Illegal, match="Say to which other service"):
            follow(visit, bad)


def test_a_call_to_no_desk_is_refused() -> None:
    """A board cannot show it."""
    with pytest.raises(Illegal, match="Say to which desk"):
        follow(go(), turn("called", MIN, desk=""))


def test_no_period_ends_before_it_begins() -> None:
    """When the clock goes back, the turn is at the time of the one before it."""
    visit = follow(go("called"), turn("served", 0))
    assert [(p.since, p.until) for p in visit.periods] == [(0, MIN), (MIN, MIN), (MIN, None)]
    assert visit.served(0) == 0
