"""The pages' web application, put together."""

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.kiosk import Kiosk
from gateway.pages.desk import DeskPages
from gateway.pages.drawing import HERE, Drawing, Office, Store, lang_of
from gateway.pages.events import CALM_PAUSE_S, over
from gateway.pages.guarding import SameSite
from gateway.pages.hall_pages import HallPages
from gateway.pages.hub import Hub
from gateway.pages.kiosk import KioskPages, Publish
from gateway.pages.views import DeviceLine, OfficeView, office_view
from gateway.pages.words import LANGUAGES, WORDS
from gateway.queue.wait import Draw
from gateway.reception import Reception
from wire.clock import Clock

Devices = Callable[[], tuple[DeviceLine, ...]]
SESSION_S = 14 * 3_600  # a working day


def make_site(
    office: Office,
    reception: Reception,
    store: Store,
    hub: Hub,
    clock: Clock,
    secret: str,
    draw: Draw,
    kiosk: Kiosk,
    publish: Publish,
    devices: Devices,
    framed_by: Sequence[str] = (),
) -> Starlette:
    """The application of one office. `secret`: signs the sessions, so that a restart logs nobody
    out; `draw`: randomness for the expected wait; `publish`: to the office's devices, `devices`:
    how they are, asked in the store thread; `framed_by`: origins that may frame the pages."""
    drawing = Drawing(office, store, hub)
    desk = DeskPages(drawing, reception, clock)
    overview = Overview(drawing, desk, reception, clock, devices)
    hall = HallPages(drawing, reception, clock, draw, kiosk)
    routes = [
        Route("/", _index),
        Route("/language", _language, methods=["POST"]),
        *desk.routes(),
        *overview.routes(),
        *hall.routes(),
        *KioskPages(drawing, kiosk, clock, publish).routes(),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    sessions = Middleware(
        SessionMiddleware,
        secret_key=secret,
        session_cookie="talon",
        max_age=SESSION_S,
        same_site="strict",
    )
    guard = Middleware(SameSite, refusal=WORDS["uk"]["cross_site"], framed_by=framed_by)

    async def lost(request: Request, _: Exception) -> Response:
        return drawing.page(request, "lost.html", 404, what="not_found")

    return Starlette(routes=routes, middleware=[guard, sessions], exception_handlers={404: lost})


class Overview:
    """The routes under /office: the office today, for its manager."""

    def __init__(
        self,
        drawing: Drawing,
        desk: DeskPages,
        reception: Reception,
        clock: Clock,
        devices: Devices,
    ) -> None:
        self._drawing = drawing
        self._desk = desk
        self._reception = reception
        self._clock = clock
        self._devices = devices

    def routes(self) -> list[Route]:
        """What this class answers."""
        return [Route("/office", self._office), Route("/office/stream", self._stream)]

    async def _office(self, request: Request) -> Response:
        _, clerk = self._desk.session(request)
        if clerk is None:
            return RedirectResponse(f"/desk?{request.url.query}".rstrip("?"), 303)
        if clerk.role != "manager":
            return self._drawing.page(request, "lost.html", 403, what="no_access")
        view = await self._drawing.store.do(self._look)
        return self._drawing.page(request, "office.html", view=view)

    async def _stream(self, request: Request) -> Response:
        _, clerk = self._desk.session(request)
        if clerk is None or clerk.role != "manager":
            return over()
        return self._drawing.stream(request, "_office.html", self._look, CALM_PAUSE_S)

    def _look(self) -> OfficeView:
        told = self._reception.calibration()
        return office_view(self._reception.today, told, self._devices(), self._clock.now())


async def _index(_: Request) -> Response:
    return RedirectResponse("/desk", 303)


async def _language(request: Request) -> Response:
    """Remember the other language, and show the page it was asked on."""
    form = await request.form()
    other = [lang for lang in LANGUAGES if lang != lang_of(request)]
    request.session["lang"] = other[0]
    back = str(form.get("back", "/"))
    return RedirectResponse(back if back.startswith("/") and back[1:2] not in "/\\" else "/", 303)
