"""Buttons and lamps on GPIO and on expanders are one board."""

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from firmware.common.program import EDGE, Inbox, ProgramError
from firmware.dispenser.board import (
    FAULT,
    LOST_READS,
    RETRY_MS,
    THREAD,
    Board,
    ExpanderButtons,
    open_smbus,
)
from firmware.dispenser.expander import Expander
from firmware.dispenser.wiring import Place, Wiring
from simulator.expander import VirtualBus, VirtualExpander

DEADLINE_S = 20
WIRING = Wiring(
    pins={"passport": 5},
    places={"tax": Place(0x20, "A3"), "land": Place(0x21, "B6")},
    lamps={"passport": 17, "tax": Place(0x20, "B0"), "land": Place(0x20, "B1")},
)


class Bench:
    """A board with two chips, its thread and its inbox."""

    def __init__(self) -> None:
        self.first, self.second = VirtualExpander(0x20), VirtualExpander(0x21)
        self.bus = VirtualBus(self.first, self.second)
        self.inbox = Inbox()
        self.now = 1_000

    def open(self) -> "Bench":
        """Switch on."""
        self.board = Board(WIRING, 1, self.inbox, lambda: self.now, lambda _: self.bus)
        return self

    def wait(self) -> tuple[str, Any]:
        """The next event."""
        return self.inbox.get(timeout=DEADLINE_S)


@pytest.fixture
def bench(pins: MockFactory) -> Iterator[Bench]:
    """Switched on."""
    bench = Bench().open()
    yield bench
    bench.board.close()


def test_buttons_wherever_they_are_put_the_same_events(bench: Bench, pins: MockFactory) -> None:
    """On GPIO from gpiozero's thread, on expanders from ours."""
    assert bench.board.levels() == {"passport": False, "tax": False, "land": False}
    pins.pin(5).drive_low()
    assert bench.wait() == (EDGE, ("passport", True, 1_000))
    bench.first.drive_low("A3")
    assert bench.wait() == (EDGE, ("tax", True, 1_000))
    bench.second.drive_low("B6")
    assert bench.wait() == (EDGE, ("land", True, 1_000))
    assert bench.board.levels() == {"passport": True, "tax": True, "land": True}
    bench.first.release("A3")
    assert bench.wait() == (EDGE, ("tax", False, 1_000))
    assert not bench.board.levels()["tax"]


def test_the_polling_thread_has_its_name_and_ends_with_the_board(pins: MockFactory) -> None:
    """And a board without expanders has neither thread nor bus."""
    bench = Bench().open()
    assert THREAD in {thread.name for thread in threading.enumerate()}
    bench.board.close()
    assert THREAD not in {thread.name for thread in threading.enumerate()}
    assert bench.bus.closed
    alone = Board(Wiring({"passport": 5}, {}, {}), 1, Inbox(), lambda: 0)
    assert THREAD not in {thread.name for thread in threading.enumerate()}
    alone.close()


def test_lamps_wherever_they_are_are_lit_by_service(pins: MockFactory) -> None:
    """The end puts all of them out."""
    bench = Bench().open()
    for service in WIRING.services:
        bench.board.light(service, True)
    assert pins.pin(17).state
    bench.first.drive_low("A3")
    bench.wait()  # the look that sees it has set the lamps before
    assert bench.first.lamp("B0")
    assert bench.first.lamp("B1")
    bench.board.light("tax", False)
    bench.first.release("A3")
    bench.wait()
    assert not bench.first.lamp("B0")
    assert bench.first.lamp("B1")
    bench.board.close()
    assert not bench.first.lamp("B1")


def test_a_service_without_a_lamp_is_lit_without_an_error(pins: MockFactory) -> None:
    """Nothing happens."""
    board = Board(Wiring({"passport": 5}, {}, {}), 1, Inbox(), lambda: 0)
    board.light("passport", True)
    board.close()


def test_a_dead_expander_is_told_with_its_address_and_stops_nobody_else(
    bench: Bench, pins: MockFactory
) -> None:
    """Its buttons are up; those on GPIO and on the other expander go on."""
    bench.second.drive_low("B6")
    assert bench.wait()[1][:2] == ("land", True)
    bench.second.fall_off_the_bus()
    kind, (what, why) = bench.wait()
    assert (kind, what) == (FAULT, "expander 0x21")
    assert "the expander 0x21 does not answer" in why
    assert bench.wait() == (EDGE, ("land", False, 1_000))
    bench.first.drive_low("A3")
    assert bench.wait()[1][:2] == ("tax", True)
    pins.pin(5).drive_low()
    assert bench.wait()[1][:2] == ("passport", True)
    bench.second.release("B6")
    bench.second.come_back()
    bench.now += RETRY_MS
    assert bench.wait() == (FAULT, ("expander 0x21", ""))
    bench.second.drive_low("B6")
    assert bench.wait()[1][:2] == ("land", True)


def test_an_expander_that_is_dead_at_the_start_is_told_at_once(pins: MockFactory) -> None:
    """`check` says so, too; the rest of the board is there."""
    bench = Bench()
    bench.first.fall_off_the_bus()
    bench.open()
    assert bench.wait()[1][0] == "expander 0x20"
    bench.second.drive_low("B6")
    assert bench.wait()[1][:2] == ("land", True)
    bench.board.close()


def test_a_button_held_at_the_start_is_down_before_anybody_asks(pins: MockFactory) -> None:
    """So that debounce takes it for held, not for a press."""
    bench = Bench()
    bench.first.drive_low("A3")
    bench.open()
    assert bench.board.levels()["tax"]
    bench.board.close()


def one() -> tuple[VirtualExpander, ExpanderButtons, Inbox]:
    """One chip, no thread."""
    chip, inbox = VirtualExpander(0x20), Inbox()
    buttons = ExpanderButtons(Expander(chip, 0x20, ["A3"]), {"A3": "tax"}, inbox)
    return chip, buttons, inbox


def test_one_read_that_fails_is_no_fault_and_no_release() -> None:
    """A spark on the lead while a finger is on the button."""
    chip, buttons, inbox = one()
    chip.drive_low("A3")
    buttons.look(0)
    assert inbox.get_nowait() == (EDGE, ("tax", True, 0))
    chip.fall_off_the_bus()
    for now in range(1, LOST_READS):
        buttons.look(now)
    chip.come_back()
    buttons.look(LOST_READS)
    assert inbox.empty()
    assert buttons.down() == {"tax": True}


def test_a_button_down_as_its_chip_comes_back_is_no_press() -> None:
    """It is one again after it was up."""
    chip, buttons, inbox = one()
    buttons.look(0)
    chip.fall_off_the_bus()
    for now in range(LOST_READS):
        buttons.look(now)
    assert inbox.get_nowait()[0] == FAULT
    chip.come_back()
    chip.drive_low("A3")
    buttons.look(LOST_READS)  # too early: others need the bus
    assert inbox.empty()
    buttons.look(LOST_READS + RETRY_MS)
    assert inbox.get_nowait() == (FAULT, ("expander 0x20", ""))
    assert buttons.down() == {"tax": False}
    chip.release("A3")
    buttons.look(300)
    chip.drive_low("A3")
    buttons.look(310)
    assert inbox.get_nowait() == (EDGE, ("tax", True, 310))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_end_of_the_polling_thread_is_told(
    pins: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours must not be silence."""
    bench = Bench().open()
    monkeypatch.setattr(ExpanderButtons, "look", lambda *_: 1 // 0)
    kind, (what, why) = bench.wait()
    assert (kind, what) == (FAULT, THREAD)
    assert "restart the dispenser" in why
    monkeypatch.undo()
    bench.board.close()


def test_without_the_bus_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """No /dev/i2c-N, or no smbus2."""
    with pytest.raises(ProgramError, match=r"no I2C bus 977 here .*dtparam=i2c_arm=on"):
        open_smbus(977)
    monkeypatch.setitem(sys.modules, "smbus2", None)
    with pytest.raises(ProgramError, match=r"pip install '\.\[dispenser\]'"):
        open_smbus(1)


def test_smbus2_is_not_loaded_by_a_board_without_expanders(
    pins: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor need it be installed."""
    monkeypatch.delitem(sys.modules, "smbus2", raising=False)
    Board(Wiring({"passport": 5}, {}, {"passport": 17}), 1, Inbox(), lambda: 0).close()
    assert "smbus2" not in sys.modules
