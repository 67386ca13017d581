"""The printer at the end of a cable: bytes out, and what became of them.

Every wait has an end, and what is not known is called unknown:

- `failed`: nothing was sent; there is no paper.
- `unknown`: it broke off in the middle, or nobody knows what became of it; there may be paper.
- `printed`: all was taken and, where the printer is asked (`status`), it says that it has done it.

A printer that can be asked is asked before, so that nothing is sent to one without paper: it would
take the bytes and print them after the roll is changed. Between jobs it is asked every
`LOOK_EVERY_S`, so that a press costs no number when there can be no paper.

Not over python-escpos: it takes 16 MB, blocks for ever in `serial` (writing, closing) and `file`,
truncates a plain file, and guesses the USB endpoint.
"""

import contextlib
import importlib
import os
import queue
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from firmware.common.program import Inbox
from firmware.dispenser import status
from firmware.dispenser.config import PrinterConfig
from firmware.dispenser.ticket import Job

PRINTED = "printed"  # event: (visit, outcome, detail)
FAILED = "failed"
UNKNOWN = "unknown"
STATUS = "printer"  # event: (obstacle, warning), when one of them changes
DEADLINE_S = 5.0
ANSWER_S = 0.5  # to DLE EOT, which a printer answers even while it prints
LOOK_EVERY_S = 1.0
_LOOK_S = 0.02


class NothingSent(OSError):
    """Writing failed before the first byte was taken."""


class Transport(Protocol):
    """An open way to a printer."""

    def write(self, data: bytes) -> None:
        """Send all of `data`; OSError: perhaps not all, NothingSent: none."""

    def read(self, timeout: float) -> bytes:
        """What the printer has said, waiting `timeout` s for the first byte; empty: nothing."""

    def close(self) -> None: ...


class Printer:
    """Renders and prints one job at a time in the thread `talon-printer`, which ends at `close`.

    `connect()` opens the transport, OSError if it cannot. `asked`: whether the printer can be asked
    how it is. Puts (PRINTED, (visit, outcome, detail)) into `inbox`, once for each job, and
    (STATUS, (obstacle, warning)) when these change.
    """

    def __init__(self, connect: Callable[[], Transport], inbox: Inbox, asked: bool = False) -> None:
        self._asked = asked
        self._said = ("", "")
        self._connect = connect
        self._inbox = inbox
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        # A daemon: a driver that hangs for all its deadlines must not keep the program from ending.
        self._at_work = threading.Event()
        self._thread = threading.Thread(target=self._work, name="talon-printer", daemon=True)
        self._thread.start()

    def print(self, job: Job) -> None:
        """Begin to print; returns at once.

        While the job before still hangs this one fails: a ticket that comes out minutes later is
        taken by somebody else.
        """
        if self._at_work.is_set():
            self._inbox.put((PRINTED, (job.visit, FAILED, "the printer still has the job before")))
            return
        self._at_work.set()
        self._jobs.put(job)

    def close(self) -> None:
        """Let the job under way end, and the thread with it."""
        self._jobs.put(None)
        self._thread.join(4 * DEADLINE_S)

    def _work(self) -> None:
        if self._asked:
            self._look()
        while True:
            try:
                job = self._jobs.get(timeout=LOOK_EVERY_S if self._asked else None)
            except queue.Empty:
                self._look()
                continue
            if job is None:
                return
            outcome = self._outcome(job)
            if self._asked:
                self._look()  # before the next visitor is told that there is paper
            self._at_work.clear()
            self._inbox.put((PRINTED, (job.visit, *outcome)))

    def _look(self) -> None:
        try:
            said = look(self._connect)
        except Exception as error:  # noqa: BLE001 - a fault in a driver must not end the thread
            said = (_flat(error), "")
        if said != self._said:
            self._said = said
            self._inbox.put((STATUS, said))

    def _outcome(self, job: Job) -> tuple[str, str]:
        try:
            data = job.render()
        except Exception as error:  # noqa: BLE001 - a fault in a layout must not end the thread
            return FAILED, f"cannot make the ticket: {_flat(error)}"
        try:
            return send(self._connect, data, self._asked)
        except Exception as error:  # noqa: BLE001 - a fault in a driver must not end the thread
            return UNKNOWN, _flat(error)


def send(connect: Callable[[], Transport], data: bytes, asked: bool = False) -> tuple[str, str]:
    """Print `data` now. Returns the outcome and, unless it is printed, the reason.

    `asked`: whether the printer is asked how it is, before and after.
    """
    try:
        transport = connect()
    except OSError as error:
        return FAILED, _flat(error)
    try:
        if asked and (obstacle := _ask(transport)[0]):
            return FAILED, obstacle
    except OSError as error:  # a question is no ticket
        return FAILED, _flat(error)
    else:
        try:
            transport.write(data + status.ASK_DONE if asked else data)
            return _await_done(transport) if asked else (PRINTED, "")
        except NothingSent as error:
            return FAILED, _flat(error)
        except OSError as error:
            return UNKNOWN, _flat(error)
    finally:
        with contextlib.suppress(OSError):  # what was to be sent has been, or has been reported
            transport.close()


def look(connect: Callable[[], Transport]) -> tuple[str, str]:
    """Ask the printer how it is: (why it cannot print, what will soon be so); empty: nothing."""
    try:
        with contextlib.closing(connect()) as transport:
            return _ask(transport)
    except OSError as error:
        return _flat(error), ""


def _ask(transport: Transport) -> tuple[str, str]:
    while transport.read(0):  # late answers to what was asked before
        pass
    transport.write(b"".join(status.ASK))  # at once: a write waits until the line has sent it
    answers = _answers(transport, len(status.ASK), status.is_answer, ANSWER_S)
    if len(answers) < len(status.ASK):
        return status.SILENT, ""
    return status.obstacle(*answers), status.warning(answers[-1])


def _await_done(transport: Transport) -> tuple[str, str]:
    done = _answers(transport, 1, status.is_done, DEADLINE_S)
    if not done:
        return UNKNOWN, f"the printer did not say in {DEADLINE_S:.0f} s that it has done it"
    if status.ran_out(done[0]):
        return UNKNOWN, "the paper ended with this ticket"
    return PRINTED, ""


def _answers(
    transport: Transport, count: int, belongs: Callable[[int], bool], timeout: float
) -> list[int]:
    """The first `count` bytes that can be answers, fewer if the time is over; what a printer sends
    unasked is passed over."""
    found: list[int] = []
    until = time.monotonic() + timeout
    while len(found) < count and (left := until - time.monotonic()) > 0:
        found += [byte for byte in transport.read(left) if belongs(byte)]
    return found[:count]


def connector(config: PrinterConfig) -> Callable[[], Transport]:
    """What opens the printer of a config."""
    kinds: dict[str, Callable[[PrinterConfig], Transport]] = {
        "file": lambda config: FileTransport(config.device, config.status),
        "serial": SerialTransport,
        "network": NetworkTransport,
        "usb": UsbTransport,
    }
    return lambda: kinds[config.kind](config)


class FileTransport:
    """A device file such as /dev/usb/lp0, or a plain file to try without a printer."""

    def __init__(self, path: str, asked: bool = False) -> None:
        # No O_CREAT: a missing /dev/usb/lp0 must not become a file that takes tickets silently.
        self._path = path
        way = os.O_RDWR if asked else os.O_WRONLY
        self._file = os.open(path, way | os.O_APPEND | os.O_NONBLOCK)

    def write(self, data: bytes) -> None:
        """Send all of `data`, waiting `DEADLINE_S` for each piece to be taken."""
        total = len(data)
        while data:
            try:
                data = data[self._piece(data) :]
            except OSError as error:
                raise (NothingSent if len(data) == total else OSError)(str(error)) from error

    def read(self, timeout: float) -> bytes:
        """What the printer has said."""
        ready, _, _ = select.select([self._file], [], [], timeout)
        return os.read(self._file, 64) if ready else b""

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _piece(self, data: bytes) -> int:
        _, ready, _ = select.select([], [self._file], [], DEADLINE_S)
        if not ready:
            raise TimeoutError(f"{self._path} took nothing for {DEADLINE_S:.0f} s")
        return os.write(self._file, data)


class SerialTransport:
    """A serial printer, over pyserial."""

    def __init__(self, config: PrinterConfig) -> None:
        serial = _library("serial")
        self._port = serial.Serial(
            config.device, config.baud, write_timeout=DEADLINE_S, rtscts=config.flow == "rtscts"
        )
        self._stalled = False

    def write(self, data: bytes) -> None:
        """Send all of `data`, and wait until the port has let go of it."""
        self._stalled = True  # until all is sent
        self._port.write(data)
        pause = threading.Event()
        for _ in range(round(DEADLINE_S / _LOOK_S)):
            if not self._port.out_waiting:
                self._stalled = False
                return
            pause.wait(_LOOK_S)
        raise TimeoutError(f"{self._port.port} did not send all in {DEADLINE_S:.0f} s")

    def read(self, timeout: float) -> bytes:
        """What the printer has said."""
        self._port.timeout = timeout
        return bytes(self._port.read(max(1, self._port.in_waiting)))

    def close(self) -> None:
        """Close the port; what a stalled printer did not take is dropped, not waited for.

        Only then: an empty queue does not mean that the hardware's last bytes are out yet.
        """
        if self._stalled:
            self._port.reset_output_buffer()
        self._port.close()


class NetworkTransport:
    """A network printer: raw bytes on a TCP port, usually 9100."""

    def __init__(self, config: PrinterConfig) -> None:
        self._socket = socket.create_connection((config.host, config.port), DEADLINE_S)

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        self._socket.sendall(data)

    def read(self, timeout: float) -> bytes:
        """What the printer has said."""
        ready, _, _ = select.select([self._socket], [], [], timeout)
        if not ready:
            return b""
        said = self._socket.recv(64)
        if not said:
            raise OSError("the printer closed the connection")
        return said

    def close(self) -> None:
        """Close the connection; first our half, so that a status not read does not cut it off."""
        with contextlib.closing(self._socket):
            self._socket.shutdown(socket.SHUT_WR)


class UsbTransport:
    """A USB printer without the kernel's driver, over pyusb. Simpler: /dev/usb/lp0 as a file."""

    def __init__(self, config: PrinterConfig) -> None:
        core, self._util = _library("usb.core"), _library("usb.util")
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
        sent = self._out.write(data, int(DEADLINE_S * 1000))
        if sent != len(data):
            raise OSError(f"the printer took {sent} of {len(data)} bytes")

    def read(self, timeout: float) -> bytes:
        """What the printer has said; nothing if it has no way to say anything."""
        if self._in is None:
            return b""
        try:
            return bytes(self._in.read(64, max(1, int(timeout * 1000))))
        except self._silence:
            return b""

    def close(self) -> None:
        """Give the device back."""
        self._util.dispose_resources(self._device)

    def _find(self, core: Any, config: PrinterConfig) -> Any:
        try:
            device = core.find(idVendor=config.vendor, idProduct=config.product)
        except core.NoBackendError as error:
            raise OSError("libusb is missing: apt install libusb-1.0-0") from error
        if device is None:
            name = f"{config.vendor:04x}:{config.product:04x}"
            raise OSError(f"no USB device {name}; look for the printer with lsusb")
        return device

    def _is_out(self, endpoint: Any) -> bool:
        address = endpoint.bEndpointAddress
        return bool(self._util.endpoint_direction(address) == self._util.ENDPOINT_OUT)


def _library(name: str) -> Any:
    """A library that is loaded only for the kind of printer that needs it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise OSError(f"{error}; pip install 'talon-queue[dispenser]'") from error


def _flat(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
