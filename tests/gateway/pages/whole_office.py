"""An office's pages over the gateway's own parts; only the network is missing."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.pages.front import Front
from gateway.queue_config import Pages
from tests.gateway.bench import Bench
from tests.gateway.pages.office import PagesOffice
from wire.pump import StoreThread


class WholeOffice(PagesOffice):
    """As `PagesOffice`, but of the gateway's own parts, from what devices send to the pages.
    `config`: of `tests.gateway.bench.config`."""

    def __init__(self, folder: Path, **config: Any) -> None:
        self._config = config
        super().__init__(folder)

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
        return Bench(self._folder, pages=Pages(port=self.port), **self._config)


@contextmanager
def opened(folder: Path, **config: Any) -> Iterator[WholeOffice]:
    """An open one, in which nothing has happened yet."""
    office = WholeOffice(folder, **config)
    try:
        yield office
    finally:
        office.stop()
