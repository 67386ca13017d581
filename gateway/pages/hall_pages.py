"""The pages that everybody may see: the board, and a visitor's own place in the queue."""

from collections.abc import Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.kiosk import Kiosk
from gateway.pages.drawing import Drawing, lang_of
from gateway.pages.events import CALM_PAUSE_S
from gateway.pages.views import (
    BoardView,
    BoardWait,
    PlaceView,
    board_view,
    board_waits,
    call_to_say,
    place_view,
)
from gateway.pages.voice import Voice, chime
from gateway.queue.hall import QueueError
from gateway.queue.prospect import Prospect
from gateway.queue.wait import Draw
from gateway.reception import Reception
from wire.clock import Clock


class HallPages:
    """The routes under /board and /t. `draw`: randomness for the expected wait; `kiosk`: what the
    boards have in common with the touch pages."""

    def __init__(
        self, drawing: Drawing, reception: Reception, clock: Clock, draw: Draw, kiosk: Kiosk
    ) -> None:
        self._drawing = drawing
        self._reception = reception
        self._clock = clock
        self._draw = draw
        self._kiosk = kiosk
        self._seen: Sequence[Prospect] = ()
        self._waits: tuple[BoardWait, ...] = ()
        self._voice = Voice()

    def routes(self) -> list[Route]:
        """What this module answers."""
        return [
            Route("/board", self._board),
            Route("/board/stream", self._board_stream),
            Route("/board/chime.wav", self._chime),
            Route("/board/call/{n:int}.wav", self._call),
            Route("/t/{visit}", self._place),
            Route("/t/{visit}/stream", self._place_stream),
        ]

    async def _board(self, request: Request) -> Response:
        view = await self._drawing.store.do(self._look_at_board)
        return self._drawing.page(request, "board.html", view=view)

    async def _board_stream(self, request: Request) -> Response:
        return self._drawing.stream(request, "_board.html", self._look_at_board)

    def _look_at_board(self) -> BoardView:
        seen = self._kiosk.outlook.at(self._clock.now())
        if seen is not self._seen:
            given = [one for one in seen if self._kiosk.declines(one.service) is None]
            self._waits = board_waits(given, self._waits)
            self._seen = seen
        return board_view(self._reception.today, self._waits)

    async def _chime(self, _: Request) -> Response:
        return Response(chime(), media_type="audio/wav")

    async def _call(self, request: Request) -> Response:
        n = int(request.path_params["n"])
        call = await self._drawing.store.do(lambda: call_to_say(self._reception.today, n))
        sound = await self._voice.call(call, lang_of(request)) if call else None
        if sound is None:
            return Response(status_code=404)
        return Response(sound, media_type="audio/wav")

    async def _place(self, request: Request) -> Response:
        visit = request.path_params["visit"]
        try:
            view = await self._drawing.store.do(partial(self._look, visit))
        except QueueError:
            return self._drawing.page(request, "lost.html", 404, what="gone_ticket")
        return self._drawing.page(request, "place.html", view=view, visit=visit)

    async def _place_stream(self, request: Request) -> Response:
        visit = request.path_params["visit"]
        look = partial(self._look, visit)
        return self._drawing.stream(request, "_place.html", look, CALM_PAUSE_S)

    def _look(self, id_: str) -> PlaceView:
        visit = self._reception.hall.visit(id_)
        expected = None
        if visit.state == "waiting":
            expected = self._reception.expect(visit.service, self._clock.now(), self._draw, visit)
        return place_view(self._reception.today, id_, expected)
