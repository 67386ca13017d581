"""Answers by one name only: a name that somebody else made lead here is none of ours."""

from starlette.datastructures import URL, Headers
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class OneHost:
    """Sends who looks by another name, such as localhost, to `host`, an address with its port: the
    office's pages take that one only for a page of the same site. Refuses everything else."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on, lead on or refuse."""
        if scope["type"] != "http" or Headers(scope=scope).get("host") == self._host:
            await self._app(scope, receive, send)
        elif scope["method"] == "GET":
            there = str(URL(scope=scope).replace(netloc=self._host))
            await RedirectResponse(there)(scope, receive, send)
        else:
            await PlainTextResponse(f"This is http://{self._host}/", 421)(scope, receive, send)
