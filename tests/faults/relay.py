"""A relay between two brokers that treats messages as badly as a network may.

It hears a topic here and says it there, several times, late and out of order, or not at all. With
TCP underneath, that is the only way to have such things happen between real programs.
"""

import heapq
import itertools
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

_PATIENCE_S = 10.0
_MOST_WAITING = 10_000  # messages; what comes on top is not passed on


@dataclass(frozen=True)
class Ways:
    """How badly. `copies`: of each message; each of them comes up to `late_s` seconds later, on its
    own, and is lost with the probability `lost`."""

    copies: int = 2
    late_s: float = 0.3
    lost: float = 0.1


@dataclass(frozen=True)
class Route:
    """Messages on `topic` (a filter) go from the broker at port `here` to the one at `there`."""

    topic: str
    here: int
    there: int
    retain: bool = False


class Relay:
    """Passes messages on along `routes`, as `ways` say; a context manager.

    `heard`, `said`: messages in and out. `overtaken`: those said after one that came later.
    """

    def __init__(self, routes: Sequence[Route], ways: Ways, chance: random.Random) -> None:
        self.heard = 0
        self.said = 0
        self.overtaken = 0
        self._ways = ways
        self._chance = chance
        self._due: list[tuple[float, int, Route, str, bytes]] = []
        self._order = itertools.count()
        self._latest = -1
        self._change = threading.Condition()
        self._ends = False
        self._thread = threading.Thread(target=self._work, name="relay")
        ports = {port for route in routes for port in (route.here, route.there)}
        self._clients = {port: _Ear(port) for port in ports}
        self._routes = routes

    def __enter__(self) -> Self:
        for route in self._routes:
            self._clients[route.here].hear(route.topic, self._hears(route))
        for client in self._clients.values():
            client.start()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._change:
            self._ends = True
            self._change.notify()
        self._thread.join(_PATIENCE_S)
        for client in self._clients.values():
            client.close()

    def _hears(self, route: Route) -> mqtt.CallbackOnMessage:
        def on_message(_c: mqtt.Client, _u: object, message: mqtt.MQTTMessage) -> None:
            with self._change:
                self.heard += 1
                if len(self._due) >= _MOST_WAITING:
                    return
                for _ in range(self._ways.copies):
                    if self._chance.random() < self._ways.lost:
                        continue
                    due = time.monotonic() + self._chance.uniform(0, self._ways.late_s)
                    said = (due, next(self._order), route, message.topic, bytes(message.payload))
                    heapq.heappush(self._due, said)
                self._change.notify()

        return on_message

    def _work(self) -> None:
        while True:
            with self._change:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is None or wait > 0:
                    self._change.wait(wait)
                if self._ends:
                    return
                ready = bool(self._due) and self._due[0][0] <= time.monotonic()
                now = heapq.heappop(self._due) if ready else None
            if now is not None:
                self._say(*now[1:])

    def _say(self, number: int, route: Route, topic: str, payload: bytes) -> None:
        self._clients[route.there].say(topic, payload, route.retain)
        self.said += 1
        self.overtaken += number < self._latest
        self._latest = max(self._latest, number)


class _Ear:
    """Our connection to one broker; it comes back by itself."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._topics: list[str] = []
        self._ready = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="relay")
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._ready.set()

    def hear(self, topic: str, on_message: mqtt.CallbackOnMessage) -> None:
        """Before `start`: what to listen to."""
        self._topics.append(topic)
        self._client.message_callback_add(topic, on_message)

    def start(self) -> None:
        """Connect, and wait until it hears."""
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        if self._topics and not self._ready.wait(_PATIENCE_S):
            raise TimeoutError(f"no answer from the broker at port {self._port}")

    def say(self, topic: str, payload: bytes, retain: bool) -> None:
        """Publish."""
        self._client.publish(topic, payload, 0, retain)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: mqtt.Client, *_: object) -> None:
        if self._topics:
            client.subscribe([(topic, 0) for topic in self._topics])
