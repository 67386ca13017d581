"""What the pages show, as values out of the hall. Pure; no words, no HTML.

Nothing here knows of votes: no page ever shows a single visitor's.
"""

from collections.abc import Mapping, Sequence

import msgspec

from gateway.queue.calibration import Calibration, minutes_of
from gateway.queue.hall import Call, Rules
from gateway.queue.posts import Post
from gateway.queue.prospect import Prospect
from gateway.queue.today import Today
from gateway.queue.visit import Kind, Visit
from gateway.queue.wait import Expected
from gateway.roster import Device
from wire.records import State
from wire.topics import GATEWAY

BOARD_CALLS = 8
BOARD_WAITS = 6
STEP_MINUTES = (
    5  # of a wait on the board: whoever looks twice does not see another minute each time
)
LISTED = 30  # of those who wait, on a desk's page
ANNOUNCED = 20  # of the newest calls, for a board that was away for a moment
SAID = 60  # of the newest calls, for one that has not yet said them all: 5 s each
MINUTE_MS = 60_000


class Shown(msgspec.Struct, frozen=True):
    """A visit in a list. `minutes`: how long it has waited."""

    id: str
    number: str
    service: str
    minutes: int
    rank: int
    reserved: str


class DeskView(msgspec.Struct, frozen=True, kw_only=True):
    """A desk, for its clerk. `can`: what may be done with the visitor who is here; `transfers`:
    to which services. `holder`: who has it now, `mine` or not; empty: nobody. `waiting`: the
    first of `wait_count`."""

    desk: str
    clerk: str
    holder: str
    mine: bool
    paused: bool
    here: Shown | None
    state: str
    since_minutes: int
    calls: int
    can: tuple[Kind, ...]
    transfers: tuple[str, ...]
    wait_count: int
    waiting: tuple[Shown, ...]
    held: tuple[Shown, ...]
    missed: tuple[Shown, ...]


class BoardLine(msgspec.Struct, frozen=True):
    """A call that stands on the board until its visit is over. `n`: of the call."""

    n: int
    number: str
    desk: str
    serving: bool


class BoardWait(msgspec.Struct, frozen=True):
    """A service, and how long who comes now would wait. `wait`: from and to, minutes, None: not
    known; `served`: somebody serves it now."""

    service: str
    served: bool
    wait: tuple[int, int] | None


class BoardView(msgspec.Struct, frozen=True):
    """A board: who is called where, the newest call first, and the newest calls to be said.
    `waits`: of some services; `served`: somebody serves now at all."""

    lines: tuple[BoardLine, ...]
    calls: tuple[Call, ...]
    waiting: int
    day: str
    waits: tuple[BoardWait, ...]
    served: bool


class DeskLine(msgspec.Struct, frozen=True):
    """A desk in the office's overview."""

    desk: str
    clerk: str
    paused: bool
    number: str
    state: str
    minutes: int


class DeviceLine(msgspec.Struct, frozen=True):
    """A device in the office's overview. `online` None: not heard of since the gateway started.
    `fault`: in its own words; empty: none."""

    node: str
    kind: str
    online: bool | None
    fault: str


class OfficeView(msgspec.Struct, frozen=True, kw_only=True):
    """The office today. `longest_minutes`: of those who wait now; `ended`: visits by how they
    ended; `waiting`: by service; `told`: how right the tickets were about the wait."""

    waiting: Mapping[str, int]
    longest_minutes: int
    desks: tuple[DeskLine, ...]
    ended: Mapping[str, int]
    visits: int
    told: Calibration
    devices: tuple[DeviceLine, ...]


class PlaceView(msgspec.Struct, frozen=True, kw_only=True):
    """A visitor's own place. `ahead`: who goes before, as things are."""

    number: str
    service: str
    state: str
    desk: str
    ahead: int
    expected: tuple[int, int] | None


def desk_view(today: Today, desk: str, clerk: str, now: int) -> DeskView:
    """What the clerk at a desk sees."""
    hall = today.hall
    post = today.posts.at(desk)
    here = hall.at_desk(desk)
    waiting = hall.waiting_for(desk, today.posts.open())
    return DeskView(
        desk=desk,
        clerk=clerk,
        holder=post.clerk if post else "",
        mine=post is not None and post.clerk == clerk,
        paused=post is not None and post.paused,
        here=_shown(here, now) if here else None,
        state=here.state if here else "free",
        since_minutes=here.periods[-1].lasted(now) // MINUTE_MS if here else 0,
        calls=here.calls if here else 0,
        can=_can(here, today.rules) if here else (),
        transfers=_transfers(here, today.rules) if here else (),
        wait_count=len(waiting),
        waiting=tuple(_shown(visit, now) for visit in waiting[:LISTED]),
        held=tuple(_shown(visit, now) for visit in hall.in_state("held")),
        missed=tuple(_shown(visit, now) for visit in hall.in_state("missed")),
    )


def board_view(today: Today, waits: tuple[BoardWait, ...]) -> BoardView:
    """What stands on a board: each visit that is called or served once, by its newest call."""
    hall = today.hall
    newest = {call.visit: call.n for call in hall.calls}
    lines = [
        BoardLine(newest[visit.id], visit.number, visit.desk, visit.state == "serving")
        for visit in hall.in_state("called", "serving")
    ]
    lines.sort(key=lambda line: (line.serving, -line.n))
    return BoardView(
        lines=tuple(lines[:BOARD_CALLS]),
        calls=tuple(hall.calls[-ANNOUNCED:]),
        waiting=len(hall.waiting()),
        day=today.day,
        waits=waits,
        served=bool(today.posts.open()),
    )


def board_waits(
    prospects: Sequence[Prospect], before: Sequence[BoardWait]
) -> tuple[BoardWait, ...]:
    """The services for which most people wait, as many as the board has room for; if that is room
    for more, those that somebody serves. In the order of the config. One that stood there `before`
    stays until another has two people more: they do not change places all the time."""
    stood = {one.service for one in before}
    asked = [one for one in prospects if one.waiting or one.served]
    most = sorted(asked, key=lambda one: -one.waiting - (one.service in stood))[:BOARD_WAITS]
    return tuple(
        BoardWait(one.service, one.served, one.wait and _in_steps(*one.wait))
        for one in asked
        if one in most
    )


def call_to_say(today: Today, n: int) -> Call | None:
    """A call that a board may still have to say; None: there is none, or it is long over."""
    calls = today.hall.calls
    return calls[n - 1] if max(0, len(calls) - SAID) < n <= len(calls) else None


def office_view(
    today: Today, told: Calibration, devices: tuple[DeviceLine, ...], now: int
) -> OfficeView:
    """What a manager sees of today."""
    hall = today.hall
    waiting: dict[str, int] = dict.fromkeys(today.rules.services, 0)
    for visit in hall.waiting():
        waiting[visit.service] = waiting.get(visit.service, 0) + 1
    ended: dict[str, int] = {}
    for visit in hall.in_state("finished", "missed", "left", "unfinished"):
        ended[visit.state] = ended.get(visit.state, 0) + 1
    return OfficeView(
        waiting=waiting,
        longest_minutes=max((v.waited(now) for v in hall.waiting()), default=0) // MINUTE_MS,
        desks=tuple(
            _desk_line(today.hall.at_desk(d.id), today.posts.at(d.id), d.id, now)
            for d in today.rules.desks
        ),
        ended=ended,
        visits=len(hall.visits()),
        told=told,
        devices=devices,
    )


def device_lines(
    devices: Sequence[Device], said: Mapping[str, State], fault: str
) -> tuple[DeviceLine, ...]:
    """The gateway and its devices; those that want somebody to look at them first. `fault`: of the
    gateway itself; empty: none."""
    lines = [DeviceLine(GATEWAY, GATEWAY, True, fault)]
    lines += [
        DeviceLine(device.node, device.kind, known.online, known.fault)
        if (known := said.get(device.node))
        else DeviceLine(device.node, device.kind, None, "")
        for device in devices
    ]
    return tuple(sorted(lines, key=lambda line: line.online is True and not line.fault))


def place_view(today: Today, id_: str, expected: Expected | None) -> PlaceView:
    """A visitor's own place. QueueError if there is no such visit today."""
    visit = today.hall.visit(id_)
    waits = visit.state == "waiting"
    before = today.hall.before(visit, today.posts.open()) if waits else []
    return PlaceView(
        number=visit.number,
        service=visit.service,
        state=visit.state,
        desk=visit.desk,
        ahead=len(before),
        expected=minutes_of(expected) if waits and expected else None,
    )


def _can(visit: Visit, rules: Rules) -> tuple[Kind, ...]:
    if visit.state == "serving":
        elsewhere: tuple[Kind, ...] = ("transferred",) if _transfers(visit, rules) else ()
        return ("finished", *elsewhere, "held", "left")
    if visit.calls < rules.most_calls:
        return ("served", "recalled", "left")
    return ("served", "recalled", "missed", "left")


def _transfers(visit: Visit, rules: Rules) -> tuple[str, ...]:
    return tuple(service for service in rules.served if service != visit.service)


def _in_steps(low: int, high: int) -> tuple[int, int]:
    """Outward: the range promises no more than before."""
    return low // STEP_MINUTES * STEP_MINUTES, -(-high // STEP_MINUTES) * STEP_MINUTES


def _shown(visit: Visit, now: int) -> Shown:
    return Shown(
        visit.id,
        visit.number,
        visit.service,
        visit.waited(now) // MINUTE_MS,
        visit.rank,
        visit.reserved,
    )


def _desk_line(visit: Visit | None, post: Post | None, desk: str, now: int) -> DeskLine:
    return DeskLine(
        desk=desk,
        clerk=post.clerk if post else "",
        paused=post is not None and post.paused,
        number=visit.number if visit else "",
        state=visit.state if visit else "free",
        minutes=visit.periods[-1].lasted(now) // MINUTE_MS if visit else 0,
    )
