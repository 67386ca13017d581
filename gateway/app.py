"""The running gateway: wires the office, its journal and two links.

Tasks: `office link` and `city link` keep the connections; `intake` hands what arrives to the
office, group by group, and publishes what comes of it; `uplink` sends the journal on to the city
and `watermarks` hears how far it got; `state` says how things stand; `retention` lets old rows go;
`clock` looks whether the time is known. Where there is a queue, `pages` shows it, and `boxes` tells
the rating boxes whose turn it is. The journal is touched by one thread only, `talon-store`.
"""

import asyncio
import contextlib
import logging
import random
import signal
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import msgspec

from gateway.config import OfficeConfig
from gateway.invitations import invitations
from gateway.journal import Journal
from gateway.office import Office
from gateway.pages.front import Front
from gateway.pages.hub import Hub
from gateway.reception import Reception
from gateway.setup import setup_messages
from wire import topics
from wire.batch import BatchError, decode_mark, encode_batch
from wire.clock import OfficeClock, SystemClock, random_epoch
from wire.hop import Sender
from wire.link import Link, Outgoing
from wire.pump import Pump, StoreThread
from wire.records import State

log = logging.getLogger("talon.gateway")

STATE_EVERY_S = 10.0
CLOCK_EVERY_S = 2.0
FORGET_EVERY_S = 600.0
RETRY_S = 2.0  # after the city link broke in the middle
MOST_MARKS = 100
GATHER_S = 0.1  # for a batch that is not full: more may come, and costs little more than a record
BATCH_RECORDS = 1000
BATCH_BYTES = 200_000
WINDOW = 8  # batches under way: 1.6 MB, which the collector takes in one or two groups
OFFLINE = b'{"v":1,"online":false}'

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode


class Gateway:
    """One office's gateway. Raises wire.store.StoreError if its journal cannot be used."""

    def __init__(self, config: OfficeConfig, clock: OfficeClock, version: str) -> None:
        self.config = config
        self.clock = clock
        self.version = version
        self.journal = Journal(config.journal_path(), random_epoch, config.store.limit_mb)
        self.office = Office(config, self.journal, clock, random.Random())
        self._setups = setup_messages(config)
        self.sender = Sender(
            self.journal.log,
            clock.boot,
            BATCH_RECORDS,
            BATCH_BYTES,
            WINDOW,
            acked=self.journal.log.acked,
        )
        self._link_is_new = True
        self._store = StoreThread()
        self._wake_uplink = asyncio.Event()
        self._wake_state = asyncio.Event()
        state = topics.topic(config.site, topics.GATEWAY, topics.STATE)
        self._local = Link(
            config.broker.address(),
            f"{config.site}-gateway",
            [
                topics.every_node(config.site, channel)
                for channel in (topics.LOG, topics.ASK, topics.STATE, topics.REPLY)
            ],
            (state, OFFLINE),
            self._greet_office,
        )
        self._front: Front | None = None
        if self.office.reception is not None and self.office.kiosk is not None:
            self._front = Front(
                config,
                self.office.reception,
                self._store,
                clock,
                self._wake_uplink.set,
                self.office.kiosk,
                self._local.publish,
                self.office.said,
                self._fault,
            )
        self._pump = Pump(self._local, self._store, self.office.handle, config.journal_path())
        self._city = Link(
            (config.uplink or config.broker).address(),
            f"{config.site}-uplink",
            [topics.topic(config.site, topics.GATEWAY, topics.ACK)],
            (state, OFFLINE),
            self._greet_city,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. A task that dies takes the gateway down with its error."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._local.run(), name="office link"),
                group.create_task(self._city.run(), name="city link"),
                group.create_task(self._pump.run(self._after_group), name="intake"),
                group.create_task(self._uplink(), name="uplink"),
                group.create_task(self._watermarks(), name="watermarks"),
                group.create_task(self._state(), name="state"),
                group.create_task(self._watch_clock(), name="clock"),
                group.create_task(self._forget(), name="retention"),
            ]
            pages = self._front and group.create_task(self._front.run(), name="pages")
            if self._front and self.office.reception:
                boxes = self._invite(self._front.hub, self.office.reception)
                tasks.append(group.create_task(boxes, name="boxes"))
            await stop.wait()
            if self._front and pages:
                self._front.close()
                await pages
            await self._city.farewell()
            for task in tasks:
                task.cancel()
        self._store.close()
        self.journal.close()

    async def do(self, work: Callable[[], T]) -> T:
        """Do something with the office where its journal is, between what devices say; then the
        city and the pages hear of it."""
        done = await self._store.do(work)
        self._after_group()
        return done

    def _after_group(self) -> None:
        """Devices have said something: there may be news for the city, and for the pages."""
        self._wake_uplink.set()
        if self._front is not None:
            self._front.hub.notify()

    async def _invite(self, hub: Hub, reception: Reception) -> None:
        """Tell the rating boxes at the desks when it is a visitor's turn to vote."""
        while True:
            change = hub.next()
            if reception.invites:  # most changes are none for the boxes
                changed = await self._store.do(reception.take_invitations)
                said = invitations(self.config.site, self.config.device, changed)
                await self._local.publish([Outgoing(topic, payload) for topic, payload in said])
            await change.wait()

    async def _uplink(self) -> None:
        while True:
            await self._city.up.wait()
            self._wake_uplink.clear()
            wait = await self._send()
            try:
                await asyncio.wait_for(self._wake_uplink.wait(), wait)
                if self.sender.pending < BATCH_RECORDS:
                    await asyncio.sleep(GATHER_S)
            except TimeoutError:
                continue

    async def _send(self) -> float | None:
        """Publish what the sender has; returns in how many seconds to look again."""
        batches, wait = await self._store.do(self._next_batches)
        if not await self._city.publish(batches):
            return RETRY_S
        return None if wait is None else wait / 1000

    def _next_batches(self) -> tuple[list[Outgoing], int | None]:
        if self._link_is_new:
            self._link_is_new = False
            self.sender.restart()
        if self.office.held:
            return [], None  # the newest rows are not placed in time yet; `clock` wakes us
        topic = topics.topic(self.config.site, topics.GATEWAY, topics.LOG)
        out: list[Outgoing] = []
        batch = self.sender.next_batch(self.clock.up())
        while batch is not None:
            out.append(Outgoing(topic, encode_batch(batch)))
            batch = self.sender.next_batch(self.clock.up())
        return out, self.sender.wait_ms(self.clock.up())

    async def _watermarks(self) -> None:
        while True:
            for _, payload in await self._city.take(MOST_MARKS):
                try:
                    mark = decode_mark(payload)
                except BatchError as error:
                    log.warning("a watermark from the city that is none: %s", error)
                    continue
                try:
                    await self._store.do(partial(self.sender.on_mark, mark, self.clock.up()))
                except sqlite3.Error as error:  # a renewal; the watermark comes again
                    log.error("%s: %s; trying on", self.config.journal_path(), error)
            self._wake_uplink.set()
            if self.sender.pending == 0:
                self._wake_state.set()

    async def _state(self) -> None:
        topic = topics.topic(self.config.site, topics.GATEWAY, topics.STATE)
        while True:
            await self._city.up.wait()
            await self._city.publish([Outgoing(topic, self._say_state(), retain=True)])
            await asyncio.sleep(STATE_EVERY_S / 10)  # at most so often
            self._wake_state.clear()
            try:
                await asyncio.wait_for(self._wake_state.wait(), STATE_EVERY_S)
            except TimeoutError:
                continue

    async def _watch_clock(self) -> None:
        while True:
            before = self.office.held, self.office.fault()
            # A disk that refuses is the intake's to tell of; what is held stays held.
            with contextlib.suppress(sqlite3.Error):
                await self._store.do(self.office.tend)
            if (self.office.held, self.office.fault()) != before:
                self._after_group()
                self._wake_state.set()
            await asyncio.sleep(CLOCK_EVERY_S)

    async def _forget(self) -> None:
        """Let delivered rows go when their days are over, an hour's worth at a time."""
        keep_ms = self.config.store.keep_days * 86_400_000
        while True:
            await asyncio.sleep(FORGET_EVERY_S)
            try:
                if self.office.verdict.certainty == "sure":
                    await self._store.do(lambda: self.journal.forget(self.clock.now() - keep_ms))
            except sqlite3.Error as error:
                log.warning("%s: nothing deleted: %s", self.config.journal_path(), error)

    def _greet_office(self) -> list[Outgoing]:
        setups = [Outgoing(topic, said, retain=True) for topic, said in self._setups.items()]
        return [*self.office.greetings(), *setups]

    def _greet_city(self) -> list[Outgoing]:
        self._link_is_new = True
        self._wake_uplink.set()
        self._wake_state.set()
        return []

    def _fault(self) -> str:
        return "; ".join(filter(None, (self._pump.fault, self.office.fault())))

    def _say_state(self) -> bytes:
        log_ = self.journal.log
        return _encode(
            State(
                v=1,
                online=True,
                boot=self.clock.boot,
                up=self.clock.up(),
                at=self.clock.now() if self.office.verdict.certainty == "sure" else None,
                epoch=log_.epoch,
                oldest=log_.oldest,
                last=log_.last,
                acked=self.sender.acked,
                version=self.version,
                fault=self._fault(),
                devices=self.office.heads(),
            )
        )


def serve(config: OfficeConfig, version: str) -> None:
    """Run a gateway until SIGINT or SIGTERM."""
    asyncio.run(_serve(config, version))


async def _serve(config: OfficeConfig, version: str) -> None:
    gateway = Gateway(config, SystemClock(), version)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await gateway.run(stop)
