"""A box shows that it is a visitor's turn to vote. Decides; runs on MicroPython.

The gateway says `open 60000` on `…/command` when a visit was finished at the box's desk: for so
many ms both lamps are lit. `open 0`: the next visitor is called. It lights lamps and changes
nothing else, so it is not signed.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmware.ratingbox.panel import Panel

VERB = b"open"
LONGEST_MS = 600_000


class Invitation:
    """Tells `panel` until when to invite."""

    def __init__(self, panel: "Panel") -> None:
        self._panel = panel

    def handle(self, payload: bytes, now: int) -> None:
        """Follow what came on `…/command`; what is no invitation changes nothing."""
        verb, _, ms = payload.partition(b" ")
        if verb == VERB and 0 < len(ms) <= 6 and ms.isdigit():
            self._panel.invite(now + min(int(ms), LONGEST_MS), now)
