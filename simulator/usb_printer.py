"""A printer on a USB cable, behind pyusb: what `usb.core` and `usb.util` would show of it.

    cable = UsbCable(printer := UsbPrinter())
    with cable.plugged_in(): …    # `import usb.core` now finds the printer, and nothing else

Endpoints, transfers and errors as in the USB specification 2.0 (9.6.6) and pyusb 1.x: a transfer
that takes too long raises USBTimeoutError unless a part of it was taken; after the plug is pulled
everything raises USBError.
"""

import errno
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from unittest.mock import patch

from simulator.mechanism import Mechanism

VENDOR, PRODUCT = 0x0416, 0x5011
_OUT, _IN = 0x03, 0x82  # addresses of the endpoints; the highest bit is the direction
_DIRECTION = 0x80


class USBError(OSError):
    """As usb.core's."""


class USBTimeoutError(USBError):
    """As usb.core's."""


class NoBackendError(ValueError):
    """As usb.core's."""


class UsbPrinter(Mechanism):
    """A printer with an endpoint each way. `driver`: whether the kernel's driver holds it.

    `mute`: it has no endpoint to say anything on. All else as `simulator.mechanism.Mechanism`.
    """

    def __init__(self, *, mute: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self.mute = mute
        self.driver = True
        self.owned = False
        self.plugged = True
        self.opened = 0
        self._changed = threading.Condition(threading.RLock())
        self._said = bytearray()

    def pull(self) -> None:
        """Pull the plug; the printer keeps its power and its buffer."""
        with self._changed:
            self.plugged = False
            self._changed.notify_all()

    def push(self) -> None:
        """Put the plug in again; the kernel's driver takes it."""
        with self._changed:
            self.plugged = self.driver = True
            self.owned = False
            self._said.clear()

    def take(self, data: bytes, timeout_ms: int) -> int:
        """A bulk transfer to the printer: how many bytes of it were taken in that time."""
        taken, until = 0, time.monotonic() + timeout_ms / 1000
        with self._changed:
            while taken < len(data):
                self._check()
                if not self.room and not self._wait(until):
                    break
                piece = data[taken : taken + self.room]
                self.receive(piece, time.monotonic())
                self.print_buffer()
                taken += len(piece)
        if not taken:
            raise USBTimeoutError(errno.ETIMEDOUT, "Operation timed out")
        return taken

    def give(self, count: int, timeout_ms: int) -> bytes:
        """A bulk transfer from the printer."""
        until = time.monotonic() + timeout_ms / 1000
        with self._changed:
            while not self._said:
                self._check()
                if not self._wait(until):
                    raise USBTimeoutError(errno.ETIMEDOUT, "Operation timed out")
            given = bytes(self._said[:count])
            del self._said[:count]
        return given

    def _check(self) -> None:
        if not self.plugged:
            raise USBError(errno.ENODEV, "No such device (it may have been disconnected)")
        if not self.owned:
            raise USBError(errno.EBUSY, "Resource busy")

    def _wait(self, until: float) -> bool:
        left = until - time.monotonic()
        return left > 0 and self._changed.wait(left)

    def _say(self, data: bytes) -> None:
        self._said += data
        self._changed.notify_all()

    def _switch(self, **states: bool | int) -> None:
        with self._changed:
            super()._switch(**states)
            self._changed.notify_all()


class _Endpoint:
    """As usb.core.Endpoint."""

    def __init__(self, printer: UsbPrinter, address: int) -> None:
        self.bEndpointAddress = address
        self._printer = printer

    def write(self, data: bytes, timeout: int) -> int:
        """How many bytes were taken; `timeout`: ms."""
        return self._printer.take(data, timeout)

    def read(self, count: int, timeout: int) -> bytes:
        """At most `count` bytes; `timeout`: ms."""
        return self._printer.give(count, timeout)


class _Device:
    """As usb.core.Device, with one configuration of one interface."""

    def __init__(self, printer: UsbPrinter) -> None:
        self.printer = printer
        addresses = (_OUT,) if printer.mute else (_IN, _OUT)
        self._interface = [_Endpoint(printer, address) for address in addresses]

    def is_kernel_driver_active(self, interface: int) -> bool:
        """Whether usblp has it."""
        return self.printer.driver

    def detach_kernel_driver(self, interface: int) -> None:
        """Take it from usblp."""
        self.printer.driver = False

    def set_configuration(self) -> None:
        """Make it ours; EBUSY while the kernel's driver has it."""
        if self.printer.driver:
            raise USBError(errno.EBUSY, "Resource busy")
        self.printer.owned = True
        self.printer.opened += 1

    def get_active_configuration(self) -> dict[tuple[int, int], Sequence[_Endpoint]]:
        """Interfaces by number and alternate setting."""
        return {(0, 0): self._interface}


class UsbCable:
    """What is plugged into this machine: one printer, or, with None, nothing. `backend`: whether
    there is a libusb."""

    def __init__(self, printer: UsbPrinter | None, backend: bool = True) -> None:
        self._printer = printer
        self._backend = backend

    @contextmanager
    def plugged_in(self) -> Iterator[None]:
        """While this lasts, `usb.core` and `usb.util` are those of this cable."""
        core, util = ModuleType("usb.core"), ModuleType("usb.util")
        found: dict[str, Any] = {
            "find": self._find,
            "USBError": USBError,
            "USBTimeoutError": USBTimeoutError,
            "NoBackendError": NoBackendError,
        }
        core.__dict__.update(found)
        ways: dict[str, Any] = {
            "ENDPOINT_OUT": 0,
            "endpoint_direction": lambda address: address & _DIRECTION,
            "find_descriptor": _find_descriptor,
            "dispose_resources": _dispose,
        }
        util.__dict__.update(ways)
        with patch.dict(sys.modules, {"usb.core": core, "usb.util": util}):
            yield

    def _find(self, idVendor: int, idProduct: int) -> _Device | None:
        if not self._backend:
            raise NoBackendError("No backend available")
        printer = self._printer
        there = (
            printer is not None and printer.plugged and (idVendor, idProduct) == (VENDOR, PRODUCT)
        )
        return _Device(printer) if there and printer is not None else None


def _find_descriptor(
    interface: Sequence[_Endpoint], custom_match: Callable[[_Endpoint], bool]
) -> _Endpoint | None:
    return next(filter(custom_match, interface), None)


def _dispose(device: _Device) -> None:
    device.printer.owned = False
