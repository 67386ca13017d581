"""A server's way to a broker: connects, reconnects and gathers what arrives; aiomqtt underneath.

Everything goes at QoS 0: the broker is a lossy pipe, and the hop above repeats what gets lost.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiomqtt
from paho.mqtt import client as mqtt

from wire.address import Address, LinkError
from wire.outlet import Outlet

log = logging.getLogger("talon.link")

_BACK_OFF = (0.5, 1.0, 2.0, 5.0, 10.0)
_PATIENCE_S = 10.0  # with a broker
_MOST_WAITING = 32 << 20  # bytes taken from the broker but not yet stored; beyond it we drop


@dataclass(frozen=True)
class Outgoing:
    """A message to publish."""

    topic: str
    payload: bytes
    retain: bool = False


Incoming = tuple[str, bytes]


class Link:
    """One connection to one broker, kept up by `run`.

    `will`: (topic, payload) that the broker publishes, retained, when we are gone. `greet`: what to
    publish on each connect, before anything that arrives is handled. Raises LinkError if the
    authority's file cannot be used.
    """

    def __init__(
        self,
        address: Address,
        client_id: str,
        subscriptions: Sequence[str],
        will: Incoming | None,
        greet: Callable[[], Sequence[Outgoing]],
    ) -> None:
        self.up = asyncio.Event()
        self.dropped = 0  # messages for which there was no room; their senders repeat them
        self._address = address
        self._tls = _tls(address.ca)
        self._client_id = client_id
        self._subscriptions = subscriptions
        self._will = will
        self._greet = greet
        self._outlet: Outlet | None = None  # while there is a connection
        self._gone: asyncio.Future[None]  # of the client: done when its connection has ended
        self._inbox: list[Incoming] = []
        self._waiting = 0
        self._arrived = asyncio.Event()

    async def run(self) -> None:
        """Stay connected until cancelled. Started by the app as task `link to …`."""
        failures = 0
        while True:
            try:
                async with self._connected() as client:
                    failures = 0
                    async for _ in client.messages:  # ends, in an error, with the connection
                        pass
            except aiomqtt.MqttError as error:
                if _is_cancelled():  # a broker that takes no goodbye has made an error of it
                    raise asyncio.CancelledError from error
                if failures == 0:
                    log.warning("no broker at %s: %s; trying on", self._address, error)
            wait = _BACK_OFF[min(failures, len(_BACK_OFF) - 1)]
            failures += 1
            await asyncio.sleep(wait)

    async def publish(self, messages: Sequence[Outgoing]) -> bool:
        """Publish; False if the link went down meanwhile, and the rest is left out."""
        outlet = self._outlet
        if outlet is None:
            return not messages
        for message in messages:
            if not outlet.write(message.topic, message.payload, message.retain):
                return False
            if outlet.is_full and not await self._drain(outlet):
                return False
        return True

    async def take(self, most: int) -> list[Incoming]:
        """Wait until something has arrived; then up to `most` messages, oldest first."""
        while not self._inbox:
            self._arrived.clear()
            await self._arrived.wait()
        taken, self._inbox = self._inbox[:most], self._inbox[most:]
        self._waiting -= sum(len(payload) for _, payload in taken)
        return taken

    def drop(self) -> int:
        """Let go of what has arrived and was not taken; returns how many messages. For programs
        that had to pause: the hop repeats it, with times of sending that are true again."""
        left, self._inbox, self._waiting = len(self._inbox), [], 0
        return left

    async def farewell(self) -> None:
        """Say the last will oneself: on a clean disconnect the broker does not."""
        if self._will is not None:
            await self.publish([Outgoing(self._will[0], self._will[1], retain=True)])

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiomqtt.Client]:
        connecting = aiomqtt.Client(
            self._address.host,
            self._address.port,
            username=self._address.username or None,
            password=self._address.password or None,
            identifier=self._client_id,
            will=self._will and aiomqtt.Will(self._will[0], self._will[1], qos=1, retain=True),
            tls_context=self._tls,
            keepalive=20,
            # Without this an answer waits up to 40 ms for the acknowledgement of what went before.
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            timeout=_PATIENCE_S,
        )
        # Messages do not take aiomqtt's way: a task for each one costs more than most of what is
        # done with it.
        connecting._client.on_message = self._on_message
        async with connecting as client:
            self._outlet = Outlet(client._client)
            self._gone = asyncio.get_running_loop().create_future()
            try:
                await self.publish(list(self._greet()))
                for topic in self._subscriptions:
                    await client.subscribe(topic, qos=0)
                log.info("connected to the broker at %s", self._address)
                self.up.set()
                yield client
            finally:
                self.up.clear()
                self._outlet = None
                self._gone.set_result(None)

    async def _drain(self, outlet: Outlet) -> bool:
        """Wait for room in the connection; False: it has gone, or there is none for too long."""
        draining = asyncio.ensure_future(outlet.drained())
        try:
            both = (draining, self._gone)
            await asyncio.wait(both, timeout=_PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
            return draining.done()
        finally:
            draining.cancel()

    def _on_message(self, client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        _acknowledge_at_once(client.socket())
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return  # from a broker that lets it through; it is nobody's
        payload = bytes(message.payload)
        if self._waiting + len(payload) > _MOST_WAITING:
            self.dropped += 1
            return
        self._waiting += len(payload)
        self._inbox.append((topic, payload))
        self._arrived.set()


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _tls(ca: str) -> ssl.SSLContext | None:
    try:
        return ssl.create_default_context(cafile=ca) if ca else None
    except OSError as error:  # ssl's own are of that kind, too
        raise LinkError(f"{ca}: {error}. Mend `ca` in [broker] or [uplink].") from None


def _acknowledge_at_once(connection: Any) -> None:
    """Likewise the other way: brokers hold a small packet back until the one before is
    acknowledged, and the kernel puts that off; it has to be told after each message."""
    quick = getattr(socket, "TCP_QUICKACK", None)  # Linux only
    if connection is not None and quick is not None:
        connection.setsockopt(socket.IPPROTO_TCP, quick, 1)
