"""A Pico's clocks, out of a counter that wraps. Decides; runs on MicroPython."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

KEEP_MS = 1_000  # a time from the network that is this near changes nothing


class PicoClock:
    """Implements `firmware.common.node.Clock`.

    `ticks_ms()`: a counter of ms that wraps; `ticks_diff(a, b)`: from b to a over the wrap, as in
    MicroPython's `time`. `boot`: 8 hex digits, another one each time.

    Ask for `up` at least once in six days: a difference beyond 2^29 ms cannot be told.
    """

    def __init__(
        self, ticks_ms: "Callable[[], int]", ticks_diff: "Callable[[int, int], int]", boot: str
    ) -> None:
        self.boot = boot
        self._ticks_ms = ticks_ms
        self._ticks_diff = ticks_diff
        self._last = ticks_ms()
        self._up = 0
        self._lead: "int | None" = None  # of the time of day over `up`

    def up(self) -> int:
        """Milliseconds since the program's start; never steps."""
        now = self._ticks_ms()
        passed = self._ticks_diff(now, self._last)
        if passed > 0:
            self._up += passed
            self._last = now
        return self._up

    def at(self) -> "int | None":
        """Unix milliseconds, or None as long as nobody has said."""
        return None if self._lead is None else self._lead + self.up()

    def set(self, at: int) -> bool:
        """The network says it is `at`; returns whether that changes anything.

        A clock that runs a little fast or slow is left as it is: what is written short hangs on a
        steady difference between time of day and `up` (`firmware.common.logline`).
        """
        lead = at - self.up()
        if self._lead is not None and abs(lead - self._lead) < KEEP_MS:
            return False
        self._lead = lead
        return True
