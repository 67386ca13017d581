"""InfluxDB over HTTP: tallies in, tallies out; what an answer means for the lines that were sent.

Written means 204 and nothing else. Every other outcome is one of two: the lines are at fault
(`Refused`), or they may be sent again later (`Unavailable`), which is harmless even if they had
arrived: tallies are absolute values. Only an old value that arrives after a newer one would do
harm; `Unavailable.unclear` and `InfluxConfig.late_s` tell the mirror when to reckon with that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

import msgspec
import urllib3

from collector.influx_config import InfluxConfig
from collector.refusal import Missing, Refused, Unavailable
from collector.tally import FIELDS, TAGS, TallyRow
from wire.lines import UNREADABLE

_LAST_SECOND = 9_223_372_036  # InfluxQL counts nanoseconds in 64 bits
_MOST_SAID = 500  # characters of an answer that are worth keeping
_CONTENT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case


class _Writer(Protocol):
    def post(self, lines: str) -> _Answer:
        """Send lines once. Raises urllib3's errors, or ValueError for what is no answer."""


class Influx:
    """One InfluxDB of version 1.x, 2.x or 3 Core. Not thread-safe: one caller at a time."""

    def __init__(self, config: InfluxConfig) -> None:
        self._config = config
        self._url = config.url.rstrip("/")
        self._pool = urllib3.PoolManager(
            retries=False, timeout=urllib3.Timeout(total=config.timeout_s)
        )
        self._writer: _Writer = (
            _PlainWriter(self._url, config, self._pool)
            if config.version == 1
            else _ClientWriter(self._url, config)
        )

    def create(self) -> None:
        """Create the database if it is missing. Raises Unavailable.

        In 1.x only: buckets of 2.x are made by its administrator, and 3 makes them by itself.
        """
        if self._config.version == 1:
            # an identifier's quotes are escaped by a backslash (InfluxQL reference, "Identifiers")
            name = self._config.database.replace("\\", "\\\\").replace('"', '\\"')
            self._query("POST", {"q": f'CREATE DATABASE "{name}"'})

    def write(self, lines: str) -> None:
        """Write line protocol, times in seconds. Raises Refused, Unavailable or Missing."""
        try:
            answer = self._writer.post(lines)
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise self._unreachable(error) from None
        if answer.status in (400, 413, 422):
            raise Refused(
                f"{self._url} refused the lines ({answer.status}): {_said(answer)}",
                too_many=answer.status == 413,
            )
        if answer.status != 204:
            raise self._unavailable(answer)

    def read(self, measurement: str, begin: int, end: int) -> list[TallyRow]:
        """Tallies with begin ≤ hour < end (Unix seconds), as `ledger.read_tallies` has them.

        Raises Unavailable or Missing.
        """
        fields = ", ".join(f'"{name}"' for name in FIELDS[measurement])
        tags = ", ".join(f'"{name}"' for name in TAGS[measurement])
        results = self._query(
            "GET",
            {
                "db": self._config.database,
                "epoch": "s",
                "q": f'SELECT {fields} FROM "{measurement}" WHERE time >= {begin}s'
                f" AND time < {min(end, _LAST_SECOND)}s GROUP BY {tags}",
            },
        )
        rows: list[TallyRow] = []
        for series in (series for result in results for series in result.series):
            self._check(series, FIELDS[measurement])
            rows += _rows(series, TAGS[measurement])
        return sorted(rows)

    def sums(
        self,
        measurement: str,
        begin: int,
        end: int,
        tags: Sequence[str],
        fields: Sequence[str],
        hourly: bool,
        sites: Sequence[str] = (),
    ) -> list[TallyRow]:
        """Sums of `fields` over begin ≤ hour < end by `tags` (and by the hour, if `hourly`): rows
        of (hour, values of `tags`, sums). Only of `sites`, if any are named.

        Without `hourly` a row's hour says nothing. Raises Unavailable or Missing.
        """
        asked = ", ".join(f'sum("{name}") AS "{name}"' for name in fields)
        groups = [*["time(1h)"] * hourly, *(f'"{tag}"' for tag in tags)]
        some = " OR ".join(f"\"site\" = '{_quoted(site)}'" for site in sites)
        results = self._query(
            "GET",
            {
                "db": self._config.database,
                "epoch": "s",
                "q": f'SELECT {asked} FROM "{measurement}" WHERE time >= {begin}s'
                f" AND time < {min(end, _LAST_SECOND)}s"
                + (f" AND ({some})" if some else "")
                + (f" GROUP BY {', '.join(groups)}" if groups else "")
                + (" fill(none)" if hourly else ""),
            },
        )
        rows: list[TallyRow] = []
        for series in (series for result in results for series in result.series):
            self._check(series, fields)
            rows += _rows(series, tags)
        return sorted(rows)

    def _query(self, method: str, fields: dict[str, str]) -> "list[_Result]":
        """Ask in InfluxQL. 1.x, 2.x and 3 have this way in common."""
        text = urlencode(fields)
        target = f"{self._url}/query"
        headers = _login(self._config)
        try:
            if method == "POST":
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                response = self._pool.request(
                    "POST", target, body=text, headers=headers, redirect=False
                )
            else:
                response = self._pool.request(
                    "GET", f"{target}?{text}", headers=headers, redirect=False
                )
        except urllib3.exceptions.HTTPError as error:
            raise self._unreachable(error) from None
        answer = _Answer(response.status, response.data, _lower(response.headers))
        if answer.status != 200:
            raise self._unavailable(answer)
        try:
            reply = _reply.decode(answer.body)
        except UNREADABLE as error:
            raise self._broken(str(error)) from None
        results = reply.results or []
        self._complain([reply.error, *(result.error for result in results)])
        if reply.results is None:
            raise self._broken("it has no `results`")
        return results

    def _complain(self, errors: list[str]) -> None:
        """An answer of 200 may carry errors all the same."""
        for error in filter(None, errors):
            kind = Missing if error.startswith("database not found") else Unavailable
            raise kind(f"{self._url}/query says: {error[:_MOST_SAID]}. {self._remedy(404)}")

    def _check(self, series: "_Series", fields: Sequence[str]) -> None:
        if series.columns != ["time", *fields]:
            raise self._broken(f"it has the columns {series.columns}")
        short = next((v for v in series.values if len(v) != len(series.columns)), None)
        if short is not None or any(values[0] is None for values in series.values):
            raise self._broken(f"a row of it has {len(short or ())} values")
        if series.partial:
            raise Unavailable(
                f"{self._url} left rows out. Raise its max-row-limit, or ask for less"
            )

    def _unavailable(self, answer: _Answer) -> Unavailable:
        kind = Missing if answer.status == 404 else Unavailable
        return kind(
            f"{self._url} answered {answer.status}: {_said(answer)}. {self._remedy(answer.status)}",
            _seconds(answer.headers.get("retry-after", "")),
            unclear=not 400 <= answer.status < 500,
        )

    def _unreachable(self, error: Exception) -> Unavailable:
        refused = isinstance(error, urllib3.exceptions.NewConnectionError)  # a timeout to urllib3
        if isinstance(error, urllib3.exceptions.TimeoutError) and not refused:
            return Unavailable(
                f"{self._url} did not answer within {self._config.timeout_s:g} s."
                " See how busy it is, or raise timeout_s"
            )
        if isinstance(error, urllib3.exceptions.HTTPError):
            return Unavailable(
                f"{self._url} cannot be reached: {error}. Check that InfluxDB runs, and `url`",
                unclear=not refused,
            )
        return self._broken(str(error))

    def _broken(self, problem: str) -> Unavailable:
        return Unavailable(
            f"{self._url} answers, but not as InfluxDB {self._config.version}.x:"
            f" {problem[:_MOST_SAID]}."
            " Check `url` and `version`"
        )

    def _remedy(self, status: int) -> str:
        config = self._config
        key = "`username` and `password`" if config.version == 1 else "`token`"
        place = (
            f"database {config.database!r}"
            if config.version == 1
            else (f"bucket {config.database!r} of the organisation {config.org!r}")
        )
        if status == 401:
            return f"Check {key}"
        if status == 403:
            return f"Grant this login the right to read and write the {place}"
        if status == 404:
            return f"Check `url` and `version`, and that there is a {place}"
        if status == 429 or status >= 500:
            return "It is asked again by and by; see InfluxDB's own log"
        return "Check `url` and `version`: this is not how InfluxDB answers"


class _PlainWriter:
    """1.x: `POST /write`."""

    def __init__(self, url: str, config: InfluxConfig, pool: urllib3.PoolManager) -> None:
        query = urlencode({"db": config.database, "precision": "s"})
        self._target = f"{url}/write?{query}"
        self._headers = _login(config) | {"Content-Type": _CONTENT_TYPE}
        self._pool = pool

    def post(self, lines: str) -> _Answer:
        """Send lines once."""
        response = self._pool.request(
            "POST", self._target, body=lines.encode(), headers=self._headers, redirect=False
        )
        return _Answer(response.status, response.data, _lower(response.headers))


class _ClientWriter:
    """2.x and 3: influxdb-client's synchronous write API.

    Its batching API would lose lines without a word when the server is down.
    """

    def __init__(self, url: str, config: InfluxConfig) -> None:
        # here, because it takes 20 MB and, on a Pi, seconds, which whoever has 1.x should not pay
        from influxdb_client.client.influxdb_client import InfluxDBClient
        from influxdb_client.client.write_api import SYNCHRONOUS
        from influxdb_client.rest import ApiException

        self._error = ApiException
        self._bucket = config.database
        self._client: Any = InfluxDBClient(
            url, config.token, timeout=round(config.timeout_s * 1000), org=config.org
        )
        self._api: Any = self._client.write_api(write_options=SYNCHRONOUS)

    def post(self, lines: str) -> _Answer:
        """Send lines once."""
        try:
            self._api.write(bucket=self._bucket, record=lines, write_precision="s")
        except self._error as error:
            if not error.status:  # it never got as far as HTTP (TLS)
                raise urllib3.exceptions.HTTPError(error.reason) from None
            return _Answer(error.status, (error.body or "").encode(), _lower(error.headers))
        # the API returns nothing; whatever between 200 and 299 came is a success to it
        return _Answer(self._client.api_client.last_response.status)


class _Series(msgspec.Struct):
    columns: list[str]
    values: list[list[int | None]]
    tags: dict[str, str | None] = {}
    partial: bool = False


class _Result(msgspec.Struct):
    series: list[_Series] = []
    error: str = ""


class _Reply(msgspec.Struct):
    results: list[_Result] | None = None  # it is there unless all of it failed
    error: str = ""


_reply = msgspec.json.Decoder(_Reply)


class _Complaint(msgspec.Struct):
    error: str = ""  # 1.x and 3
    message: str = ""  # 2.x
    data: Any = None  # 3: which lines, and why


_complaint = msgspec.json.Decoder(_Complaint)


def _rows(series: _Series, names: Sequence[str]) -> list[TallyRow]:
    tags = tuple(series.tags.get(name) or "" for name in names)
    # a point written before a field existed lacks it, which says the same as 0
    return [
        (values[0] or 0, tags, tuple(value or 0 for value in values[1:]))
        for values in series.values
    ]


def _quoted(text: str) -> str:
    """Within the quotes of a string (InfluxQL reference, "Strings")."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _login(config: InfluxConfig) -> dict[str, str]:
    if config.version != 1:  # 3 takes the scheme of 2.x (docs: Authenticate API requests)
        return {"Authorization": f"Token {config.token}"} if config.token else {}
    if not config.username:
        return {}
    return urllib3.make_headers(basic_auth=f"{config.username}:{config.password}")


def _said(answer: _Answer) -> str:
    """The reason in an answer, as far as it gives one."""
    try:
        complaint = _complaint.decode(answer.body)
    except UNREADABLE:
        text = answer.body.decode(errors="replace")
    else:
        text = complaint.message or complaint.error
        if complaint.data:
            text += f" {complaint.data}"
    text = " ".join(text.split()) or answer.headers.get("x-influxdb-error", "no reason given")
    return text[:_MOST_SAID]


def _seconds(retry_after: str) -> float:
    """A Retry-After in seconds; its other form, a date, is not used by InfluxDB: 0."""
    return float(retry_after) if retry_after.isdecimal() else 0.0


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
