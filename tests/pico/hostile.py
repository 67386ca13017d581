"""A server that speaks MQTT as badly as one can, connection after connection."""

import socket
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

CONNACK = b"\x20\x02\x00\x00"
SUBACKS = b"".join(b"\x90\x03\x00" + bytes([number]) + b"\x00" for number in range(1, 5))
TOPIC = b"talon/v1/kyiv-1/box-3/command"


def publish(payload: bytes, topic: bytes = TOPIC, head: int = 0x30) -> bytes:
    """A well-formed message."""
    body = len(topic).to_bytes(2, "big") + topic + payload
    return bytes([head]) + length(len(body)) + body


def length(value: int) -> bytes:
    """MQTT 3.1.1, section 2.2.3."""
    out = b""
    while True:
        value, digit = divmod(value, 128)
        out += bytes([digit | (0x80 if value else 0)])
        if not value:
            return out


class Hostile:
    """Listens at a port of its own; answers each CONNECT with the next of `answers`, then only
    listens. `heard`: what came on each connection so far."""

    def __init__(self, answers: Sequence[bytes]) -> None:
        self._answers = list(answers)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.heard: list[bytearray] = []
        self._connections: list[socket.socket] = []

    @property
    def played(self) -> int:
        """How many connections there were."""
        return len(self.heard)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="hostile", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for connection in self._connections:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self._connections.append(connection)
            heard = bytearray()
            self.heard.append(heard)
            number = len(self.heard) - 1
            threading.Thread(
                target=self._play, args=(connection, number, heard), daemon=True
            ).start()

    def _play(self, connection: socket.socket, number: int, heard: bytearray) -> None:
        answer = self._answers[min(number, len(self._answers) - 1)]
        try:
            heard += connection.recv(4_096)
            connection.sendall(answer)
            while piece := connection.recv(4_096):
                heard += piece
        except OSError:
            return


class Switch:
    """Passes connections on to the server at `port`, until it is turned to another one."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._open: list[socket.socket] = []

    def turn_to(self, port: int) -> None:
        """Connections from now on go there; those that there are end."""
        self._to = port
        self._end()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="switch", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._end()

    def _end(self) -> None:
        for one in self._open:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it has ended by itself
        self._open.clear()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._server.accept()
                there = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            self._open += [here, there]
            for source, target in ((here, there), (there, here)):
                threading.Thread(target=pass_on, args=(source, target), daemon=True).start()


def pass_on(source: socket.socket, target: socket.socket) -> None:
    """Until one of them ends."""
    try:
        while piece := source.recv(65_536):
            target.sendall(piece)
    except OSError:
        pass  # one of them has gone; so does the other
    for one in (source, target):
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue
