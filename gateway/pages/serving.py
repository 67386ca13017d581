"""Serves the pages from within the gateway's event loop."""

import contextlib
import os
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from gateway.pages import PagesError

_PATIENCE_S = 1  # streams never end by themselves
_KEEP_S = 75  # a clerk's next click needs no new connection


class Server(uvicorn.Server):
    """uvicorn without its signal handlers, which are the gateway's, on a socket of ours, as uvicorn
    ends the process when it cannot have one."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._socket = _listen(config.host, config.port)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until `should_exit`."""
        await super().serve([self._socket])

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def make_server(app: ASGIApp, host: str, port: int) -> Server:
    """A server to be run by `serve()`, and ended by `should_exit` = True; PagesError if it cannot
    be. It logs warnings only: who looked at which page is nobody's business."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_PATIENCE_S,
        timeout_keep_alive=_KEEP_S,
        ws="none",
    )
    return Server(config)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise PagesError(host, port, os.strerror(error.errno or 0)) from None
