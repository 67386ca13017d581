"""Push buttons on a Raspberry Pi's GPIO, each between its pin and ground.

gpiozero's own bounce filter stays off: it swallows short taps; firmware.common.debounce does that
work.
"""

import os
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from gpiozero import Device, DigitalInputDevice, GPIOZeroError

from firmware.common.program import EDGE, Inbox, ProgramError


class PiButtons:
    """Puts (EDGE, (name, pressed, up)) into `inbox`.

    `pins`: BCM number by name. `up`: gives ms since boot.
    Raises ProgramError if there is no GPIO here, or a pin has another owner.
    """

    def __init__(self, pins: Mapping[str, int], inbox: Inbox, up: Callable[[], int]) -> None:
        self._inbox = inbox
        self._up = up
        if pins:  # a dispenser of a touch page has none, and may stand on any computer
            find_gpio()
        try:
            self._buttons = {name: self._watch(name, pin) for name, pin in pins.items()}
        except (GPIOZeroError, OSError) as error:
            raise pin_error(error) from error

    def levels(self) -> dict[str, bool]:
        """Which buttons are down now."""
        return {name: bool(device.is_active) for name, device in self._buttons.items()}

    def close(self) -> None:
        """Give the pins back."""
        for device in self._buttons.values():
            device.close()

    def _watch(self, name: str, pin: int) -> Any:
        device = DigitalInputDevice(pin, pull_up=True)
        # Called in gpiozero's thread: note the time, hand over, return.
        device.when_activated = lambda: self._inbox.put((EDGE, (name, True, self._up())))
        device.when_deactivated = lambda: self._inbox.put((EDGE, (name, False, self._up())))
        return device


def find_gpio() -> None:
    """Load the GPIO library; ProgramError with the remedy if there is none.

    lgpio unless GPIOZERO_PIN_FACTORY says otherwise: gpiozero would try four, and warn of each.
    """
    os.environ.setdefault("GPIOZERO_PIN_FACTORY", "lgpio")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            Device.ensure_pin_factory()
    except (GPIOZeroError, ImportError, OSError) as error:
        raise ProgramError(
            f"no GPIO here ({error}). On a Raspberry Pi: apt install python3-lgpio, and the user "
            "in group gpio. To try without: set GPIOZERO_PIN_FACTORY=mock."
        ) from error


def pin_error(error: Exception) -> ProgramError:
    """What to say of a pin that cannot be had."""
    return ProgramError(f"a pin cannot be used: {error}. Does another program hold it?")
