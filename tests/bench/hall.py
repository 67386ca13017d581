"""A busy hall of 30 services: clerks at 20 desks, 10 boards and 4 touch pages, each of them with
something to do once a second.

From the click on Next to the picture on each board, from a touch to the number on the touch page;
and what the gateway needs for all of it. The touch pages' dispensers answer at once.
"""

import asyncio
import json
import re
import statistics
import time
from contextlib import aclosing, closing
from urllib.parse import urlencode

from simulator.server import free_port
from tests.bench.client import Client
from tests.bench.full import DESKS, PIN, full
from tests.bench.rig import DISPENSERS, Office, Rig, rss_mb
from wire import topics
from wire.batch import Batch, encode_batch
from wire.clock import random_epoch

BOARDS, KIOSKS = 10, 4
_STEPS = ("next", "served", "finished")
_NUMBER = re.compile(r'class="number">([^<]+)<')
_VISIT = re.compile(r'name="visit" value="([0-9a-f]+)"')
_CALL = re.compile(r'<li data-n="[0-9]+">([^ ]+) →')


def hall(rig: Rig, transitions: int) -> dict[str, float]:
    """Click to board and touch to number (ms, median and p99), the gateway's load (%) and memory
    (MB). In a round each desk makes so many transitions, and each touch page is touched as often,
    once a second."""
    port = free_port()
    with closing(rig.office(full(port))) as office:
        office.start_gateway()
        office.wait_for_gateway()
        # enough wait for all that the desks will call, beside what is issued meanwhile
        _issue(rig, office, DISPENSERS[0], DESKS * transitions, first=1, node_epoch="a" * 16)
        return asyncio.run(_play(rig, office, port, transitions))


async def _play(rig: Rig, office: Office, port: int, transitions: int) -> dict[str, float]:
    boards = [_Board(port) for _ in range(BOARDS)]
    desks = [_Desk(port, n) for n in range(DESKS)]
    kiosks = [_Kiosk(rig, office, port, DISPENSERS[1 + n]) for n in range(KIOSKS)]
    watching = [asyncio.create_task(board.watch()) for board in boards]
    watching += [asyncio.create_task(kiosk.watch()) for kiosk in kiosks]
    for desk in desks:
        await desk.log_in()
        watching.append(asyncio.create_task(desk.watch()))
    pid = office.pid("gateway")
    begun, load = time.monotonic(), _cpu_s(pid)
    await asyncio.gather(
        *(desk.work(begun, transitions) for desk in desks),
        *(kiosk.work(begun + n / KIOSKS, transitions) for n, kiosk in enumerate(kiosks)),
    )
    lasted, load = time.monotonic() - begun, _cpu_s(pid) - load
    await asyncio.sleep(0.5)  # for the last picture
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    waits = [
        (seen - clicked) * 1000
        for desk in desks
        for number, clicked in desk.called.items()
        for board in boards
        if (seen := board.seen.get(number)) is not None
    ]
    called = sum(len(desk.called) for desk in desks)
    assert called, "nobody was called"
    assert len(waits) == called * BOARDS, f"{called * BOARDS - len(waits)} calls missed a board"
    touches = [wait for kiosk in kiosks for wait in kiosk.waits]
    assert len(touches) == KIOSKS * transitions, "a touch has brought no number"
    return {
        "board": statistics.median(waits),
        "board p99": _p99(waits),
        "touch": statistics.median(touches),
        "touch p99": _p99(touches),
        "hall load": 100 * load / lasted,
        "hall": rss_mb(pid),
    }


class _Desk:
    """A clerk's browser: one connection for clicks, one for what the page shows."""

    def __init__(self, port: int, n: int) -> None:
        self._port = port
        self._n = n
        self._cookie = ""
        self.called: dict[str, float] = {}

    async def log_in(self) -> None:
        form = {"clerk": f"c{self._n}", "desk": str(self._n + 1), "pin": PIN}
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        status, headers, _ = await self._post("/desk/login", form)
        assert status == 303, status
        self._cookie = headers["set-cookie"].partition(";")[0]

    async def work(self, begun: float, transitions: int) -> None:
        visit = ""
        for step in range(transitions):
            at = begun + step + self._n / DESKS
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            kind = _STEPS[step % len(_STEPS)]
            if kind == "next":
                clicked = time.monotonic()
                _, _, page = await self._post("/desk/next", {})
                found = _NUMBER.search(page)
                assert found, "nobody waited"
                self.called[found[1]] = clicked
                visit = _VISIT.search(page)[1]  # type: ignore[index]
            else:
                status, _, _ = await self._post("/desk/act", {"kind": kind, "visit": visit})
                assert status == 200

    async def watch(self) -> None:
        async for _ in _pictures(self._port, "/desk/stream", self._cookie):
            pass

    async def _post(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, str], str]:
        self._writer.write(_post(self._port, path, urlencode(form), self._cookie))
        status, headers = await _head(self._reader)
        page = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return status, headers, page.decode()


class _Board:
    """A board on the wall: when each number was first seen on it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.seen: dict[str, float] = {}

    async def watch(self) -> None:
        async for picture in _pictures(self._port, "/board/stream"):
            now = time.monotonic()
            for number in _CALL.findall(picture):
                self.seen.setdefault(number, now)


class _Kiosk:
    """A touch page, and the dispenser that belongs to it."""

    def __init__(self, rig: Rig, office: Office, port: int, node: str) -> None:
        self._rig = rig
        self._office = office
        self._port = port
        self._node = node
        self._epoch = random_epoch()
        self.waits: list[float] = []  # ms from a touch to the number

    async def watch(self) -> None:
        async for _ in _pictures(self._port, f"/kiosk/{self._node}/stream"):
            pass

    async def work(self, begun: float, touches: int) -> None:
        for n in range(1, touches + 1):
            await asyncio.sleep(max(0.0, begun + n - 1 - time.monotonic()))
            touched = time.monotonic()
            choice = await self._touch()
            number = asyncio.create_task(self._number(choice))
            await asyncio.to_thread(
                _issue, self._rig, self._office, self._node, 1, n, self._epoch, choice
            )
            self.waits.append((await number - touched) * 1000)

    async def _touch(self) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        body = "service=passport"
        writer.write(_post(self._port, f"/kiosk/{self._node}", body))
        status, headers = await _head(reader)
        writer.close()
        assert status == 303, status
        return headers["location"].partition("?")[0].rpartition("/")[2]

    async def _number(self, choice: str) -> float:
        path = f"/kiosk/{self._node}/{choice}/stream"
        async with aclosing(_pictures(self._port, path)) as pictures:  # the page goes on to others
            async for picture in pictures:
                if _NUMBER.search(picture):
                    return time.monotonic()
        raise AssertionError("the touch page's stream has ended")


async def _pictures(port: int, path: str, cookie: str = ""):  # type: ignore[no-untyped-def]
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode()
    )
    try:
        status, _ = await _head(reader)
        assert status == 200, status
        picture: list[str] = []
        while line := (await reader.readline()).decode():
            if line.startswith("data: "):
                picture.append(line[6:])
            elif line == "\n" and picture:
                yield "".join(picture)
                picture = []
    finally:
        writer.close()


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    status = int((await reader.readline()).split()[1])
    headers = {}
    while (line := (await reader.readline()).decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return status, headers


def _post(port: int, path: str, body: str, cookie: str = "") -> bytes:
    """A form, as a page of this very site sends it."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHX-Request: true\r\n"
        f"Origin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _issue(
    rig: Rig, office: Office, node: str, count: int, first: int, node_epoch: str, visit: str = ""
) -> None:
    """A dispenser tells of so many tickets in one batch, and hears that they are stored. `visit`:
    of a single one, as it was chosen on the touch page."""
    now = time.time_ns() // 1_000_000
    records = [
        json.dumps(
            {
                "kind": "issued",
                "at": now,
                "boot": "00000001",
                "up": first + i,
                "visit": visit or random_epoch(),
                "service": "passport",
                "number": f"{node[5:]}n{first + i}",
                "by": "gateway",
            }
        ).encode()
        for i in range(count)
    ]
    ack = topics.topic(office.site, node, topics.ACK)
    batch = Batch(node_epoch, first, first, "00000001", first + count, records)
    with closing(Client(rig.port, f"{office.site}-{node}", [ack])) as client:
        client.publish(topics.topic(office.site, node, topics.LOG), encode_batch(batch))
        client.wait_for(ack, node_epoch.encode())


def _p99(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * 99 // 100)]


def _cpu_s(pid: int) -> float:
    """Processor time of a process so far, in seconds."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
