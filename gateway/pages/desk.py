"""The desk page: a clerk logs in, calls, serves, finishes. Each click is a turn on record."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.pages.access import Clerk, Guard, is_pin
from gateway.pages.drawing import Drawing, lang_of
from gateway.pages.events import CALM_PAUSE_S, over
from gateway.pages.views import DeskView, desk_view
from gateway.pages.words import WORDS
from gateway.queue.hall import QueueError
from gateway.queue.posts import PostKind
from gateway.queue.visit import Illegal, Kind
from gateway.reception import Reception

_MOST_NAME = 64  # characters kept of a name that somebody tried
_PAUSES: tuple[PostKind, ...] = ("paused", "resumed")
_AT_THE_DESK: tuple[Kind, ...] = (
    *("recalled", "served", "missed"),
    *("finished", "held", "transferred", "left"),
)
_BACK: tuple[Kind, ...] = ("resumed", "returned")  # of whom is on hold or was missed: at no desk

Name = TypeVar("Name", bound=str)


class Clock(Protocol):
    """`wire.clock.SystemClock`."""

    def now(self) -> int:
        """Unix ms."""

    def up(self) -> int:
        """Milliseconds of a monotonic clock."""


class DeskPages:
    """The routes under /desk."""

    def __init__(self, drawing: Drawing, reception: Reception, clock: Clock) -> None:
        self._drawing = drawing
        self._reception = reception
        self._clock = clock
        self._guard = Guard()
        self._answers = Counter[str]()  # to clicks, by desk

    def routes(self) -> list[Route]:
        """What this module answers."""
        return [
            Route("/desk", self._desk),
            Route("/desk/login", self._anew),
            Route("/desk/login", self._login, methods=["POST"]),
            Route("/desk/logout", self._logout, methods=["POST"]),
            Route("/desk/next", self._next, methods=["POST"]),
            Route("/desk/act", self._act, methods=["POST"]),
            Route("/desk/pause", self._pause, methods=["POST"]),
            Route("/desk/stream", self._stream),
        ]

    def session(self, request: Request) -> tuple[str, Clerk | None]:
        """The desk and the clerk of a browser; None: nobody has logged in there."""
        clerk = self._drawing.office.clerks.get(request.session.get("clerk", ""))
        return str(request.session.get("desk", "")), clerk

    def log_in(
        self,
        request: Request,
        message: str = "",
        status: int = 200,
        chosen: Mapping[str, object] | None = None,
    ) -> Response:
        """The page on which one logs in. `chosen`: what of it was filled in already; else what the
        address says, as the computer at a desk opens /desk?desk=1."""
        clerks = sorted(self._drawing.office.clerks.values(), key=lambda clerk: clerk.name)
        desks = [desk.id for desk in self._reception.rules.desks]
        return self._drawing.page(
            *(request, "login.html", status),
            message=message,
            desks=desks,
            clerks=clerks,
            chosen=request.query_params if chosen is None else chosen,
        )

    def _log_in_anew(self, request: Request, status: int = 200) -> Response:
        """As `log_in`; a page of which only a part would be replaced is left for it."""
        if request.headers.get("hx-request"):
            return Response(headers={"hx-redirect": "/desk"})
        return self.log_in(request, status=status)

    async def _desk(self, request: Request) -> Response:
        if "lang" in request.query_params:  # the next page is asked for by a form, without it
            request.session["lang"] = lang_of(request)
        desk, clerk = self.session(request)
        if clerk is None:
            return self.log_in(request)
        if not desk:
            return RedirectResponse("/office", 303)
        return await self._show(request, desk, clerk)

    async def _anew(self, request: Request) -> Response:
        return self.log_in(request)

    async def _show(
        self, request: Request, desk: str, clerk: Clerk, message: str = "", status: int = 200
    ) -> Response:
        part = bool(request.headers.get("hx-request"))
        look = self._drawing.hub.look()
        self._answers[desk] += part
        try:
            view = await self._drawing.store.do(partial(self._look, desk, clerk))
        except QueueError:  # the desk is gone from the config
            request.session.clear()
            return self._log_in_anew(request)
        # htmx shows only what comes with 2xx
        page = self._drawing.page(
            request,
            "_done.html" if part else "desk.html",
            200 if part else status,
            view=view,
            message=message,
        )
        page.headers["x-look"] = str(look)
        return page

    def _look(self, desk: str, clerk: Clerk) -> DeskView:
        return desk_view(self._reception.today, desk, clerk.id, self._clock.now())

    async def _login(self, request: Request) -> Response:
        form = await request.form()
        desk, id_, pin = (str(form.get(key, "")) for key in ("desk", "clerk", "pin"))
        address = request.client.host if request.client else ""
        keys = (f"clerk {id_}", f"address {address}")
        words = WORDS[lang_of(request)]
        wait = max(self._guard.wait_ms(key, self._clock.up()) for key in keys)
        if wait:
            said = words["wait_pin"].format(seconds=-(-wait // 1000))
            return self.log_in(request, said, 429, form)
        for key in keys:  # before it is known: else many tries at once would all be the first
            self._guard.wrong(key, self._clock.up())
        clerk = self._drawing.office.clerks.get(id_)
        if clerk is None or not await asyncio.to_thread(is_pin, pin, clerk.pin):
            await self._post("refused", desk[:_MOST_NAME], id_[:_MOST_NAME], address)
            return self.log_in(request, words["wrong_pin"], 403, form)
        for key in keys:
            self._guard.right(key)
        if desk or clerk.role != "manager":  # a manager may come to look only
            over = bool(form.get("over"))
            try:
                await self._drawing.store.do(partial(self._open, desk, clerk, over, address))
            except QueueError as error:
                return self.log_in(request, self._drawing.error(request, error), 409, form)
            self._drawing.hub.notify()
        request.session.update(desk=desk, clerk=clerk.id)
        return RedirectResponse("/desk" if desk else "/office", 303)

    def _open(self, desk: str, clerk: Clerk, over: bool, address: str) -> None:
        self._reception.come(desk, clerk.id, self._clock.now(), over, address)

    async def _logout(self, request: Request) -> Response:
        desk, clerk = self.session(request)
        if clerk is not None:
            leave = partial(self._reception.leave, desk, clerk.id, self._clock.now())
            try:
                await self._drawing.store.do(leave)
            except QueueError as error:
                said = self._drawing.error(request, error)
                return await self._show(request, desk, clerk, said, 409)
            self._drawing.hub.notify()
        request.session.clear()
        if request.headers.get("hx-request"):
            return self._log_in_anew(request)
        return RedirectResponse("/desk", 303)

    async def _pause(self, request: Request) -> Response:
        kind = str((await request.form()).get("kind", ""))

        async def change(desk: str, clerk: Clerk) -> None:
            await self._drawing.store.do(partial(self._interrupt, kind, desk, clerk.id))

        return await self._do(request, change)

    def _interrupt(self, kind: str, desk: str, clerk: str) -> None:
        """Begin a pause or end it; clicked twice, it is meant once."""
        known = _one_of(_PAUSES, kind)
        post = self._reception.posts.at(desk)
        if post is not None and post.paused != (known == "paused"):
            self._reception.post(known, desk, clerk, self._clock.now())

    async def _next(self, request: Request) -> Response:
        async def change(desk: str, clerk: Clerk) -> None:
            now = self._clock.now()
            await self._drawing.store.do(lambda: self._reception.call_next(desk, clerk.id, now))

        return await self._do(request, change)

    async def _act(self, request: Request) -> Response:
        form = await request.form()
        kind, visit, service = (str(form.get(key, "")) for key in ("kind", "visit", "service"))
        returns = bool(form.get("returns"))

        async def change(desk: str, clerk: Clerk) -> None:
            await self._drawing.store.do(
                partial(self._turn, kind, visit, clerk.id, desk, service, returns)
            )

        return await self._do(request, change)

    def _turn(
        self, kind: str, visit: str, clerk: str, desk: str, service: str, returns: bool
    ) -> None:
        """What the page offers, and no more: nobody ends or holds a visit that waits."""
        known = _one_of((*_AT_THE_DESK, *_BACK), kind)
        at = "" if known in _BACK else desk
        self._reception.act(known, visit, clerk, self._clock.now(), at, service, returns)

    async def _do(
        self, request: Request, change: Callable[[str, Clerk], Awaitable[None]]
    ) -> Response:
        """Let a clerk change something at their own desk, and show the desk as it is then."""
        desk, clerk = self.session(request)
        if clerk is None:
            return self._log_in_anew(request, 403)
        holder = await self._holder(desk)
        if holder != clerk.id:
            words = WORDS[lang_of(request)]
            name = self._drawing.office.name_of(holder) if holder else words["nobody"]
            said = words["lost_desk"].format(clerk=name)
            return await self._show(request, desk, clerk, said, 409)
        try:
            await change(desk, clerk)
        except (Illegal, QueueError) as error:
            said = self._drawing.error(request, error)
            return await self._show(request, desk, clerk, said, 409)
        except sqlite3.Error:  # the gateway's own fault says more, on /office
            said = WORDS[lang_of(request)]["not_stored"]
            return await self._show(request, desk, clerk, said, 503)
        self._drawing.hub.notify()
        return await self._show(request, desk, clerk)

    async def _holder(self, desk: str) -> str:
        post = await self._drawing.store.do(lambda: self._reception.posts.at(desk))
        return post.clerk if post else ""

    async def _post(self, kind: PostKind, desk: str, clerk: str, address: str = "") -> None:
        now = self._clock.now()
        await self._drawing.store.do(lambda: self._reception.post(kind, desk, clerk, now, address))
        self._drawing.hub.notify()

    async def _stream(self, request: Request) -> Response:
        desk, clerk = self.session(request)
        if clerk is None or not desk:
            return over()
        look = partial(self._look, desk, clerk)  # a click is answered at once, not by this
        answers = partial(self._answers.__getitem__, desk)
        return self._drawing.stream(request, "_desk.html", look, CALM_PAUSE_S, answers)


def _one_of(known: Sequence[Name], kind: str) -> Name:
    """What a form names, if it is one of these."""
    for name in known:
        if name == kind:
            return name
    raise QueueError("unknown_act", f"{kind!r} is nothing that a clerk can do.")
