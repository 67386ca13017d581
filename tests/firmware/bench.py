"""What the tests of devices share: a clock on a bench, somebody at the broker, a lamp to watch."""

import queue
import threading
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

DEADLINE_S = 20


class BenchClock:
    """Implements `firmware.common.node.Clock`."""

    boot = "0a1b2c3d"

    def __init__(self) -> None:
        self.now = 5_000

    def up(self) -> int:
        return self.now

    def at(self) -> int | None:
        return 1_800_000_000_000


class Listener:
    """Somebody at the broker; what it hears can be waited for."""

    def __init__(self, port: int) -> None:
        self.heard: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._ready = threading.Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self.client.on_connect = lambda client, *_: client.subscribe("talon/#")
        self.client.on_subscribe = lambda *_: self._ready.set()
        self.client.on_message = lambda _c, _u, m: self.heard.put((m.topic, bytes(m.payload)))
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self._ready.wait(DEADLINE_S)

    def wait_for(self, topic: str, wanted: bytes = b"") -> bytes:
        """The next message on `topic` that contains `wanted`."""
        while True:
            name, payload = self.heard.get(timeout=DEADLINE_S)
            if name == topic and wanted in payload:
                return payload

    def close(self) -> None:
        """Leave."""
        self.client.disconnect()
        self.client.loop_stop()


class Lamp:
    """Waits until a mock pin was driven to a level."""

    def __init__(self, pin: Any) -> None:
        self._changed = threading.Condition()
        self._pin = pin
        change = pin._change_state

        def told(value: bool) -> bool:
            with self._changed:
                self._changed.notify_all()
                return change(value)  # type: ignore[no-any-return]

        pin._change_state = told

    def wait(self, lit: bool) -> bool:
        """Whether it got there before the deadline."""
        with self._changed:
            return self._changed.wait_for(lambda: bool(self._pin.state) == lit, DEADLINE_S)
