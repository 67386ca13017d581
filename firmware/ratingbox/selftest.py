"""A box follows the order to test itself, of `wire.selftest`. Decides; runs on MicroPython."""

import json

from wire.selftest import decode_test
from wire.update import UpdateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmware.ratingbox.panel import Panel


class SelfTest:
    """Tells `panel` until when its presses are a test. `key` signs the orders, `boot` is this."""

    def __init__(self, panel: "Panel", site: str, node: str, key: bytes, boot: str) -> None:
        self._panel = panel
        self._site = site
        self._node = node
        self._key = key
        self._boot = boot
        self._last = 0

    def handle(self, payload: bytes, now: int) -> bytes:
        """Follow an order; returns the reply. `now`: ms since the boot."""
        error = ""
        try:
            order = decode_test(payload, self._site, self._node, self._key)
            if order.boot != self._boot:
                raise UpdateError("that order was for boot %s" % order.boot)
            if order.count <= self._last:
                raise UpdateError("that order was given before")
            self._last = order.count
            self._panel.test(now + order.seconds * 1_000)
        except UpdateError as refused:
            error = str(refused)
        said = {"v": 1, "re": "test", "boot": self._boot, "error": error[:200]}
        return json.dumps(said).encode()
