"""The running collector: wires the city, its ledger, the link and the mirror in InfluxDB.

Tasks: `link` keeps the connection, `intake` hands what arrives to the city group by group, `mirror`
keeps InfluxDB equal to the ledger, `retention` lets old events go. The ledger is touched by one
thread only, `talon-store`.
"""

import asyncio
import logging
import signal
import sqlite3
from functools import partial
from zoneinfo import ZoneInfo

from collector.city import City
from collector.config import CollectorConfig
from collector.influx import Influx
from collector.ledger import Ledger
from collector.mirror import Mirror
from collector.month import first_kept
from wire import topics
from wire.clock import Clock, SystemClock
from wire.link import Link
from wire.pump import RETRY_S, Pump, StoreThread

FORGET_EVERY_S = 600.0
FORGET_PAUSE_S = 0.5  # between two devices: what arrives goes first

log = logging.getLogger("talon.collector")


class Collector:
    """One city's collector. Raises wire.store.StoreError if its ledger cannot be used."""

    def __init__(self, config: CollectorConfig, clock: Clock) -> None:
        self.config = config
        self.clock = clock
        self.ledger = Ledger(config.ledger_path(), config.store.limit_mb)
        self.city = City(self.ledger, clock, frozenset(site.id for site in config.site))
        self._store = StoreThread()
        self._link = Link(
            config.broker.address(),
            "talon-collector",
            [topics.every_gateway(topics.LOG), topics.every_gateway(topics.STATE)],
            None,
            self.city.greetings,
        )
        self._pump = Pump(self._link, self._store, self.city.handle, config.ledger_path())
        self._mirror = (
            Mirror(self.ledger, Influx(config.influx), clock, late_s=config.influx.late_s)
            if config.influx
            else None
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. A task that dies takes the collector down with its error."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._link.run(), name="link"),
                group.create_task(self._pump.run(lambda: None), name="intake"),
            ]
            tasks.append(group.create_task(self._forget(), name="retention"))
            if self._mirror is not None:
                tasks.append(group.create_task(self._keep(self._mirror), name="mirror"))
            await stop.wait()
            for task in tasks:
                task.cancel()
        self._store.close()
        self.ledger.close()

    async def _forget(self) -> None:
        """Let events go when their months are over, a few at a time."""
        zone = ZoneInfo(self.config.timezone)
        while True:
            await asyncio.sleep(FORGET_EVERY_S)
            before = first_kept(self.clock.now(), zone, self.config.store.keep_months)
            try:
                gone = 1
                while gone:
                    gone = await self._store.do(partial(self.ledger.forget, before))
                    await asyncio.sleep(FORGET_PAUSE_S)
            except sqlite3.Error as error:
                log.warning("%s: nothing deleted: %s", self.config.ledger_path(), error)

    async def _keep(self, mirror: Mirror) -> None:
        while True:
            try:
                work = await self._store.do(mirror.take)
                if work is not None:
                    result = await asyncio.to_thread(mirror.send, work)
                    await self._store.do(partial(mirror.settle, result))
            except sqlite3.Error as error:  # what is not marked as written is written again
                log.error("%s: %s; trying on", self.config.ledger_path(), error)
                await asyncio.sleep(RETRY_S)
            await asyncio.sleep(mirror.wait_s)


def serve(config: CollectorConfig) -> None:
    """Run a collector until SIGINT or SIGTERM."""
    asyncio.run(_serve(config))


async def _serve(config: CollectorConfig) -> None:
    collector = Collector(config, SystemClock())
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await collector.run(stop)
