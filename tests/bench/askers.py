"""Many dispensers that ask for numbers as fast as they are answered: one process, bare sockets.

The MQTT is written by hand here (MQTT 3.1.1, sections 3.1, 3.3, 3.8) so that the generator costs
little of the machine that it measures.
"""

import selectors
import socket
import struct
import time

from wire import topics


class Asker:
    """One dispenser with one ask under way at a time."""

    def __init__(self, host: str, port: int, site: str, node: str, service: str) -> None:
        self.numbers: list[str] = []
        self.waits: list[float] = []
        self._ask = topics.topic(site, node, topics.ASK).encode()
        self._service = service
        self._node = node
        self._asked = 0.0
        self._count = 0
        self._rest = b""
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        name = f"bench-{node}".encode()
        self._send(0x10, b"\x00\x04MQTT\x04\x02\x00\x3c" + _text(name))
        answer = topics.topic(site, node, topics.ANSWER).encode()
        self._send(0x82, b"\x00\x01" + _text(answer) + b"\x00")
        while b"\x90" not in self.socket.recv(100):  # SUBACK
            pass

    def ask(self) -> None:
        """Ask for the next number."""
        self._count += 1
        visit = f"{hash((self._node, self._count)) & 0xFFFFFFFFFFFFFFFF:016x}"
        payload = f'{{"v":1,"visit":"{visit}","service":"{self._service}"}}'.encode()
        self._asked = time.perf_counter()
        self._send(0x30, _text(self._ask) + payload)

    def take(self) -> bool:
        """Read what has come; True if an answer is complete."""
        self._rest += self.socket.recv(4096)
        found = self._rest.find(b'"number":"')
        end = self._rest.find(b"}", found)
        if found < 0 or end < 0:
            return False
        self.waits.append(time.perf_counter() - self._asked)
        self.numbers.append(self._rest[found + 10 : end - 1].decode())
        self._rest = b""
        return True

    def _send(self, kind: int, body: bytes) -> None:
        self.socket.sendall(bytes([kind]) + _length(len(body)) + body)


def ask_for(askers: list[Asker], total: int, patience_s: float = 60.0) -> float:
    """Let all ask until `total` numbers are given; returns the seconds it took."""
    selector = selectors.DefaultSelector()
    for asker in askers:
        selector.register(asker.socket, selectors.EVENT_READ, asker)
    begun = time.perf_counter()
    for asker in askers:
        asker.ask()
    given = 0
    while given < total and time.perf_counter() - begun < patience_s:
        for key, _ in selector.select(1):
            if key.data.take():
                given += 1
                if given + len(askers) <= total:
                    key.data.ask()
    took = time.perf_counter() - begun
    selector.close()
    return took


def _text(text: bytes) -> bytes:
    return struct.pack(">H", len(text)) + text


def _length(size: int) -> bytes:
    out = b""
    while True:
        size, digit = divmod(size, 128)
        out += bytes([digit | (0x80 if size else 0)])
        if not size:
            return out
