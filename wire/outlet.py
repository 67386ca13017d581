"""What a program publishes goes to the connection at once, from the event loop's own thread.

By itself aiomqtt has the loop woken through a pipe and the socket registered for each message, and
paho builds two objects of a hundred entries to say that it went: several times the work of sending
an answer of 60 bytes, and a visitor waits for that.
"""

import asyncio
from typing import Any

from paho.mqtt import client as mqtt


class Outlet:
    """The way out of a client that is connected. QoS 0 only. To be used in the loop's thread."""

    def __init__(self, client: mqtt.Client) -> None:
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._is_writing = False
        self._watched: int | None = None  # the file descriptor, while the loop looks for room
        self._drained = asyncio.Event()
        client.on_publish = None
        client.on_socket_register_write = self._on_wish
        client.on_socket_unregister_write = self._on_rest

    @property
    def is_full(self) -> bool:
        """Whether something waits for room in the connection."""
        return self._client.want_write()

    def write(self, topic: str, payload: bytes, retain: bool) -> bool:
        """Send, as far as there is room; the rest goes by itself. False: the connection is gone."""
        self._is_writing = True
        try:
            said = self._client.publish(topic, payload, 0, retain)
            done = said.rc == mqtt.MQTT_ERR_SUCCESS == self._client.loop_write()
        finally:
            self._is_writing = False
        if self.is_full:
            self._watch(self._client.socket())
        return done

    async def drained(self) -> None:
        """Wait until nothing waits for room any more."""
        while self.is_full:
            self._drained.clear()
            await self._drained.wait()

    def _on_wish(self, _client: mqtt.Client, _userdata: Any, connection: Any) -> None:
        """The client has something to send; of its own, if it is not `write` that sends."""
        if not self._is_writing:
            self._watch(connection)

    def _on_rest(self, client: mqtt.Client, _userdata: Any, _connection: Any) -> None:
        """It has nothing more to send, or the connection is closed."""
        if self._watched is not None:
            self._loop.remove_writer(self._watched)
            self._watched = None
        if not client.want_write():
            self._drained.set()

    def _watch(self, connection: Any) -> None:
        if connection is not None and self._watched is None:
            self._watched = connection.fileno()
            self._loop.add_writer(self._watched, self._client.loop_write)
