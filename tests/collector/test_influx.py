"""What each answer of an InfluxDB means, and what exactly is sent to it."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Literal

import pytest

from collector.influx import Influx
from collector.influx_config import InfluxConfig
from collector.refusal import Missing, Refused, Unavailable
from collector.tally import FIELDS
from wire.config import ConfigError, read_config

LINES = (
    "visit,site=s1,service=a,desk=-,channel=- issued=3i 3600\n"
    "visit,site=s1,service=a,desk=вікно-2,channel=- issued=4i 7200"
)
WRITTEN = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
DEVICE = json.dumps(["time", *FIELDS["device"]])

Version = Literal[1, 2, 3]
both = pytest.mark.parametrize("version", [1, 2])


class Server:
    """Takes one request after another, keeps it as it came, and answers what it is told to."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.answer = WRITTEN
        self.speaks_first = b""
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def serve(self) -> None:
        """Answer until `close`, one connection at a time."""
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, suppress(ConnectionError):  # clients may go away at any time
                connection.sendall(self.speaks_first)
                self.requests.append(_read(connection))
                self.may_answer.wait()
                if self.answer:
                    connection.sendall(self.answer)

    def close(self) -> None:
        """Take no more connections."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def _read(connection: socket.socket) -> bytes:
    """One request: its head, and as much body as it announces; less if the other side gives up."""
    with connection.makefile("rb") as file:
        head = b""
        while not head.endswith(b"\r\n\r\n") and (line := file.readline()):
            head += line
        size = next(
            (
                int(text[15:])
                for text in head.lower().split(b"\r\n")
                if text.startswith(b"content-length:")
            ),
            0,
        )
        return head + file.read(size)


@contextmanager
def serving() -> Iterator[Server]:
    """A server in a thread of its own; whatever it failed at fails the test."""
    server = Server()
    with ThreadPoolExecutor(1, thread_name_prefix="tiny-influxdb") as pool:
        served = pool.submit(server.serve)
        try:
            yield server
        finally:
            server.may_answer.set()
            server.close()
            served.result()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that answers 204."""
    with serving() as one:
        yield one


def influx(url: str, version: Version, timeout_s: float = 5.0) -> Influx:
    """One that logs in the way its version does."""
    if version == 1:
        config = InfluxConfig(url=url, username="talon", password="p:w", timeout_s=timeout_s)
    else:
        config = InfluxConfig(
            url=url,
            version=version,
            database="my tallies",
            org="цнап",
            token="t0k=",
            timeout_s=timeout_s,
        )
    return Influx(config)


def answer(status: str, body: str = "", *headers: str) -> bytes:
    """A whole HTTP answer."""
    raw = body.encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(raw)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def request(*lines: str) -> list[str]:
    """The lines of a request's head, but its first, sorted: their order says nothing."""
    return [lines[0], *sorted(lines[1:])]


def head_and_body(raw: bytes) -> tuple[list[str], str]:
    """A request taken apart."""
    head, _, body = raw.decode().partition("\r\n\r\n")
    return request(*head.split("\r\n")), body


def test_1x_gets_its_lines_by_write_with_times_in_seconds(server: Server) -> None:
    """Each byte of the request that matters."""
    influx(server.url, 1).write(LINES)
    head, body = head_and_body(server.requests[0])
    assert head == request(
        "POST /write?db=talon&precision=s HTTP/1.1",
        f"Host: {server.url[7:]}",
        "Accept-Encoding: identity",
        f"Content-Length: {len(LINES.encode())}",
        "User-Agent: python-urllib3/" + metadata.version("urllib3"),
        "authorization: Basic dGFsb246cDp3",  # talon:p:w
        "Content-Type: text/plain; charset=utf-8",
    )
    assert body == LINES


@pytest.mark.parametrize("version", [2, 3])
def test_2x_and_3_get_their_lines_by_api_v2_write(server: Server, version: Version) -> None:
    """With organisation, bucket, precision and token."""
    influx(server.url, version).write(LINES)
    head, body = head_and_body(server.requests[0])
    assert head == request(
        "POST /api/v2/write?org=%D1%86%D0%BD%D0%B0%D0%BF&bucket=my+tallies&precision=s HTTP/1.1",
        f"Host: {server.url[7:]}",
        "Accept: application/json",
        "Accept-Encoding: identity",
        "Authorization: Token t0k=",
        f"Content-Length: {len(LINES.encode())}",
        "Content-Type: text/plain",
        f"User-Agent: influxdb-client-python/{metadata.version('influxdb-client')}",
    )
    assert body == LINES


def test_nobody_logs_in_where_no_login_is_set(server: Server) -> None:
    """An open InfluxDB 1.x, as Raspberry Pi OS has it."""
    Influx(InfluxConfig(url=server.url + "/")).write(LINES)
    head, _ = head_and_body(server.requests[0])
    assert head[0] == "POST /write?db=talon&precision=s HTTP/1.1"
    assert not [line for line in head if line.lower().startswith("authorization")]


PARTIAL = '{"error":"partial write: field type conflict dropped=1"}'
PARSE_2 = '{"code":"invalid","message":"unable to parse \'x\'"}'
PARTIAL_3 = '{"error":"partial write","data":[{"line_number":2,"error_message":"no"}]}'


@both
@pytest.mark.parametrize(
    ("played", "said"),
    [
        (answer("400 Bad Request", PARTIAL), "(400): partial write: field type conflict dropped=1"),
        (answer("400 Bad Request", PARSE_2), "(400): unable to parse 'x'"),
        (answer("400 Bad Request", PARTIAL_3), "'error_message': 'no'"),
        (answer("422 Unprocessable Entity", "beyond\nretention"), "(422): beyond retention"),
        (answer("400 Bad Request"), "(400): no reason given"),
    ],
)
def test_lines_at_fault_are_refused_with_the_reason(
    server: Server, version: Version, played: bytes, said: str
) -> None:
    """As each version words it."""
    server.answer = played
    with pytest.raises(Refused) as caught:
        influx(server.url, version).write(LINES)
    assert server.url in caught.value.reason
    assert said in caught.value.reason
    assert not caught.value.too_many


@both
def test_too_many_lines_are_refused_as_too_many(server: Server, version: Version) -> None:
    """A proxy's page, not InfluxDB's."""
    server.answer = answer("413 Request Entity Too Large", "<html>too large</html>")
    with pytest.raises(Refused) as caught:
        influx(server.url, version).write(LINES)
    assert caught.value.too_many


@both
@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        ("401 Unauthorized", "Check `"),
        ("403 Forbidden", "Grant this login"),
        ("404 Not Found", "that there is a"),
        ("429 Too Many Requests", "asked again"),
        ("500 Internal Server Error", "own log"),
        ("503 Service Unavailable", "own log"),
        ("200 OK", "not how InfluxDB answers"),
        ("302 Found", "not how InfluxDB answers"),
        ("408 Request Timeout", "not how InfluxDB answers"),
    ],
)
def test_other_answers_mean_later_and_say_what_to_do(
    server: Server, version: Version, status: str, remedy: str
) -> None:
    """Also those that look like success but come from a captive portal, and no way is followed."""
    server.answer = answer(status, '{"error":"because"}', "Location: /elsewhere")
    with pytest.raises(Unavailable) as caught:
        influx(server.url, version).write(LINES)
    assert f"{server.url} answered {status[:3]}: " in caught.value.reason
    assert remedy in caught.value.reason
    assert isinstance(caught.value, Missing) == status.startswith("404")
    assert caught.value.unclear is not status.startswith("4")  # a 5xx may have been done
    assert len(server.requests) == 1


@both
@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120.0), ("0", 0.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0), ("-5", 0.0)],
)
def test_a_429_says_when_to_come_back(
    server: Server, version: Version, header: str, seconds: float
) -> None:
    """In seconds; what is no number of seconds is left to the back-off."""
    server.answer = answer("429 Too Many Requests", "", f"Retry-After: {header}")
    with pytest.raises(Unavailable) as caught:
        influx(server.url, version).write(LINES)
    assert caught.value.retry_after_s == seconds


@both
def test_a_204_that_comes_too_late_is_no_204(server: Server, version: Version) -> None:
    """The lines were written, and will be written again."""
    server.may_answer.clear()
    with pytest.raises(Unavailable, match=r"did not answer within 0\.2 s") as caught:
        influx(server.url, version, timeout_s=0.2).write(LINES)
    assert caught.value.unclear
    server.may_answer.set()


@both
@pytest.mark.parametrize(
    "played",
    [
        b"",  # the connection is closed
        b"\x00\x01garbage\r\n\r\n",
        b"HTTP/1.1 2",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\n\xff\xfe\xff",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\xff\xfe\xff",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\ncut",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz",
    ],
)
def test_a_broken_answer_means_later(server: Server, version: Version, played: bytes) -> None:
    """Nothing but a 204 confirms a write."""
    server.answer = played
    with pytest.raises(Unavailable, match=server.url):
        influx(server.url, version).write(LINES)
    assert len(server.requests) == 1  # no retries of its own


@both
def test_nobody_listening_means_later(version: Version) -> None:
    """… and the error says what to check."""
    with serving() as server:
        url = server.url
    with pytest.raises(
        Unavailable, match=f"{url} cannot be reached: .*Check that InfluxDB runs"
    ) as caught:
        influx(url, version).write(LINES)
    assert not caught.value.unclear
    with pytest.raises(Unavailable, match="cannot be reached"):
        influx(url, version).read("visit", 0, 1)


def test_tls_to_a_port_without_it_means_later(server: Server) -> None:
    """influxdb-client reports that one in a way of its own."""
    server.speaks_first = b"this is no TLS\r\n"
    with pytest.raises(Unavailable, match="cannot be reached"):
        influx(server.url.replace("http", "https"), 2).write(LINES)


def test_create_makes_the_database_of_1x(server: Server) -> None:
    """By a POST: 1.x refuses to change anything by a GET."""
    server.answer = answer("200 OK", '{"results":[{"statement_id":0}]}')
    Influx(InfluxConfig(url=server.url, database='t"n')).create()
    head, body = head_and_body(server.requests[0])
    assert head[0] == "POST /query HTTP/1.1"
    assert "Content-Type: application/x-www-form-urlencoded" in head
    assert body == "q=CREATE+DATABASE+%22t%5C%22n%22"


@pytest.mark.parametrize("version", [2, 3])
def test_create_leaves_buckets_to_their_administrator(server: Server, version: Version) -> None:
    """2.x has them made by hand, 3 makes them itself."""
    influx(server.url, version).create()
    assert server.requests == []


@pytest.mark.parametrize("version", [1, 2, 3])
def test_read_asks_in_influxql_and_gives_rows_as_the_ledger_does(
    server: Server, version: Version
) -> None:
    """Ordered by hour, then tags; a field that an old point lacks is 0."""
    server.answer = answer(
        "200 OK",
        '{"results":[{"statement_id":0,"series":['
        f'{{"name":"device","tags":{{"node":"n2","site":"s"}},"columns":{DEVICE},'
        '"values":[[3600,1,0,0,0,0,0,0,0,0,0],[7200,2,0,0,0,null,null,0,0,null,null]]},'
        f'{{"name":"device","tags":{{"node":"n1","site":"s"}},"columns":{DEVICE},'
        '"values":[[7200,9,8,7,6,5,4,3,2,1,0]]}]}]}',
    )
    rows = influx(server.url, version).read("device", 3600, 1 << 50)
    assert rows == [
        (3600, ("s", "n2"), (1, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
        (7200, ("s", "n1"), (9, 8, 7, 6, 5, 4, 3, 2, 1, 0)),
        (7200, ("s", "n2"), (2, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
    ]
    head, body = head_and_body(server.requests[0])
    database = "talon" if version == 1 else "my+tallies"
    assert head[0].startswith(f"GET /query?db={database}&epoch=s&q=SELECT+%22counted%22%2C+")
    assert "time+%3E%3D+3600s+AND+time+%3C+9223372036s+GROUP+BY+%22site%22" in head[0]
    login = "authorization: Basic dGFsb246cDp3" if version == 1 else "Authorization: Token t0k="
    assert login in head
    assert body == ""


def test_no_tallies_are_no_rows(server: Server) -> None:
    """As 1.x says it."""
    server.answer = answer("200 OK", '{"results":[{"statement_id":0}]}')
    assert influx(server.url, 1).read("visit", 0, 3600) == []


@pytest.mark.parametrize(
    ("body", "kind", "problem"),
    [
        ('{"results":[{"error":"database not found: x"}]}', Missing, "database not found: x"),
        ('{"results":[{"error":"timeout"}]}', Unavailable, "/query says: timeout"),
        ('{"error":"unparsable"}', Unavailable, "/query says: unparsable"),
        ("{}", Unavailable, "`results`"),
        ("<html>", Unavailable, "not as InfluxDB"),
        (
            f'{{"results":[{{"series":[{{"columns":{DEVICE},"values":[[0,1.5]]}}]}}]}}',
            Unavailable,
            "not as InfluxDB",
        ),
        (
            f'{{"results":[{{"series":[{{"columns":{DEVICE},"values":[[0,1]]}}]}}]}}',
            Unavailable,
            "has 2 values",
        ),
        (
            '{"results":[{"series":[{"columns":["time","count"],"values":[]}]}]}',
            Unavailable,
            "columns ['time', 'count']",
        ),
        (
            f'{{"results":[{{"series":[{{"columns":{DEVICE},"values":[],"partial":true}}]}}]}}',
            Unavailable,
            "left rows out",
        ),
    ],
)
def test_an_answer_that_is_not_all_the_rows_is_an_error(
    server: Server, body: str, kind: type[Exception], problem: str
) -> None:
    """An audit must never take an error for an empty month."""
    server.answer = answer("200 OK", body)
    with pytest.raises(Unavailable) as caught:
        influx(server.url, 1).read("device", 0, 3600)
    assert type(caught.value) is kind
    assert problem in caught.value.reason
    assert server.url in caught.value.reason


@pytest.mark.parametrize(
    "act", [Influx.create, lambda influx: influx.read("visit", 0, 1)], ids=["create", "read"]
)
def test_a_query_that_is_turned_away_means_later(
    server: Server, act: Callable[[Influx], object]
) -> None:
    """With the same remedy as a write."""
    server.answer = answer("401 Unauthorized", '{"error":"authorization failed"}')
    with pytest.raises(
        Unavailable, match=r"401: authorization failed\. Check `username` and `password`"
    ):
        act(influx(server.url, 1))


@pytest.mark.parametrize(
    "line",
    [
        'url = "127.0.0.1:8086"',
        'url = "http://user:pw@host"',
        'url = "http://h"\nversion = 4',
        'url = "http://h"\ndatabase = ""',
        'url = "http://h"\ntimeout_s = 0',
        'url = "http://h"\nbucket = "x"',
        "version = 2",
    ],
)
def test_a_config_that_cannot_work_is_refused(tmp_path: Path, line: str) -> None:
    """At the start, not at the first write."""
    file = tmp_path / "influx.toml"
    file.write_text(line)
    with pytest.raises(ConfigError, match=r"influx\.toml"):
        read_config(file, InfluxConfig)
