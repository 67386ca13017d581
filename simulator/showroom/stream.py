"""The page's parts by server-sent events: at first all, then each one when it has changed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

from starlette.responses import StreamingResponse

from gateway.pages.events import FRESH_S, LEAST_PAUSE_S, QUIET, event
from gateway.pages.hub import Hub, wait_for


async def changes(hub: Hub, draw: Callable[[], Mapping[str, str]]) -> AsyncIterator[bytes]:
    """The parts that `draw` gives, by name, each time that they are others; ends with the hub."""
    shown: dict[str, str] = {}
    while not hub.closed:
        change = hub.next()
        drawn = draw()
        new = b"".join(event(name, html) for name, html in drawn.items() if shown.get(name) != html)
        shown = dict(drawn)
        yield new or QUIET
        await asyncio.sleep(LEAST_PAUSE_S)
        await wait_for(change, FRESH_S)


def stream(hub: Hub, draw: Callable[[], Mapping[str, str]]) -> StreamingResponse:
    """The answer to a browser's EventSource."""
    return StreamingResponse(
        changes(hub, draw),
        media_type="text/event-stream",
        headers={"cache-control": "no-store"},
    )
