"""When to give the radio up and begin anew. Decides; runs on MicroPython.

What the radio says of itself is not asked: a link is good as long as the gateway acknowledges.
"""

ASSOCIATE = "associate"  # leave the network and join it again
RENEW = "renew"  # the radio off and on, its firmware loaded anew
RESET = "reset"  # the whole board

PATIENCE_MS = 120_000  # without an acknowledgement
FIRST_WAIT_MS = 60_000  # after joining, before that is done again; doubles each time
LONGEST_WAIT_MS = 1_920_000
RENEW_EACH = 4  # joinings in vain
RESET_MS = 21_600_000  # 6 h without a word from the broker; doubles with each reset in vain
MOST_DOUBLINGS = 5


class Supervision:
    """`now`, here and below: ms since boot. `resets`: how many in a row were in vain before this
    boot: a reset forgets the time, and a network that is gone for a week is no fault of ours."""

    def __init__(self, now: int, resets: int) -> None:
        self.joins = 0  # since the last acknowledgement
        self._good = now  # when the last acknowledgement came
        self._heard = now  # when the broker said anything last
        self._next = now + PATIENCE_MS
        self._wait = FIRST_WAIT_MS
        self._reset_ms = RESET_MS << min(resets, MOST_DOUBLINGS)

    def acked(self, now: int) -> None:
        """The gateway has acknowledged something, or said its watermark when asked."""
        self._good = self._heard = now
        self._next = now + PATIENCE_MS
        self._wait = FIRST_WAIT_MS
        self.joins = 0

    def heard(self, now: int) -> None:
        """Something came from the broker: the radio works."""
        self._heard = max(self._heard, now)

    def step(self, now: int) -> str:
        """What is to be done now; empty: nothing."""
        if now - self._heard >= self._reset_ms:
            self._heard = now
            return RESET
        if now < self._next:
            return ""
        self._next = now + self._wait
        self._wait = min(2 * self._wait, LONGEST_WAIT_MS)
        self.joins += 1
        return ASSOCIATE if self.joins % RENEW_EACH else RENEW

    def due(self, now: int) -> int:
        """In how many ms `step` has something."""
        return max(0, min(self._next, self._heard + self._reset_ms) - now)
