"""The pages as a part of the running gateway: they are served while it runs, beside its queue."""

import contextlib
import os
import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.config import OfficeConfig
from gateway.kiosk import Kiosk
from gateway.pages.drawing import Office, Store
from gateway.pages.hub import Hub
from gateway.pages.kiosk import Publish
from gateway.pages.serving import make_server
from gateway.pages.site import make_site
from gateway.pages.views import device_lines
from gateway.reception import Reception
from wire.clock import Clock
from wire.records import State

_SECRET_BYTES = 32


class Front:
    """Serves the pages of one office; PagesError if it cannot. `after`: called at each change that
    a page has made; `publish`: to the office's devices; `said`: what they say of themselves;
    `fault`: what is wrong with the gateway itself."""

    def __init__(
        self,
        config: OfficeConfig,
        reception: Reception,
        store: Store,
        clock: Clock,
        after: Callable[[], None],
        kiosk: Kiosk,
        publish: Publish,
        said: Mapping[str, State],
        fault: Callable[[], str],
    ) -> None:
        self.hub = Hub(after)
        titles = {s.id: {"uk": s.title, "en": s.title_en} for s in config.service}
        queue = config.queue
        classes = {
            id_: {"uk": queue.class_titles.get(id_, ""), "en": queue.class_titles_en.get(id_, "")}
            for id_ in queue.classes
        }
        letters = {service.id: service.letter for service in config.service}
        office = Office(config.name, titles, config.clerk, classes, letters)
        secret = read_secret(config.secret_path())
        draw = random.SystemRandom()
        app = make_site(
            *(office, reception, store, self.hub, clock, secret, draw, kiosk, publish),
            devices=lambda: device_lines(config.device, said, fault()),
            framed_by=config.pages.framed_by,
        )
        self._server = make_server(app, config.pages.host, config.pages.port)

    async def run(self) -> None:
        """Serve until `close`."""
        await self._server.serve()

    def close(self) -> None:
        """End the streams, then the server."""
        self.hub.close()
        self._server.should_exit = True


def read_secret(path: Path) -> str:
    """The secret that signs the sessions: a restart logs nobody out. Made if there is none; anew if
    it is not a whole one, with which anybody could be any clerk."""
    with contextlib.suppress(FileNotFoundError):
        secret = path.read_text("ascii", "replace").strip()
        if re.fullmatch(f"[0-9a-f]{{{2 * _SECRET_BYTES}}}", secret):
            return secret
    secret = os.urandom(_SECRET_BYTES).hex()
    new = path.with_name(path.name + ".new")
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "w") as out:
        out.write(secret + "\n")
        out.flush()
        os.fsync(out.fileno())
    new.replace(path)
    return secret
