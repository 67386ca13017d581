"""Server-sent events."""

import asyncio

import pytest

from gateway.pages.events import QUIET, event, pictures
from gateway.pages.hub import Hub


def test_an_event_is_as_the_standard_has_it() -> None:
    """Each line of the data by itself, an empty line at the end."""
    assert event("view", "<p>\n</p>") == b"event: view\ndata: <p>\ndata: </p>\n\n"
    assert event("view", "") == b"event: view\ndata: \n\n"  # else nobody would hear of it


def test_a_change_is_drawn_and_what_looks_the_same_is_not_sent() -> None:
    """And the stream ends with the hub."""

    async def sent() -> list[bytes]:
        hub, shown, got = Hub(), ["one"], []

        async def draw() -> str:
            return shown[0]

        async for said in pictures(hub, draw):
            got.append(said)
            if len(got) == 1:
                shown[0] = "two"
                hub.notify()
            elif len(got) == 2:
                hub.notify()
            else:
                hub.close()
        return got

    assert asyncio.run(sent()) == [event("view", "one"), event("view", "two"), QUIET]


def test_a_change_while_a_page_is_drawn_is_not_missed() -> None:
    """It comes after the look and before the wait."""

    async def sent() -> list[bytes]:
        hub, got = Hub(), []
        shown = iter(["one", "two"])

        async def draw() -> str:
            hub.notify()
            return next(shown)

        async for said in pictures(hub, draw):
            got.append(said)
            if len(got) == 2:
                hub.close()
        return got

    assert asyncio.run(sent()) == [event("view", "one"), event("view", "two")]


@pytest.mark.parametrize(("pause_s", "looks"), [(0.0, 2), (60.0, 1)])
def test_after_a_picture_it_pauses_whatever_changes(pause_s: float, looks: int) -> None:
    """A busy hall changes all the time; thirty pages are not drawn as often."""

    async def looked() -> int:
        hub, looks = Hub(), 0

        async def draw() -> str:
            nonlocal looks
            looks += 1
            return "the same"

        stream = pictures(hub, draw, pause_s=pause_s)
        assert await anext(stream) == event("view", "the same")

        async def read_on() -> None:
            await anext(stream)

        following = asyncio.create_task(read_on())
        for _ in range(9):
            await asyncio.sleep(0)
            hub.notify()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        return looks

    assert asyncio.run(looked()) == looks
