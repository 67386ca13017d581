"""A busy hall of 30 services: clerks at 20 desks, 10 boards and 4 dispensers, each of them with
something to do once a second.

From the click on Next to the picture on each board, and what the gateway needs for all of it. Then
the same with 4 touch pages, whose dispensers answer at once: from a touch to the number, too.
"""

import asyncio
import json
import re
import statistics
import time
from collections.abc import Sequence
from contextlib import aclosing, closing
from urllib.parse import urlencode

from simulator.server import free_port
from tests.bench.browser import head, pictures, post
from tests.bench.client import Client
from tests.bench.full import DESKS, PIN, full
from tests.bench.rig import DISPENSERS, Office, Rig, rss_mb
from wire import topics
from wire.batch import Batch, encode_batch
from wire.clock import random_epoch

BOARDS, ENTRANCES = 10, 4
_STEPS = ("next", "served", "finished")
_NUMBER = re.compile(r'class="number">([^<]+)<')
_VISIT = re.compile(r'name="visit" value="([0-9a-f]+)"')
_CALL = re.compile(r'<li data-n="[0-9]+">([^ ]+) →')


class _Dispenser:
    """A dispenser with buttons: a ticket a second."""

    def __init__(self, rig: Rig, office: Office, port: int, node: str) -> None:
        self._rig = rig
        self._office = office
        self._port = port
        self._node = node
        self._epoch = random_epoch()
        self.waits: list[float] = []  # ms from a touch to the number

    async def watch(self) -> None:
        """It has no page."""

    async def work(self, begun: float, tickets: int) -> None:
        for n in range(1, tickets + 1):
            await asyncio.sleep(max(0.0, begun + n - 1 - time.monotonic()))
            await self._give(n)

    async def _give(self, n: int) -> None:
        await self._issue(n)

    async def _issue(self, n: int, choice: str = "") -> None:
        await asyncio.to_thread(
            _issue, self._rig, self._office, self._node, 1, n, self._epoch, choice
        )


class _Kiosk(_Dispenser):
    """A touch page, and the dispenser that belongs to it."""

    async def watch(self) -> None:
        async for _ in pictures(self._port, f"/kiosk/{self._node}/stream"):
            pass

    async def _give(self, n: int) -> None:
        touched = time.monotonic()
        choice = await self._touch()
        number = asyncio.create_task(self._number(choice))
        await self._issue(n, choice)
        self.waits.append((await number - touched) * 1000)

    async def _touch(self) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        body = "service=passport"
        writer.write(post(self._port, f"/kiosk/{self._node}", body))
        status, headers = await head(reader)
        writer.close()
        assert status == 303, status
        return headers["location"].partition("?")[0].rpartition("/")[2]

    async def _number(self, choice: str) -> float:
        path = f"/kiosk/{self._node}/{choice}/stream"
        async with aclosing(pictures(self._port, path)) as seen:  # the page goes on to others
            async for picture in seen:
                if _NUMBER.search(picture):
                    return time.monotonic()
        raise AssertionError("the touch page's stream has ended")


def hall(rig: Rig, transitions: int) -> dict[str, float]:
    """Click to board (ms, median and p99), the gateway's load (%) and memory (MB). In a round each
    desk makes so many transitions, and each dispenser so many tickets, once a second."""
    return _measure(rig, transitions, _Dispenser)


def touched(rig: Rig, transitions: int) -> dict[str, float]:
    """As `hall`, of one in which all tickets are chosen on touch pages; and touch to number."""
    return {f"touched {name}": value for name, value in _measure(rig, transitions, _Kiosk).items()}


def _measure(rig: Rig, transitions: int, entrance: type[_Dispenser]) -> dict[str, float]:
    port = free_port()
    with closing(rig.office(full(port))) as office:
        office.start_gateway()
        office.wait_for_gateway()
        # enough wait for all that the desks will call, beside what is issued meanwhile
        _issue(rig, office, DISPENSERS[0], DESKS * transitions, first=1, node_epoch="a" * 16)
        entrances = [entrance(rig, office, port, DISPENSERS[1 + n]) for n in range(ENTRANCES)]
        return asyncio.run(_play(office, port, transitions, entrances))


async def _play(
    office: Office, port: int, transitions: int, entrances: Sequence[_Dispenser]
) -> dict[str, float]:
    boards = [_Board(port) for _ in range(BOARDS)]
    desks = [_Desk(port, n) for n in range(DESKS)]
    for desk in desks:
        await desk.log_in()
    watchers: Sequence[_Board | _Desk | _Dispenser] = (*boards, *desks, *entrances)
    watching = [asyncio.create_task(one.watch()) for one in watchers]
    pid = office.pid("gateway")
    begun, load = time.monotonic(), _cpu_s(pid)
    await asyncio.gather(
        *(desk.work(begun, transitions) for desk in desks),
        *(one.work(begun + n / ENTRANCES, transitions) for n, one in enumerate(entrances)),
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
    figures = {
        "board": statistics.median(waits),
        "board p99": _p99(waits),
        "load": 100 * load / lasted,
        "memory": rss_mb(pid),
    }
    touches = [wait for one in entrances for wait in one.waits]
    if touches:
        figures |= {"number": statistics.median(touches), "number p99": _p99(touches)}
    return figures


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
        async for _ in pictures(self._port, "/desk/stream", self._cookie):
            pass

    async def _post(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, str], str]:
        self._writer.write(post(self._port, path, urlencode(form), self._cookie))
        status, headers = await head(self._reader)
        page = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return status, headers, page.decode()


class _Board:
    """A board on the wall: when each number was first seen on it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.seen: dict[str, float] = {}

    async def watch(self) -> None:
        async for picture in pictures(self._port, "/board/stream"):
            now = time.monotonic()
            for number in _CALL.findall(picture):
                self.seen.setdefault(number, now)


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
