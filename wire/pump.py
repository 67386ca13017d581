"""From a link into a store, group by group: what arrives, one transaction, what comes of it."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from wire.link import Incoming, Link, Outgoing

log = logging.getLogger("talon.store")

T = TypeVar("T")

GROUP = 500  # messages in one transaction, at most
RETRY_S = 2.0  # after the disk refused


class StoreThread:
    """The one thread that touches a program's database."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="talon-store")

    async def do(self, work: Callable[[], T]) -> T:
        """Run `work` there and wait for it; the network goes on meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        """Finish what has begun, then end the thread."""
        self._thread.shutdown()


class Pump:
    """Hands what `link` brings to `handle` and publishes what it returns.

    If the disk refuses, nothing is confirmed: the senders keep it and send it again. `path`: the
    database, for the error message. `fault`: what is wrong now, empty if nothing.
    """

    def __init__(
        self,
        link: Link,
        store: StoreThread,
        handle: Callable[[Sequence[Incoming]], list[Outgoing]],
        path: Path,
    ) -> None:
        self.fault = ""
        self._link = link
        self._store = store
        self._handle = handle
        self._path = path

    async def run(self, after: Callable[[], None]) -> None:
        """Pump until cancelled; `after` is called after each group."""
        while True:
            messages = await self._link.take(GROUP)
            try:
                outgoing = await self._store.do(partial(self._handle, messages))
            except sqlite3.Error as error:
                self._tell(error)
                await asyncio.sleep(RETRY_S)
                # A batch is placed in time by the moment at which it is handled, so none may wait.
                self._link.drop()
                continue
            if self.fault:
                log.info("%s can be written again", self._path)
                self.fault = ""
            await self._link.publish(outgoing)
            after()

    def _tell(self, error: sqlite3.Error) -> None:
        if not self.fault:
            log.error(
                "%s cannot be written: %s. Nothing is confirmed until it can, so nothing is lost; "
                "free space on that disk, or raise `limit_mb` in [store] if that is what it is",
                self._path,
                error,
            )
        self.fault = f"store: {error}"
