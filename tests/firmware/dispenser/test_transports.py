"""The ways to a printer, with a file, a socket, a terminal and a USB cable in their place."""

import contextlib
import os
import pty
import select
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.dispenser import transports
from firmware.dispenser.config import PrinterConfig
from firmware.dispenser.dialogue import FAILED, PRINTED, UNKNOWN
from firmware.dispenser.printer import send
from firmware.dispenser.transports import FileTransport, NothingSent, connector
from simulator.usb_printer import PRODUCT, VENDOR, UsbCable, UsbPrinter
from tests.firmware.bench import DEADLINE_S

TICKET = b"\x1b@\x1c.\x1bt\x2eticket\n\x1dVB\x00"
USB = PrinterConfig("usb", vendor=VENDOR, product=PRODUCT)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same deadlines, only shorter."""
    monkeypatch.setattr(transports, "DEADLINE_S", 0.1)


def print_on(**config: object) -> tuple[str, str]:
    """Print a ticket on the printer of such a config."""
    return send(connector(PrinterConfig(**config)), TICKET)  # type: ignore[arg-type]


def test_a_file_gets_each_ticket_after_the_other(tmp_path: Path) -> None:
    """Raw bytes, nothing before, between or after."""
    path = tmp_path / "lp0"
    path.touch()
    assert print_on(kind="file", device=str(path)) == (PRINTED, "")
    assert print_on(kind="file", device=str(path)) == (PRINTED, "")
    assert path.read_bytes() == TICKET * 2


def test_a_printer_that_is_not_there_has_failed(tmp_path: Path) -> None:
    """And no file is made in its place."""
    path = tmp_path / "lp0"
    for kind in ("file", "serial"):
        outcome, detail = print_on(kind=kind, device=str(path))
        assert outcome == FAILED
        assert "No such file" in detail
        assert "\n" not in detail
    assert not path.exists()


def test_a_plain_file_has_nothing_to_say_and_is_not_read_as_fast_as_the_machine_can(
    tmp_path: Path,
) -> None:
    """Its end is no answer; the reader rests a while."""
    path = tmp_path / "lp0"
    path.touch()
    file = FileTransport(str(path), asked=True)
    assert file.read(0.001) == b""
    file.close()
    assert FileTransport(str(path)).read(1.0) == b""


@pytest.mark.usefixtures("hurry")
def test_a_device_that_takes_nothing_has_failed_and_one_that_stops_is_unknown() -> None:
    """A pipe that is full stands for /dev/usb/lp0 out of paper."""
    out, into = os.pipe()
    path = f"/dev/fd/{into}"
    os.set_blocking(into, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(into, b"x" * 4096)
    assert print_on(kind="file", device=path)[0] == FAILED
    os.read(out, 4096)
    outcome, detail = send(lambda: FileTransport(path), b"y" * 3 * 4096)
    assert outcome == UNKNOWN
    assert "took nothing" in detail
    os.close(out)
    os.close(into)


def test_a_write_has_an_end_even_if_a_little_is_taken_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Or a printer that takes a byte each second would hold the thread for hours."""
    monkeypatch.setattr(transports, "MOST_S", -1.0)
    out, into = os.pipe()
    with pytest.raises(NothingSent, match="0 of 5 bytes"):
        FileTransport(f"/dev/fd/{into}").write(b"hello")
    os.close(out)
    os.close(into)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """A network printer's port."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        one.settimeout(DEADLINE_S)
        yield one


def network(server: socket.socket) -> PrinterConfig:
    """The config of the printer there."""
    return PrinterConfig("network", host="127.0.0.1", port=server.getsockname()[1])


def test_a_network_printer_gets_exactly_these_bytes(server: socket.socket) -> None:
    """And the end of the connection."""
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(_all(server)))
    reader.start()
    outcome = send(connector(network(server)), TICKET)
    reader.join(DEADLINE_S)
    assert outcome == (PRINTED, "")
    assert got == [TICKET]


def test_a_network_printer_that_refuses_has_failed() -> None:
    """Nothing listens there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        config = network(server)
    assert send(connector(config), TICKET)[0] == FAILED


@pytest.mark.usefixtures("hurry")
def test_a_network_printer_that_stops_taking_is_unknown(server: socket.socket) -> None:
    """It accepts, and never reads."""
    outcome, detail = send(connector(network(server)), b"x" * 50_000_000)
    assert outcome == UNKNOWN
    assert detail.startswith("127.0.0.1:") and "took nothing" in detail


def test_a_network_printer_that_hangs_up_has_gone(server: socket.socket) -> None:
    """Its end of the connection is no answer."""
    transport = connector(network(server))()
    server.accept()[0].close()
    with pytest.raises(OSError, match="has gone"):
        transport.read(DEADLINE_S)
    transport.close()


def test_an_aborted_job_does_not_arrive_later(server: socket.socket) -> None:
    """What the kernel has not sent yet is dropped with the connection: there is no ghost."""
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    transport = connector(network(server))()
    far, _ = server.accept()
    transport.write(b"x" * 50_000)
    transport.abort()
    with pytest.raises(ConnectionResetError):
        _all_of(far)
    far.close()


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """A serial line: our end, and the path of the other."""
    ours, theirs = pty.openpty()
    yield ours, os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


def test_a_serial_printer_gets_exactly_these_bytes(terminal: tuple[int, str]) -> None:
    """Over pyserial."""
    ours, path = terminal
    os.set_blocking(ours, False)
    for _ in range(50):  # a tail dropped at `close` showed once in a dozen times
        assert print_on(kind="serial", device=path, baud=115200) == (PRINTED, "")
        got = b""
        while len(got) < len(TICKET):
            ready, _, _ = select.select([ours], [], [], DEADLINE_S)
            assert ready, f"only {got!r} came"
            got += os.read(ours, 1000)
        assert got == TICKET


@pytest.mark.usefixtures("hurry")
def test_a_serial_printer_that_stops_taking_is_unknown(terminal: tuple[int, str]) -> None:
    """It neither hangs while writing nor while closing."""
    config = PrinterConfig("serial", device=terminal[1])
    outcome, detail = send(connector(config), b"x" * 1_000_000)
    assert outcome == UNKNOWN
    assert "took nothing" in detail


def test_a_serial_printer_whose_adapter_is_pulled_has_gone() -> None:
    """Silence and absence are told apart."""
    ours, theirs = pty.openpty()
    transport = connector(PrinterConfig("serial", device=os.ttyname(theirs)))()
    os.close(theirs)
    os.close(ours)
    with pytest.raises(OSError):
        transport.read(DEADLINE_S)
    with pytest.raises(NothingSent):
        transport.write(TICKET)
    transport.close()


def test_a_serial_port_has_one_owner(terminal: tuple[int, str]) -> None:
    """A test print between two tickets' bytes would spoil both."""
    config = PrinterConfig("serial", device=terminal[1])
    transport = connector(config)()
    outcome, detail = send(connector(config), TICKET)
    assert outcome == FAILED
    assert f"{terminal[1]} is in use: is the dispenser running?" in detail
    transport.close()
    assert send(connector(config), TICKET)[0] == PRINTED


def test_flow_control_is_that_of_the_config(
    terminal: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture at 115200 baud overruns a printer that cannot say wait."""
    import serial

    asked: list[bool] = []
    real = serial.Serial

    def open_port(*arguments: object, rtscts: bool, **more: object) -> object:
        asked.append(rtscts)
        return real(*arguments, **more)  # a pseudo-terminal has no such lines

    monkeypatch.setattr(serial, "Serial", open_port)
    for flow in ("none", "rtscts"):
        print_on(kind="serial", device=terminal[1], baud=115200, flow=flow)
    assert asked == [False, True]


def test_a_usb_printer_prints_and_says_so() -> None:
    """On its endpoints, after the kernel's driver let go; then it is given back."""
    printer = UsbPrinter()
    with UsbCable(printer).plugged_in():
        assert send(connector(USB), TICKET, asked=True) == (PRINTED, "")
    assert [sheet.text for sheet in printer.sheets] == ["ticket"]
    assert not printer.driver and not printer.owned


def test_a_usb_printer_without_a_way_back_says_nothing() -> None:
    """It prints all the same."""
    printer = UsbPrinter(mute=True)
    with UsbCable(printer).plugged_in():
        assert send(connector(USB), TICKET) == (PRINTED, "")
        outcome, detail = send(connector(USB), TICKET, asked=True)
    assert outcome == FAILED and "does not answer" in detail
    assert len(printer.sheets) == 1


@pytest.mark.usefixtures("hurry")
def test_a_usb_printer_that_stops_taking_is_unknown_and_one_that_takes_nothing_has_failed() -> None:
    """Each transfer has its deadline; a part of one counts as taken."""
    printer = UsbPrinter(buffer=50)
    printer.tear_paper()
    with UsbCable(printer).plugged_in():
        outcome, detail = send(connector(USB), TICKET * 9)
        assert outcome == UNKNOWN and "took nothing" in detail
        assert send(connector(USB), TICKET)[0] == FAILED


def test_a_usb_printer_whose_plug_is_pulled_has_gone_and_is_found_again() -> None:
    """In the middle of a transfer, too."""
    printer = UsbPrinter()
    with UsbCable(printer).plugged_in():
        transport = connector(USB)()
        printer.pull()
        with pytest.raises(NothingSent, match="No such device"):
            transport.write(TICKET)
        with pytest.raises(OSError, match="No such device"):
            transport.read(0)
        transport.abort()
        assert send(connector(USB), TICKET)[0] == FAILED
        printer.push()
        assert send(connector(USB), TICKET) == (PRINTED, "")


def test_a_usb_printer_without_its_library_or_cable_has_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reason names what is missing."""
    with UsbCable(None).plugged_in():
        missing = (FAILED, "no USB device 0416:5011; look for the printer with lsusb")
        assert send(connector(USB), TICKET) == missing
    with UsbCable(UsbPrinter(), backend=False).plugged_in():
        assert send(connector(USB), TICKET) == (
            FAILED,
            "libusb is missing: apt install libusb-1.0-0",
        )
    monkeypatch.setitem(sys.modules, "usb.core", None)
    outcome, detail = send(connector(USB), TICKET)
    assert outcome == FAILED
    assert detail.endswith("; pip install '.[dispenser]'")


def _all_of(peer: socket.socket) -> bytes:
    got = b""
    while piece := peer.recv(4096):
        got += piece
    return got


def _all(server: socket.socket) -> bytes:
    connection, _ = server.accept()
    with connection:
        return _all_of(connection)
