"""The time of day from the gateway's address, without ever waiting. Runs on MicroPython.

SNTP as in RFC 4330, with a random origin stamp: an answer to another question is none.
"""

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PORT = 123
ANSWER_MS = 2_000  # an answer that takes longer is not waited for
FIRST_MS = 15_000  # from question to question until the time is known
AGAIN_MS = 3_600_000
_SIZE = 48
_QUERY = 0x23  # version 4, client
_SERVER = 4
_UNSYNCHRONISED = 3
_EPOCH = 2_208_988_800  # seconds from 1900 to 1970
_ERA = 1 << 32  # seconds; before 2^31 it is the era that begins in 2036


class Ntp:
    """Asks `host`. `sockets`: MicroPython's `socket`. `random(n)`: n bytes."""

    def __init__(
        self, host: str, sockets: "Any", random: "Callable[[int], bytes]", port: int = PORT
    ) -> None:
        self._address = sockets.getaddrinfo(host, port)[0][-1]  # at once: it is an address
        self._sockets = sockets
        self._random = random
        self._socket: "Any" = None
        self._cookie = b""
        self._asked = 0
        self._next = 0
        self.known = False

    def step(self, now: int) -> "int | None":
        """Ask if it is time; returns Unix ms when an answer has come. `now`: ms since boot."""
        if self._socket is not None:
            return self._look(now)
        if now >= self._next:
            self._ask(now)
        return None

    def _ask(self, now: int) -> None:
        self._next = now + FIRST_MS
        self._asked = now
        self._cookie = self._random(8)
        query = bytearray(_SIZE)
        query[0] = _QUERY
        query[40:48] = self._cookie
        try:
            self._socket = self._sockets.socket(self._sockets.AF_INET, self._sockets.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._socket.sendto(query, self._address)
        except OSError:  # no network yet
            self._close()

    def _look(self, now: int) -> "int | None":
        try:
            answer = self._socket.recv(_SIZE + 1)
        except OSError:
            answer = None
        at = read_answer(answer, self._cookie) if answer else None
        if at is None:
            if now - self._asked > ANSWER_MS:
                self._close()
            return None
        self._close()
        self.known = True
        self._next = now + AGAIN_MS
        return at + (now - self._asked) // 2

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def read_answer(answer: bytes, cookie: bytes) -> "int | None":
    """Unix ms of a server's answer to the question with `cookie`; None: it is none, or the server
    does not know the time itself."""
    if len(answer) != _SIZE or answer[24:32] != cookie:
        return None
    if answer[0] & 7 != _SERVER or answer[0] >> 6 == _UNSYNCHRONISED or not 0 < answer[1] < 16:
        return None
    seconds, fraction = struct.unpack("!II", answer[40:48])
    if seconds < _ERA >> 1:
        seconds += _ERA
    return int((seconds - _EPOCH) * 1_000 + (fraction * 1_000 >> 32))
