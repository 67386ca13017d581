"""The printer's thread: tickets made and printed there, looks in between, and nothing ends it."""

import threading
from collections.abc import Callable, Sequence

import pytest

from firmware.common.program import Inbox
from firmware.dispenser.dialogue import FAILED, PRINTED, UNKNOWN, Dialogue, Line
from firmware.dispenser.printer import (
    LOOK_AT_LEAST_S,
    LOOK_EVERY_S,
    OUTCOME,
    STATUS,
    Desk,
    Printer,
)
from firmware.dispenser.slip import Item, Template, Ticket
from firmware.dispenser.ticket import Job, Layout
from firmware.dispenser.transports import NothingSent, Transport
from tests.firmware.bench import DEADLINE_S

TICKET = b"\x1b@\x1c.\x1bt\x2eticket\n\x1dVB\x00"


def job(visit: str, render: Callable[[Sequence[Item]], bytes] = lambda items: TICKET) -> Job:
    """A ticket of that visit."""
    return Job(Layout(Template("ЦНАП"), render, b"apart"), Ticket(visit, "А042", "Паспорт"))


class BenchTransport:
    """Waits in `write` until it is let go, then raises or not. `answers`: what it says to that."""

    def __init__(self, error: Exception | None = None, answers: bytes = b"") -> None:
        self.error = error
        self.answers = answers
        self.said: list[bytes] = []
        self.go = threading.Event()
        self.at_work = threading.Event()
        self._out = b""

    def write(self, data: bytes) -> None:
        self.at_work.set()
        assert self.go.wait(DEADLINE_S)
        self.said.append(data)
        self._out = self.answers
        if self.error:
            raise self.error

    def read(self, timeout: float) -> bytes:
        out, self._out = self._out, b""
        return out

    def close(self) -> None:
        raise OSError("already gone")

    abort = close


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, (PRINTED, "")),
        (NothingSent("no\npaper"), (FAILED, "no paper")),
        (OSError("cable"), (UNKNOWN, "cable")),
        (ZeroDivisionError("a driver's fault"), (UNKNOWN, "a driver's fault")),
    ],
)
def test_each_job_has_one_outcome_in_the_inbox(
    error: Exception | None, outcome: tuple[str, str]
) -> None:
    """Also if a driver raises what it should not; the thread lives on."""
    inbox = Inbox()
    transport = BenchTransport(error)
    transport.go.set()
    worker = Printer(Line(lambda: transport), inbox)
    for visit in ("1", "2"):
        worker.print(job(visit))
        assert inbox.get(timeout=DEADLINE_S) == (OUTCOME, (visit, *outcome))
    worker.close()


def test_a_job_behind_one_that_hangs_fails_and_is_not_printed_later() -> None:
    """A ticket that comes out minutes later is taken by somebody else."""
    inbox = Inbox()
    transport = BenchTransport()
    worker = Printer(Line(lambda: transport), inbox)
    worker.print(job("1"))
    worker.print(job("2"))
    assert inbox.get(timeout=DEADLINE_S)[1][:2] == ("2", FAILED)
    transport.go.set()
    assert inbox.get(timeout=DEADLINE_S)[1] == ("1", PRINTED, "")
    worker.close()
    assert inbox.empty()


def test_a_ticket_is_made_in_the_printers_thread_and_one_that_cannot_be_fails() -> None:
    """The main loop does not wait for the picture; the thread lives on, with nothing sent."""
    inbox = Inbox()
    made_in: list[str] = []
    far = BenchTransport()
    far.go.set()

    def draw(items: Sequence[Item]) -> bytes:
        made_in.append(threading.current_thread().name)
        if len(made_in) == 1:
            raise ZeroDivisionError("no such\nfont")
        return TICKET

    worker = Printer(Line(lambda: far), inbox)
    worker.print(job("1", draw))
    failed = (OUTCOME, ("1", FAILED, "cannot make the ticket: no such font"))
    assert inbox.get(timeout=DEADLINE_S) == failed
    worker.print(job("2", draw))
    assert inbox.get(timeout=DEADLINE_S) == (OUTCOME, ("2", PRINTED, ""))
    worker.close()
    assert made_in == ["talon-printer"] * 2
    assert far.said == [TICKET]


def test_a_ticket_after_a_doubt_begins_with_what_keeps_it_apart() -> None:
    """Or a picture that broke off would take it for its own dots."""
    one = job("1")
    assert one.render() == TICKET
    assert Job(one.layout, one.ticket, after_doubt=True).render() == b"apart" + TICKET


def test_a_printer_is_looked_at_before_the_first_visitor() -> None:
    """So that the first press costs no number when there is no paper."""
    inbox = Inbox()
    far = BenchTransport(answers=b"\x12\x12\x72")
    far.go.set()
    worker = Printer(Line(lambda: far), inbox, asked=True)
    assert inbox.get(timeout=DEADLINE_S) == (STATUS, ("no paper", ""))
    worker.close()


def test_a_line_that_cannot_be_opened_is_tried_less_and_less_often() -> None:
    """But often enough that a printer that is back is noticed."""
    inbox = Inbox()
    far = BenchTransport(answers=b"\x12\x12\x12")
    far.go.set()
    there = False

    def connect() -> Transport:
        if not there:
            raise OSError("nobody there")
        return far

    desk = Desk(Dialogue(Line(connect), asked=True), inbox, asked=True)
    rests = []
    for _ in range(6):
        desk.look()
        rests.append(desk.rest_s)
    assert rests == [2.0, 4.0, 8.0, 8.0, 8.0, 8.0] and LOOK_AT_LEAST_S == 8.0
    there = True
    desk.look()
    assert desk.rest_s == LOOK_EVERY_S
    said = [inbox.get_nowait() for _ in range(inbox.qsize())]
    assert said == [(STATUS, ("nobody there", "")), (STATUS, ("", ""))]


def test_a_printer_that_is_not_asked_is_not_looked_at() -> None:
    """It has no way to answer."""
    inbox = Inbox()
    far = BenchTransport()
    desk = Desk(Dialogue(Line(lambda: far), asked=False), inbox, asked=False)
    desk.look()
    assert desk.rest_s is None
    assert far.said == [] and inbox.empty()


def test_a_driver_that_raises_what_it_should_not_is_an_obstacle_and_no_end() -> None:
    """The reason stands in the state."""
    inbox = Inbox()

    def connect() -> Transport:
        raise ZeroDivisionError("a driver's\nfault")

    desk = Desk(Dialogue(Line(connect), asked=True), inbox, asked=True)
    desk.look()
    desk.look()
    assert inbox.get_nowait() == (STATUS, ("a driver's fault", ""))
    assert inbox.empty()
