"""The showroom as a part of the live demo: a thread of its own that serves the page.

It never touches a device: it sees them through `Window`, which the demo's main thread fills, and
hands that thread what is to be done to them.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Mapping
from pathlib import Path

from gateway.config import read_office
from gateway.pages import PagesError
from gateway.pages.hub import Hub
from gateway.pages.serving import make_server
from simulator import profile
from simulator.devices import Box, TicketDispenser
from simulator.hall.crowd import Crowd
from simulator.server import OUT_OF_RANGE
from simulator.showroom.city import Ledger
from simulator.showroom.drawing import Drawing
from simulator.showroom.facts import DESK, DESK_BOX, EXIT_BOX, MACHINE, facts, pages_of
from simulator.showroom.hands import Do, Hands
from simulator.showroom.happenings import Arrivals, happenings
from simulator.showroom.parts import Show
from simulator.showroom.seen import Seen
from simulator.showroom.site import Site
from simulator.showroom.views import HOUR_S, City, balance, tally
from simulator.showroom.window import Window
from wire.clock import SystemClock

HOST = "127.0.0.1"  # nobody else: whoever comes here presses the buttons
_LOOK_S = 0.05  # a lamp that is lit for a moment is seen, too
_PATIENCE_S = 10.0


class ShowroomError(RuntimeError):
    """The page cannot be served; the message says where, why and what to do."""


def origin_of(port: int) -> str:
    """Of the page at `port`, for those who let it frame theirs."""
    return f"http://{HOST}:{port}"


def check_page_port(port: int) -> None:
    """Raise ShowroomError if nobody can listen at `port` now; 0 stands for any free one."""
    try:
        socket.create_server((HOST, port)).close()
    except (OSError, OverflowError) as error:
        why = OUT_OF_RANGE if isinstance(error, OverflowError) else str(error)
        raise ShowroomError(_no_page(port, why)) from None


def _no_page(port: int, why: str) -> str:
    return f"no page on port {port}: {why}. Choose another one with --page-port"


class Showroom:
    """The page of the demo in `folder` at `port`; `look` is for the thread that drives the devices,
    `boxes`, `dispensers` and the `crowd`. A context manager. ShowroomError if the port is taken."""

    def __init__(
        self,
        folder: Path,
        port: int,
        boxes: Mapping[str, Box],
        dispensers: Mapping[str, TicketDispenser],
        do: Do,
        crowd: Crowd,
    ) -> None:
        self.url = f"{origin_of(port)}/"
        shown = {name: boxes[name] for name in (DESK_BOX, EXIT_BOX)}
        machine = dispensers[MACHINE]
        self._window = Window(machine, shown, boxes, crowd)
        self._ledger = Ledger(folder / "city" / "ledger.db", profile.SITE)
        self._clock = SystemClock()
        self._arrivals = Arrivals()
        self._show = self._make_show(self._window.seen, City())
        self._hub = Hub()
        self._office = read_office(folder / "office.toml")
        site = Site(
            Hands(do, machine, shown, lambda come: crowd.let_come(come, self._clock.now())),
            lambda: self._window.seen.machine.slips,
            Drawing(lambda: self._show, facts(self._office)),
            self._hub,
            f"{HOST}:{port}",
            pages_of(self._office),
        )
        try:
            self._server = make_server(site.app(), HOST, port)
        except PagesError as error:
            raise ShowroomError(_no_page(port, error.why)) from None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="showroom", daemon=True)

    def look(self) -> None:
        """See what has changed on the devices. ShowroomError: the page has died."""
        self._window.look()
        if not self._thread.is_alive():
            raise ShowroomError(
                "the page in the browser has ended by itself; what it said is above"
            )

    def __enter__(self) -> "Showroom":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(_PATIENCE_S)

    def _run(self) -> None:
        asyncio.run(self._serve())
        self._ledger.close()

    async def _serve(self) -> None:
        await self._wait_for_pages()
        serving = asyncio.create_task(self._server.serve(), name="showroom pages")
        await self._follow()
        self._hub.close()
        self._server.should_exit = True
        await serving

    async def _wait_for_pages(self) -> None:
        """A frame that finds nobody stays empty: so the office's pages come first."""
        patience = round(_PATIENCE_S / _LOOK_S)
        while patience > 0 and not self._ended.is_set():
            patience -= 1
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(HOST, self._office.pages.port)
                writer.close()
                return
            await asyncio.sleep(_LOOK_S)

    async def _follow(self) -> None:
        """Look at devices and ledger until the demo ends."""
        before: tuple[Seen, int, int] | None = None
        while not self._ended.is_set():
            seen, now = self._window.seen, self._clock.now()
            hour = now // 1000 // HOUR_S
            found = seen, self._ledger.version(), hour
            if found != before:
                before = found
                city = self._ledger.look(seen.cards, seen.notes, now)
                self._arrivals.note(city, now)
                self._change(self._make_show(seen, city, hour * HOUR_S * 1000))
            await asyncio.sleep(_LOOK_S)

    def _change(self, show: Show) -> None:
        if show != self._show:
            self._show = show
            self._hub.notify()

    def _make_show(self, seen: Seen, city: City, hour: int = 0) -> Show:
        return Show(
            seen=seen,
            hour=hour,
            tally=tally(city, DESK),
            balance=balance(seen.cards, city),
            happenings=happenings(seen, city, self._arrivals),
        )
