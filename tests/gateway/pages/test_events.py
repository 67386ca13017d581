"""Server-sent events."""

import asyncio

import pytest

from gateway.pages.events import QUIET, event, pictures
from gateway.pages.hub import Hub


def test_an_event_is_as_the_standard_has_it() -> None:
    """Each line of the data by itself, an empty line at the end."""
    assert event("view", "<p>\n</p>") == b"event: view\ndata: <p>\ndata: </p>\n\n"
    assert event("view", "<p>", 7) == b"event: view\nid: 7\ndata: <p>\n\n"
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

    assert asyncio.run(sent()) == [
        event("view", "one", 1),
        event("view", "two", 2),
        QUIET,
    ]


def test_what_looks_the_same_is_sent_all_the_same_after_an_answer() -> None:
    """Which had shown something else, and it is as before again."""

    async def sent() -> list[bytes]:
        hub, answers, got = Hub(), [0], []

        async def draw() -> str:
            return "one"

        async for said in pictures(hub, draw, answers=lambda: answers[0]):
            got.append(said)
            answers[0] = min(1, len(got) - 1)
            hub.notify() if len(got) < 4 else hub.close()
        return got

    one = "view", "one"
    assert asyncio.run(sent()) == [event(*one, 1), QUIET, event(*one, 3), QUIET]


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

    assert asyncio.run(sent()) == [event("view", "one", 1), event("view", "two", 2)]


def test_after_each_look_it_pauses_whatever_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy hall changes all the time; thirty pages are not drawn as often."""
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    async def sent() -> list[bytes]:
        hub, got = Hub(), []

        async def draw() -> str:
            return "the same"

        async for said in pictures(hub, draw, pause_s=7.0):
            got.append(said)
            hub.notify()
            if len(got) == 3:
                hub.close()
        return got

    monkeypatch.setattr(asyncio, "sleep", pause)
    assert asyncio.run(sent()) == [event("view", "the same", 1), QUIET, QUIET]
    assert pauses == [7.0, 7.0, 7.0]
