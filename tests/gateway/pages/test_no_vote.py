"""No page shows a visitor's vote: whatever it was, and whether there was one, all look the same."""

import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from http.client import HTTPResponse
from pathlib import Path

import msgspec

from gateway.queue.hall import Desk
from tests.gateway.bench import Box
from tests.gateway.pages.office import CLERKS, PIN
from tests.gateway.pages.test_refusals import ask
from tests.gateway.pages.whole_office import WholeOffice, opened
from wire.records import Rating

DESKS = [Desk("1"), Desk("2")]
KIOSK = "/kiosk/disp-1"
CHANGING = ("/board", "/office", "/desk")  # when the next visitor is called


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
    with opened(folder, desk=DESKS, clerk=list(CLERKS)) as office, ExitStack() as streams:
        clerk, manager = _log_in(office, "olena", "1"), _log_in(office, "iryna", "")
        ask(office, KIOSK, {"service": "passport"})
        visit = office.orders[0].id
        _issue(office, visit, "00000000000000b2")
        _click(office, clerk, "/desk/next")
        for kind in ("served", "finished"):
            office.bench.clock.ms += 5 * 60_000
            _click(office, clerk, "/desk/act", kind=kind, visit=visit)
        cookies = {"/board": "", "/office": manager, "/desk": clerk}
        cookies |= dict.fromkeys((f"/t/{visit}", KIOSK, f"{KIOSK}/{visit}"), "")
        open_ = {
            path: streams.enter_context(_look(office, path, cookies[path])) for path in cookies
        }
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


def _issue(office: WholeOffice, *visits: str) -> None:
    """The dispenser tells of tickets."""
    box = Box("disp-1", "d" * 16)
    for n, visit in enumerate(visits, 1):
        said = {"visit": visit, "service": "passport", "by": "gateway", "number": f"А{n:03d}"}
        box.say("issued", 1_000, office.bench.clock.ms - 1_000 + n, **said)
    office.do(lambda: office.bench.handle(box.batch(), box.state()))


def _log_in(office: WholeOffice, clerk: str, desk: str) -> str:
    """Returns the cookie."""
    form = {"clerk": clerk, "desk": desk, "pin": PIN}
    return ask(office, "/desk/login", form)[1]["set-cookie"]


def _look(office: WholeOffice, path: str, cookie: str) -> HTTPResponse:
    """Open a page's stream."""
    asked = urllib.request.Request(f"{office.url}{path}/stream", headers={"Cookie": cookie})
    found: HTTPResponse = urllib.request.urlopen(asked, timeout=60)
    return found


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
