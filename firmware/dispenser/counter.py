"""The counter where tickets are given out: from a press to the paper. Decides; no I/O.

The gateway has 250 ms to give a number, else the dispenser's own series gives one. The number is
on disk before the printer hears of it.
"""

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from firmware.common.node import FULL, Node
from firmware.dispenser.series import Series, number_text
from firmware.dispenser.slip import Ticket
from firmware.dispenser.ticket import Layout
from wire import topics

ASK_MS = 250
PRINT_MS = 30_000  # the printer's own deadlines are shorter; this one is for when they fail
_MAX_NUMBER = 16  # characters, as wire.records.TicketNumber
_MAX_DETAIL = 500  # characters, as wire.records.Text

GATEWAY = "gateway"
DISPENSER = "dispenser"
PRINTED = "printed"
UNKNOWN = "unknown"


class Paper(Protocol):
    """A printer. Its outcome comes to `Counter.on_printed` later."""

    def print(self, visit: str, data: bytes) -> None:
        """Begin to print; returns at once."""


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
    printing: bool


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
        self._waiting: list[str] = []

    @property
    def busy(self) -> bool:
        """Whether a visit is under way."""
        return self._visit is not None

    def press(self, service: str, now: int) -> None:
        """A visitor chose a service."""
        if service not in self._waiting:
            self._waiting.append(service)
        self._next(now)

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
        visit = self._visit
        if visit is None or now < visit.deadline:
            return
        if visit.printing:
            self._finish(visit, UNKNOWN, f"no word from the printer in {PRINT_MS // 1000} s", now)
        else:
            self._issue_own(visit, now)

    def due(self, now: int) -> int | None:
        """In how many ms `poll` has something to do; None: not before an event."""
        return max(0, self._visit.deadline - now) if self._visit else None

    def _next(self, now: int) -> None:
        while self._waiting and self._visit is None:
            self._begin(self._waiting.pop(0), now)

    def _begin(self, service: str, now: int) -> None:
        if self._node.log.full:  # so that no number is taken that nobody would get
            self._node.miss(FULL)
            return
        visit = _Visit(self._token(), service, now + ASK_MS, printing=False)
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
        try:
            self._node.record("issued", dict(said))
        except OSError:  # kept by the node as its fault; nobody gets a number that is not on disk
            self._end(now)
            return
        self._visit = _Visit(visit.id, visit.service, now + PRINT_MS, printing=True)
        of = self._services[visit.service]
        ticket = Ticket(visit.id, number, of.title, of.title_en, at=self._node.clock.at())
        self._paper.print(visit.id, self._layout.ticket(ticket))

    def _finish(self, visit: _Visit, outcome: str, detail: str, now: int) -> None:
        wrong = "" if outcome == PRINTED else f"printer: {outcome}: {detail}"
        self._node.set_fault("printer", wrong)
        said = {"visit": visit.id, "service": visit.service, "outcome": outcome}
        # The node keeps an error as its fault; the visitor has the paper all the same.
        with contextlib.suppress(OSError):
            self._node.record("printed", {**said, "detail": detail[:_MAX_DETAIL]})
        self._end(now)

    def _end(self, now: int) -> None:
        self._visit = None
        self._next(now)


def _read(payload: bytes) -> dict[str, object]:
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) and answer.get("v") == 1 else {}


def _is_number(number: object) -> bool:
    """Whether it can be a gateway's number: a dash would make it one of a dispenser's series."""
    return (
        isinstance(number, str)
        and 0 < len(number) <= _MAX_NUMBER
        and number.isprintable()
        and "-" not in number
    )
