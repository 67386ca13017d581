"""The proxy does to a connection what its faults say, and nothing else."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.proxy import ANSWERS, BOTH, Faults, Proxy, ProxyError, obey, read_faults
from tests.integration.rig import DEADLINE_S, free_port, until

ROOT = Path(__file__).parents[2]
PING = b"ping" * 4


class Echo:
    """A server that says again what it hears. `pieces`: sizes as they arrived; `ended`: how each
    connection did, `fin` or `reset`."""

    def __init__(self) -> None:
        self.pieces: list[int] = []
        self.ended: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, name="echo", daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # else `accept` goes on
        self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                one, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(one,), daemon=True).start()

    def _serve(self, one: socket.socket) -> None:
        with one:
            try:
                while data := one.recv(65_536):
                    self.pieces.append(len(data))
                    one.sendall(data)
                self.ended.append("fin")
            except OSError:
                self.ended.append("reset")


@pytest.fixture
def echo() -> Iterator[Echo]:
    """A server behind the proxy."""
    one = Echo()
    yield one
    one.close()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    """Without faults."""
    with Proxy(("127.0.0.1", echo.port)) as one:
        yield one


@pytest.fixture
def client(proxy: Proxy) -> Iterator[socket.socket]:
    """Connected through the proxy, and it works."""
    with connect(proxy) as one:
        assert ask(one) == PING
        yield one


def connect(proxy: Proxy) -> socket.socket:
    """A connection to the proxy."""
    return socket.create_connection(("127.0.0.1", proxy.port), DEADLINE_S)


def ask(client: socket.socket, said: bytes = PING) -> bytes:
    """Say something; as many bytes of the answer."""
    client.sendall(said)
    heard = b""
    while len(heard) < len(said):
        more = client.recv(65_536)
        assert more, f"it has ended after {heard!r}"
        heard += more
    return heard


def is_silent(client: socket.socket) -> bool:
    """Whether nothing comes for a while, not even an end."""
    client.settimeout(0.2)
    try:
        client.recv(1)
    except TimeoutError:
        return True
    else:
        return False
    finally:
        client.settimeout(DEADLINE_S)


def test_without_faults_all_passes_unchanged(client: socket.socket, echo: Echo) -> None:
    """Also a megabyte, while the answers come back."""
    said = bytes(range(256)) * 4096
    sender = threading.Thread(target=client.sendall, args=(said,))
    sender.start()
    heard = b""
    while len(heard) < len(said):
        heard += client.recv(1 << 20)
    sender.join()
    assert heard == said
    client.close()
    until(lambda: echo.ended == ["fin"], "the server hears of the end")


def test_latency_holds_each_direction_up(client: socket.socket, proxy: Proxy) -> None:
    """There and back are twice as late; and nothing is overtaken."""
    proxy.set(Faults(latency_ms=100))
    begun = time.monotonic()
    client.sendall(b"first")
    assert ask(client, b"second")[:5] == b"first"
    assert time.monotonic() - begun >= 0.2


def test_slices_let_it_trickle(client: socket.socket, proxy: Proxy, echo: Echo) -> None:
    """The bytes are the same."""
    proxy.set(Faults(slices=1))
    echo.pieces.clear()
    said = bytes(range(100))
    assert ask(client, said) == said
    assert sum(echo.pieces) == 100
    assert len(echo.pieces) > 10, "it came in a few large pieces"


def test_a_black_hole_accepts_and_swallows(client: socket.socket, proxy: Proxy, echo: Echo) -> None:
    """Old connections and new ones; when it heals, those that have a hole end by a reset."""
    proxy.set(Faults(swallow=BOTH))
    heard = len(echo.pieces)
    with connect(proxy) as other:
        for one in (client, other):
            one.sendall(PING)
            assert is_silent(one)
        assert len(echo.pieces) == heard
        proxy.heal()
        for one in (client, other):
            with pytest.raises(ConnectionResetError):
                one.recv(1)
    with connect(proxy) as fresh:
        assert ask(fresh) == PING


def test_swallowed_answers_leave_the_server_with_what_was_said(
    client: socket.socket, proxy: Proxy, echo: Echo
) -> None:
    """Only the way back is broken."""
    proxy.set(Faults(swallow=ANSWERS))
    for _ in range(2):
        heard = len(echo.pieces)
        client.sendall(PING)
        until(lambda heard=heard: len(echo.pieces) > heard, "the server hears it")  # type: ignore[misc]
        assert is_silent(client)
    proxy.heal()
    with pytest.raises(ConnectionResetError):
        client.recv(1)


def test_a_connection_without_a_hole_lives_on(client: socket.socket, proxy: Proxy) -> None:
    """It was idle while others were swallowed."""
    proxy.set(Faults(swallow=BOTH))
    proxy.heal()
    assert ask(client) == PING


def test_cut_is_an_end_for_both(client: socket.socket, proxy: Proxy, echo: Echo) -> None:
    """Of those that live; the next may come."""
    proxy.cut()
    assert client.recv(1) == b""
    until(lambda: echo.ended == ["fin"], "the server hears of the end")
    with connect(proxy) as other:
        assert ask(other) == PING


def test_reset_is_a_reset_for_both(client: socket.socket, proxy: Proxy, echo: Echo) -> None:
    """Not an end in order."""
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    until(lambda: echo.ended == ["reset"], "the server is reset")
    assert proxy.connections == 0


def test_half_closed_the_client_does_not_know(
    client: socket.socket, proxy: Proxy, echo: Echo
) -> None:
    """It talks to nobody, until the fault is taken back."""
    proxy.half_close()
    until(lambda: echo.ended == ["fin"], "the server hears of the end")
    client.sendall(PING)
    assert is_silent(client)
    proxy.heal()
    with pytest.raises(ConnectionResetError):
        client.recv(1)


def test_refusing_nobody_gets_in_until_it_heals(client: socket.socket, proxy: Proxy) -> None:
    """And who was in is out; the port stays the same."""
    proxy.set(Faults(refuse=True))
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.heal()
    with connect(proxy) as other:
        assert ask(other) == PING


def test_without_a_server_the_client_is_reset(proxy: Proxy, echo: Echo) -> None:
    """As soon as that is known, which may be while it still connects."""

    def visit() -> bytes:
        with connect(proxy) as client:
            return client.recv(1)

    echo.close()
    with pytest.raises(ConnectionResetError):
        visit()


def test_a_taken_port_is_said_so(proxy: Proxy) -> None:
    """Instead of a trace."""
    with pytest.raises(ProxyError, match=f"port {proxy.port}"):
        Proxy(("127.0.0.1", 1), proxy.port).__enter__()


def test_faults_are_read_from_words(proxy: Proxy, client: socket.socket) -> None:
    """As on the command line and at the prompt; what is none is refused by name."""
    words = ["latency=200", "slices=3", "swallow-answers", "refuse"]
    assert read_faults(words) == Faults(200, 3, ANSWERS, True)
    assert read_faults(["blackhole"]) == Faults(swallow=BOTH)
    for bad in ("latency", "latency=x", "slices=-1", "fire"):
        with pytest.raises(ProxyError, match=re.escape(repr(bad))):
            read_faults([bad])
    obey(proxy, "cut\n")
    assert client.recv(1) == b""


def test_by_hand_it_passes_on_what_is_said_and_ends_with_ctrl_c(echo: Echo) -> None:
    """The command of the help, with a fault typed while it runs."""
    port = free_port()
    command = [sys.executable, "-m", "tests.faults.proxy", "--listen", str(port)]
    command += ["--to", f"127.0.0.1:{echo.port}", "--fault", "slices=5"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdin and running.stdout
        assert f"127.0.0.1:{port}" in running.stdout.readline()
        with socket.create_connection(("127.0.0.1", port), DEADLINE_S) as client:
            assert ask(client) == PING
            running.stdin.write("reset\n")
            running.stdin.flush()
            assert "reset" in running.stdout.readline()
            with pytest.raises(ConnectionResetError):
                client.recv(1)
        running.send_signal(signal.SIGINT)
        assert running.wait(DEADLINE_S) == 130


def test_help_shows_faults_and_examples() -> None:
    """And a fault that is none ends with a message."""
    command = [sys.executable, "-m", "tests.faults.proxy"]
    said = subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, text=True).stdout
    assert "--fault latency=200" in said and "swallow-answers" in said
    wrong = [*command, "--listen", "0", "--to", "127.0.0.1:1", "--fault", "fire"]
    ended = subprocess.run(wrong, cwd=ROOT, capture_output=True, text=True)
    assert (ended.returncode, "'fire' is no fault" in ended.stderr) == (2, True)
