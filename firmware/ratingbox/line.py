"""A TCP or TLS connection of which no call waits beyond a deadline. Runs on MicroPython.

umqtt reads and writes as if the network always answered. It is given this in place of a socket: the
socket below never blocks, and while it has nothing, `meanwhile` is called each few milliseconds, so
that buttons are answered in the middle of a read.
"""

import errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

STEP_MS = 5
MAX_MESSAGE = 2_048  # bytes; of what is larger nothing is kept
_PIECES = 4  # of so many bytes are read over at a time: then the buttons come
_MOST_HELD = 2_560  # bytes of what is written but not sent: a batch and its head
_POLL_OUT, _POLL_BAD = 4, 8 | 16
_BUSY = (errno.EINPROGRESS, errno.EAGAIN)


class LineError(OSError):
    """The connection cannot be used any more; the message says why."""


class Line:
    """Looks to umqtt like a socket.

    `sockets`, `select`: MicroPython's modules. `wrap(socket)`: makes it TLS; None: plain TCP.
    `up()`: ms. `meanwhile()`: waits about `STEP_MS` and tends the rest of the box; it may not use
    the line. `deadline`: ms since boot at which every call gives up. `heard_at`: when the last byte
    came.
    """

    def __init__(
        self,
        sockets: "Any",
        select: "Any",
        up: "Callable[[], int]",
        meanwhile: "Callable[[], None]",
        wrap: "Callable[[Any], Any] | None" = None,
    ) -> None:
        self.deadline = 0
        self.heard_at = 0
        self._sockets = sockets
        self._select = select
        self._up = up
        self._meanwhile = meanwhile
        self._wrap = wrap
        self._socket: "Any" = None
        self._stream: "Any" = None
        self._waits = True
        self._held = bytearray()
        self._room = memoryview(bytearray(MAX_MESSAGE))  # taken while there is such a piece
        self._over = 0  # bytes that are still to be read over

    def now(self) -> int:
        """ms since boot."""
        return self._up()

    @property
    def reads_over(self) -> bool:
        """Whether it is in the middle of a message that is too long."""
        return self._over > 0

    # What umqtt calls, besides `socket` and `getaddrinfo` of the module it believes to use.

    def socket(self) -> "Line":
        """A new connection: this one."""
        self.close()
        self._socket = self._stream = self._sockets.socket()
        self._socket.setblocking(False)
        self._waits = True
        self._held = bytearray()
        self._over = 0
        return self

    def getaddrinfo(self, host: str, port: int) -> "Any":
        """Of an address, which takes no time."""
        return self._sockets.getaddrinfo(host, port)

    def settimeout(self, seconds: "float | None") -> None:
        """There is a deadline already."""

    def setblocking(self, waits: bool) -> None:
        """Whether `read` waits for its first byte."""
        self._waits = waits

    def connect(self, address: "Any") -> None:
        """Open the connection, by the deadline."""
        try:
            self._socket.connect(address)
        except OSError as error:
            if error.errno not in _BUSY:
                raise
        poll = self._select.poll()
        poll.register(self._socket, _POLL_OUT | _POLL_BAD)
        while True:
            ready = poll.poll(0)
            if ready and ready[0][1] & _POLL_BAD:
                raise LineError(errno.ECONNREFUSED, "nobody listens")
            if ready:
                break
            self._wait("connect")
        if self._wrap is not None:
            self._stream = self._wrap(self._socket)

    def read(self, size: int) -> "bytes | None":
        """`size` bytes; None if `setblocking(False)` and there is not even one; b"" at the end.

        More than `MAX_MESSAGE` are none: b"", at once, and before the next byte they are read over
        without being kept. That takes as long as it takes: who does not wait gets None meanwhile.
        """
        if size < 0 or self._stream is None:
            raise LineError(errno.EINVAL, "a message of negative length")
        self.flush()
        if not self._read_over():
            return None
        if size > MAX_MESSAGE:
            self._over = size
            return b""
        kept = 0
        while kept < size:
            count = self._read_piece(self._room[kept:size])
            if count:
                kept += count
            elif count == 0:
                return b"" if kept == 0 else self._broken()
            elif kept == 0 and not self._waits:
                return None
            else:
                self._wait("read")
        return bytes(self._room[:size])

    def write(self, data: bytes, size: int = -1) -> None:
        """All of it, or its first `size` bytes, with the next `flush` or `read`.

        umqtt writes a packet in five pieces, each of which the network would acknowledge 40 ms
        later than the one before.
        """
        if self._stream is None:
            raise LineError(errno.ENOTCONN, "not connected")
        self._held.extend(data if size < 0 else data[:size])
        if len(self._held) > _MOST_HELD:
            self.flush()

    def flush(self) -> None:
        """Send what was written."""
        rest = memoryview(self._held)
        while len(rest):
            done = self._stream.write(rest)
            if done:
                rest = rest[done:]
            else:
                self._wait("write")
        self._held = bytearray()

    def close(self) -> None:
        """Give the connection up."""
        self._held = bytearray()
        for each in (self._stream, self._socket):
            try:
                if each is not None:
                    each.close()
            except OSError:
                pass  # it is given up in any case
        self._socket = self._stream = None

    def _read_over(self) -> bool:
        """Whether there is nothing left to be read over."""
        pieces = 0
        while self._over:
            count = None
            if pieces < _PIECES:
                count = self._read_piece(self._room[: min(self._over, MAX_MESSAGE)])
            if count:
                self._over -= count
                pieces += 1
            elif count == 0:
                self._broken()
            elif self._waits:
                self._wait("read")
                pieces = 0
            else:
                return False
        return True

    def _read_piece(self, room: memoryview) -> "int | None":
        """How many bytes came; None: not one yet, 0: it has ended."""
        count: "int | None" = self._stream.readinto(room)
        if count:
            self.heard_at = self._up()
        return count

    def _broken(self) -> bytes:
        raise LineError(errno.ECONNRESET, "ended in the middle of a message")

    def _wait(self, what: str) -> None:
        if self._up() >= self.deadline:
            raise LineError(errno.ETIMEDOUT, "%s takes too long" % what)
        self._meanwhile()
