"""A simulated box as a process of its own, with somebody at its terminal."""

import atexit
import functools
import json
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from firmware.ratingbox.simulate import HEAP, Simulated, command, config_of, stage
from tests.integration import rig

SPEED = 10  # its pauses are shorter: seconds of patience pass in tenths
_READ_S = 5.0  # in which the last words of one that has ended are read


@functools.cache
def staged() -> Path:
    """The firmware, compiled once a process."""
    folder = Path(tempfile.mkdtemp(prefix="talon-pico-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    stage(folder)
    return folder


class Box:
    """`talon-ratingbox simulate` at the broker at `port`; a context manager."""

    def __init__(
        self, folder: Path, port: int, speed: int = SPEED, heap: str = HEAP, **broker: str
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        box = Simulated("kyiv-1", "box-3", "127.0.0.1", port, folder / "flash", speed)
        said = config_of(box)
        said["broker"].update(broker)
        config = folder / "box.json"
        config.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        self._command = command(box, staged(), config, heap)
        self._process: subprocess.Popen[str] | None = None
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self.presses = 0

    def say(self, *words: str) -> None:
        """Type a line."""
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(" ".join(words) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise AssertionError(self._last_words()) from None

    def press(self, button: str = "satisfied") -> None:
        """Press, and wait until that is answered by lamp and buzzer."""
        self.presses += 1
        self.say(button[0])
        self.until(lambda: self.count("thanked") == self.presses, f"{button} is answered")

    def wait_for(self, words: str, times: int = 1) -> None:
        """Wait until it has shown `words` that often."""
        self.until(lambda: self.count(words) >= times, repr(words))

    def wait_until_delivered(self) -> None:
        """Wait until all that is on the flash is acknowledged."""
        self.until(
            lambda: self.last("acknowledged") == self.last("written") > self.presses,
            "all is acknowledged",
        )

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for `condition` to hold, or for the box to end."""

        def holds() -> bool:
            assert self._process is not None
            has_ended = self._process.poll() is not None
            if condition():
                return True
            assert not has_ended, f"{what}: {self._last_words()}"
            return False

        try:
            rig.until(holds, what)
        except AssertionError as error:
            if self._process is not None and self._process.poll() is not None:
                raise
            raise AssertionError(f"{error}; the box says {self.tail()}") from None

    def count(self, words: str) -> int:
        """How many lines begin with `words`."""
        return sum(line.startswith(words) for line in list(self._lines))

    def last(self, name: str) -> int:
        """The number in the newest line `name`; -1: there is none."""
        found = [line.split()[1] for line in list(self._lines) if line.startswith(name + " ")]
        return int(found[-1]) if found else -1

    def tail(self) -> Sequence[str]:
        """What it showed last."""
        return self._lines[-12:]

    @property
    def is_alive(self) -> bool:
        """Whether it runs, and has not booted anew."""
        assert self._process is not None
        return self._process.poll() is None and self.count("boot ") == 1

    def _last_words(self) -> str:
        assert self._process is not None
        status = self._process.wait(_READ_S)
        self._reader.join(_READ_S)
        said = "\n".join(self._lines[-30:])
        return f"the box has ended with status {status}:\n{said}"

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader.start()
        self.wait_for("written 1")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line.rstrip("\n"))
