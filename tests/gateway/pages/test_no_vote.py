"""No page shows a visitor's vote: whatever it was, and whether there was one, all look the same."""

import asyncio
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from pathlib import Path

import msgspec

from gateway.pages.front import Front
from gateway.queue.hall import Desk
from gateway.queue_config import Pages
from tests.gateway.bench import Bench, Box
from tests.gateway.pages.office import CLERKS, PIN, PagesOffice
from tests.gateway.pages.test_refusals import ask
from wire.pump import StoreThread
from wire.records import Rating

KIOSK = "/kiosk/disp-1"
CHANGING = ("/board", "/office", "/desk")  # when the next visitor is called


class WholeOffice(PagesOffice):
    """As `PagesOffice`, but of the gateway's own parts, from what devices send to the pages."""

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._close = asyncio.Event()
        self._store = StoreThread()
        self.bench = bench = await self._store.do(self._open_bench)
        office = bench.office
        assert office.reception is not None and office.kiosk is not None
        front = Front(
            *(bench.config, office.reception, self._store, bench.clock, lambda: None),
            *(office.kiosk, self._publish, office.said, office.fault),
        )
        self._hub = front.hub
        serving = asyncio.create_task(front.run(), name="pages")
        self._is_open.set()
        await self._close.wait()
        front.close()
        await serving
        await self._store.do(bench.journal.close)
        self._store.close()

    def _open_bench(self) -> Bench:
        pages, desks = Pages(port=self.port), [Desk("1"), Desk("2")]
        return Bench(self._folder, desk=desks, clerk=list(CLERKS), pages=pages)

    def log_in(self, clerk: str, desk: str) -> str:
        """Returns the cookie."""
        form = {"clerk": clerk, "desk": desk, "pin": PIN}
        return ask(self, "/desk/login", form)[1]["set-cookie"]

    def look(self, path: str, cookie: str) -> HTTPResponse:
        """Open a page's stream."""
        asked = urllib.request.Request(f"{self.url}{path}/stream", headers={"Cookie": cookie})
        found: HTTPResponse = urllib.request.urlopen(asked, timeout=60)
        return found


class Seen(msgspec.Struct, frozen=True):
    """What anybody may see of a visit that ended. `pages`: after the vote, by path; `pictures`: all
    that their streams sent; `votes`: what the journal has, with what became of it."""

    pages: dict[str, str]
    pictures: dict[str, list[str]]
    votes: Sequence[tuple[str, str]]


def test_all_pages_are_the_same_whatever_the_vote_was(tmp_path: Path) -> None:
    """Three offices on the same day: one visitor was satisfied, one was not, one did not say; all
    that six pages and their streams show before it, after it and at the next call."""
    good, bad, none = (
        _visit(tmp_path / f"vote {vote}", vote) for vote in ("satisfied", "unsatisfied", "")
    )
    assert good.votes == [("satisfied", "counted")]
    assert bad.votes == [("unsatisfied", "counted")]
    assert none.votes == []
    assert {path: len(sent) for path, sent in none.pictures.items()} == {
        path: 2 if path in CHANGING else 1 for path in none.pages
    }
    assert "А001" in none.pages["/t/one"]
    assert good.pages == bad.pages == none.pages
    assert good.pictures == bad.pictures == none.pictures


def _visit(folder: Path, vote: str) -> Seen:
    """A visitor touches, comes, is served, and votes; then the next one is called."""
    folder.mkdir()
    with _opened(folder) as office, ExitStack() as streams:
        clerk, manager = office.log_in("olena", "1"), office.log_in("iryna", "")
        ask(office, KIOSK, {"service": "passport"})
        visit = office.orders[0].id
        _issue(office, visit, "00000000000000b2")
        _click(office, clerk, "/desk/next")
        for kind in ("served", "finished"):
            office.bench.clock.ms += 5 * 60_000
            _click(office, clerk, "/desk/act", kind=kind, visit=visit)
        cookies = {"/board": "", "/office": manager, "/desk": clerk}
        cookies |= dict.fromkeys((f"/t/{visit}", KIOSK, f"{KIOSK}/{visit}"), "")
        open_ = {path: streams.enter_context(office.look(path, cookies[path])) for path in cookies}
        pictures = {path: [_picture(stream)] for path, stream in open_.items()}
        _vote(office, vote)
        for path, stream in open_.items():
            pictures[path].append(_picture(stream))
        pages = {path: ask(office, path, Cookie=cookie)[2] for path, cookie in cookies.items()}
        _click(office, clerk, "/desk/next")
        for path in CHANGING:
            while len(list(filter(None, pictures[path]))) < 2:
                pictures[path].append(_picture(open_[path]))
        records = office.do(office.bench.records)
    votes = [(one.value, one.status) for one in records if isinstance(one, Rating)]
    sent = {path: list(filter(None, found)) for path, found in pictures.items()}
    return _without_id(Seen(pages, sent, votes), visit)


@contextmanager
def _opened(folder: Path) -> Iterator[WholeOffice]:
    office = WholeOffice(folder)
    try:
        yield office
    finally:
        office.stop()


def _issue(office: WholeOffice, *visits: str) -> None:
    """The dispenser tells of tickets."""
    box = Box("disp-1", "d" * 16)
    for n, visit in enumerate(visits, 1):
        said = {"visit": visit, "service": "passport", "by": "gateway", "number": f"А{n:03d}"}
        box.say("issued", 1_000, office.bench.clock.ms - 1_000 + n, **said)
    office.do(lambda: office.bench.handle(box.batch(), box.state()))


def _click(office: WholeOffice, clerk: str, path: str, **form: str) -> None:
    status, _, text = ask(office, path, form, Cookie=clerk)
    assert status == 200, text


def _vote(office: WholeOffice, vote: str) -> None:
    """Ten seconds later there is a press at the desk's box, or nothing but what the box says of
    itself; the pages are told in either case."""
    office.bench.clock.ms += 10_000
    box = Box("box-1")
    if vote:
        box.press(button=vote, at=office.bench.clock.ms)
    said = [box.batch()] if vote else []
    office.do(lambda: office.bench.handle(*said, box.state()))


def _picture(stream: HTTPResponse) -> str:
    """The next that a stream sends; empty: all looks as before."""
    lines = []
    while (line := stream.readline()) != b"\n":
        assert line, "the stream has ended"
        lines.append(line.decode())
    return "".join(line for line in lines if line.startswith("data: "))


def _without_id(seen: Seen, visit: str) -> Seen:
    """With the visit's id, which is drawn, called `one`."""
    raw = msgspec.json.encode(seen).replace(visit.encode(), b"one")
    return msgspec.json.decode(raw, type=Seen)
