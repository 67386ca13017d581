"""The touch page of a dispenser without buttons: a service is chosen, its ticket printed there."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.kiosk import ChoiceView, Kiosk, KioskView
from gateway.pages.drawing import Drawing, lang_of
from gateway.pages.events import CALM_PAUSE_S
from gateway.queue.hall import QueueError
from wire.clock import Clock
from wire.link import Outgoing

FRESH_S = 1.0  # how often a choice is looked at that nobody has answered
_REASONS = ("closed", "limit", "busy", "offline", "printer")

Publish = Callable[[Sequence[Outgoing]], Awaitable[bool]]


class KioskPages:
    """The routes under /kiosk. `publish`: to the office's devices; False if they cannot be reached.

    They stand in the hall and so are open to everybody; what they do is no more than a button
    does, and a choice is taken from their own page only.
    """

    def __init__(self, drawing: Drawing, kiosk: Kiosk, clock: Clock, publish: Publish) -> None:
        self._drawing = drawing
        self._kiosk = kiosk
        self._clock = clock
        self._publish = publish

    def routes(self) -> list[Route]:
        """What this module answers."""
        return [
            Route("/kiosk/{node}", self._page),
            Route("/kiosk/{node}", self._choose, methods=["POST"]),
            Route("/kiosk/{node}/stream", self._page_stream),
            Route("/kiosk/{node}/{choice}", self._choice),
            Route("/kiosk/{node}/{choice}/stream", self._choice_stream),
        ]

    async def _page(self, request: Request) -> Response:
        if not self._is_here(request):
            return self._lost(request, "no_kiosk")
        return await self._show(request)

    async def _show(self, request: Request, message: str = "", status: int = 200) -> Response:
        node = request.path_params["node"]
        view = await self._look(node)
        return self._drawing.page(
            request,
            "kiosk.html",
            status,
            view=view,
            classes=self._kiosk.classes,
            message=message,
        )

    async def _page_stream(self, request: Request) -> Response:
        if not self._is_here(request):
            return Response(status_code=404)
        look = partial(self._look_at_services, request.path_params["node"])
        return self._drawing.live(request, "_kiosk.html", look, pause_s=CALM_PAUSE_S)

    async def _look_at_services(self, node: str) -> KioskView:
        """Without its node: what all pages show is drawn once."""
        return msgspec.structs.replace(await self._look(node), node="")

    async def _look(self, node: str) -> KioskView:
        return await self._drawing.store.do(partial(self._kiosk.look, node, self._clock.now()))

    async def _choose(self, request: Request) -> Response:
        if not self._is_here(request):
            return self._lost(request, "no_kiosk")
        node = request.path_params["node"]
        form = await request.form()
        service, priority = (str(form.get(key, "")) for key in ("service", "priority"))
        now = self._clock.now()
        try:
            choice, order = await self._drawing.store.do(
                partial(self._kiosk.choose, node, service, priority, now)
            )
        except QueueError as error:
            return await self._show(request, self._drawing.error(request, error), 409)
        if order is not None and not await self._publish([order]):
            await self._drawing.store.do(partial(self._kiosk.lose, choice))
        return RedirectResponse(f"/kiosk/{node}/{choice}?lang={lang_of(request)}", 303)

    async def _choice(self, request: Request) -> Response:
        try:
            view = await self._follow(request)
        except QueueError:
            return self._lost(request, "gone_ticket")
        choice = request.path_params["choice"]
        return self._drawing.page(
            request, "choice.html", view=view, choice=choice, reason=reason_of(view)
        )

    async def _choice_stream(self, request: Request) -> Response:
        try:
            await self._follow(request)
        except QueueError:
            return Response(status_code=404)
        look = partial(self._follow, request)
        return self._drawing.live(request, "_choice.html", look, FRESH_S, reason=reason_of)

    async def _follow(self, request: Request) -> ChoiceView:
        node, choice = request.path_params["node"], request.path_params["choice"]
        return await self._drawing.store.do(
            partial(self._kiosk.follow, node, choice, self._clock.now())
        )

    def _is_here(self, request: Request) -> bool:
        return request.path_params["node"] in self._kiosk.nodes

    def _lost(self, request: Request, what: str) -> Response:
        return self._drawing.page(request, "lost.html", 404, what=what)


def reason_of(view: ChoiceView) -> str:
    """Why there is no ticket, as the pages call it: `kiosk_<reason>` among the words."""
    if view.stage == "silent":
        return "silent"
    return next((reason for reason in _REASONS if view.error.startswith(reason)), "other")
