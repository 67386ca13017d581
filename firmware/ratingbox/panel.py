"""The panel of a rating box: two buttons, two lamps, a buzzer. Decides; runs on MicroPython.

A press is on disk before the lamp answers. If it cannot be written, nothing is thanked.
"""

from firmware.common.debounce import FREED, PRESSED, Debounce

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from firmware.common.node import Node

    class Board(Protocol):
        """The panel's lamps and buzzer; none of these wait."""

        def thank(self, button: str) -> None:
            """Light the button's lamp and sound the buzzer."""

        def fail(self) -> None:
            """Sound the buzzer; no lamp."""

        def quiet(self) -> None:
            """Silence the buzzer."""

        def invite(self, button: str) -> None:
            """Light the button's lamp; no sound."""

        def darken(self, button: str) -> None:
            """Put the button's lamp out."""


SATISFIED = "satisfied"
UNSATISFIED = "unsatisfied"
BUTTONS = (SATISFIED, UNSATISFIED)
LAMP_MS = 1_500
BEEP_MS = 120
FAIL_MS = 800  # long, so that it is not taken for thanks


class Panel:
    """Turns edges into records, and records into thanks.

    `levels`: which buttons are down now, by name. `now`, here and below: ms since boot.
    """

    def __init__(self, node: "Node", board: "Board", levels: "dict[str, bool]", now: int) -> None:
        self._node = node
        self._board = board
        self._buttons = {name: Debounce(levels[name], now) for name in BUTTONS}
        self._lamps: "dict[str, int]" = {}  # lit until
        self._sounds_until: "int | None" = None
        self._is_inviting = False
        self._test_until = now  # presses before are of a person who tests the box
        self._owed: "dict[str, str]" = {}  # how a button is, as long as it is not on record
        self._record("started", {"version": node.version})
        self.poll(now)

    def edge(self, button: str, pressed: bool, now: int) -> None:
        """The contact of `button` changed, or was looked at."""
        for event in self._buttons[button].update(pressed, now):
            self._happened(button, event, now)

    def test(self, until: int) -> None:
        """Presses before `until` go on record as tests: they are answered, and never count."""
        self._test_until = until

    def invite(self, until: int, now: int) -> None:
        """Both lamps are lit until `until`, or until somebody presses: it is a visitor's turn to
        vote. What counts is decided elsewhere, and a press is taken at any time. `until` in the
        past: it is nobody's turn any more."""
        if until > now:
            self._is_inviting = True
            for name in BUTTONS:
                self._board.invite(name)
                self._lamps[name] = until
        elif self._is_inviting:
            self._end_invitation()

    def poll(self, now: int) -> None:
        """Do what is due."""
        for name in BUTTONS:
            for event in self._buttons[name].poll(now):
                self._happened(name, event, now)
        for name in BUTTONS:
            if now >= self._lamps.get(name, now + 1):
                self._darken(name)
        if self._sounds_until is not None and now >= self._sounds_until:
            self._sounds_until = None
            self._board.quiet()

    def due(self, now: int) -> "int | None":
        """In how many ms `poll` has something to do if nothing changes; None: never."""
        waits = [button.due(now) for button in self._buttons.values()]
        ends = list(self._lamps.values())
        if self._sounds_until is not None:
            ends.append(self._sounds_until)
        known = [wait for wait in waits if wait is not None] + [max(0, end - now) for end in ends]
        return min(known) if known else None

    def _happened(self, button: str, event: str, now: int) -> None:
        if event != PRESSED:
            wrong = "" if event == FREED else "the button %s is %s" % (button, event)
            self._node.set_fault("button " + button, wrong)
            self._owed[button] = event
        self._record_owed()  # first: a press of a button that was not freed would not count
        if event != PRESSED:
            return
        press: "dict[str, object]" = {"button": button}
        if now < self._test_until:
            press["test"] = True
        if self._is_inviting:  # what is lit after a press is lit for that press
            self._end_invitation()
        if self._record("press", press):
            self._board.thank(button)
            self._lamps[button] = now + LAMP_MS
            self._sounds_until = now + BEEP_MS
        else:
            self._board.fail()
            self._sounds_until = now + FAIL_MS

    def _end_invitation(self) -> None:
        self._is_inviting = False
        for name in list(self._lamps):
            self._darken(name)

    def _darken(self, name: str) -> None:
        del self._lamps[name]
        self._board.darken(name)
        if not self._lamps:
            self._is_inviting = False

    def _record_owed(self) -> None:
        for button in list(self._owed):
            if self._record("button", {"button": button, "state": self._owed[button]}):
                del self._owed[button]

    def _record(self, kind: str, fields: "dict[str, object]") -> bool:
        """Whether it is on disk; if not, the node keeps the reason as its fault."""
        try:
            self._node.record(kind, fields)
        except OSError:
            return False
        return True
