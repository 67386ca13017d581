"""Orders to one box, carried over the office's broker while the gateway runs beside us."""

import asyncio
from collections.abc import Callable

import msgspec

from gateway.course import ASK, Course
from wire import topics
from wire.address import Address
from wire.lines import UNREADABLE
from wire.link import Link, Outgoing
from wire.records import Reply
from wire.selftest import TestOrder, encode_test
from wire.update import UpdateError, encode_order

ANSWER_S = 4.0  # a Pico erases, writes, and shares its radio
PATIENCE_S = 60.0  # until a silent box is given up
TRIAL_S = 900.0  # longer than the box gives itself
LOOK_S = 3.0  # how often a box on trial is asked

_reply = msgspec.json.Decoder(Reply)
Progress = Callable[[Course], None]


class Orders:
    """A way to one box. Use as `async with`; raises UpdateError if nobody answers.

    `answer_s`: after so many seconds without an answer it is said again.
    """

    def __init__(
        self,
        broker: Address,
        site: str,
        node: str,
        answer_s: float = ANSWER_S,
        look_s: float = LOOK_S,
    ) -> None:
        self._answer_s = answer_s
        self._look_s = look_s
        self._broker = broker
        self._node = node
        self._command = topics.topic(site, node, topics.COMMAND)
        reply = topics.topic(site, node, topics.REPLY)
        self._link = Link(broker, f"{site}-orders-{node}", [reply], None, list)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Orders":
        self._task = asyncio.create_task(self._link.run(), name="orders link")
        try:
            await asyncio.wait_for(self._link.up.wait(), PATIENCE_S)
        except TimeoutError:
            await self.__aexit__()
            raise UpdateError(
                f"no broker at {self._broker}. See [broker] in the office config"
            ) from None
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def update(self, course: Course, progress: Progress) -> None:
        """Carry an update to its end; `progress` is called after each answer."""
        order = ASK
        loop = asyncio.get_running_loop()
        end = None
        while course.stage != "kept":
            patience = TRIAL_S if course.stage == "trial" else PATIENCE_S
            reply = await self.ask(encode_order(order), "update", patience)
            order = course.take(reply) or ASK
            progress(course)
            if course.stage == "trial":
                end = end or loop.time() + TRIAL_S
                if loop.time() > end:
                    raise UpdateError("the trial did not end. Look at the box")
                await asyncio.sleep(self._look_s)

    async def test(self, seconds: int, count: int, site: str, key: bytes) -> None:
        """Order a self-test. `count`: higher than in any order before, such as Unix ms."""
        boot = (await self.ask(encode_order(ASK), "update")).boot
        order = TestOrder(seconds, count, boot)
        reply = await self.ask(encode_test(order, site, self._node, key), "test")
        if reply.error and reply.error != "that order was given before":  # said twice, done once
            raise UpdateError(f"the box refuses: {reply.error}")

    async def ask(self, payload: bytes, about: str, patience: float = PATIENCE_S) -> Reply:
        """Say it, again and again, until the box answers, for `patience` seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while loop.time() < end:
            self._link.drop()  # late answers to what was said before
            await self._link.publish([Outgoing(self._command, payload)])
            try:
                return await asyncio.wait_for(self._next(about), self._answer_s)
            except TimeoutError:
                continue
        raise UpdateError(
            f"{self._node} does not answer. Is it online? See talon-gateway status; if its broker"
            " has an access list, the box must be allowed to write its `reply`"
        )

    async def _next(self, about: str) -> Reply:
        while True:
            for _, payload in await self._link.take(1):
                try:
                    reply = _reply.decode(payload)
                except UNREADABLE:
                    continue
                if reply.re == about:
                    return reply


def send_update(broker: Address, site: str, node: str, course: Course, progress: Progress) -> None:
    """Carry an update to the box `node`, as Orders.update, and wait for its end."""

    async def run() -> None:
        async with Orders(broker, site, node) as orders:
            await orders.update(course, progress)

    asyncio.run(run())


def send_test(broker: Address, site: str, node: str, seconds: int, now: int, key: bytes) -> None:
    """Order the box `node` to test, as Orders.test."""

    async def run() -> None:
        async with Orders(broker, site, node) as orders:
            await orders.test(seconds, now, site, key)

    asyncio.run(run())
