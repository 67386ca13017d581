"""The clerks' shift: they work in the gateway's process, and are told over a pipe until when."""

import asyncio
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import NamedTuple

from gateway.app import Gateway
from simulator.hall.clerks import Clerks, Played


class Roster(NamedTuple):
    """Who works at which desk (id: clerk), with visitors drawn from `seed`; `pace`: how many times
    as fast as people do."""

    desks: Mapping[str, str]
    seed: int = 0
    pace: float = 1


NOBODY = Roster({})
_PATIENCE_S = 60.0


class Stretch(NamedTuple):
    """An order: work from `since` until `until` (Unix ms); `calls`: as `Clerks.play` has it."""

    since: int
    until: int
    calls: bool


class Shift:
    """The other end of `attend`'s pipe: whoever holds it says when the clerks work."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def play(self, since: int, until: int, calls: bool) -> Played:
        """Let them work. EOFError: the gateway is gone; OSError: it does not answer."""
        self._pipe.send(Stretch(since, until, calls))
        if not self._pipe.poll(_PATIENCE_S):
            raise TimeoutError("no word from the clerks")
        played = self._pipe.recv()
        assert isinstance(played, Played)
        return played


def attend(pipe: Connection, gateway: Gateway, roster: Roster) -> None:
    """Let clerks work at a gateway that runs in this event loop, as `pipe` says."""
    reception = gateway.office.reception
    assert reception is not None
    clerks = Clerks(reception, *roster)
    loop = asyncio.get_running_loop()

    def work(stretch: Stretch) -> Played:
        with gateway.journal.transaction():  # one for all of it: a month has 90,000 turns
            return clerks.play(*stretch)

    async def answer(stretch: Stretch) -> None:
        try:
            pipe.send(await gateway.do(lambda: work(stretch)))
        except BaseException:
            pipe.close()  # whoever waits for us hears of it
            raise

    orders: set[asyncio.Task[None]] = set()

    def take() -> None:
        try:
            stretch = pipe.recv()
        except EOFError:
            loop.remove_reader(pipe.fileno())
            return
        order = loop.create_task(answer(stretch), name="shift")
        orders.add(order)
        order.add_done_callback(orders.discard)

    loop.add_reader(pipe.fileno(), take)
