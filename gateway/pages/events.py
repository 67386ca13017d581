"""Server-sent events (HTML Living Standard, 9.2): a page's pictures, one after the other.

A few lines over Starlette's own streaming, not sse-starlette: that looks for its server in the
signal handlers, which are the gateway's here, and so would end no stream when the gateway ends.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.responses import Response, StreamingResponse

from gateway.pages.hub import Hub, wait_for
from gateway.queue.hall import QueueError

# After each look, as a busy hall changes all the time.
LEAST_PAUSE_S = 0.05  # of boards, which all show the same; of a touch page that waits for a number
CALM_PAUSE_S = 0.3  # of pages that each show something else, and whose clicks are answered at once
FRESH_S = 15.0  # a page is looked at anew at least so often: minutes pass
QUIET = b":\n\n"  # a comment: the connection lives


def event(name: str, data: str, look: int = 0) -> bytes:
    """One event as it goes over the wire; `data` may have several lines, or be empty: a browser
    drops an event without any data line. `look`: the number of the look that it shows."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    number = f"id: {look}\n" if look else ""
    return f"event: {name}\n{number}{lines}\n".encode()


def no_answers() -> int:
    """Of a page that is told by its pictures alone."""
    return 0


OVER = event("over", "")  # the page is to be loaded anew: it says what there is now


async def pictures(
    hub: Hub,
    draw: Callable[[], Awaitable[str]],
    fresh_s: float = FRESH_S,
    pause_s: float = LEAST_PAUSE_S,
    answers: Callable[[], int] = no_answers,
) -> AsyncIterator[bytes]:
    """What `draw` gives, each time that it is another one; ends with the hub. `fresh_s`: after so
    long it is drawn anew, also without a change; `pause_s`: until the next look, at least;
    `answers`: how many the page's clicks had, each of which may show something else than the last
    picture does. What is not there any more ends it with `OVER`."""
    last = ("", 0)
    while not hub.closed:
        change, look, answered = hub.next(), hub.look(), answers()
        try:
            drawn = await draw()
        except QueueError:  # a ticket of yesterday, a desk that is no more
            yield OVER
            return
        if (drawn, answered) == last:
            yield QUIET
        else:
            last = drawn, answered
            yield event("view", drawn, look)
        await asyncio.sleep(pause_s)
        await wait_for(change, fresh_s)


def stream(
    hub: Hub,
    draw: Callable[[], Awaitable[str]],
    fresh_s: float = FRESH_S,
    pause_s: float = LEAST_PAUSE_S,
    answers: Callable[[], int] = no_answers,
) -> StreamingResponse:
    """The answer to a browser's EventSource: `pictures`."""
    return StreamingResponse(
        pictures(hub, draw, fresh_s, pause_s, answers),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


def over() -> Response:
    """The answer to an EventSource of a page that nobody may see any more: `OVER`. A browser tells
    no page why a stream was refused."""
    return Response(OVER, media_type="text/event-stream", headers={"cache-control": "no-store"})
