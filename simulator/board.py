"""Boards that are not there: buttons to press, lamps to look at, a buzzer to listen to.

What a finger does takes its time, yet nobody waits for it: the edges carry the times at which a
hand would have made them.
"""

from collections.abc import Callable, Sequence

from firmware.common.program import EDGE, Inbox
from firmware.ratingbox.panel import BUTTONS

PRESS_MS = 80
PAUSE_MS = 250  # between two pushes of one hand
BOUNCE_MS = 1


class VirtualButtons:
    """Buttons by name, e.g. a dispenser's services.

    `inbox`: gets what a real board would put there. `up`: gives ms since boot. `pause_ms`: how long
    the hand rests after a push.
    """

    def __init__(
        self,
        names: Sequence[str],
        inbox: Inbox,
        up: Callable[[], int],
        pause_ms: int = PAUSE_MS,
    ) -> None:
        self._inbox = inbox
        self._up = up
        self._pause_ms = pause_ms
        self._down = dict.fromkeys(names, False)
        self.lamps = dict.fromkeys(names, False)
        self._hand = 0  # when the hand is free again

    def press(self, button: str) -> None:
        """Push and let go."""
        self.hold(button)
        self._hand += PRESS_MS
        self.release(button)

    def hold(self, button: str) -> None:
        """Push, and stay on it."""
        self._hand = max(self._hand, self._up())
        self._edge(button, True)

    def release(self, button: str) -> None:
        """Let go."""
        self._hand = max(self._hand, self._up())
        self._edge(button, False)
        self._hand += self._pause_ms

    def bounce(self, button: str, times: int = 5) -> None:
        """One push on a worn contact, which chatters at both ends."""
        self.hold(button)
        self._chatter(button, times)
        self._hand += PRESS_MS
        self._edge(button, False)
        self._chatter(button, times)
        self.release(button)

    def levels(self) -> dict[str, bool]:
        """Which buttons are down now."""
        return dict(self._down)

    def light(self, button: str, on: bool) -> None:
        """Switch the lamp beside a button."""
        self.lamps[button] = on

    def close(self) -> None:
        """Nothing to give back."""

    def _chatter(self, button: str, times: int) -> None:
        level = self._down[button]
        for _ in range(times):
            for pressed in (not level, level):
                self._hand += BOUNCE_MS
                self._edge(button, pressed)

    def _edge(self, button: str, pressed: bool) -> None:
        if button not in self._down:
            raise KeyError(f"no button {button!r} here; there are: {', '.join(self._down)}")
        self._down[button] = pressed
        self._inbox.put((EDGE, (button, pressed, self._hand)))


class VirtualPanel(VirtualButtons):
    """A rating box's panel. `lamps`: which are lit. `sounds`: what the buzzer has said so far."""

    def __init__(self, inbox: Inbox, up: Callable[[], int], pause_ms: int = PAUSE_MS) -> None:
        super().__init__(BUTTONS, inbox, up, pause_ms)
        self.sounds: list[str] = []
        self.sounding = False

    def thank(self, button: str) -> None:
        """Light the button's lamp and sound the buzzer."""
        self.lamps[button] = True
        self._sound("thanks")

    def fail(self) -> None:
        """Sound the buzzer; no lamp."""
        self._sound("fault")

    def quiet(self) -> None:
        """Silence the buzzer."""
        self.sounding = False

    def invite(self, button: str) -> None:
        """Light the button's lamp; no sound."""
        self.lamps[button] = True

    def darken(self, button: str) -> None:
        """Put the button's lamp out."""
        self.lamps[button] = False

    def _sound(self, what: str) -> None:
        self.sounding = True
        self.sounds.append(what)
