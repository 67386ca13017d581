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

from wire.address import Address, LinkError

log = logging.getLogger("talon.link")

_BACK_OFF = (0.5, 1.0, 2.0, 5.0, 10.0)
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
        self._client: aiomqtt.Client | None = None
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
                    await self._take_from(client)
            except aiomqtt.MqttError as error:
                if failures == 0:
                    log.warning("no broker at %s: %s; trying on", self._address, error)
            wait = _BACK_OFF[min(failures, len(_BACK_OFF) - 1)]
            failures += 1
            await asyncio.sleep(wait)

    async def publish(self, messages: Sequence[Outgoing]) -> bool:
        """Publish; False if the link went down meanwhile, and the rest is left out."""
        client = self._client
        if client is None:
            return not messages
        # By itself it would wait on for a connection that has gone, and the next one would be idle.
        publishing = asyncio.ensure_future(_publish(client, messages))
        try:
            await asyncio.wait((publishing, self._gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            publishing.cancel()
        return publishing.done() and not publishing.cancelled() and publishing.result()

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
            timeout=10,
        )
        _pass_over_foreign_topics(connecting)
        async with connecting as client:
            self._client = client
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
                self._client = None
                self._gone.set_result(None)

    async def _take_from(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            _acknowledge_at_once(client)
            payload: Any = message.payload
            if self._waiting + len(payload) > _MOST_WAITING:
                self.dropped += 1
                continue
            self._waiting += len(payload)
            self._inbox.append((message.topic.value, payload))
            self._arrived.set()


async def _publish(client: aiomqtt.Client, messages: Sequence[Outgoing]) -> bool:
    try:
        for message in messages:
            await client.publish(message.topic, message.payload, 0, message.retain)
    except aiomqtt.MqttError:
        return False
    return True


def _tls(ca: str) -> ssl.SSLContext | None:
    try:
        return ssl.create_default_context(cafile=ca) if ca else None
    except OSError as error:  # ssl's own are of that kind, too
        raise LinkError(f"{ca}: {error}. Mend `ca` in [broker] or [uplink].") from None


def _pass_over_foreign_topics(client: aiomqtt.Client) -> None:
    """A topic that is not UTF-8, from a broker that lets it through, is nobody's. aiomqtt fails on
    it before we see it, and paho would hand it over again and again, for ever."""
    take: Any = client._client.on_message

    def on_message(paho: Any, userdata: Any, message: Any) -> None:
        try:
            str(message.topic)
        except UnicodeDecodeError:
            return
        take(paho, userdata, message)

    client._client.on_message = on_message


def _acknowledge_at_once(client: aiomqtt.Client) -> None:
    """Likewise the other way: brokers hold a small packet back until the one before is
    acknowledged, and the kernel puts that off; it has to be told after each message."""
    connection: Any = client._client.socket()
    quick = getattr(socket, "TCP_QUICKACK", None)  # Linux only
    if connection is not None and quick is not None:
        connection.setsockopt(socket.IPPROTO_TCP, quick, 1)
