"""The whole dispenser as a process: a printer on a terminal, a real broker, a real gateway.

What a printer can do to visitors: out of paper, open, offline, off, silent, stalled, dead half way,
back again; and the process killed in the middle.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from firmware.dispenser import status
from simulator.escpos import Line, Sheet
from simulator.pty_printer import PtyPrinter
from tests.bench.pressed import PATIENCE_S, Pressed
from tests.bench.rig import Office, Rig
from tests.firmware.bench import Listener


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    """A broker: mosquitto where there is one."""
    with closing(Rig()) as running:
        yield running


@pytest.fixture
def office(rig: Rig) -> Iterator[Office]:
    """A new office whose gateway answers."""
    with closing(rig.office()) as running:
        running.start_gateway()
        running.wait_for_gateway()
        yield running


class Hall:
    """The dispenser, and somebody who hears all it says."""

    def __init__(self, rig: Rig, office: Office) -> None:
        self._listener = Listener(rig.port)
        self.pressed = Pressed(rig, office, "text")
        self.printer = self.pressed.printer
        self._state = f"talon/v1/{office.site}/{self.pressed.node}/state"
        self._log = f"talon/v1/{office.site}/{self.pressed.node}/log"

    def printer_is(self, words: str) -> None:
        """Wait until the state says this of the printer; empty: nothing."""

        def says(payload: bytes) -> bool:
            parts = json.loads(payload).get("fault", "").split("; ")
            if words:
                return any(part.startswith(f"printer: {words}") for part in parts)
            last = ("printer: unknown", "printer: failed")  # what became of the last ticket
            return not any(
                part.startswith("printer: ") and not part.startswith(last) for part in parts
            )

        self._wait_for(self._state, says)

    def record(self, kind: str) -> dict[str, Any]:
        """Wait for the next record of this kind."""
        wanted = f'"kind":"{kind}"'.encode()
        payload = self._wait_for(self._log, lambda payload: wanted in payload)
        found: dict[str, Any] = json.loads(next(x for x in payload.splitlines() if wanted in x))
        return found

    def _wait_for(self, topic: str, true: Callable[[bytes], bool]) -> bytes:
        """The next message that is so. Whatever else is said meanwhile does not make it wait on."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            payload = self._listener.wait_for(topic)
            if true(payload):
                return payload
        raise TimeoutError(f"nothing of that kind on {topic}")

    def ticket(self) -> Sheet:
        """Wait for the next sheet."""
        return self.pressed.sheets.get(timeout=PATIENCE_S)

    def close(self) -> None:
        """Stop all."""
        self.pressed.close()
        self._listener.close()


@pytest.fixture
def hall(rig: Rig, office: Office) -> Iterator[Hall]:
    """One dispenser, from its start to its end."""
    with closing(Hall(rig, office)) as running:
        yield running


def number(sheet: Sheet) -> str:
    """The large line that is no word; empty, if there is none."""
    large = [e.text for e in sheet.elements if isinstance(e, Line) and e.height > 1]
    return next((text for text in large if text != "КОПІЯ"), "")


def test_a_press_is_a_ticket_with_the_gateways_number(hall: Hall) -> None:
    """One sheet, and on record that it is printed."""
    hall.pressed.push("passport")
    assert number(hall.ticket()) == "A001"
    assert hall.record("issued")["by"] == "gateway"
    assert hall.record("printed")["outcome"] == "printed"


@pytest.mark.parametrize(
    ("hinder", "mend", "words"),
    [
        (PtyPrinter.tear_paper, PtyPrinter.load_paper, status.PAPER_OUT),
        (PtyPrinter.open_cover, PtyPrinter.close_cover, status.COVER_OPEN),
        (PtyPrinter.go_offline, PtyPrinter.go_online, status.OFFLINE),
        (PtyPrinter.jam, PtyPrinter.clear_jam, status.FAULTY),
        (PtyPrinter.go_silent, PtyPrinter.wake, status.SILENT),
        (PtyPrinter.switch_off, PtyPrinter.switch_on, status.SILENT),
    ],
)
def test_what_hinders_the_printer_is_told_apart_and_costs_no_number(
    hall: Hall, hinder: Callable[[PtyPrinter], None], mend: Callable[[PtyPrinter], None], words: str
) -> None:
    """The press is counted as missed; when all is well again nothing comes out by itself, and the
    next ticket has the first number."""
    hinder(hall.printer)
    hall.printer_is(words)
    hall.pressed.push("passport")
    assert hall.record("missed")["count"] == 1
    mend(hall.printer)
    hall.printer_is("")
    assert not hall.printer.sheets and not hall.printer.unfinished.elements
    hall.pressed.push("passport")
    assert number(hall.ticket()) == "A001"
    assert len(hall.printer.sheets) == 1


def test_a_roll_near_its_end_is_told_and_prints(hall: Hall) -> None:
    """While there is still time to bring another."""
    hall.printer.near_end()
    hall.printer_is(status.NEAR_END)
    hall.pressed.push("passport")
    assert number(hall.ticket()) == "A001"
    hall.printer.load_paper()
    hall.printer_is("")


def at_the_first_byte(hall: Hall, what: Callable[[], None]) -> threading.Event:
    """Do it to the printer as soon as the next job begins, once."""
    done = threading.Event()

    def act(at: float) -> None:
        if not done.is_set():
            what()
            done.set()

    hall.printer._on_first_byte = act
    return done


def test_half_a_ticket_gives_one_marked_copy_with_the_same_number(hall: Hall) -> None:
    """The power fails within it; the visitor presses again, and then somebody else does."""
    hall.printer.bytes_per_s = 2_000  # so that it is not all there at once
    at_the_first_byte(hall, lambda: hall.printer.die_after(40))
    hall.pressed.push("passport")
    hall.printer_is("unknown")
    hall.printer.bytes_per_s = None
    hall.printer.switch_on()
    hall.printer_is("")
    hall.pressed.push("passport")
    while "КОПІЯ" not in (copy := hall.ticket()).lines:  # the half one is cut off first
        assert number(copy) in ("", "A001")
    assert number(copy) == "A001"
    said = hall.record("printed")
    assert (said["outcome"], said["detail"]) == ("printed", "as a copy, after a doubt")
    hall.pressed.push("subsidy")
    other = hall.ticket()
    assert (number(other), "КОПІЯ" in other.lines) == ("B001", False)


def test_who_presses_while_the_printer_stalls_has_a_ticket_when_it_goes_on(hall: Hall) -> None:
    """The press is taken during the stall, and waits its turn: nobody presses after it."""
    stalled = at_the_first_byte(hall, hall.printer.stall)
    hall.pressed.push("passport")
    assert stalled.wait(PATIENCE_S)
    hall.pressed.push("subsidy")
    hall.printer.resume()
    assert [number(hall.ticket()) for _ in range(2)] == ["A001", "B001"]
    assert [hall.record("printed")["outcome"] for _ in range(2)] == ["printed", "printed"]


def test_a_process_killed_at_its_work_repeats_nothing_and_says_that_nobody_knows(
    hall: Hall,
) -> None:
    """The next start tells of the ticket; the next press has a new number, on paper of its own."""
    stalled = at_the_first_byte(hall, hall.printer.stall)
    hall.pressed.push("passport")
    assert stalled.wait(PATIENCE_S)
    hall.pressed.kill()
    hall.printer.resume()
    hall.pressed.start()
    said = hall.record("printed")
    assert (said["outcome"], said["detail"]) == ("unknown", "the program ended while it printed")
    hall.pressed.push("passport")
    while number(sheet := hall.ticket()) != "A002":
        pass
    assert hall.record("printed")["outcome"] == "printed"
    shown = [e.text for s in hall.printer.sheets for e in s.elements if isinstance(e, Line)]
    assert (shown.count("A001"), shown.count("A002")) in {(1, 1), (0, 1)}
    assert "A001" not in sheet.lines
