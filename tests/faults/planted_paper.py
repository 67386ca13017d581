"""Bugs to plant into the dispenser, to see that the reconciliation of paper finds them."""

import dataclasses
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from firmware.dispenser import counter, status
from firmware.dispenser.answer import read_json
from firmware.dispenser.counter import Counter
from firmware.dispenser.dialogue import FAILED, PRINTED, UNKNOWN, Dialogue
from firmware.dispenser.series import Series, _after
from firmware.dispenser.slip import Ticket
from firmware.dispenser.ticket import Job
from tests.faults.planted import instead


def _not_asked(ask: Any) -> Any:
    return lambda self, transport: ("", "")


def _silence_is_paper(ask: Any) -> Any:
    def trusting(self: Dialogue, transport: Any) -> tuple[str, str]:
        obstacle, warning = ask(self, transport)
        return ("" if obstacle == status.SILENT else obstacle), warning

    return trusting


def _printed_when_taken(await_done: Any) -> Any:
    return lambda self, transport: (PRINTED, "")


def _broken_off_has_failed(job: Any) -> Any:
    def careless(self: Dialogue, transport: Any, data: bytes) -> tuple[str, str]:
        outcome, detail = job(self, transport, data)
        return (FAILED if outcome == UNKNOWN else outcome), detail

    return careless


def _copy_without_its_mark(render: Any) -> Any:
    def plain(self: Job) -> bytes:
        assert isinstance(self.ticket, Ticket)
        ticket = dataclasses.replace(self.ticket, copy=False)
        out: bytes = render(dataclasses.replace(self, ticket=ticket))
        return out

    return plain


def _copy_after_copy(finish: Any) -> Any:
    def generous(self: Counter, visit: Any, outcome: str, detail: str, now: int) -> None:
        if outcome == UNKNOWN:
            visit = dataclasses.replace(visit, copy=False)
        finish(self, visit, outcome, detail, now)

    return generous


def _failed_copy_fails_all(finish: Any) -> Any:
    def harsh(self: Counter, visit: Any, outcome: str, detail: str, now: int) -> None:
        if visit.copy and outcome == FAILED:
            visit = dataclasses.replace(visit, copy=False)
        finish(self, visit, outcome, detail, now)

    return harsh


def _paper_without_disk(issue: Any) -> Any:
    def hasty(self: Counter, visit: Any, number: str, by: str, now: int, *more: Any) -> None:
        record = self._node.record

        def lenient(kind: str, fields: dict[str, object]) -> int:
            with suppress(OSError):
                return record(kind, fields)
            return self._node.log.last + 1

        self._node.record = lenient  # type: ignore[method-assign]
        try:
            issue(self, visit, number, by, now, *more)
        finally:
            self._node.record = record  # type: ignore[method-assign]

    return hasty


def _start_prints_again(close_open_visits: Any) -> Any:
    def zealous(self: Counter) -> None:
        open_ = self._open_visits()
        close_open_visits(self)
        records = self._node.log
        for _, seq in open_.values():
            said = read_json(records.read(seq, 1, 0)[0])
            visit = counter._Visit(str(said["visit"]), str(said["service"]), 0)
            slip = counter._Slip(visit.id, visit.service, str(said["number"]), None, seq)
            self._print(slip, self._node.clock.up(), copy=False)

    return zealous


def _nothing_held(hold: Any) -> Any:
    return lambda self: None


def _refused_outcome_forgotten(pay: Any) -> Any:
    def forgetful(self: Counter) -> None:
        pay(self)
        self._owed.clear()
        self._hold()

    return forgetful


def _obstacle_ignored(on_status: Any) -> Any:
    return lambda self, obstacle, warning: on_status(self, "", warning)


def _numbers_not_stored(take: Any) -> Any:
    def quick(self: Series) -> int:
        """Each fifth is."""
        if self._last % 5 == 0:
            return int(take(self))
        self._last = _after(self._last)
        return self._last

    return quick


def _not_kept_apart(render: Any) -> Any:
    return lambda self: self.layout.ticket(self.ticket)


def _not_ended(open_: Any) -> Any:
    return lambda self: self._line.open()


BUGS: dict[str, Callable[[], Any]] = {
    "dialogue: does not ask before": instead(Dialogue, "_ask", _not_asked),
    "dialogue: silence is paper adequate": instead(Dialogue, "_ask", _silence_is_paper),
    "dialogue: printed when it is taken": instead(Dialogue, "_await_done", _printed_when_taken),
    "dialogue: broken off has failed": instead(Dialogue, "_job", _broken_off_has_failed),
    "job: a copy is not marked": instead(Job, "render", _copy_without_its_mark),
    "dialogue: a command that broke off goes on": instead(Dialogue, "_open", _not_ended),
    "job: nothing keeps it from half a ticket": instead(Job, "render", _not_kept_apart),
    "counter: a copy after a copy": instead(Counter, "_finish", _copy_after_copy),
    "counter: a copy that fails fails the visit": instead(
        Counter, "_finish", _failed_copy_fails_all
    ),
    "counter: paper without the disk": instead(Counter, "_issue", _paper_without_disk),
    "counter: a start prints again": instead(Counter, "_close_open_visits", _start_prints_again),
    "counter: holds nothing on the card": instead(Counter, "_hold", _nothing_held),
    "counter: forgets an outcome that was refused": instead(
        Counter, "_pay", _refused_outcome_forgotten
    ),
    "counter: ignores what the printer says": instead(Counter, "on_status", _obstacle_ignored),
    "series: not every number is stored": instead(Series, "take", _numbers_not_stored),
}
