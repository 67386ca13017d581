"""Where the pages are served."""

import socket

import pytest
from starlette.applications import Starlette

from gateway.pages import PagesError
from gateway.pages.serving import make_server


def test_a_port_that_is_taken_is_named_with_what_to_do() -> None:
    """One line, before anything else of the gateway runs."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PagesError, match=f"127.0.0.1, port {port}: .*another `host` or `port`"):
            make_server(Starlette(), "127.0.0.1", port)


def test_an_address_that_is_not_ours_is_named() -> None:
    """Such as a typing error in the config."""
    with pytest.raises(PagesError, match=r"192\.0\.2\.1, port 8080"):
        make_server(Starlette(), "192.0.2.1", 8080)
