"""What a link publishes: at once where there is room, else as soon as there is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from wire.address import Address
from wire.link import Link, Outgoing

CONNECT, PUBLISH, SUBSCRIBE = 1, 3, 8
CONNACK = b"\x20\x02\x00\x00"
LARGE = 32 << 20  # bytes: more than fits between here and there
DEADLINE_S = 30.0
PATIENCE_S = 2.0


class Broker:
    """Accepts one client, and reads what it publishes while it may."""

    def __init__(self) -> None:
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.published: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until the client goes."""
        try:
            while True:
                kind, body = await self._read(reader)
                if kind == CONNECT:
                    writer.write(CONNACK)
                elif kind == SUBSCRIBE:
                    writer.write(b"\x90\x03" + body[:2] + b"\x00" + publish(b"a/b", b"retained"))
                elif kind == PUBLISH:
                    self.published.put_nowait(body)
        except asyncio.IncompleteReadError:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        kind, size = (await reader.readexactly(1))[0] >> 4, 0
        for shift in (0, 7, 14, 21):
            more = (await reader.readexactly(1))[0]
            size |= (more & 127) << shift
            if more < 128:
                break
        await self.may_read.wait()
        return kind, await reader.readexactly(size)


def publish(topic: bytes, payload: bytes) -> bytes:
    """A short message of QoS 0, as it travels."""
    body = len(topic).to_bytes(2, "big") + topic + payload
    return bytes([PUBLISH << 4, len(body)]) + body


@asynccontextmanager
async def connected(broker: Broker) -> AsyncIterator[Link]:
    """A link that is up, with one subscription."""
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    link = Link(Address("127.0.0.1", port), "tester", ["a/#"], None, list)
    running = asyncio.create_task(link.run())
    try:
        async with asyncio.timeout(DEADLINE_S):
            await link.up.wait()
            yield link
    finally:
        running.cancel()
        await asyncio.wait([running])
        server.close()


def test_a_small_message_is_gone_before_anybody_else_has_a_turn() -> None:
    """Nobody waits for the event loop to come round."""

    async def run() -> bytes:
        broker = Broker()
        async with connected(broker) as link:
            publishing = link.publish([Outgoing("a/1", b"one"), Outgoing("a/2", b"two")])
            with pytest.raises(StopIteration) as ended:  # a coroutine that waited would go on
                publishing.send(None)
            assert ended.value.value is True
            return await broker.published.get() + await broker.published.get()

    assert asyncio.run(run()) == b"\x00\x03a/1one\x00\x03a/2two"


def test_what_does_not_fit_waits_and_arrives_whole_and_in_order() -> None:
    """A small message that another task publishes meanwhile goes behind it."""

    async def run() -> list[tuple[bytes, int]]:
        broker = Broker()
        async with connected(broker) as link:
            broker.may_read.clear()
            publishing = asyncio.create_task(link.publish([Outgoing("a/1", b"\x01" * LARGE)]))
            done, _ = await asyncio.wait([publishing], timeout=0.2)
            assert not done, "it has got through"
            small = asyncio.create_task(link.publish([Outgoing("a/2", b"\x02")]))
            await asyncio.wait([small], timeout=0.05)
            broker.may_read.set()
            assert await publishing and await small
            found = [await broker.published.get() for _ in range(2)]
        assert all(set(body[5:]) == {body[5]} for body in found)
        return [(body[4:6], len(body)) for body in found]

    assert asyncio.run(run()) == [
        (b"1\x01", LARGE + 5),
        (b"2\x02", 6),
    ]


def test_a_link_to_a_broker_that_takes_nothing_ends_when_it_is_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It waits for its goodbye to be taken, and not for another connection."""
    monkeypatch.setattr("wire.link._PATIENCE_S", PATIENCE_S)

    async def run() -> bool:
        broker = Broker()
        server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        link = Link(Address("127.0.0.1", port), "tester", ["a/#"], None, list)
        running = asyncio.create_task(link.run())
        await link.up.wait()
        broker.may_read.clear()
        assert not await link.publish([Outgoing("a/1", bytes(LARGE))])
        running.cancel()
        await asyncio.wait([running], timeout=DEADLINE_S)
        has_ended = running.cancelled()
        broker.may_read.set()
        running.cancel()
        server.close()
        return has_ended

    assert asyncio.run(run())


def test_after_a_wait_the_loop_is_left_alone() -> None:
    """The connection is not looked at for room when nothing waits for it."""

    async def run() -> list[object]:
        broker = Broker()
        async with connected(broker) as link:
            assert await link.publish([Outgoing("a/1", bytes(LARGE))])
            await broker.published.get()
            selector = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]
            return [key for key in selector.get_map().values() if key.events & 2]

    assert asyncio.run(run()) == []


def test_what_comes_with_the_subscription_is_taken() -> None:
    """A retained message may be here before anybody asks for it."""

    async def run() -> list[tuple[str, bytes]]:
        async with connected(Broker()) as link:
            return await link.take(10)

    assert asyncio.run(run()) == [("a/b", b"retained")]
