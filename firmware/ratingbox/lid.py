"""The switch of a box's lid: who opens it is on record. Decides; runs on MicroPython.

The switch is closed while the lid is. A lid that was opened and closed again while the power was
off leaves no trace of its own; the start does, which is on record too.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmware.common.node import Node

STABLE_MS = 200  # a slammed door beside it does not open a lid
FAULT = "the lid is open"


class Lid:
    """Records that the lid was opened or closed, and says while it is open.

    `is_open`: how the switch is now. `now`: ms since the boot.
    """

    def __init__(self, node: "Node", is_open: bool, now: int) -> None:
        self._node = node
        self._seen = is_open
        self._since = now
        self._settled = False  # a lid that is closed at the start is no news
        self._owed = ""  # what is not on record yet
        if is_open:
            self._settle(True)

    def edge(self, is_open: bool, now: int) -> None:
        """The switch changed, or was looked at."""
        if is_open != self._seen:
            self._seen = is_open
            self._since = now
        self.poll(now)

    def poll(self, now: int) -> None:
        """Do what is due."""
        if self._seen != self._settled and now - self._since >= STABLE_MS:
            self._settle(self._seen)
        elif self._owed:
            self._record()

    def due(self, now: int) -> "int | None":
        """In how many ms `poll` has something to do if nothing changes; None: never."""
        if self._seen == self._settled:
            return None
        return max(0, self._since + STABLE_MS - now)

    def _settle(self, is_open: bool) -> None:
        self._settled = is_open
        self._node.set_fault("lid", FAULT if is_open else "")
        self._owed = "opened" if is_open else "closed"
        self._record()

    def _record(self) -> None:
        try:
            self._node.record("lid", {"state": self._owed})
        except OSError:
            return  # the node says why; tried again with the next look at the switch
        self._owed = ""
