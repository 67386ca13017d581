"""What goes wrong with tickets, and when; who presses, and when: all of it drawn from one seed."""

import random
from collections.abc import Callable, Sequence
from functools import partial

from simulator.microcosm.broker import CALM, Weather
from simulator.microcosm.fate import Point
from simulator.microcosm.hall import Hall

LENGTH_MS = 240_000
FAULTS = 20  # in each hall
_PRESSES = 45
_POINTS: tuple[Point, ...] = ("write", "written", "publish")
_ROUGH = Weather(drop=0.2, twice=0.2, late=0.5, late_ms=2_000)
_MOST_BYTES = 6_000  # a ticket with a picture of its QR has about 4,500

Fault = Callable[[], str]
"""Brings it about, and says what it was."""


class Mishaps:
    """Draws a hall's presses and faults, and brings them about. `told`: the faults, in order."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._cable = hall.cable
        self._dispenser = hall.dispenser
        self._over = False
        self._chance = random.Random(f"mishaps/{hall.seed}")
        self.told: list[str] = []
        self.presses = 0

    def _after(self, ms: int, what: Callable[[], object]) -> None:
        """Later, unless all is mended by then."""

        def unless_over() -> None:
            if not self._over:
                what()

        self._hall.stage.after(ms, unless_over)

    def schedule(self) -> None:
        """Put all of them into the hall's clockwork."""
        for _ in range(FAULTS):
            self._after(self._chance.randrange(LENGTH_MS), self._one)
        for _ in range(_PRESSES):
            self._after(self._chance.randrange(LENGTH_MS), self._visitor)

    def _visitor(self) -> None:
        """One who presses once, again a little later, or two who swap their buttons."""
        buttons = list(self._dispenser.buttons)
        self._chance.shuffle(buttons)
        self._push(buttons[0])
        way = self._chance.random()
        if way < 0.3:  # nothing came: again
            self._after(self._chance.choice((400, 3_000, 12_000)), partial(self._push, buttons[0]))
        elif way < 0.5:
            self._after(self._chance.choice((10, 60, 300)), partial(self._push, buttons[1]))

    def _push(self, button: str) -> None:
        self.presses += 1
        self._dispenser.push(button)

    def _one(self) -> None:
        what = self._chance.choice(self._faults())()
        self.told.append(what)
        self._hall.stage.tell(f"FAULT {what}")

    def _faults(self) -> Sequence[Fault]:
        return (
            *(partial(self._hinder, *pair) for pair in self._hindrances()),
            *(partial(self._hinder_at_byte, *pair) for pair in self._hindrances()),
            self._near_end,
            self._printer_dies_at_byte,
            self._roll_is_changed_twice,
            self._killed,
            self._killed_at_byte,
            self._killed_at_its_card,
            self._killed_at_its_card,
            self._power_fails,
            self._power_fails_at_byte,
            self._power_fails_in_a_write,
            self._power_fails_in_a_write,
            self._card_stumbles,
            self._link_is_cut,
            self._weather_turns,
        )

    def _hindrances(self) -> Sequence[tuple[Callable[[], None], Callable[[], None]]]:
        """Of the printer: what happens, and what undoes it."""
        cable = self._cable
        return (
            (cable.tear_paper, cable.load_paper),
            (cable.open_cover, cable.close_cover),
            (cable.jam, cable.clear_jam),
            (cable.go_silent, cable.wake),
            (cable.go_offline, cable.go_online),
            (cable.switch_off, cable.switch_on),
            (cable.stall, cable.resume),
            (cable.pull, cable.plug_in),
        )

    def mend(self) -> None:
        """From now on nothing goes wrong."""
        self._over = True
        self._cable.relent()
        for _, undo in self._hindrances():
            undo()
        self._dispenser.fate.relent()
        self._hall.broker.weather = CALM
        self._dispenser.connection.mend()
        self._dispenser.mend()

    def _hinder(self, hinder: Callable[[], None], undo: Callable[[], None]) -> str:
        ms = self._chance.choice((50, 700, 4_000, 9_000, 25_000))
        hinder()
        self._after(ms, undo)
        return f"{hinder.__name__} for {ms} ms"

    def _hinder_at_byte(self, hinder: Callable[[], None], undo: Callable[[], None]) -> str:
        count = self._bytes()
        self._cable.at_byte(count, lambda: self._hinder(hinder, undo))
        return f"{hinder.__name__} at byte {count}"

    def _near_end(self) -> str:
        self._cable.near_end()
        return "near_end"

    def _printer_dies_at_byte(self) -> str:
        count = self._bytes()
        self._cable.die_after(count)
        self._after(self._chance.randrange(2_000, 30_000), self._cable.switch_on)
        return f"die_after {count}"

    def _roll_is_changed_twice(self) -> str:
        self._hinder(self._cable.tear_paper, self._cable.load_paper)
        self._after(3_000, self._cable.tear_paper)
        self._after(30_000, self._cable.load_paper)
        return "the roll is changed twice"

    def _killed(self) -> str:
        self._dispenser.kill()
        return "killed"

    def _killed_at_byte(self) -> str:
        count = self._bytes()
        self._cable.at_byte(count, self._dispenser.kill)
        return f"killed at byte {count}"

    def _killed_at_its_card(self) -> str:
        point = self._chance.choice(_POINTS)
        self._dispenser.fate.kill_at(point, self._chance.randrange(4))
        return f"killed at {point}"

    def _power_fails(self) -> str:
        self._power()
        return "power fails"

    def _power_fails_at_byte(self) -> str:
        count = self._bytes()
        self._cable.at_byte(count, self._power)
        return f"power fails at byte {count}"

    def _power_fails_in_a_write(self) -> str:
        keep = self._chance.choice((0, 1, 40, 90, 4_096))
        self._dispenser.card.chip.cut_power_after(self._chance.randrange(4), keep)
        return f"power fails in a write, {keep} bytes kept"

    def _power(self) -> None:
        """That of the dispenser, and often that of the printer, too."""
        ms = self._chance.choice((300, 5_000, 20_000))
        if self._chance.random() < 0.7:
            self._cable.switch_off()
            self._after(ms, self._cable.switch_on)
        self._dispenser.cut_power(ms)

    def _card_stumbles(self) -> str:
        keep = self._chance.choice((0, 30, 4_096))
        self._dispenser.card.chip.stumble(keep, self._chance.randrange(3))
        return f"the card refuses a write, {keep} bytes kept"

    def _link_is_cut(self) -> str:
        ms = self._chance.choice((2_000, 20_000, 60_000))
        self._dispenser.connection.sever(ms // 2)
        self._after(ms, self._dispenser.connection.mend)
        return f"no link for {ms} ms"

    def _weather_turns(self) -> str:
        self._hall.broker.weather = self._chance.choice((CALM, _ROUGH, _ROUGH))
        return "the broker's weather turns"

    def _bytes(self) -> int:
        return 1 + int(_MOST_BYTES * self._chance.random() ** 2)
