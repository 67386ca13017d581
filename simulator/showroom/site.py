"""The showroom's web application: its page, what changes there, what hands do to the devices."""

import asyncio
from collections.abc import Callable
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.pages.drawing import HERE as OFFICE_PAGES
from gateway.pages.guarding import SameSite
from gateway.pages.hub import Hub
from simulator.showroom.drawing import HERE, Drawing, lang_of
from simulator.showroom.hands import HandError, Hands
from simulator.showroom.one_host import OneHost
from simulator.showroom.papers import picture
from simulator.showroom.seen import Slip
from simulator.showroom.stream import stream
from simulator.showroom.words import WORDS

_MOST_BYTES = 1_000  # of a form
_MOST_NAME = 64  # characters repeated of a name that there is not


class Site:
    """`hands`: of whoever clicks; `slips`: the tickets in sight; `hub`: tells of changes; `host`:
    where this is served; `pages`: the origin of the office's pages, which are shown in frames."""

    def __init__(
        self,
        hands: Hands,
        slips: Callable[[], tuple[Slip, ...]],
        drawing: Drawing,
        hub: Hub,
        host: str,
        pages: str,
    ) -> None:
        self._hands = hands
        self._slips = slips
        self._drawing = drawing
        self._hub = hub
        self._host = host
        self._pages = pages

    def app(self) -> Starlette:
        """The application. It takes posts from its own page only, and shows that in no frame."""
        routes = [
            Route("/", self._page),
            Route("/stream", self._stream),
            Route("/slip/{n:int}.png", self._slip),
            Route("/press", self._press, methods=["POST"]),
            Route("/choose", self._choose, methods=["POST"]),
            Route("/paper", self._paper, methods=["POST"]),
            Route("/visitors", self._visitors, methods=["POST"]),
            Mount("/static/pages", StaticFiles(directory=OFFICE_PAGES / "static")),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]
        guard = Middleware(SameSite, refusal=WORDS["uk"]["cross_site"], frames=[self._pages])
        return Starlette(routes=routes, middleware=[Middleware(OneHost, self._host), guard])

    async def _page(self, request: Request) -> Response:
        return HTMLResponse(self._drawing.page(lang_of(request)))

    async def _stream(self, request: Request) -> Response:
        return stream(self._hub, partial(self._drawing.parts, lang_of(request)))

    async def _slip(self, request: Request) -> Response:
        n = request.path_params["n"]
        found = next((slip for slip in self._slips() if slip.n == n), None)
        if found is None:
            raise HTTPException(404)
        png = await asyncio.to_thread(picture, found.data)
        return Response(png, media_type="image/png", headers={"cache-control": "no-store"})

    async def _press(self, request: Request) -> Response:
        box, button = await _form(request, "box", "button")
        return await self._do(request, partial(self._hands.press, box, button))

    async def _choose(self, request: Request) -> Response:
        (service,) = await _form(request, "service")
        return await self._do(request, partial(self._hands.choose, service))

    async def _paper(self, request: Request) -> Response:
        (verb,) = await _form(request, "verb")
        return await self._do(request, partial(self._hands.paper, verb))

    async def _visitors(self, request: Request) -> Response:
        (verb,) = await _form(request, "verb")
        return await self._do(request, partial(self._hands.visitors, verb))

    async def _do(self, request: Request, job: Callable[[], None]) -> Response:
        words = WORDS[lang_of(request)]
        try:
            await asyncio.to_thread(job)
        except HandError as error:
            said = words[f"no_{error.what}"].format(
                name=error.name[:_MOST_NAME], known=", ".join(error.known)
            )
            return PlainTextResponse(said, 400)
        except TimeoutError:
            return PlainTextResponse(words["no_answer"], 503)
        return Response(status_code=204)


async def _form(request: Request, *keys: str) -> list[str]:
    """The values of a small form; a missing one is empty."""
    words = WORDS[lang_of(request)]
    if int(request.headers.get("content-length") or _MOST_BYTES + 1) > _MOST_BYTES:
        raise HTTPException(413, words["too_large"].format(bytes=_MOST_BYTES))
    form = await request.form()
    return [str(form.get(key, "")) for key in keys]
