"""The counter where tickets are given out: from a press to the paper. Decides; no I/O.

The gateway has 250 ms to give a number, else the dispenser's own series gives one. The number is
on disk before the printer hears of it; while the printer is known to print nothing, none is taken.

Each visit has one outcome on record. Where nobody knows whether there is paper, the visitor may ask
for a copy with the same number by pressing again, once and within `DOUBT_MS`; the outcome is then
that of the copy. Nothing prints without a press, and a start repeats nothing: what was under way
when the program ended is `unknown`.

A service that is closed, or whose numbers of the day are given, takes none: the visitor gets a
notice instead, and is on record. All of it is in one file since every way through it ends at the
printer, which does one thing at a time.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from firmware.common.node import FULL, Node
from firmware.dispenser.answer import Answer, read_answer, read_json
from firmware.dispenser.offer import Offer
from firmware.dispenser.series import Series, number_text
from firmware.dispenser.slip import Notice, Ticket
from firmware.dispenser.ticket import Job, Layout
from firmware.dispenser.touch import BUSY, NO_SERVICE, OLD, Choice, Replies
from wire import topics
from wire.hours import ALWAYS, Hours
from wire.records import DeclineReason

ASK_MS = 250
DOUBT_MS = 30_000  # longer, and somebody else may be the one who presses
PAY_MS = 5_000  # until a card that refused an outcome is tried again
PRINT_MS = 30_000  # the printer's own deadlines are shorter; this one is for when they fail
NOTICE_EVERY_MS = 10_000  # of one service: who goes on pressing has read it
_MAX_DETAIL = 500  # characters, as wire.records.Text
_LOOK_BACK_DAY = 4_000  # records, for what was issued today: 2,000 tickets
_LOOK_BACK = 400  # records; of at most two visits the outcome is open, the older for about a minute
AS_COPY = "as a copy, after a doubt"

GATEWAY = "gateway"
DISPENSER = "dispenser"
PRINTED = "printed"
FAILED = "failed"
UNKNOWN = "unknown"
_NO_ANSWER = Answer()


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
    ahead: int | None = None
    wait: tuple[int, int] | None = None


@dataclass(frozen=True)
class _Outcome:
    """What became of the paper of a visit whose number is record `seq`."""

    visit: str
    service: str
    outcome: str
    detail: str
    seq: int


@dataclass(frozen=True)
class _Doubt:
    """A ticket of which nobody knows whether it is on paper; until `deadline` there is a copy."""

    slip: _Slip
    detail: str
    deadline: int


@dataclass(frozen=True)
class Service:
    """What a visitor may choose. `letter` begins its numbers, the titles are printed. `hours`: when
    it gives tickets; `limit`: how many a day, None: as many as come."""

    letter: str
    title: str
    title_en: str = ""
    hours: Hours = ALWAYS
    limit: int | None = None


@dataclass(frozen=True)
class _Visit:
    id: str
    service: str
    deadline: int
    slip: _Slip | None = None  # once it is at the printer
    copy: bool = False
    notice: int = 0  # no visit: of record `notice`, a visitor is told that there is no ticket

    @property
    def printing(self) -> bool:
        return self.slip is not None or self.notice > 0


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
        self._waiting: dict[str, str] = {}  # by service, what the touch page calls it; or empty
        self._replies = Replies(node)
        self._owed: list[_Outcome] = []  # that the card has not taken yet
        self._pay_at = 0
        self._broken_off = 0  # record of the last ticket, if it may be half on paper
        self._offer = Offer(services, layout.template.zone)
        self._noticed: dict[str, int] = {}  # when, by service, for the last time
        self._close_open_visits()

    @property
    def busy(self) -> bool:
        """Whether a visit is under way."""
        return self._visit is not None

    @property
    def timed(self) -> bool:
        """Whether the time of day changes what `serves` says."""
        return self._offer.changes

    def serving(self) -> Collection[str]:
        """The services of which a press would get a ticket now, as far as is known."""
        if self._obstacle or self._node.log.full:
            return ()
        return self._offer.open(self._node.clock.at())

    def use(self, layout: Layout, services: Mapping[str, Service]) -> None:
        """From the next ticket on they look so, and the services are called so."""
        self._layout = layout
        self._services = services
        self._offer.use(services, layout.template.zone)

    def press(self, service: str, now: int) -> None:
        """A visitor chose a service."""
        self._waiting.setdefault(service, "")
        self._next(now)

    def choose(self, choice: Choice, now: int) -> None:
        """A visitor chose a service on the office's touch page: as a press, whose visit has the
        choice's id."""
        self._replies.expect(choice.id)
        if choice.service not in self._services:
            self._replies.refuse(choice.id, NO_SERVICE)
        elif choice.is_old(self._node.clock.at()):
            self._replies.refuse(choice.id, OLD)
        elif choice.service in self._waiting:
            self._replies.refuse(choice.id, BUSY)
        else:
            self._waiting[choice.service] = choice.id
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
        answer = read_answer(payload, visit.id)
        if answer is None:
            return
        if answer.number is not None:
            self._issue(visit, answer.number, GATEWAY, now, answer)
        elif answer.declined is not None:
            self._decline(visit, answer.declined, GATEWAY, now)
        else:
            self._issue_own(visit, now)
        self._offer.told(answer.left, self._node.clock.at())  # this visit is counted in it

    def on_printed(self, visit: str, outcome: str, detail: str, now: int) -> None:
        """What became of the paper. An outcome that comes after its deadline changes nothing."""
        if self._visit and self._visit.printing and self._visit.id == visit:
            self._finish(self._visit, outcome, detail, now)

    def poll(self, now: int) -> None:
        """Do what is due."""
        if self._doubt and now >= self._doubt.deadline:
            self._settle_doubt()
        if self._owed and now >= self._pay_at:
            self._pay()
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
        if self._owed:
            waits.append(max(0, self._pay_at - now))
        return min(waits, default=None)

    def _next(self, now: int) -> None:
        while self._waiting and self._visit is None:
            service = next(iter(self._waiting))
            self._begin(service, self._waiting.pop(service), now)

    def _begin(self, service: str, choice: str, now: int) -> None:
        if self._node.log.full:  # so that no number is taken that nobody would get
            self._node.miss(FULL)
            self._replies.refuse(choice, FULL)
            return
        if self._obstacle:
            reason = self._offer.declines(service, self._node.clock.at())
            if reason is not None:
                self._record_declined(service, reason, DISPENSER)
            else:
                self._node.miss(f"no ticket: printer: {self._obstacle}")
            self._replies.refuse(choice, reason or f"printer: {self._obstacle}")
            return
        if self._doubt and self._doubt.slip.service == service:
            slip, self._doubt = self._doubt.slip, None
            self._replies.visit(choice, slip.visit)
            self._print(slip, now, copy=True)
            return
        visit = _Visit(choice or self._token(), service, now + ASK_MS)
        if not self._node.online:
            self._issue_own(visit, now)
            return
        ask = {"v": 1, "visit": visit.id, "service": service}
        self._node.publish(topics.ASK, json.dumps(ask, separators=(",", ":")).encode())
        self._visit = visit

    def _issue_own(self, visit: _Visit, now: int) -> None:
        reason = self._offer.declines(visit.service, self._node.clock.at())
        if reason is not None:
            self._decline(visit, reason, DISPENSER, now)
            return
        try:
            number = self._series.take()
        except OSError as error:
            self._node.miss(f"no ticket: cannot store its number: {error}")
            self._replies.refuse(visit.id, str(error))
            self._end(now)
            return
        letter = self._services[visit.service].letter
        self._issue(visit, number_text(letter, self._mark, number), DISPENSER, now)

    def _decline(self, visit: _Visit, reason: DeclineReason, by: str, now: int) -> None:
        """No number is taken, and the visitor is told why; but not the tenth time in a row."""
        told = self._noticed.get(visit.service)
        seq = self._record_declined(visit.service, reason, by)
        self._replies.refuse(visit.id, reason)
        if not seq or self._obstacle or (told is not None and now - told < NOTICE_EVERY_MS):
            self._end(now)
            return
        self._noticed[visit.service] = now
        self._visit = _Visit(visit.id, visit.service, now + PRINT_MS, notice=seq)
        of = self._services[visit.service]
        at = self._node.clock.at()
        opens = self._offer.opens(visit.service, reason, at)
        notice = Notice(visit.id, reason, of.title, of.title_en, opens, at)
        self._paper.print(Job(self._layout, notice, bool(self._broken_off)))

    def _record_declined(self, service: str, reason: DeclineReason, by: str) -> int:
        """The number of the record; 0: the card refused, and the node has counted it as missed."""
        try:
            said = {"service": service, "reason": reason, "by": by}
            return self._node.record("declined", dict(said))
        except OSError:
            return 0

    def _issue(
        self, visit: _Visit, number: str, by: str, now: int, answer: Answer = _NO_ANSWER
    ) -> None:
        said = {"visit": visit.id, "service": visit.service, "number": number, "by": by}
        at = self._node.clock.at()
        try:
            seq = self._node.record("issued", dict(said))
        except OSError as error:  # the node's fault; nobody gets a number that is not on disk
            self._replies.refuse(visit.id, str(error))
            self._end(now)
            return
        self._replies.visit(visit.id, visit.id)
        self._offer.issued(visit.service, at)
        slip = _Slip(visit.id, visit.service, number, at, seq, answer.ahead, answer.wait)
        self._print(slip, now, copy=False)

    def _print(self, slip: _Slip, now: int, copy: bool) -> None:
        self._visit = _Visit(slip.visit, slip.service, now + PRINT_MS, slip, copy)
        self._hold()
        of = self._services[slip.service]
        ticket = Ticket(
            slip.visit,
            slip.number,
            of.title,
            of.title_en,
            slip.at,
            slip.ahead,
            slip.wait,
            copy,
        )
        self._paper.print(Job(self._layout, ticket, bool(self._broken_off)))

    def _finish(self, visit: _Visit, outcome: str, detail: str, now: int) -> None:
        wrong = "" if outcome == PRINTED else f"printer: {outcome}: {detail}"
        self._node.set_fault("printing", wrong)
        seq = visit.slip.seq if visit.slip else visit.notice
        self._note_paper(outcome, seq)
        if visit.notice:
            self._end(now)
            return
        if outcome == UNKNOWN and not visit.copy and visit.slip:
            self._settle_doubt()  # there is one at a time: the copy is for who stands here now
            self._doubt = _Doubt(visit.slip, detail, now + DOUBT_MS)
        else:
            if visit.copy:
                # Nothing of the copy is on paper; of the ticket before it nobody knows.
                outcome = UNKNOWN if outcome == FAILED else outcome
                detail = f"{AS_COPY}: {detail}" if detail else AS_COPY
            self._record_outcome(_Outcome(visit.id, visit.service, outcome, detail, seq))
        self._end(now)

    def _note_paper(self, outcome: str, seq: int) -> None:
        """Whether the last ticket may be half on paper; of one that has failed nothing is."""
        if outcome != FAILED:
            self._broken_off = seq if outcome == UNKNOWN else 0

    def _settle_doubt(self) -> None:
        """Nobody asked for the copy: the doubt goes on record."""
        doubt, self._doubt = self._doubt, None
        if doubt:
            slip = doubt.slip
            self._record_outcome(
                _Outcome(slip.visit, slip.service, UNKNOWN, doubt.detail, slip.seq)
            )

    def _record_outcome(self, outcome: _Outcome) -> None:
        self._owed.append(outcome)
        self._pay()

    def _pay(self) -> None:
        """Write the outcomes that are owed. A card that refuses is tried again: the node keeps its
        error as a fault, and the visitor has the paper all the same."""
        while self._owed:
            first = self._owed[0]
            said = {"visit": first.visit, "service": first.service, "outcome": first.outcome}
            try:
                self._node.record("printed", {**said, "detail": first.detail[:_MAX_DETAIL]})
            except OSError:
                self._pay_at = self._node.clock.up() + PAY_MS
                break
            self._owed.pop(0)
        self._hold()

    def _hold(self) -> None:
        """Keep on the card, acknowledged or not, what a start has to know: visits without an
        outcome, and the last ticket, if it may be half on paper."""
        slips = [self._visit.slip if self._visit else None, self._doubt and self._doubt.slip]
        held = [one.seq for one in (*slips, *self._owed) if one]
        self._node.log.hold = min(filter(None, [self._broken_off, *held]), default=0)

    def _close_open_visits(self) -> None:
        """What was at the printer when the program ended: nobody knows, and nothing is repeated."""
        try:
            open_ = self._open_visits()
        except OSError as error:  # tickets go on; those visits stay without an outcome
            self._node.set_fault("printing", f"cannot read what was printed last: {error}")
            return
        for visit, (service, seq) in open_.items():
            ended = "the program ended while it printed"
            self._record_outcome(_Outcome(visit, service, UNKNOWN, ended, seq))
        self._hold()

    def _open_visits(self) -> dict[str, tuple[str, int]]:
        """Service and number of the record, by visit, of those on the card without an outcome."""
        log = self._node.log
        limited = any(service.limit is not None for service in self._services.values())
        back = _LOOK_BACK_DAY if limited else _LOOK_BACK
        first = max(log.oldest, log.last - back + 1)
        open_: dict[str, tuple[str, int]] = {}
        while first <= log.last:
            records = log.read(first, _LOOK_BACK, 1 << 20)
            for seq, record in enumerate(records, first):
                said = _of_visit(record)
                visit = str(said.get("visit"))
                if said.get("kind") == "issued":
                    open_[visit] = str(said.get("service")), seq
                    self._count_again(said)
                elif said.get("kind") == "declined":  # nothing says what became of its notice
                    self._broken_off = seq
                elif said.get("kind") == "printed":
                    open_.pop(visit, None)
                    self._note_paper(str(said.get("outcome")), seq)
            first += len(records)
        seqs = [self._broken_off, *(seq for _, seq in open_.values())]
        self._broken_off = min(filter(None, seqs), default=0)
        return open_

    def _count_again(self, issued: dict[str, object]) -> None:
        """A ticket from before the start, if it is of today, counts towards its day's limit."""
        at = issued.get("at")
        if isinstance(at, int):
            self._offer.issued(str(issued.get("service")), at)

    def end(self) -> None:
        """The program ends: no copy can follow."""
        self._settle_doubt()

    def _end(self, now: int) -> None:
        self._visit = None
        self._hold()
        self._next(now)


def _of_visit(record: bytes) -> dict[str, object]:
    """What a record says, if it is of a visit or of a visitor who got no ticket; else nothing."""
    if not any(kind in record for kind in (b'"issued"', b'"printed"', b'"declined"')):
        return {}
    return read_json(record)
