"""A private InfluxDB 1.x: the real influxd on loopback ports of its own, in a folder of its own."""

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

import urllib3

READY_S = 30.0  # to answer after its start
_POLL_S = 0.02

# Only what differs from influxd's defaults; whatever would listen or call home is off.
_CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
[ifql]
  enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
"""


class InfluxdError(RuntimeError):
    """influxd cannot be started: why, and what to do."""


class Influxd:
    """One influxd; a context manager that starts it and takes it away with all it holds.

    Raises InfluxdError if influxd is not installed or does not start.
    """

    def __init__(self) -> None:
        program = shutil.which("influxd")
        if program is None:
            raise InfluxdError("influxd is not on this machine: apt install influxdb")
        self._program = program
        self._folder = Path(tempfile.mkdtemp(prefix="talon-influxd-"))
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens; the same after a restart."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        if self._process is not None:
            raise InfluxdError(f"influxd at {self.url} runs already: stop or kill it first")
        config = self._folder / "influxdb.conf"
        config.write_text(_CONFIG.format(folder=self._folder, port=self._port))
        with self._log().open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-config", str(config)], stdout=log, stderr=log
            )
        try:
            self._wait_until_ready()
        except InfluxdError:
            self.kill()
            raise

    def stop(self) -> None:
        """End it as the system does: it closes its files."""
        self._end("terminate")

    def kill(self) -> None:
        """End it between two instructions, as a power cut would."""
        self._end("kill")

    def restart(self) -> None:
        """Start it again on what it holds; one that still runs is stopped first."""
        self.stop()
        self.start()

    def __enter__(self) -> "Influxd":
        try:
            self.start()
        except InfluxdError:
            self._remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        self._remove()

    def _end(self, how: str) -> None:
        if self._process is not None:
            getattr(self._process, how)()
            self._process.wait()
            self._process = None

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while not self._answers():
            if self._process is not None and self._process.poll() is not None:
                raise InfluxdError(f"influxd ended at once; it said: {self._last_words()}")
            if time.monotonic() > deadline:
                raise InfluxdError(
                    f"influxd at {self.url} did not answer within {READY_S:g} s;"
                    f" it said: {self._last_words()}"
                )
            time.sleep(_POLL_S)

    def _answers(self) -> bool:
        try:
            response = urllib3.request("GET", f"{self.url}/ping", retries=False, timeout=1.0)
        except urllib3.exceptions.HTTPError:
            return False
        return response.status == 204

    def _log(self) -> Path:
        return self._folder / "influxd.log"

    def _last_words(self) -> str:
        return self._log().read_text(errors="replace")[-1000:]

    def _remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
