"""A rating box's panel on a Raspberry Pi's GPIO: two buttons, two lamps, a buzzer."""

from collections.abc import Callable, Mapping

from gpiozero import LED, Buzzer, GPIOZeroError

from firmware.common.buttons_pi import PiButtons, pin_error
from firmware.common.program import Inbox
from firmware.ratingbox.panel import BUTTONS


class PiBoard:
    """Implements `firmware.ratingbox.panel.Board`; edges go into `inbox` as PiButtons puts them.

    `pins`: as `firmware.ratingbox.config.PINS`. `up`: gives ms since boot.
    Raises ProgramError if there is no GPIO here, or a pin has another owner.
    """

    def __init__(self, pins: Mapping[str, int], inbox: Inbox, up: Callable[[], int]) -> None:
        self._buttons = PiButtons({name: pins[name] for name in BUTTONS}, inbox, up)
        try:
            self._lamps = {name: LED(pins[name + "_lamp"]) for name in BUTTONS}
            self._buzzer = Buzzer(pins["buzzer"])
        except (GPIOZeroError, OSError) as error:
            raise pin_error(error) from error

    def levels(self) -> dict[str, bool]:
        """Which buttons are down now."""
        return self._buttons.levels()

    def thank(self, button: str) -> None:
        """Light the button's lamp and sound the buzzer."""
        self._lamps[button].on()
        self._buzzer.on()

    def fail(self) -> None:
        """Sound the buzzer; no lamp."""
        self._buzzer.on()

    def quiet(self) -> None:
        """Silence the buzzer."""
        self._buzzer.off()

    def invite(self, button: str) -> None:
        """Light the button's lamp; no sound."""
        self._lamps[button].on()

    def darken(self, button: str) -> None:
        """Put the button's lamp out."""
        self._lamps[button].off()

    def close(self) -> None:
        """All off, and the pins given back."""
        for device in (*self._lamps.values(), self._buzzer):
            device.close()
        self._buttons.close()
