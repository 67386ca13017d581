"""A bare MQTT client: a socket and the packets of MQTT 3.1.1 (sections 3.1, 3.3, 3.8) at QoS 0.

Written by hand so that what generates the load costs little of the machine that is measured.
"""

import socket
import struct

from wire.link import Incoming

_CONNECT, _CONNACK, _PUBLISH, _SUBSCRIBE, _SUBACK = 0x10, 0x20, 0x30, 0x82, 0x90
_PATIENCE_S = 30.0
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)  # Linux only; as wire/link.py


class Client:
    """One connection. Raises OSError if the broker goes away or is silent for half a minute."""

    def __init__(self, port: int, name: str, subscriptions: list[str]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), _PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self._early: list[Incoming] = []  # what came before the subscription was confirmed
        self._send(_CONNECT, b"\x00\x04MQTT\x04\x02\x00\x00" + _text(name))
        self._wait_for(_CONNACK)
        for topic in subscriptions:
            self._send(_SUBSCRIBE, b"\x00\x01" + _text(topic) + b"\x00")
            self._wait_for(_SUBACK)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send a message."""
        self._send(_PUBLISH, _text(topic) + payload)

    def take(self) -> list[Incoming]:
        """Messages that have arrived; waits for bytes, which may not complete one."""
        early, self._early = self._early, []
        return early or [_message(body) for kind, body in self._packets() if kind == _PUBLISH]

    def wait_for(self, topic: str, wanted: bytes) -> None:
        """Read until a message on `topic` contains `wanted`."""
        while not any(name == topic and wanted in payload for name, payload in self.take()):
            pass

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def _wait_for(self, kind: int) -> None:
        waiting = True
        while waiting:
            for found, body in self._packets():
                waiting = waiting and found != kind
                if found == _PUBLISH:
                    self._early.append(_message(body))

    def _packets(self) -> list[tuple[int, bytes]]:
        """The complete packets as (type, body)."""
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("the broker has hung up")
        if _QUICKACK is not None:
            self.socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        data = self._rest + data
        out: list[tuple[int, bytes]] = []
        at = 0
        while (size := _body(data, at)) is not None:
            begin, end = size
            out.append((data[at] & 0xF0, data[begin:end]))
            at = end
        self._rest = data[at:]
        return out

    def _send(self, kind: int, body: bytes) -> None:
        self.socket.sendall(bytes([kind]) + _length(len(body)) + body)


def _body(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the body of the packet at `at` begins and ends; None if it is not all there."""
    length = shift = 0
    for i in range(at + 1, min(at + 5, len(data))):
        length |= (data[i] & 0x7F) << shift
        shift += 7
        if not data[i] & 0x80:
            return (i + 1, i + 1 + length) if i + 1 + length <= len(data) else None
    return None


def _message(body: bytes) -> Incoming:
    end = 2 + int.from_bytes(body[:2], "big")
    return body[2:end].decode(), body[end:]


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def _length(size: int) -> bytes:
    out = b""
    while True:
        size, digit = divmod(size, 128)
        out += bytes([digit | (0x80 if size else 0)])
        if not size:
            return out
