"""A box whose link is TLS with a pinned authority, and whose time comes from the gateway's address.

The keys in `tls/` were made for this test and open nothing else; `tls/README` says how.
"""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.pico.hostile import pass_on
from tests.pico.rig import open_office, run_board, thanked

KEYS = Path(__file__).with_name("tls")
_EPOCH = 2_208_988_800  # seconds from 1900 to 1970


@contextmanager
def tls_before(port: int) -> Iterator[int]:
    """A server whose TLS ends here, and goes on as TCP to `port`; gives its own port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(KEYS / "server.pem")
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                plain, _ = server.accept()
            except OSError:
                return
            try:
                here = context.wrap_socket(plain, server_side=True)
            except OSError:  # the box does not trust us
                continue
            there = socket.create_connection(("127.0.0.1", port))
            for ends in ((here, there), (there, here)):
                threading.Thread(target=pass_on, args=ends, daemon=True).start()

    threading.Thread(target=serve, name="tls", daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


@contextmanager
def time_server() -> Iterator[int]:
    """Answers as RFC 4330 says; gives its port."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                query, address = server.recvfrom(100)
            except OSError:
                return
            now = time.time()
            stamp = struct.pack("!II", int(now) + _EPOCH, int(now % 1 * (1 << 32)))
            head = bytes([0x24, 2]) + bytes(22)
            server.sendto(head + query[40:48] + bytes(8) + stamp, address)

    threading.Thread(target=serve, name="ntp", daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        server.close()


def test_with_the_pinned_authority_presses_arrive_and_know_their_time(tmp_path: Path) -> None:
    """NTP first, then TLS."""
    with open_office(tmp_path) as office, tls_before(office.port) as port, time_server() as ntp:
        lines = run_board("board_tls.py", port, ntp, KEYS / "ca.der", 60_000)
        assert "done True" in lines, lines
        assert office.presses() == thanked(lines)
        assert office.clocks() == ["set", "set"]


def test_a_broker_of_another_authority_is_not_talked_to(tmp_path: Path) -> None:
    """Presses are kept; no byte of them, nor of the password, goes out."""
    with open_office(tmp_path) as office, tls_before(office.port) as port, time_server() as ntp:
        lines = run_board("board_tls.py", port, ntp, KEYS / "other.der", 5_000)
        assert "done False" in lines
        assert "connects 0" in lines
        assert office.presses() == []
    dropped = next(line for line in lines if line.startswith("dropped"))
    assert "not correctly signed by the trusted CA" in dropped


def test_without_the_time_no_certificate_is_looked_at(tmp_path: Path) -> None:
    """Buttons answer, and records wait."""
    with open_office(tmp_path) as office, tls_before(office.port) as port:
        lines = run_board("board_tls.py", port, 1, KEYS / "ca.der", 5_000)
        assert "connects 0" in lines
        assert len(thanked(lines)) == 2
        assert office.presses() == []
