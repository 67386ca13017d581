"""A Pico's way to the broker: umqtt.simple at QoS 0, under the hop. Runs on MicroPython.

umqtt raises whatever comes to it when a broker says something it does not expect. So any error here
means: this connection is over; try another one after a while.
"""

import struct

import umqtt.simple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from firmware.ratingbox.line import Line

    Message = tuple[str, bytes]

KEEPALIVE_S = 30  # after one and a half of them the broker publishes the last will
PING_MS = 10_000
SILENCE_MS = 25_000  # without a byte, though it was pinged
FIRST_RETRY_MS = 1_000
LONGEST_RETRY_MS = 30_000
ANSWER_MS = 4_000  # without a byte, while it subscribes or in the middle of a message
MOST_AT_ONCE = 8  # messages taken in one turn: the buttons come first
MOST_BYTES = 4_096  # of messages in memory
_SUBSCRIBE, _SUBACK, _REFUSED = 0x82, 0x90, 0x80


class Link:
    """`where`: (address, port). `login`: (name, password), empty for none. `will`: (topic,
    payload), retained. `subscriptions`: topics. `fault`: why it went down last."""

    def __init__(
        self,
        line: "Line",
        where: "tuple[str, int]",
        name: str,
        login: "tuple[str, str]",
        will: "tuple[str, bytes]",
        subscriptions: "list[str]",
    ) -> None:
        self.is_up = False
        self.up_at = 0  # when it last came up
        self.fault = ""
        self.connects = 0
        self._line = line
        self._where = where
        self._name = name.encode()
        self._login = login
        self._will = will
        self._subscriptions = subscriptions
        self._client: "Any" = None
        self._unconfirmed = 0  # subscriptions
        self._began = 0  # when it connected
        self._came: "list[Message]" = []
        self._came_bytes = 0
        self._retry_at = 0
        self._retry_ms = FIRST_RETRY_MS
        self._pinged = 0

    @property
    def heard_at(self) -> int:
        """When the broker said anything last, in ms since boot."""
        return self._line.heard_at

    def step(self, now: int) -> "list[Message]":
        """Connect if it is time, else take what came. Ends by the line's deadline."""
        if self._client is None:
            if now >= self._retry_at:
                self._connect(now)
        else:
            self._listen(now)
        if self._unconfirmed:
            return []
        came = self._came
        self._came = []
        self._came_bytes = 0
        return came

    def publish(self, topic: str, payload: bytes, retain: bool) -> bool:
        """Send at QoS 0; returns whether it could be handed over."""
        if not self.is_up:
            return False
        try:
            self._client.publish(topic.encode(), payload, retain)
            self._line.flush()
        except Exception as error:  # noqa: BLE001 - see above
            self._drop(error)
        return self.is_up

    def drop(self, why: str) -> None:
        """This connection is no good; try another one."""
        if self._client is not None:
            self._drop(LookupError(why))

    def close(self, farewell: "tuple[str, bytes]") -> None:
        """Say goodbye with a retained message; the last will is then not needed."""
        if self.publish(farewell[0], farewell[1], True):
            try:  # noqa: SIM105 - no contextlib on MicroPython
                self._client.disconnect()
            except Exception:  # noqa: BLE001 - whatever it says, we are gone
                pass
        self._line.close()
        self.is_up = False

    def _connect(self, now: int) -> None:
        umqtt.simple.socket = self._line
        try:
            self._client = self._new_client()
            self._client.connect()
            self._subscribe()
            self._began = self._pinged = now
        except Exception as error:  # noqa: BLE001 - see above
            self._drop(error)

    def _subscribe(self) -> None:
        """Ask for all of it at once. umqtt would wait for each answer, and before that may come
        whatever somebody left on a topic, however long it is."""
        for name in self._subscriptions:
            topic = name.encode()
            self._unconfirmed += 1
            size = 2 + 2 + len(topic) + 1  # MQTT 3.1.1, section 3.8
            head = struct.pack("!BBHH", _SUBSCRIBE, size, self._unconfirmed, len(topic))
            self._line.write(head + topic + b"\0")
        self._line.flush()

    def _confirm(self, op: int, now: int) -> None:
        """The broker sent another packet than a message or the answer to a ping."""
        said = self._line.read(4) if op == _SUBACK and self._unconfirmed else None
        if not said or said[0] != 3:
            raise ValueError("the broker sent a packet that nobody asked for")
        if said[3] == _REFUSED:
            raise ValueError("the broker refuses a subscription")
        self._unconfirmed -= 1
        if not self._unconfirmed:
            self.is_up = True
            self.up_at = now
            self.connects += 1

    def _new_client(self) -> "Any":
        user, password = self._login
        client = umqtt.simple.MQTTClient(
            self._name,
            self._where[0],
            self._where[1],
            user.encode() if user else None,
            password.encode() if user else None,  # may be empty, but not None beside a name
            KEEPALIVE_S,
        )
        client.set_callback(self._take)
        client.set_last_will(self._will[0].encode(), self._will[1], True)
        return client

    def _listen(self, now: int) -> None:
        try:
            for _ in range(MOST_AT_ONCE):
                before = len(self._came), self._line.heard_at
                op = self._client.check_msg()
                if op is not None:
                    self._confirm(op, now)
                elif (len(self._came), self._line.heard_at) == before:
                    break
                if self._came_bytes >= MOST_BYTES or self._line.reads_over:
                    break
            if now - self._pinged >= PING_MS:  # whatever is heard: it is us whom the broker misses
                self._pinged = now
                self._client.ping()
                self._line.flush()
            patience = SILENCE_MS if self.is_up and not self._line.reads_over else ANSWER_MS
            if now - max(self._began, self.heard_at) >= patience:
                raise LookupError("the broker is silent")
        except Exception as error:  # noqa: BLE001 - see above
            self._drop(error)
        else:
            if self.is_up and now - self.up_at > LONGEST_RETRY_MS:
                self._retry_ms = FIRST_RETRY_MS

    def _take(self, topic: bytes, payload: bytes) -> None:
        if not topic or not payload or self._came_bytes >= MOST_BYTES:
            return  # too long, or too much; the hop and the orders repeat what is lost
        try:
            self._came.append((topic.decode(), payload))
        except ValueError:  # a topic that is not UTF-8 is nobody's
            return
        self._came_bytes += len(payload)

    def _drop(self, error: Exception) -> None:
        self._line.close()
        self._client = None
        self._unconfirmed = 0
        self.is_up = False
        self._retry_at = self._line.now() + self._retry_ms
        self._retry_ms = min(2 * self._retry_ms, LONGEST_RETRY_MS)
        self.fault = "%s: %s" % (type(error).__name__, error)
