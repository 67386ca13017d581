"""A proxy in front of a real InfluxDB that does to its answers what networks and servers do.

In a test:

    with FaultProxy(influxd.url) as proxy:
        proxy.fault = "swallow"          # for every request from now on
        proxy.once("503", "garbage")     # for the next two, then as before

By hand: `python -m tests.faults.influx_proxy --help`.
"""

import argparse
import contextlib
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3

FAULTS = {
    "none": "pass all through",
    "swallow": "InfluxDB does it, the connection is closed without an answer",
    "late": "nothing for --late-s seconds, or until released; then InfluxDB does it",
    "bad-line": "400 for lines with --tag in them; InfluxDB gets the others",
    "401": "the login is wrong",
    "404": "the database is not there",
    "413": "a body of more than --most-bytes is too large",
    "429": "too many requests: Retry-After 1 s",
    "500": "a time-out inside InfluxDB, which does it all the same",
    "503": "overloaded: not done",
    "silent": "never answered, not done",
    "half": "InfluxDB does it, half of an answer comes",
    "garbage": "an answer that is not HTTP, not done",
    "refuse": "nobody listens",
}
_SAID = {
    "401": '{"error":"authorization failed"}',
    "404": '{"error":"database not found: \\"talon\\""}',
    "413": '{"error":"Request Entity Too Large"}',
    "429": '{"error":"too many requests"}',
    "500": '{"error":"timeout"}',
    "503": '{"error":"engine: cache-max-memory-size exceeded"}',
}
_MORE = {"429": {"Retry-After": "1"}}
_REFUSAL = '{"error":"partial write: field type conflict dropped=%d"}'
_PASSED_ON = ("Authorization", "Content-Type")
_SILENCE_S = 60.0


class FaultProxy:
    """A context manager; listens on loopback. `port`: 0 for any; the same all its life.

    `to`: URL of the real one. `tag`, `most_bytes`, `late_s`: for the faults that need them.
    """

    def __init__(
        self,
        to: str,
        port: int = 0,
        *,
        tag: str = "",
        most_bytes: int = 600,
        late_s: float = _SILENCE_S,
    ) -> None:
        self.tag = tag
        self.most_bytes = most_bytes
        self.late_s = late_s
        self.seen: Counter[str] = Counter()  # requests by the fault they met
        self.late_done = 0  # late requests that have been done by now
        self._to = to.rstrip("/")
        self._pool = urllib3.PoolManager(retries=False, timeout=20.0)
        self._fault = "none"
        self._next: deque[str] = deque()
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._closed = threading.Event()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._listen(port)

    @property
    def url(self) -> str:
        """Where it listens, or did before it refused."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def fault(self) -> str:
        """What every request meets; one of `FAULTS`."""
        return self._fault

    @fault.setter
    def fault(self, name: str) -> None:
        if name not in FAULTS:
            raise ValueError(f"{name!r} is no fault; one of: {', '.join(FAULTS)}")
        if name == "late":
            self._released.clear()
        self._fault = name
        if name == "refuse":
            self._deafen()
        elif self._server is None:
            self._listen(self._port)

    def once(self, *names: str) -> None:
        """What the next requests meet, one each."""
        with self._lock:
            self._next.extend(names)

    def release(self) -> None:
        """The late requests that are held now are done at once."""
        self._released.set()

    def __enter__(self) -> "FaultProxy":
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._released.set()
        self._deafen()

    def meet(self) -> str:
        """What a request that has just come meets."""
        with self._lock:
            name = self._next.popleft() if self._next else self._fault
            self.seen[name] += 1
            return name

    def do(self, request: "_Request", body: bytes) -> urllib3.BaseHTTPResponse:
        """Have the real one do it."""
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        return self._pool.request(
            request.command, self._to + request.path, body=body or None, headers=headers
        )

    def hold(self) -> bool:
        """Wait as long as a late request does; whether it is still to be done."""
        self._released.wait(self.late_s)
        return not self._closed.is_set()

    def be_silent(self) -> None:
        """Until the proxy is closed, or long enough."""
        self._closed.wait(_SILENCE_S)

    def _listen(self, port: int) -> None:
        self._server = _Server(port, self)
        self._port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="influx-proxy", daemon=True
        )
        self._thread.start()

    def _deafen(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # the silent ones
    allow_reuse_address = True

    def __init__(self, port: int, proxy: FaultProxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", port), _Request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone is what this is about."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """One request, and what becomes of it."""
        server = self.server
        assert isinstance(server, _Server)
        proxy = server.proxy
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        fault = proxy.meet()
        is_write = self.path.startswith(("/write", "/api/v2/write"))
        if fault == "bad-line" and is_write and proxy.tag.encode() in body:
            self._refuse_some(proxy, body)
        elif fault in ("swallow", "half", "late"):
            self._cut_short(proxy, body, fault)
        elif fault in ("silent", "garbage", "refuse"):
            self._do_nothing(proxy, fault)
        elif fault in _SAID and not (fault == "413" and len(body) <= proxy.most_bytes):
            if fault == "500":
                proxy.do(self, body)
            self._answer(int(fault), _SAID[fault].encode(), _MORE.get(fault, {}))
        else:
            answer = proxy.do(self, body)
            kept = {"Content-Type": answer.headers.get("Content-Type", "application/json")}
            self._answer(answer.status, answer.data, kept)

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Not on stderr."""

    def _refuse_some(self, proxy: FaultProxy, body: bytes) -> None:
        lines = body.split(b"\n")
        good = [line for line in lines if proxy.tag.encode() not in line]
        if good:
            proxy.do(self, b"\n".join(good))
        self._answer(400, (_REFUSAL % (len(lines) - len(good))).encode(), {})

    def _cut_short(self, proxy: FaultProxy, body: bytes, fault: str) -> None:
        self.close_connection = True
        if fault == "late" and not proxy.hold():
            return
        proxy.do(self, body)
        if fault == "late":
            proxy.late_done += 1
            self._answer(204, b"", {})  # nobody may be there to hear it
        elif fault == "half":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n" + b'{"results":[{"st')

    def _do_nothing(self, proxy: FaultProxy, fault: str) -> None:
        self.close_connection = True
        if fault == "silent":
            proxy.be_silent()
        elif fault == "garbage":
            self.wfile.write(b"SSH-2.0-nothing\r\n\x00\xff\xfe" * 20)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


_EXAMPLES = """
faults:
%s

examples:
  python -m tests.faults.influx_proxy --listen 18086 --to http://127.0.0.1:8086 --fault swallow
  python -m tests.faults.influx_proxy --to http://127.0.0.1:8086 --fault bad-line --tag desk=7
  python -m tests.faults.influx_proxy --to http://127.0.0.1:8086 --fault late --late-s 15
""" % "\n".join(f"  {name:9s} {text}" for name, text in FAULTS.items())


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve one fault until Ctrl+C, or for --seconds."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.influx_proxy",
        description="Stand between a collector and its InfluxDB, and do one kind of harm.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--listen", type=int, default=0, metavar="PORT", help="0: any (default)")
    parser.add_argument("--to", required=True, metavar="URL", help="the real InfluxDB")
    parser.add_argument("--fault", choices=FAULTS, default="none")
    parser.add_argument("--tag", default="desk=7", help="what makes a line bad (desk=7)")
    parser.add_argument("--most-bytes", type=int, default=600, metavar="N", help="for 413 (600)")
    parser.add_argument("--late-s", type=float, default=15.0, metavar="S", help="for late (15)")
    parser.add_argument("--seconds", type=float, default=86_400.0, metavar="S", help="how long")
    said = parser.parse_args(arguments)
    proxy = FaultProxy(
        said.to, said.listen, tag=said.tag, most_bytes=said.most_bytes, late_s=said.late_s
    )
    with proxy, contextlib.suppress(KeyboardInterrupt):
        proxy.fault = said.fault
        print(f"{proxy.url} -> {said.to}: {said.fault}; Ctrl+C ends it", flush=True)  # noqa: T201
        end = time.monotonic() + said.seconds
        while time.monotonic() < end:
            time.sleep(min(1.0, max(0.0, end - time.monotonic())))
    print(f"requests: {dict(proxy.seen)}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
