"""Debounce: from the raw level of a contact to presses. A decision module; runs on MicroPython.

An integrator: time at the pressed level fills it, time at the released level drains it; a press is
when it is full (`stable_ms`), a release when it is empty. Unlike a filter that restarts at every
edge, it still sees a press through a noisy contact. It can be polled or driven by edges: what
counts is how long each level lasted.
"""

PRESSED = "pressed"
STUCK = "stuck"  # down for stuck_ms
HELD = "held"  # already down when the board booted: no press
FREED = "freed"  # up for freed_ms after stuck or held


class Debounce:
    """One button. All times in ms of a monotonic clock.

    `stable_ms`: how long a level must last in sum. `lockout_ms`: least time between two presses; a
    button still down at its end is a press then, a shorter tap is counted in `swallowed`.
    """

    def __init__(
        self,
        pressed: bool,
        now: int,
        stable_ms: int = 30,
        lockout_ms: int = 200,
        stuck_ms: int = 10_000,
        freed_ms: int = 2_000,
    ) -> None:
        self.swallowed = 0
        self._stable_ms = stable_ms
        self._lockout_ms = lockout_ms
        self._stuck_ms = stuck_ms
        self._freed_ms = freed_ms
        self._level = pressed
        self._sum = stable_ms if pressed else 0
        self._at = now
        self._down = pressed
        self._waiting = False  # down, but the lockout of the press before still runs
        self._fault = HELD if pressed else ""
        self._told = False
        self._since = now  # of the present up or down
        self._last_press = now - lockout_ms

    @property
    def idle(self) -> bool:
        """Released for long, nothing under way: until the level changes there is no news."""
        return not (self._level or self._down or self._sum or self._fault)

    def update(self, pressed: bool, now: int) -> "list[str]":
        """The raw level is `pressed` from `now` on. Returns what happened up to `now`."""
        events = self.poll(now)
        self._level = pressed
        return events

    def poll(self, now: int) -> "list[str]":
        """What happened up to `now`, in order."""
        events: "list[str]" = []
        step = now - self._at
        if step > 0:
            self._integrate(step, now)
            self._at = now
        if self._sum == self._stable_ms and not self._down:
            self._down = True
            self._since = now
            self._waiting = True
        elif self._sum == 0 and self._down:
            self._release(now)
        self._press_when_due(events, now)
        self._note_fault(events, now)
        return events

    def due(self, now: int) -> "int | None":
        """In how many ms `poll` may have news if the level stays as it is; None: never."""
        waits: "list[int]" = []
        if self._fault == HELD and not self._told:
            waits.append(0)
        if self._level and not self._down:
            waits.append(self._stable_ms - self._sum)
        if not self._level and self._down:
            waits.append(self._sum)
        if self._waiting:
            waits.append(self._last_press + self._lockout_ms - now)
        if self._down and self._fault == "":
            waits.append(self._since + self._stuck_ms - now)
        if not self._down and self._fault != "":
            waits.append(self._since + self._freed_ms - now)
        return max(0, min(waits)) if waits else None

    def _integrate(self, step: int, now: int) -> None:
        if self._level:
            self._sum = min(self._stable_ms, self._sum + step)
        else:
            self._sum = max(0, self._sum - step)

    def _release(self, now: int) -> None:
        self._down = False
        self._since = now
        if self._waiting:
            self._waiting = False
            self.swallowed += 1

    def _press_when_due(self, events: "list[str]", now: int) -> None:
        if self._waiting and now - self._last_press >= self._lockout_ms:
            self._waiting = False
            self._last_press = now
            events.append(PRESSED)

    def _note_fault(self, events: "list[str]", now: int) -> None:
        if self._fault == HELD and not self._told:
            self._told = True
            events.append(HELD)
        elif self._down and self._fault == "" and now - self._since >= self._stuck_ms:
            self._fault = STUCK
            events.append(STUCK)
        elif not self._down and self._fault != "" and now - self._since >= self._freed_ms:
            self._fault = ""
            events.append(FREED)
