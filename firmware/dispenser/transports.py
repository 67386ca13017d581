"""The ways to a printer: a device file, a serial line, the network, USB. Bytes there and back.

Every wait has an end: `DEADLINE_S` without progress, `MOST_S` for a write as a whole.

Not over python-escpos: it takes 16 MB, blocks for ever in `serial` (writing, closing) and `file`,
truncates a plain file, and guesses the USB endpoint (docs/decisions/0001).
"""

import contextlib
import errno
import importlib
import os
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from firmware.dispenser.config import PrinterConfig

DEADLINE_S = 5.0
MOST_S = 28.0  # a picture of 26 kB at 9600 baud; the counter waits 30 s for a job
_LOOK_S = 0.02
_PIECE = 4096  # bytes of one USB transfer
_READ = 64  # bytes; answers are one byte each


class NothingSent(OSError):
    """Writing failed before the first byte was taken."""


class Transport(Protocol):
    """An open way to a printer."""

    def write(self, data: bytes) -> None:
        """Send all of `data`; OSError: perhaps not all, NothingSent: none."""

    def read(self, timeout: float) -> bytes:
        """What the printer has said, waiting `timeout` s for the first byte; empty: nothing.

        OSError: the printer has gone.
        """

    def close(self) -> None:
        """Close it; what was sent still arrives."""

    def abort(self) -> None:
        """Close it; what is on its way and can be stopped does not arrive any more."""


def connector(config: PrinterConfig) -> Callable[[], Transport]:
    """What opens the printer of a config."""
    kinds: dict[str, Callable[[PrinterConfig], Transport]] = {
        "file": lambda config: FileTransport(config.device, config.status),
        "serial": SerialTransport,
        "network": NetworkTransport,
        "usb": UsbTransport,
    }
    return lambda: kinds[config.kind](config)


class _Stream:
    """A way that is a file descriptor which does not block. `name`: for people."""

    def __init__(self, file: int, name: str) -> None:
        self._fd = file
        self._name = name

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        _push(data, self._take, self._name)

    def read(self, timeout: float) -> bytes:
        """What the printer has said."""
        ready, _, _ = select.select([self._fd], [], [], timeout)
        if not ready:
            return b""
        try:
            return os.read(self._fd, _READ) or self._end(timeout)
        except BlockingIOError:
            return b""

    def _take(self, data: memoryview) -> int:
        _, ready, _ = select.select([], [self._fd], [], DEADLINE_S)
        if not ready:
            raise TimeoutError(f"{self._name} took nothing for {DEADLINE_S:.0f} s")
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0

    def _end(self, timeout: float) -> bytes:
        """Something can be read, but there is nothing: the other end is gone."""
        raise OSError(f"{self._name} has gone: is its plug in?")


class FileTransport(_Stream):
    """A device file such as /dev/usb/lp0, or a plain file to try without a printer."""

    def __init__(self, path: str, asked: bool = False) -> None:
        # No O_CREAT: a missing /dev/usb/lp0 must not become a file that takes tickets silently.
        way = os.O_RDWR if asked else os.O_WRONLY
        self._asked = asked
        super().__init__(os.open(path, way | os.O_APPEND | os.O_NONBLOCK), path)

    def read(self, timeout: float) -> bytes:
        """What the printer has said; nothing, if the file was not opened to be read."""
        return super().read(timeout) if self._asked else b""

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    abort = close

    def _end(self, timeout: float) -> bytes:
        threading.Event().wait(min(timeout, _LOOK_S))  # of a plain file it is always the end
        return b""


class SerialTransport(_Stream):
    """A serial printer. pyserial opens the port; nobody else can while it is open."""

    def __init__(self, config: PrinterConfig) -> None:
        serial = _library("serial")
        rtscts = config.flow == "rtscts"
        try:
            self._port = serial.Serial(config.device, config.baud, rtscts=rtscts, exclusive=True)
        except OSError as error:
            if error.errno != errno.EAGAIN:
                raise
            said = f"{config.device} is in use: is the dispenser running? systemctl stop it first"
            raise OSError(error.errno, said) from error
        super().__init__(self._port.fileno(), config.device)

    def write(self, data: bytes) -> None:
        """Send all of `data`, and wait until the port has let go of it."""
        super().write(data)
        waiting = self._port.out_waiting
        pause, until = threading.Event(), time.monotonic() + DEADLINE_S
        while waiting and time.monotonic() < until:
            pause.wait(_LOOK_S)
            left = self._port.out_waiting
            if left < waiting:
                waiting, until = left, time.monotonic() + DEADLINE_S
        if waiting:
            raise TimeoutError(f"{self._name} did not send all: timeout after {DEADLINE_S:.0f} s")

    def close(self) -> None:
        """Close the port. What is still queued goes out: an empty queue does not mean that the
        hardware's last bytes are, too."""
        self._port.close()

    def abort(self) -> None:
        """Close the port; what a stalled printer did not take is dropped, not waited for."""
        with contextlib.closing(self._port):
            self._port.reset_output_buffer()


class NetworkTransport(_Stream):
    """A network printer: raw bytes on a TCP port, usually 9100."""

    def __init__(self, config: PrinterConfig) -> None:
        self._socket = socket.create_connection((config.host, config.port), DEADLINE_S)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        user_timeout = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux only
        if user_timeout is not None:  # a peer that has vanished is noticed when bytes wait for it
            self._socket.setsockopt(socket.IPPROTO_TCP, user_timeout, int(DEADLINE_S * 1000))
        super().__init__(self._socket.fileno(), f"{config.host}:{config.port}")

    def close(self) -> None:
        """Close the connection; first our half, so that a status not read does not cut it off."""
        with contextlib.closing(self._socket):
            self._socket.shutdown(socket.SHUT_WR)

    def abort(self) -> None:
        """Reset the connection: the kernel sends nothing more of what it still has."""
        with contextlib.closing(self._socket):
            linger = struct.pack("ii", 1, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


class UsbTransport:
    """A USB printer without the kernel's driver, over pyusb. Simpler: /dev/usb/lp0 as a file."""

    def __init__(self, config: PrinterConfig) -> None:
        core, self._util = _library("usb.core"), _library("usb.util")
        self._name = f"{config.vendor:04x}:{config.product:04x}"
        device = self._device = self._find(core, config)
        if device.is_kernel_driver_active(0):
            device.detach_kernel_driver(0)
        device.set_configuration()
        self._silence = getattr(core, "USBTimeoutError", TimeoutError)
        interface = device.get_active_configuration()[(0, 0)]
        self._out = self._util.find_descriptor(interface, custom_match=self._is_out)
        self._in = self._util.find_descriptor(
            interface, custom_match=lambda endpoint: not self._is_out(endpoint)
        )
        if self._out is None:
            raise OSError("that USB device has nowhere to send to; is it the printer?")

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        _push(data, self._take, f"the printer {self._name}")

    def read(self, timeout: float) -> bytes:
        """What the printer has said; nothing if it has no way to say anything."""
        if self._in is None:
            return b""
        try:
            return bytes(self._in.read(_READ, max(1, int(timeout * 1000))))
        except self._silence:
            return b""

    def close(self) -> None:
        """Give the device back."""
        self._util.dispose_resources(self._device)

    abort = close  # a transfer that has timed out is cancelled; no queue is left

    def _take(self, data: memoryview) -> int:
        try:
            taken = int(self._out.write(bytes(data[:_PIECE]), int(DEADLINE_S * 1000)))
        except self._silence:
            taken = 0
        if not taken:
            raise TimeoutError(f"the printer {self._name} took nothing for {DEADLINE_S:.0f} s")
        return taken

    def _find(self, core: Any, config: PrinterConfig) -> Any:
        try:
            device = core.find(idVendor=config.vendor, idProduct=config.product)
        except core.NoBackendError as error:
            raise OSError("libusb is missing: apt install libusb-1.0-0") from error
        if device is None:
            raise OSError(f"no USB device {self._name}; look for the printer with lsusb")
        return device

    def _is_out(self, endpoint: Any) -> bool:
        address = endpoint.bEndpointAddress
        return bool(self._util.endpoint_direction(address) == self._util.ENDPOINT_OUT)


def _push(data: bytes, take: Callable[[memoryview], int], name: str) -> None:
    """Send all of `data`, piece by piece; `take` says how much of one was taken."""
    until = time.monotonic() + MOST_S
    left = memoryview(data)
    while left:
        try:
            if time.monotonic() > until:
                taken = len(data) - len(left)
                raise TimeoutError(f"{name} took {taken} of {len(data)} bytes in {MOST_S:.0f} s")
            left = left[take(left) :]
        except OSError as error:
            raise (NothingSent if len(left) == len(data) else OSError)(str(error)) from error


def _library(name: str) -> Any:
    """A library that is loaded only for the kind of printer that needs it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise OSError(f"{error}; pip install '.[dispenser]'") from error
