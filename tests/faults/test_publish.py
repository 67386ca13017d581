"""A link that breaks while something is being published is given up at once."""

import asyncio

import pytest

from simulator.mosquitto import Mosquitto
from tests.faults.proxy import Faults, Proxy
from wire.address import Address
from wire.link import Link, Outgoing

pytestmark = pytest.mark.mosquitto

AT_ONCE_S = 8.0  # the library's own patience is 10 s
LARGE = Outgoing("large", bytes(60 << 20))  # more than fits between here and there


async def publish_and_lose(proxy: Proxy) -> bool:
    """Publish what does not get through, then lose the link; what `publish` returns."""
    link = Link(Address("127.0.0.1", proxy.port), "loser", [], None, list)
    running = asyncio.create_task(link.run())
    try:
        await asyncio.wait_for(link.up.wait(), AT_ONCE_S)
        proxy.set(Faults(slices=1))
        publishing = asyncio.create_task(link.publish([LARGE]))
        done, _ = await asyncio.wait([publishing], timeout=0.3)
        assert not done, "it has got through"
        await asyncio.to_thread(proxy.reset)
        return await asyncio.wait_for(publishing, AT_ONCE_S)
    finally:
        running.cancel()


def test_what_is_being_published_does_not_hold_the_next_link_up() -> None:
    """It says that it did not get through, as soon as that is known."""
    with Mosquitto() as broker, Proxy(("127.0.0.1", broker.port)) as proxy:
        assert asyncio.run(publish_and_lose(proxy)) is False
