"""A Pico at the other end of a USB cable, by way of mpremote: files, hashes, programs, resets."""

import contextlib
import hashlib
import io
import time
from collections.abc import Callable
from typing import Self

from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport
from serial import SerialException

ANSWER_S = 5.0  # a flash block is erased within tens of ms, and hashing a file takes less than 1 s
BOOT_S = 15.0  # until the port is back after a reset
FREE_S = 1.0  # whoever has just let go of the port may hold it a moment longer
_CHUNK = 512
_AGAIN_S = 0.2


class CableError(RuntimeError):
    """The board cannot be reached, or does not do what it is told; the message says what to do."""


class Cable:
    """A board at its raw prompt. What runs on it is interrupted. Use as `with`."""

    def __init__(self, port: str) -> None:
        self._port = port
        self._transport = _open(port, FREE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        _close(self._transport)

    def run(
        self, source: str, on_line: Callable[[str], None] | None = None, patience: float = ANSWER_S
    ) -> str:
        """Run a program there; returns what it prints. `on_line` hears each line as it comes.

        A program that says nothing for `patience` seconds is interrupted, with CableError.
        """
        try:
            if on_line is None:
                return str(self._transport.exec(source).decode())
            return self._follow(source, on_line, patience)
        except TransportExecError as error:
            last = error.error_output.strip().rpartition("\n")[2]
            raise CableError(f"{self._port}: the board says {last}") from None
        except (TransportError, SerialException, OSError) as error:
            raise self._silence(error) from None

    def read(self, path: str) -> bytes | None:
        """What a file holds; None: there is none."""
        try:
            return bytes(self._transport.fs_readfile(path, _CHUNK))
        except FileNotFoundError:
            return None
        except (TransportError, SerialException, OSError) as error:
            raise self._silence(error) from None

    def names(self, folder: str) -> list[str]:
        """What is in a folder; none if there is no such folder."""
        try:
            return sorted(str(entry.name) for entry in self._transport.fs_listdir(folder))
        except FileNotFoundError:
            return []
        except (TransportError, SerialException, OSError) as error:
            raise self._silence(error) from None

    def write(self, path: str, data: bytes) -> None:
        """Write a file, replacing it in one step; CableError if the board reads back another."""
        new = path + ".new"
        try:
            self._transport.fs_writefile(new, data, _CHUNK)
        except (TransportError, SerialException, OSError) as error:
            raise self._silence(error) from None
        if self.hash(new) != hashlib.sha256(data).hexdigest():
            raise CableError(
                f"{self._port}: {path} was not stored as it was sent. Try again; if it comes back,"
                " the board's flash is worn: take another board"
            )
        self.run(f"import os\nos.rename({new!r}, {path!r})")

    def hash(self, path: str) -> str:
        """SHA-256 of a file as it lies on the flash, in hex."""
        try:
            return bytes(self._transport.fs_hashfile(path, "sha256", _CHUNK)).hex()
        except (TransportError, SerialException, OSError) as error:
            raise self._silence(error) from None

    def reset(self) -> None:
        """Boot the board anew, and wait until it is back at its prompt."""
        try:
            self._transport.exec_raw_no_follow("import machine\nmachine.reset()")
        except (TransportError, SerialException, OSError) as error:
            raise self._silence(error) from None
        time.sleep(_AGAIN_S)  # the port goes a moment after the order
        _close(self._transport)
        self._transport = _open(self._port, BOOT_S)

    def leave(self) -> None:
        """Boot the board anew, and leave it to itself."""
        try:
            self._transport.exec_raw_no_follow("import machine\nmachine.reset()")
            time.sleep(_AGAIN_S)
        except (TransportError, SerialException, OSError) as error:
            raise self._silence(error) from None

    def _follow(self, source: str, on_line: Callable[[str], None], patience: float) -> str:
        said = bytearray()

        def take(data: bytes) -> None:
            for byte in data.replace(b"\x04", b""):
                said.append(byte)
                if byte == 0x0A:
                    on_line(bytes(said).rstrip().rpartition(b"\n")[2].decode(errors="replace"))

        self._transport.exec_raw_no_follow(source)
        try:
            _, error = self._transport.follow(patience, take)
        except TransportError:
            self._transport.serial.write(b"\x03")
            with contextlib.suppress(TransportError):
                self._transport.follow(ANSWER_S)
            raise CableError(f"{self._port}: nothing happened for {patience:.0f} s") from None
        if error:
            raise TransportExecError(said, error.decode())
        return said.decode(errors="replace")

    def _silence(self, error: Exception) -> CableError:
        return CableError(f"{self._port}: the board does not answer ({error}). Plug it in again")


def _open(port: str, patience: float) -> SerialTransport:
    """The board's raw prompt, tried for `patience` seconds."""
    end = time.monotonic() + patience
    while True:
        try:
            transport = SerialTransport(port, timeout=ANSWER_S)
            try:
                with contextlib.redirect_stdout(io.StringIO()):  # it prints what it did not expect
                    transport.enter_raw_repl(soft_reset=False)
                return transport
            except (TransportError, SerialException, OSError):
                _close(transport)
                raise
        except (TransportError, SerialException, OSError) as error:
            if time.monotonic() < end:
                time.sleep(_AGAIN_S)
                continue
            raise CableError(_why_not(port, error)) from None


def _close(transport: SerialTransport) -> None:
    try:
        transport.close()
    except (SerialException, OSError):  # the cable is out
        with contextlib.suppress(SerialException, OSError):
            transport.serial.close()


def _why_not(port: str, error: Exception) -> str:
    text = str(error)
    if "raw repl" in text:
        return (
            f"{port}: no MicroPython answers. Hold BOOTSEL while you plug the Pico in, and copy"
            " MicroPython's .uf2 for the Pico W onto the drive that appears"
        )
    if "Permission" in text:
        return f"{port}: you may not use it. Add yourself to the group dialout, and log in again"
    return f"{port}: cannot be opened ({text}). Which port it is, `mpremote connect list` says"
