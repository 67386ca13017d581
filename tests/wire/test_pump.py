"""From a link into a store: what waits while the disk refuses is let go."""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from wire import pump
from wire.address import Address
from wire.link import Incoming, Link, Outgoing

DEADLINE_S = 10
PATH = Path("journal.db")


def arrive(link: Link, *payloads: bytes) -> None:
    """As if the broker had brought them."""
    for payload in payloads:
        link._inbox.append(("topic", payload))
        link._waiting += len(payload)
    link._arrived.set()


def test_what_is_let_go_leaves_room_and_is_counted() -> None:
    link = Link(Address("127.0.0.1"), "test", [], None, list)
    arrive(link, b"one", b"three")
    assert link.drop() == 2
    assert (link._inbox, link._waiting, link.drop()) == ([], 0, 0)


def test_what_waited_while_the_disk_refused_is_not_taken_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It says when it was sent; by then that would not be now any more. The hop sends it again."""
    monkeypatch.setattr(pump, "RETRY_S", 0.01)
    monkeypatch.setattr(pump, "GROUP", 1)
    taken: list[bytes] = []
    faults: list[str] = []

    async def run() -> None:
        link = Link(Address("127.0.0.1"), "test", [], None, list)
        done = asyncio.Event()

        def handle(messages: Sequence[Incoming]) -> list[Outgoing]:
            payload = messages[0][1]
            if payload == b"refused":
                arrive(link, b"waits, too")
                raise sqlite3.OperationalError("database or disk is full")
            taken.append(payload)
            return []

        def after() -> None:
            faults.append(one.fault)
            done.set()

        store = pump.StoreThread()
        one = pump.Pump(link, store, handle, PATH)
        running = asyncio.create_task(one.run(after), name="pump")
        arrive(link, b"refused", b"waits")
        async with asyncio.timeout(DEADLINE_S):
            while not one.fault or link._inbox:  # noqa: ASYNC110 - nobody could tell us
                await asyncio.sleep(0.001)
            arrive(link, b"sent again")
            await done.wait()
        running.cancel()
        store.close()

    asyncio.run(run())
    assert taken == [b"sent again"]
    assert faults == [""]
