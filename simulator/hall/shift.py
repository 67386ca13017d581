"""The clerks' shift: they work in the gateway's process, and are told over a pipe until when."""

import asyncio
import os
import signal
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


class Stretch(NamedTuple):
    """An order: work from `since` until `until` (Unix ms); `calls`: as `Clerks.play` has it."""

    since: int
    until: int
    calls: bool


class Shift:
    """The other end of `attend`'s pipe: whoever holds it says when the clerks work."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def begin(self, since: int, until: int, calls: bool) -> None:
        """Let them work; what comes of it is for `end`. OSError: the gateway is gone."""
        self._pipe.send(Stretch(since, until, calls))

    def end(self, patience_s: float) -> Played | None:
        """What has come of it; None: nothing yet. EOFError, OSError: the gateway is gone."""
        if not self._pipe.poll(patience_s):
            return None
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
        with gateway.journal.together():  # a month has 90,000 turns
            return clerks.play(*stretch)

    async def answer(stretch: Stretch) -> None:
        try:
            pipe.send(await gateway.do(lambda: work(stretch)))
        except BaseException:
            # the hall is ahead of the disk: nobody may go on with it
            os.kill(os.getpid(), signal.SIGTERM)
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
