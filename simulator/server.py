"""A private server of somebody else's: a real program on loopback, in a folder of its own."""

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

_POLL_S = 0.01
_ADMIN_PATH = "/usr/sbin:/usr/local/sbin"  # where Debian puts some, not on everybody's PATH


OUT_OF_RANGE = "a port is 1 to 65535"


class ServerError(RuntimeError):
    """A server cannot be started: why, and what to do."""


class Server:
    """One process; a context manager that starts it and takes it away with all it holds.

    A subclass says how it is configured (`config`, `command`) and how to know that it `answers`.
    Raises ServerError if `program` is not installed (`package`: where it is from) or does not start
    within `ready_s` seconds.
    """

    def __init__(self, program: str, package: str, ready_s: float) -> None:
        path = shutil.which(program) or shutil.which(program, path=_ADMIN_PATH)
        if path is None:
            raise ServerError(f"{program} is not on this machine: apt install {package}")
        self.host = "127.0.0.1"
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix=f"talon-{program}-"))
        self._name = program
        self._program = path
        self._ready_s = ready_s
        self._process: subprocess.Popen[bytes] | None = None

    def config(self) -> str:
        """Text of the config file."""
        raise NotImplementedError

    def command(self, program: str, config: Path) -> list[str]:
        """How it is started."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it is ready."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it and wait until it answers."""
        if self._process is not None:
            raise ServerError(f"{self._name} at port {self.port} runs already: stop or kill it")
        config = self.folder / "server.conf"
        config.write_text(self.config())
        with self._log().open("ab") as log:
            self._process = subprocess.Popen(
                self.command(self._program, config), stdout=log, stderr=log
            )
        try:
            self._wait_until_ready()
        except ServerError:
            self.kill()
            raise

    def stop(self) -> None:
        """End it as the system does: it writes down what it holds."""
        self._end("terminate")

    def kill(self) -> None:
        """End it between two instructions, as a power cut would."""
        self._end("kill")

    def __enter__(self) -> Self:
        try:
            self.start()
        except ServerError:
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
        deadline = time.monotonic() + self._ready_s
        while not self.answers():
            if self._process is not None and self._process.poll() is not None:
                raise ServerError(f"{self._name} ended at once; it said: {self._last_words()}")
            if time.monotonic() > deadline:
                raise ServerError(
                    f"{self._name} at port {self.port} did not answer within {self._ready_s:g} s;"
                    f" it said: {self._last_words()}"
                )
            time.sleep(_POLL_S)

    def _log(self) -> Path:
        return self.folder / "server.log"

    def _last_words(self) -> str:
        return self._log().read_text(errors="replace")[-1000:]

    def _remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def free_port() -> int:
    """A port on loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
