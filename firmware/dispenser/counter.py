"""The counter where tickets are given out: from a press to the paper. Decides; no I/O.

The gateway has 250 ms to give a number, else the dispenser's own series gives one. The number is
on disk before the printer hears of it; while the printer is known to print nothing, none is taken.

Each visit has one outcome on record. Where nobody knows whether there is paper, the visitor may ask
for a copy with the same number by pressing again, once and within `DOUBT_MS`; the outcome is then
that of the copy. Nothing prints without a press, and a start repeats nothing: what was under way
when the program ended is `unknown`.
"""

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from firmware.common.node import FULL, Node
from firmware.dispenser.series import Series, number_text
from firmware.dispenser.slip import Ticket
from firmware.dispenser.ticket import Job, Layout
from wire import topics

ASK_MS = 250
DOUBT_MS = 30_000  # longer, and somebody else may be the one who presses
PRINT_MS = 30_000  # the printer's own deadlines are shorter; this one is for when they fail
_MAX_NUMBER = 16  # characters, as wire.records.TicketNumber
_MAX_DETAIL = 500  # characters, as wire.records.Text
_LOOK_BACK = 400  # records; of at most two visits the outcome is open, the older for about a minute
AS_COPY = "as a copy, after a doubt"

GATEWAY = "gateway"
DISPENSER = "dispenser"
PRINTED = "printed"
FAILED = "failed"
UNKNOWN = "unknown"


class Paper(Protocol):
    """A printer. Its outcome comes to `Counter.on_printed` later."""

    def print(self, job: Job) -> None:
        """Begin to print; returns at once."""


@dataclass(frozen=True)
class _Slip:
    """A number that is on disk, as record `seq`; `at`: when, Unix ms."""

    visit: str
    service: str
    number: str
    at: int | None
    seq: int


@dataclass(frozen=True)
class _Doubt:
    """A ticket of which nobody knows whether it is on paper; until `deadline` there is a copy."""

    slip: _Slip
    detail: str
    deadline: int


@dataclass(frozen=True)
class Service:
    """What a visitor may choose. `letter` begins its numbers, the titles are printed."""

    letter: str
    title: str
    title_en: str = ""


@dataclass(frozen=True)
class _Visit:
    id: str
    service: str
    deadline: int
    slip: _Slip | None = None  # once it is at the printer
    copy: bool = False

    @property
    def printing(self) -> bool:
        return self.slip is not None


class Counter:
    """Serves one visitor at a time; a press meanwhile waits, one per service.

    `services`: by their id. `mark`: what tells this dispenser's own series from the others'.
    `token()`: 16 random hex digits. `now`, here and below: ms since boot.
    """

    def __init__(
        self,
        node: Node,
        series: Series,
        paper: Paper,
        layout: Layout,
        services: Mapping[str, Service],
        mark: str,
        token: Callable[[], str],
    ) -> None:
        self._node = node
        self._series = series
        self._paper = paper
        self._layout = layout
        self._services = services
        self._mark = mark
        self._token = token
        self._visit: _Visit | None = None
        self._doubt: _Doubt | None = None
        self._obstacle = ""
        self._waiting: list[str] = []
        self._broken_off = False  # the last job may be half on paper, or half in the printer
        self._close_open_visits()

    @property
    def busy(self) -> bool:
        """Whether a visit is under way."""
        return self._visit is not None

    @property
    def serving(self) -> bool:
        """Whether a press would get a ticket now, as far as is known."""
        return not (self._obstacle or self._node.log.full)

    def use(self, layout: Layout, services: Mapping[str, Service]) -> None:
        """From the next ticket on they look so, and the services are called so."""
        self._layout = layout
        self._services = services

    def press(self, service: str, now: int) -> None:
        """A visitor chose a service."""
        if service not in self._waiting:
            self._waiting.append(service)
        self._next(now)

    def on_status(self, obstacle: str, warning: str) -> None:
        """What the printer says of itself: why it cannot print, what will soon be so."""
        self._obstacle = obstacle
        self._node.set_fault(
            "printer", f"printer: {obstacle or warning}" if obstacle or warning else ""
        )

    def on_link(self, up: bool, now: int) -> None:
        """The link came up or went down; without it no answer will come."""
        if not up and self._visit and not self._visit.printing:
            self._issue_own(self._visit, now)

    def on_answer(self, payload: bytes, now: int) -> None:
        """The gateway's answer. Late ones, and those to somebody else, change nothing."""
        visit = self._visit
        if visit is None or visit.printing:
            return
        answer = _read(payload)
        if answer.get("visit") != visit.id:
            return
        number = answer.get("number")
        if _is_number(number):
            self._issue(visit, str(number), GATEWAY, now)
        else:
            self._issue_own(visit, now)

    def on_printed(self, visit: str, outcome: str, detail: str, now: int) -> None:
        """What became of the paper. An outcome that comes after its deadline changes nothing."""
        if self._visit and self._visit.printing and self._visit.id == visit:
            self._finish(self._visit, outcome, detail, now)

    def poll(self, now: int) -> None:
        """Do what is due."""
        if self._doubt and now >= self._doubt.deadline:
            self._settle_doubt()
        visit = self._visit
        if visit is None or now < visit.deadline:
            return
        if visit.printing:
            self._finish(visit, UNKNOWN, f"no word from the printer in {PRINT_MS // 1000} s", now)
        else:
            self._issue_own(visit, now)

    def due(self, now: int) -> int | None:
        """In how many ms `poll` has something to do; None: not before an event."""
        waits = [max(0, open_.deadline - now) for open_ in (self._visit, self._doubt) if open_]
        return min(waits, default=None)

    def _next(self, now: int) -> None:
        while self._waiting and self._visit is None:
            self._begin(self._waiting.pop(0), now)

    def _begin(self, service: str, now: int) -> None:
        if self._node.log.full:  # so that no number is taken that nobody would get
            self._node.miss(FULL)
            return
        if self._obstacle:
            self._node.miss(f"no ticket: printer: {self._obstacle}")
            return
        if self._doubt and self._doubt.slip.service == service:
            slip, self._doubt = self._doubt.slip, None
            self._print(slip, now, copy=True)
            return
        visit = _Visit(self._token(), service, now + ASK_MS)
        if not self._node.online:
            self._issue_own(visit, now)
            return
        ask = {"v": 1, "visit": visit.id, "service": service}
        self._node.publish(topics.ASK, json.dumps(ask, separators=(",", ":")).encode())
        self._visit = visit

    def _issue_own(self, visit: _Visit, now: int) -> None:
        try:
            number = self._series.take()
        except OSError as error:
            self._node.miss(f"no ticket: cannot store its number: {error}")
            self._end(now)
            return
        letter = self._services[visit.service].letter
        self._issue(visit, number_text(letter, self._mark, number), DISPENSER, now)

    def _issue(self, visit: _Visit, number: str, by: str, now: int) -> None:
        said = {"visit": visit.id, "service": visit.service, "number": number, "by": by}
        at = self._node.clock.at()
        try:
            seq = self._node.record("issued", dict(said))
        except OSError:  # kept by the node as its fault; nobody gets a number that is not on disk
            self._end(now)
            return
        self._print(_Slip(visit.id, visit.service, number, at, seq), now, copy=False)

    def _print(self, slip: _Slip, now: int, copy: bool) -> None:
        self._visit = _Visit(slip.visit, slip.service, now + PRINT_MS, slip, copy)
        self._hold()
        of = self._services[slip.service]
        ticket = Ticket(slip.visit, slip.number, of.title, of.title_en, at=slip.at, copy=copy)
        self._paper.print(Job(self._layout, ticket, self._broken_off))

    def _finish(self, visit: _Visit, outcome: str, detail: str, now: int) -> None:
        wrong = "" if outcome == PRINTED else f"printer: {outcome}: {detail}"
        self._node.set_fault("printing", wrong)
        if outcome != FAILED:  # of which nothing was sent
            self._broken_off = outcome == UNKNOWN
        if outcome == UNKNOWN and not visit.copy and visit.slip:
            self._settle_doubt()  # there is one at a time: the copy is for who stands here now
            self._doubt = _Doubt(visit.slip, detail, now + DOUBT_MS)
        else:
            if visit.copy:
                # Nothing of the copy is on paper; of the ticket before it nobody knows.
                outcome = UNKNOWN if outcome == FAILED else outcome
                detail = f"{AS_COPY}: {detail}" if detail else AS_COPY
            self._record_outcome(visit.id, visit.service, outcome, detail)
        self._end(now)

    def _settle_doubt(self) -> None:
        """Nobody asked for the copy: the doubt goes on record."""
        doubt, self._doubt = self._doubt, None
        if doubt:
            self._record_outcome(doubt.slip.visit, doubt.slip.service, UNKNOWN, doubt.detail)
            self._hold()

    def _record_outcome(self, visit: str, service: str, outcome: str, detail: str) -> None:
        said = {"visit": visit, "service": service, "outcome": outcome}
        # The node keeps an error as its fault; the visitor has the paper all the same.
        with contextlib.suppress(OSError):
            self._node.record("printed", {**said, "detail": detail[:_MAX_DETAIL]})

    def _hold(self) -> None:
        """Keep the records of visits without an outcome on the card, acknowledged or not: a start
        finds them there."""
        slips = [self._visit.slip if self._visit else None, self._doubt and self._doubt.slip]
        self._node.log.hold = min((slip.seq for slip in slips if slip), default=0)

    def _close_open_visits(self) -> None:
        """What was at the printer when the program ended: nobody knows, and nothing is repeated."""
        try:
            open_ = self._open_visits()
        except OSError as error:  # tickets go on; those visits stay without an outcome
            self._node.set_fault("printing", f"cannot read what was printed last: {error}")
            return
        for visit, service in open_.items():
            self._record_outcome(visit, service, UNKNOWN, "the program ended while it printed")

    def _open_visits(self) -> dict[str, str]:
        """Service by visit of those on the card that have no outcome."""
        log = self._node.log
        first = max(log.oldest, log.last - _LOOK_BACK + 1)
        open_: dict[str, str] = {}
        while first <= log.last:
            records = log.read(first, _LOOK_BACK, 1 << 20)
            first += len(records)
            for record in records:
                said = _of_visit(record)
                visit = str(said.get("visit"))
                if said.get("kind") == "issued":
                    open_[visit] = str(said.get("service"))
                elif said.get("kind") == "printed":
                    open_.pop(visit, None)
                    self._broken_off = said.get("outcome") == UNKNOWN
        self._broken_off = self._broken_off or bool(open_)
        return open_

    def end(self) -> None:
        """The program ends: no copy can follow."""
        self._settle_doubt()

    def _end(self, now: int) -> None:
        self._visit = None
        self._hold()
        self._next(now)


def _of_visit(record: bytes) -> dict[str, object]:
    """What a record says, if it may open or close a visit; else nothing."""
    if b'"issued"' not in record and b'"printed"' not in record:
        return {}
    return _read_json(record)


def _read(payload: bytes) -> dict[str, object]:
    answer = _read_json(payload)
    return answer if answer.get("v") == 1 else {}


def _read_json(data: bytes) -> dict[str, object]:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _is_number(number: object) -> bool:
    """Whether it can be a gateway's number: a dash would make it one of a dispenser's series."""
    return (
        isinstance(number, str)
        and 0 < len(number) <= _MAX_NUMBER
        and number.isprintable()
        and "-" not in number
    )
