"""A dispenser's board: buttons and lamps on GPIO and on expanders, put together.

The thread `talon-expander` alone talks on the I2C bus, which may hang for a second; the program
leaves it word which lamps it wants and never waits for it.
"""

import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from firmware.common.program import EDGE, Inbox, ProgramError
from firmware.dispenser.expander import Bus, Expander
from firmware.dispenser.wiring import Place, Wiring

FAULT = "fault"  # with (of what, what is wrong; empty: nothing any more)
THREAD = "talon-expander"
POLL_S = 0.005
LOST_READS = 3  # one that fails may be a spark; so many in a row are a fault
RETRY_MS = 200  # a dead chip may take a second of the bus each time: the others need it, too


class ExpanderButtons:
    """The buttons and lamps of one expander. All but `light` and `down` in the polling thread.

    `names`: of the buttons, by pin. Puts into `inbox` (EDGE, (name, pressed, up)), and (FAULT, …)
    when the chip is lost and when it is back. A button that is down as the chip comes back is no
    press before it was up: nobody saw it being pushed.
    """

    def __init__(self, expander: Expander, names: Mapping[str, str], inbox: Inbox) -> None:
        self._expander = expander
        self._names = names
        self._inbox = inbox
        self._down: frozenset[str] = frozenset()  # pins
        self._unseen: frozenset[str] = frozenset()  # pins that were down as the chip came back
        self._failed = 0
        self._retry_at = 0
        self.what = f"expander {expander.address:#04x}"

    def down(self) -> dict[str, bool]:
        """Which buttons were down at the last look."""
        down = self._down
        return {name: pin in down for pin, name in self._names.items()}

    def light(self, pin: str, on: bool) -> None:
        """Lamp on or off, at the next look."""
        self._expander.light(pin, on)

    def look(self, now: int) -> None:
        """Read the chip once, if it is not given up for the time being. `now`: ms since boot."""
        if self._failed >= LOST_READS and now < self._retry_at:
            return
        try:
            down = self._expander.read()
        except OSError as error:
            self._fail(error, now)
        else:
            self._take(down, now)

    def _take(self, down: frozenset[str], now: int) -> None:
        if self._failed >= LOST_READS:
            self._inbox.put((FAULT, (self.what, "")))
            self._unseen = down
        self._failed = 0
        self._unseen &= down
        self._change(down - self._unseen, now)

    def _fail(self, error: OSError, now: int) -> None:
        self._failed += 1
        self._retry_at = now + RETRY_MS
        if self._failed == LOST_READS:
            why = f"the {self.what} does not answer ({error}): are its plug and its supply right?"
            self._inbox.put((FAULT, (self.what, why)))
            self._change(frozenset(), now)

    def _change(self, down: frozenset[str], now: int) -> None:
        before, self._down = self._down, down
        for pin, name in self._names.items():
            if (pin in before) != (pin in down):
                self._inbox.put((EDGE, (name, pin in down, now)))


class Poller:
    """The thread that looks at each expander every 5 ms. Owns the bus from `start` to `close`."""

    def __init__(
        self, chips: Sequence[ExpanderButtons], bus: Any, inbox: Inbox, up: Callable[[], int]
    ) -> None:
        self._chips = chips
        self._bus = bus
        self._inbox = inbox
        self._up = up
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=THREAD, daemon=True)

    def look(self) -> None:
        """At each expander, once."""
        for chip in self._chips:
            chip.look(self._up())

    def start(self) -> None:
        """Begin to poll."""
        self._thread.start()

    def close(self) -> None:
        """Look once more, so that the lamps are as last asked for, and give the bus back."""
        self._stop.set()
        self._thread.join(5)
        if not self._thread.is_alive():
            self.look()
            self._bus.close()

    def _run(self) -> None:
        try:
            while not self._stop.wait(POLL_S):
                self.look()
        finally:
            if not self._stop.is_set():  # a mistake of ours: it is on stderr; and somebody is told
                self._inbox.put((FAULT, (THREAD, f"{THREAD} has ended: restart the dispenser")))


class Board:
    """Buttons by service, and their lamps. Implements `firmware.dispenser.app.Buttons`.

    `wiring`: what is where. `i2c_bus`: its number. `up`: gives ms since boot. `open_bus`: gives
    the bus, smbus2's unless a test has another. Without expanders it is never called.
    Raises ProgramError if there is no GPIO or no bus here, or a pin has another owner. An
    expander that does not answer is no error: it is told as FAULT, and the others go on.
    """

    def __init__(
        self,
        wiring: Wiring,
        i2c_bus: int,
        inbox: Inbox,
        up: Callable[[], int],
        open_bus: Callable[[int], Bus] | None = None,
    ) -> None:
        from firmware.common.buttons_pi import PiButtons

        self._gpio = PiButtons(wiring.pins, inbox, up)
        self._order = list(wiring.services)
        self._lamps: dict[str, Callable[[bool], None]] = {}
        self._leds: list[Any] = []
        self._chips: dict[int, ExpanderButtons] = {}
        self._poller: Poller | None = None
        try:
            self._open_lamps(wiring)
            if wiring.addresses:
                self._open_expanders(wiring, (open_bus or open_smbus)(i2c_bus), inbox, up)
        except BaseException:
            self.close()
            raise

    def levels(self) -> dict[str, bool]:
        """Which buttons are down now; of a dead expander, none."""
        found = self._gpio.levels()
        for chip in self._chips.values():
            found.update(chip.down())
        return {name: found[name] for name in self._order}

    def light(self, service: str, on: bool) -> None:
        """The service's lamp on or off; nothing if it has none. Does not wait for the bus."""
        if service in self._lamps:
            self._lamps[service](on)

    def close(self) -> None:
        """All lamps off, and the pins and the bus given back."""
        for switch in self._lamps.values():
            switch(False)
        if self._poller is not None:
            self._poller.close()
        for led in self._leds:
            led.close()
        self._gpio.close()

    def _open_lamps(self, wiring: Wiring) -> None:
        from gpiozero import LED, GPIOZeroError

        from firmware.common.buttons_pi import pin_error

        for service, lamp in wiring.lamps.items():
            if isinstance(lamp, Place):
                continue
            try:
                led = LED(lamp)
            except (GPIOZeroError, OSError) as error:
                raise pin_error(error) from error
            self._leds.append(led)
            self._lamps[service] = functools.partial(_switch, led)

    def _open_expanders(
        self, wiring: Wiring, bus: Bus, inbox: Inbox, up: Callable[[], int]
    ) -> None:
        for address in wiring.addresses:
            names = {p.pin: name for name, p in wiring.places.items() if p.address == address}
            self._chips[address] = ExpanderButtons(Expander(bus, address, names), names, inbox)
        for service, lamp in wiring.lamps.items():
            if isinstance(lamp, Place):
                light = self._chips[lamp.address].light
                self._lamps[service] = functools.partial(light, lamp.pin)
        self._poller = Poller(list(self._chips.values()), bus, inbox, up)
        for _ in range(LOST_READS):  # what is down, or dead, is known before anybody asks
            self._poller.look()
        self._poller.start()


def _switch(led: Any, on: bool) -> None:
    led.value = on


def open_smbus(number: int) -> Bus:
    """The kernel's I2C bus; smbus2 is not loaded before it is needed."""
    try:
        import smbus2

        bus: Bus = smbus2.SMBus(number)
    except (ImportError, OSError) as error:
        raise ProgramError(
            f"no I2C bus {number} here ({error}). On a Raspberry Pi: dtparam=i2c_arm=on in "
            "/boot/firmware/config.txt, the user in group i2c, and pip install '.[dispenser]'; or"
            " mend i2c_bus."
        ) from error
    return bus
