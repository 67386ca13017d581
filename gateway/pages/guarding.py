"""What every page has: refusal of posts from other sites, and headers that keep other sites out."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE = {"GET", "HEAD"}


def headers(framed_by: Sequence[str] = (), frames: Sequence[str] = ()) -> dict[str, str]:
    """What every answer has. `framed_by`: origins whose pages may show these in a frame, where one
    could lead a clerk's click astray; `frames`: origins that these may show in one."""
    policy = {
        "default-src": ["'self'"],
        "frame-ancestors": framed_by or ["'none'"],
        "form-action": ["'self'"],
        "frame-src": frames or ["'none'"],
    }
    return {
        "content-security-policy": "; ".join(
            f"{what} {' '.join(of)}" for what, of in policy.items()
        ),
        "x-content-type-options": "nosniff",
        # Not `no-referrer`: with it a browser calls the origin of a form's post `null`, and over
        # plain HTTP it says no Sec-Fetch-Site but to its own machine: nobody could log in.
        "referrer-policy": "same-origin",
    }


class SameSite:
    """Lets a post pass only from a page of this very host. A browser says where it comes from by
    Sec-Fetch-Site, or by Origin, and a page cannot make it lie; what says neither is no browser."""

    def __init__(
        self,
        app: ASGIApp,
        refusal: str,
        framed_by: Sequence[str] = (),
        frames: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._refusal = refusal
        self._headers = headers(framed_by, frames)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or hand on with the headers added."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] not in _SAFE and not is_same_site(Headers(scope=scope)):
            await PlainTextResponse(self._refusal, 403)(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, guarded)


def is_same_site(said: Headers) -> bool:
    """Whether a request comes from a page of the host that it goes to."""
    site = said.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = said.get("origin")
    return origin is not None and urlsplit(origin).netloc == said.get("host")
