"""A private mosquitto: the real broker on a loopback port of its own, in a folder of its own."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

READY_S = 10.0  # to take connections after its start
_POLL_S = 0.01
_ADMIN_PATH = "/usr/sbin:/usr/local/sbin"  # where Debian puts it, not on everybody's PATH


class MosquittoError(RuntimeError):
    """mosquitto cannot be started: why, and what to do."""


class Mosquitto:
    """One mosquitto; a context manager that starts it and takes it away with all it holds.

    `persistence`: keep retained messages and sessions over a restart. As with every mosquitto, that
    is done on `stop`, not on `kill`. `config`: more lines for its config file, e.g.
    `max_queued_messages 10`. Raises MosquittoError if it is not installed or does not start.
    """

    def __init__(self, *, persistence: bool = False, config: Sequence[str] = ()) -> None:
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path=_ADMIN_PATH)
        if program is None:
            raise MosquittoError("mosquitto is not on this machine: apt install mosquitto")
        self.host = "127.0.0.1"
        self.port = _free_port()
        self._program = program
        self._persistence = persistence
        self._config = config
        self._folder = Path(tempfile.mkdtemp(prefix="talon-mosquitto-"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        if self._process is not None:
            raise MosquittoError(f"mosquitto at port {self.port} runs already: stop or kill it")
        file = self._folder / "mosquitto.conf"
        file.write_text("\n".join(self._lines()) + "\n")
        with self._log().open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-c", str(file)], stdout=log, stderr=log
            )
        try:
            self._wait_until_ready()
        except MosquittoError:
            self.kill()
            raise

    def stop(self) -> None:
        """End it as the system does: with persistence, it writes down what it holds."""
        self._end("terminate")

    def kill(self) -> None:
        """End it between two instructions: what it has not written down is gone."""
        self._end("kill")

    def restart(self, *, forget: bool) -> None:
        """Start it again, on the same port. One that still runs is killed first if it is to forget,
        and stopped if not. `forget`: whether all that it held is gone.
        """
        if not forget and not self._persistence:
            raise MosquittoError(
                "this mosquitto cannot remember: make it with Mosquitto(persistence=True)"
            )
        if forget:
            self.kill()
            (self._folder / "mosquitto.db").unlink(missing_ok=True)
        self.stop()
        self.start()

    def __enter__(self) -> "Mosquitto":
        try:
            self.start()
        except MosquittoError:
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

    def _lines(self) -> list[str]:
        return [
            f"listener {self.port} {self.host}",
            "allow_anonymous true",
            f"persistence {'true' if self._persistence else 'false'}",
            f"persistence_location {self._folder}/",
            "user root",  # counts for root only: it would become a user who may not use our folder
            "log_dest stderr",
            *self._config,
        ]

    def _end(self, how: str) -> None:
        if self._process is not None:
            getattr(self._process, how)()
            self._process.wait()
            self._process = None

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while not self._answers():
            if self._process is not None and self._process.poll() is not None:
                raise MosquittoError(f"mosquitto ended at once; it said: {self._last_words()}")
            if time.monotonic() > deadline:
                raise MosquittoError(
                    f"mosquitto at port {self.port} took no connection within {READY_S:g} s;"
                    f" it said: {self._last_words()}"
                )
            time.sleep(_POLL_S)

    def _answers(self) -> bool:
        try:
            socket.create_connection((self.host, self.port), timeout=1.0).close()
        except OSError:
            return False
        return True

    def _log(self) -> Path:
        return self._folder / "mosquitto.log"

    def _last_words(self) -> str:
        return self._log().read_text(errors="replace")[-1000:]

    def _remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
