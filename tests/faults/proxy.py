"""A TCP proxy that spoils the connections that go through it.

By hand: `python -m tests.faults.proxy --help`.

What it can do, at any moment and to connections that live already:

- `latency`: each piece arrives that much later, in order;
- `slices`: no more than that many bytes arrive in a millisecond, one after the other;
- `swallow`: what is sent arrives nowhere, in both directions or from server to client only;
- `refuse`: nobody listens any more, and who was connected is reset;
- `cut`, `reset`, `half_close`: connections end now, by FIN, by RST, or for the server's side only.

TCP never delivers a stream with a hole. So a connection of which something was swallowed, or whose
other half is closed, ends by RST when the faults are taken back: as after a router's restart.
"""

import argparse
import asyncio
import contextlib
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")
Place = tuple[str, int]
_Way = asyncio.Queue[tuple[float, bytes]]  # (when it is due, bytes; none at the end)

MOST_CONNECTIONS = 200
_PIECE = 65_536  # bytes read at a time
_MOST_UNDER_WAY = 64  # pieces of one direction that latency holds; then the sender has to wait
_SLICE_S = 0.001
_PATIENCE_S = 10.0
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 s
BOTH, ANSWERS = "both", "answers"


class ProxyError(RuntimeError):
    """The proxy cannot do that; the message says why."""


@dataclass(frozen=True)
class Faults:
    """What is done to all connections from now on.

    `latency_ms`: 0 for none. `slices`: bytes a ms, 0 for as they come. `swallow`: in `BOTH`
    directions, only the server's `ANSWERS`, or "" for none.
    """

    latency_ms: float = 0.0
    slices: int = 0
    swallow: str = ""
    refuse: bool = False


class Proxy:
    """A proxy to the server at `to`, on loopback; a context manager. `port`: 0 for any free one.

    All of it happens in a thread of its own, which ends with the block.
    """

    def __init__(self, to: Place, port: int = 0) -> None:
        self.to = to
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy")
        self._inside = _Inside(to)

    def set(self, faults: Faults) -> None:
        """These faults and no others from now on."""
        self._do(self._inside.set(faults))

    def heal(self) -> None:
        """No faults from now on."""
        self.set(Faults())

    def cut(self) -> None:
        """All connections end, in order: both sides get a FIN."""
        self._do(self._inside.end(_Connection.cut))

    def reset(self) -> None:
        """All connections end at once: both sides get a RST."""
        self._do(self._inside.end(_Connection.reset))

    def half_close(self) -> None:
        """The server is told that its clients have gone; the clients hear nothing of it."""
        self._do(self._inside.half_close())

    @property
    def connections(self) -> int:
        """How many live now."""
        return len(self._inside.connections)

    @property
    def accepted(self) -> int:
        """How many there have been."""
        return self._inside.accepted

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self.port = self._do(self._inside.listen(self.port))
        except OSError as error:
            self._end_thread()
            raise ProxyError(f"cannot listen at port {self.port}: {error.strerror}") from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._do(self._inside.close())
        self._end_thread()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_S)

    def _end_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE_S)
        self._loop.close()


class _Inside:
    """The proxy within its loop."""

    def __init__(self, to: Place) -> None:
        self.faults = Faults()
        self.connections: set[_Connection] = set()
        self.accepted = 0
        self._to = to
        self._port = 0
        self._server: asyncio.Server | None = None

    async def listen(self, port: int) -> int:
        """Listen at `port`; returns which one it is."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        self._server = server
        self._port = server.sockets[0].getsockname()[1]
        return self._port

    async def set(self, faults: Faults) -> None:
        """Change over to `faults`."""
        healing = self.faults.swallow and not faults.swallow
        self.faults = faults
        if faults.refuse and self._server is not None:
            self._server.close()
            self._server = None
        if faults.refuse:
            await self.end(_Connection.reset)
        elif self._server is None:
            await self.listen(self._port)
        for connection in list(self.connections):
            if connection.is_odd or (healing and connection.has_hole):
                connection.reset()

    async def end(self, how: "Callable[[_Connection], None]") -> None:
        """End all connections and wait until they have gone."""
        ending = list(self.connections)
        for connection in ending:
            how(connection)
        await asyncio.gather(*(connection.gone.wait() for connection in ending))

    async def half_close(self) -> None:
        """Close the half towards the server of all connections."""
        for connection in self.connections:
            connection.half_close()

    async def close(self) -> None:
        """End all."""
        if self._server is not None:
            self._server.close()
        await self.end(_Connection.reset)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self.connections) >= MOST_CONNECTIONS:
            _abort(writer)
            return
        self.accepted += 1
        connection = _Connection(self, reader, writer)
        self.connections.add(connection)
        try:
            await connection.run(self._to)
        finally:
            self.connections.discard(connection)
            connection.gone.set()


class _Connection:
    """One client's connection, and ours to the server. `has_hole`: something was swallowed.
    `is_odd`: its server thinks that it has ended."""

    def __init__(
        self, proxy: _Inside, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.gone = asyncio.Event()
        self.has_hole = False
        self.is_odd = False
        self._proxy = proxy
        self._reader = reader
        self._writers = [writer]
        self._ending = asyncio.Event()

    async def run(self, to: Place) -> None:
        """Pass on until one side has ended, or we have."""
        client = self._writers[0]
        _hurry(client)
        try:
            answers, server = await asyncio.open_connection(*to)
        except OSError:
            _abort(client)
            return
        _hurry(server)
        self._writers.append(server)
        up, down = _Way(_MOST_UNDER_WAY), _Way(_MOST_UNDER_WAY)
        ends = [
            asyncio.create_task(self._deliver(up, server, False)),
            asyncio.create_task(self._deliver(down, client, True)),
            asyncio.create_task(self._ending.wait()),
        ]
        readers = [
            asyncio.create_task(self._take_in(self._reader, up)),
            asyncio.create_task(self._take_in(answers, down)),
        ]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in (*ends, *readers):
            task.cancel()
        await asyncio.gather(*ends, *readers, return_exceptions=True)
        for writer in self._writers:
            writer.close()

    def cut(self) -> None:
        """A FIN to both sides."""
        for writer in self._writers:
            writer.close()
        self._ending.set()

    def reset(self) -> None:
        """A RST to both sides."""
        for writer in self._writers:
            _abort(writer)
        self._ending.set()

    def half_close(self) -> None:
        """A FIN to the server; the client goes on talking to nobody."""
        self.is_odd = True
        if len(self._writers) > 1:
            self._writers[1].write_eof()

    async def _take_in(self, reader: asyncio.StreamReader, way: "_Way") -> None:
        try:
            while data := await reader.read(_PIECE):
                await way.put((self._later(), data))
            await way.put((self._later(), b""))
        except OSError:
            self.reset()  # as it came to us

    async def _deliver(self, way: "_Way", writer: asyncio.StreamWriter, answers: bool) -> None:
        while True:
            due, data = await way.get()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            if not data:
                break
            try:
                for piece in _pieces(data, self._proxy.faults.slices):
                    await self._write(piece, writer, answers)
                    if self._proxy.faults.slices:
                        await asyncio.sleep(_SLICE_S)
            except OSError:
                self.reset()
        if answers and self.is_odd:  # the client is not told
            await self._ending.wait()

    def _later(self) -> float:
        return asyncio.get_running_loop().time() + self._proxy.faults.latency_ms / 1000

    async def _write(self, piece: bytes, writer: asyncio.StreamWriter, answers: bool) -> None:
        swallow = self._proxy.faults.swallow
        if swallow == BOTH or (swallow == ANSWERS and answers) or (self.is_odd and not answers):
            self.has_hole = True
        else:
            writer.write(piece)
            await writer.drain()


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    """`data` in pieces of `size` bytes; 0: whole."""
    size = size or len(data)
    return (data[at : at + size] for at in range(0, len(data), size))


def _hurry(writer: asyncio.StreamWriter) -> None:
    """Small pieces are to go at once, or slices would be put together again."""
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _abort(writer: asyncio.StreamWriter) -> None:
    """RST instead of FIN."""
    with contextlib.suppress(OSError):  # it may have ended by itself
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


_EXAMPLES = """examples:
  python -m tests.faults.proxy --listen 18830 --to 127.0.0.1:1883
  python -m tests.faults.proxy --listen 18830 --to 127.0.0.1:1883 --fault latency=200
  python -m tests.faults.proxy --listen 18830 --to 127.0.0.1:1883 --fault slices=3 --for 60

Point a program's [broker] or [uplink] at the port that it listens on. While it runs, type a fault
and Enter, e.g. `latency=200 slices=3`, `reset`, `heal`; Ctrl+C ends it.
"""
_FAULTS = """faults, to be put together as you like:
  latency=MS        each piece arrives that much later
  slices=BYTES      at most so many bytes a millisecond
  blackhole         connections are accepted, but nothing arrives in either direction
  swallow-answers   nothing arrives at the client
  refuse            nobody listens
at the prompt only, to those connected now:
  cut  reset  half-close  heal
"""


def read_faults(words: Sequence[str]) -> Faults:
    """The faults that `words` name; raises ProxyError for one that is none."""
    kept: dict[str, Any] = {}
    for word in words:
        name, _, value = word.partition("=")
        if name in ("latency", "slices") and value.isdigit():
            kept["latency_ms" if name == "latency" else name] = int(value)
        elif word in ("blackhole", "swallow-answers"):
            kept["swallow"] = BOTH if word == "blackhole" else ANSWERS
        elif word == "refuse":
            kept["refuse"] = True
        else:
            raise ProxyError(f"{word!r} is no fault: see --help")
    return Faults(**kept)


def obey(proxy: Proxy, line: str) -> None:
    """Do what a line of the prompt says; raises ProxyError if it cannot be understood."""
    now = {
        "cut": proxy.cut,
        "reset": proxy.reset,
        "half-close": proxy.half_close,
        "heal": proxy.heal,
    }
    if line.strip() in now:
        now[line.strip()]()
    elif line.split():
        proxy.set(read_faults(line.split()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run by hand; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    host, _, port = chosen.to.rpartition(":")
    try:
        faults = read_faults(chosen.fault)
        with Proxy((host, int(port)), chosen.listen) as proxy:
            proxy.set(faults)
            _say(f"127.0.0.1:{proxy.port} → {chosen.to}: {faults}")
            prompt = threading.Thread(target=_prompt, args=(proxy,), daemon=True)
            prompt.start()
            threading.Event().wait(chosen.seconds)
            _say(f"ends after {chosen.seconds:g} s")
    except KeyboardInterrupt:
        return 130
    except (ProxyError, ValueError) as error:
        sys.stderr.write(f"tests.faults.proxy: {error}\n")
        return 2
    return 0


def _prompt(proxy: Proxy) -> None:
    for line in sys.stdin:
        try:
            obey(proxy, line)
            _say(f"{line.strip()}; {proxy.connections} connections live")
        except ProxyError as error:
            _say(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.proxy",
        description=f"A TCP proxy that spoils the connections that go through it.\n\n{_FAULTS}",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--listen", type=int, required=True, metavar="PORT", help="on 127.0.0.1")
    parser.add_argument("--to", required=True, metavar="HOST:PORT", help="the server")
    parser.add_argument("--fault", action="append", default=[], help="from the beginning; several")
    parser.add_argument(
        "--for", dest="seconds", type=float, default=3600.0, metavar="S", help="then end (3600)"
    )
    return parser


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
