"""An office's pages for tests: a real database, a real server, and a clock that the test turns."""

import asyncio
import random
import socket
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from gateway.kiosk import Kiosk
from gateway.pages.access import Clerk, hash_pin
from gateway.pages.drawing import Office
from gateway.pages.hub import Hub
from gateway.pages.serving import make_server
from gateway.pages.site import make_site
from gateway.pages.views import device_lines
from gateway.queue.hall import Desk, Rules
from gateway.reception import Reception
from gateway.roster import Device
from gateway.turns import TURN_SCHEMA, Ticket, Turns
from gateway.visits import VISIT_SCHEMA, Visits
from tests.chromium import PIN as PIN
from wire.link import Outgoing
from wire.pump import StoreThread
from wire.records import Choice, DeclineReason, Reply, State

T = TypeVar("T")

HASHED = hash_pin(PIN, bytes(16))
CLERKS = (
    Clerk("olena", "Олена Коваль", HASHED),
    Clerk("petro", "Петро Шевчук", HASHED),
    Clerk("iryna", "Ірина Бондар", HASHED, "manager"),
)
SERVICES = {
    "address": {"uk": "Реєстрація місця проживання", "en": "Registration of residence"},
    "pass": {"uk": "Закордонний паспорт", "en": "Passport"},
}
LETTERS = {"address": "А", "pass": "Б"}
RULES = Rules(
    services=tuple(SERVICES),
    desks=(Desk("1"), Desk("2"), Desk("3", ("pass",))),
    classes=("veterans", "booked"),
    most_calls=2,
    stated={"address": 6 * 60_000},
)
KIOSK = "kiosk-1"
DEVICES = (
    Device("disp-1", "dispenser", mark="1"),
    Device("box-1", "ratingbox", "desk", "1"),
    Device("box-2", "ratingbox", "exit"),
)
NOON = 1_793_000_000_000
MIN = 60_000


_choice = msgspec.json.Decoder(Choice)


class TurnedClock:
    """A clock that stands until the test turns it."""

    boot = "00000001"

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> int:
        return self.at

    def up(self) -> int:
        return self.at - NOON + 1_000_000


class PagesOffice:
    """The pages of one office on a port of this machine, in a thread of their own."""

    def __init__(self, folder: Path, framed_by: Sequence[str] = ()) -> None:
        self._framed_by = framed_by
        self.clock = TurnedClock()
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._tickets = 0
        self.said: dict[str, State] = {}
        self.fault = ""  # of the gateway itself
        self.orders: list[Choice] = []  # to dispensers
        self.reachable = True  # whether they can be published
        self.closed: dict[str, DeclineReason] = {}  # services that give no tickets
        self.start()

    def start(self) -> None:
        """Open the office, or open it again after `stop`: with the same database and port."""
        self._is_open = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="pages")
        self._thread.start()
        assert self._is_open.wait(20)

    def stop(self) -> None:
        """Close it: the streams end, and nobody answers any more."""
        self._loop.call_soon_threadsafe(self._close.set)
        self._thread.join(20)
        assert not self._thread.is_alive()

    def issue(self, service: str = "address", priority: str = "") -> str:
        """A dispenser has printed a ticket; returns its visit."""
        self._tickets += 1
        letter = LETTERS[service]
        visit = f"{self._tickets:016x}"
        number = f"{letter}{self._tickets:03d}"
        self.do(lambda: self._issue(Ticket(visit, number, service, self.clock.at, priority)))
        return visit

    def give(self, choice: Choice, number: str) -> None:
        """The dispenser has numbered what was chosen on its page, and its record is here."""
        self.do(lambda: self._issue(Ticket(choice.id, number, choice.press, self.clock.at)))

    def reply(self, choice: Choice, error: str) -> None:
        """The dispenser says why there is no ticket."""
        said = Reply(v=1, re="press", id=choice.id, error=error)
        self.do(lambda: self.kiosk.on_reply(KIOSK, said))

    def do(self, work: Callable[[], T]) -> T:
        """Do something in the store thread, and tell the pages."""

        async def done() -> T:
            result = await self._store.do(work)
            self._hub.notify()
            return result

        return self._in_loop(done())

    def _in_loop(self, work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def _issue(self, ticket: Ticket) -> None:
        with self._transaction():
            new = self.reception.store_tickets([ticket], self.clock.at)
        self.reception.join(new)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _open_reception(self) -> None:
        self._db = sqlite3.connect(self._folder / "turns.db", isolation_level=None)
        self._db.executescript(TURN_SCHEMA + VISIT_SCHEMA)
        self.reception = Reception(
            RULES, Turns(self._db), self._transaction, date_of, self.clock.at
        )
        self.kiosk = Kiosk(
            "kyiv-1",
            [KIOSK],
            self.reception,
            Visits(self._db),
            self.closed.get,
            self._token,
            random.Random(1),
        )

    def _token(self) -> str:
        self._tickets += 1
        return f"{self._tickets:016x}"

    async def _publish(self, messages: Sequence[Outgoing]) -> bool:
        if self.reachable:
            self.orders += [_choice.decode(message.payload) for message in messages]
        return self.reachable

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._close = asyncio.Event()
        self._store = StoreThread()
        self._hub = Hub()
        await self._store.do(self._open_reception)
        app = make_site(
            Office("ЦНАП Лозова", SERVICES, CLERKS, letters=LETTERS),
            self.reception,
            self._store,
            self._hub,
            self.clock,
            "a secret of the tests",
            random.Random(1),
            self.kiosk,
            self._publish,
            lambda: device_lines(DEVICES, self.said, self.fault),
            self._framed_by,
        )
        server = make_server(app, "127.0.0.1", self.port)
        serving = asyncio.create_task(server.serve(), name="pages")
        while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
            await asyncio.sleep(0.01)
        self._is_open.set()
        await self._close.wait()
        self._hub.close()
        server.should_exit = True
        await serving
        await self._store.do(self._db.close)
        self._store.close()


def date_of(at: int) -> str:
    """The date of a time in Unix ms: these offices lie in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
