"""Serves the pages from within the gateway's event loop."""

import contextlib
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

_PATIENCE_S = 1  # streams never end by themselves
_KEEP_S = 75  # a clerk's next click needs no new connection


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: the gateway has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def make_server(app: ASGIApp, host: str, port: int) -> Server:
    """A server to be run by `serve()`, and ended by `should_exit` = True. It logs warnings only:
    who looked at which page is nobody's business."""
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
