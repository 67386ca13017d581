"""The printer's transports, with a file, a socket and a pseudo terminal in its place."""

import contextlib
import os
import pty
import select
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from firmware.common.program import Inbox
from firmware.dispenser import printer, status
from firmware.dispenser.config import PrinterConfig
from firmware.dispenser.printer import FAILED, PRINTED, UNKNOWN, NothingSent, Printer, send
from firmware.dispenser.slip import Item, Template, Ticket
from firmware.dispenser.ticket import Job, Layout
from simulator.pty_printer import PtyPrinter

DEADLINE_S = 20
TICKET = b"\x1b@\x1c.\x1bt\x2eticket\n\x1dVB\x00"


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same deadlines, only shorter."""
    monkeypatch.setattr(printer, "DEADLINE_S", 0.1)


def print_on(**config: object) -> tuple[str, str]:
    """Print a ticket on the printer of such a config."""
    return send(printer.connector(PrinterConfig(**config)), TICKET)  # type: ignore[arg-type]


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
    outcome, detail = send(lambda: printer.FileTransport(path), b"y" * 3 * 4096)
    assert outcome == UNKNOWN
    assert "took nothing" in detail
    os.close(out)
    os.close(into)


def test_a_network_printer_gets_exactly_these_bytes() -> None:
    """And the end of the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        got: list[bytes] = []
        reader = threading.Thread(target=lambda: got.append(_all(server)))
        reader.start()
        outcome = print_on(kind="network", host="127.0.0.1", port=server.getsockname()[1])
        reader.join(DEADLINE_S)
    assert outcome == (PRINTED, "")
    assert got == [TICKET]


def test_a_network_printer_that_refuses_has_failed() -> None:
    """Nothing listens there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert print_on(kind="network", host="127.0.0.1", port=port)[0] == FAILED


@pytest.mark.usefixtures("hurry")
def test_a_network_printer_that_stops_taking_is_unknown() -> None:
    """It accepts, and never reads."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        config = PrinterConfig("network", host="127.0.0.1", port=server.getsockname()[1])
        outcome, detail = send(printer.connector(config), b"x" * 50_000_000)
    assert (outcome, detail) == (UNKNOWN, "timed out")


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
    outcome, detail = send(printer.connector(config), b"x" * 1_000_000)
    assert outcome == UNKNOWN
    assert "imeout" in detail


class BenchUsb:
    """Stands for pyusb with one printer on the cable: an IN endpoint, and an OUT endpoint."""

    def __init__(self, takes: int = 1 << 20) -> None:
        self.got = b""
        self._takes = takes
        self.driver = True
        self.disposed = False
        self.NoBackendError = ValueError
        self.ENDPOINT_OUT = 0
        self._ends = [SimpleNamespace(bEndpointAddress=0x82), self]
        self.bEndpointAddress = 0x03

    def find(self, **wanted: int) -> "BenchUsb | None":
        return self if wanted == {"idVendor": 0x0416, "idProduct": 0x5011} else None

    def is_kernel_driver_active(self, interface: int) -> bool:
        return self.driver

    def detach_kernel_driver(self, interface: int) -> None:
        self.driver = False

    def set_configuration(self) -> None:
        assert not self.driver

    def get_active_configuration(self) -> dict[tuple[int, int], list[object]]:
        return {(0, 0): self._ends}

    def find_descriptor(self, ends: list[object], custom_match: Callable[[object], bool]) -> object:
        return next(filter(custom_match, ends), None)

    def endpoint_direction(self, address: int) -> int:
        return address & 0x80

    def write(self, data: bytes, timeout: int) -> int:
        assert timeout == 5_000
        self.got += data[: self._takes]
        return len(data[: self._takes])

    def dispose_resources(self, device: object) -> None:
        self.disposed = device is self


def plug(monkeypatch: pytest.MonkeyPatch, usb: BenchUsb) -> None:
    """Put it where pyusb would be."""
    for name in ("usb", "usb.core", "usb.util"):
        monkeypatch.setitem(sys.modules, name, usb)


def test_a_usb_printer_gets_exactly_these_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """On its OUT endpoint, after the kernel's driver let go, with a deadline."""
    usb = BenchUsb()
    plug(monkeypatch, usb)
    assert print_on(kind="usb", vendor=0x0416, product=0x5011) == (PRINTED, "")
    assert usb.got == TICKET
    assert usb.disposed


def test_a_usb_printer_that_stops_taking_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of the bytes were taken."""
    plug(monkeypatch, BenchUsb(takes=3))
    outcome, detail = print_on(kind="usb", vendor=0x0416, product=0x5011)
    assert outcome == UNKNOWN
    assert "took 3 of" in detail


def test_a_usb_printer_without_its_library_or_cable_has_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reason names what is missing."""
    plug(monkeypatch, BenchUsb())
    missing = (FAILED, "no USB device 0416:0001; look for the printer with lsusb")
    assert print_on(kind="usb", vendor=0x0416, product=0x0001) == missing
    monkeypatch.setitem(sys.modules, "usb.core", None)
    outcome, detail = print_on(kind="usb", vendor=0x0416, product=0x5011)
    assert outcome == FAILED
    assert "talon-queue[dispenser]" in detail


def job(visit: str, render: Callable[[Sequence[Item]], bytes] = lambda items: TICKET) -> Job:
    """A ticket of that visit."""
    return Job(Layout(Template("ЦНАП"), render), Ticket(visit, "А042", "Паспорт"))


class BenchTransport:
    """Waits in `write` until it is let go, then raises or not."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.go = threading.Event()

    def write(self, data: bytes) -> None:
        assert self.go.wait(DEADLINE_S)
        if self.error:
            raise self.error

    def read(self, timeout: float) -> bytes:
        return b""

    def close(self) -> None:
        raise OSError("already gone")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, (PRINTED, "")),
        (NothingSent("no\npaper"), (FAILED, "no paper")),
        (OSError("cable"), (UNKNOWN, "cable")),
        (ZeroDivisionError("a driver's fault"), (UNKNOWN, "a driver's fault")),
    ],
)
def test_each_job_has_one_outcome_in_the_inbox(
    error: Exception | None, outcome: tuple[str, str]
) -> None:
    """Also if a driver raises what it should not; the thread lives on."""
    inbox = Inbox()
    transport = BenchTransport(error)
    transport.go.set()
    worker = Printer(lambda: transport, inbox)
    for visit in ("1", "2"):
        worker.print(job(visit))
        assert inbox.get(timeout=DEADLINE_S) == (PRINTED, (visit, *outcome))
    worker.close()


def test_a_job_behind_one_that_hangs_fails_and_is_not_printed_later() -> None:
    """A ticket that comes out minutes later is taken by somebody else."""
    inbox = Inbox()
    transport = BenchTransport()
    worker = Printer(lambda: transport, inbox)
    worker.print(job("1"))
    worker.print(job("2"))
    assert inbox.get(timeout=DEADLINE_S)[1][:2] == ("2", FAILED)
    transport.go.set()
    assert inbox.get(timeout=DEADLINE_S)[1] == ("1", PRINTED, "")
    worker.close()
    assert inbox.empty()


def test_a_ticket_is_made_in_the_printers_thread_and_one_that_cannot_be_fails() -> None:
    """The main loop does not wait for the picture; the thread lives on, with nothing sent."""
    inbox = Inbox()
    made_in: list[str] = []
    far = BenchStatus()

    def draw(items: Sequence[Item]) -> bytes:
        made_in.append(threading.current_thread().name)
        if len(made_in) == 1:
            raise ZeroDivisionError("no such\nfont")
        return TICKET

    worker = Printer(lambda: far, inbox)
    for visit, outcome in (
        ("1", (FAILED, "cannot make the ticket: no such font")),
        ("2", (PRINTED, "")),
    ):
        worker.print(job(visit, draw))
        assert inbox.get(timeout=DEADLINE_S) == (PRINTED, (visit, *outcome))
    worker.close()
    assert made_in == ["talon-printer"] * 2
    assert far.said == [TICKET]


def _all(server: socket.socket) -> bytes:
    connection, _ = server.accept()
    with connection:
        got = b""
        while piece := connection.recv(4096):
            got += piece
    return got


class BenchStatus:
    """A printer that answers. `said`: what it was sent; `answers`: by question."""

    def __init__(self, **answers: int | None) -> None:
        self.said: list[bytes] = []
        self._answers = {1: 0x12, 2: 0x12, 4: 0x12, "done": 0x00}
        self._answers.update({int(k[1:]) if k != "done" else k: v for k, v in answers.items()})  # type: ignore[misc]
        self._out: list[int] = []

    def write(self, data: bytes) -> None:
        self.said.append(data)
        questions = list(data[2::3]) if data.startswith(b"\x10\x04") else ["done"]
        answers = [self._answers.get(question) for question in questions]
        self._out += [answer for answer in answers if answer is not None]

    def read(self, timeout: float) -> bytes:
        out, self._out = bytes(self._out), []
        return out

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("answers", "outcome", "why"),
    [
        ({}, PRINTED, ""),
        ({"n4": 0x72}, FAILED, "no paper"),
        ({"n2": 0x16, "n4": 0x72}, FAILED, "the cover is open"),
        ({"n1": 0x1A}, FAILED, "offline"),
        ({"n2": 0x52}, FAILED, "it reports an error"),
        ({"n4": 0x1E}, PRINTED, ""),  # near its end is not at its end
        ({"done": 0x0C}, UNKNOWN, "the paper ended with this ticket"),
        ({"done": 0x03}, PRINTED, ""),
    ],
)
def test_a_printer_that_is_asked_is_believed(
    answers: dict[str, int], outcome: str, why: str
) -> None:
    """Before a job, when nothing may be sent that would come out later, and after it."""
    transport = BenchStatus(**answers)
    found, detail = send(lambda: transport, TICKET, asked=True)
    assert found == outcome
    assert detail.startswith(why) and bool(detail) == bool(why)
    assert any(TICKET in said for said in transport.said) == (outcome != FAILED)


@pytest.mark.usefixtures("hurry")
def test_a_printer_that_says_nothing_gets_nothing_and_one_that_falls_silent_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Silence is not "paper adequate"."""
    monkeypatch.setattr(printer, "ANSWER_S", 0.05)
    silent = BenchStatus(n1=None)
    outcome, detail = send(lambda: silent, TICKET, asked=True)
    assert outcome == FAILED and "does not answer" in detail
    assert not any(TICKET in said for said in silent.said)
    assert send(lambda: BenchStatus(done=None), TICKET, asked=True)[0] == UNKNOWN


def test_a_printer_is_looked_at_before_the_first_visitor() -> None:
    """So that the first press costs no number when there is no paper."""
    inbox = Inbox()
    worker = Printer(lambda: BenchStatus(n4=0x72), inbox, asked=True)
    assert inbox.get(timeout=DEADLINE_S) == (printer.STATUS, ("no paper", ""))
    worker.close()


@pytest.fixture
def paper() -> Iterator[PtyPrinter]:
    """A printer on a pseudo-terminal that plays what real ones do."""
    with PtyPrinter() as far:
        yield far


def ask_and_print(far: PtyPrinter) -> tuple[str, str]:
    """Print a ticket on it, asked before and after."""
    config = PrinterConfig("serial", device=far.path, baud=115200, status=True)
    return send(printer.connector(config), TICKET, asked=True)


def test_a_ticket_that_is_printed_is_one_sheet(paper: PtyPrinter) -> None:
    """And it says so itself."""
    assert ask_and_print(paper) == (PRINTED, "")
    (sheet,) = paper.wait_for_sheets(1)
    assert sheet.text == "ticket"


@pytest.mark.parametrize(
    ("hinder", "mend", "why"),
    [
        (PtyPrinter.tear_paper, PtyPrinter.load_paper, "no paper"),
        (PtyPrinter.open_cover, PtyPrinter.close_cover, "the cover is open"),
        (PtyPrinter.go_offline, PtyPrinter.go_online, "offline"),
        (PtyPrinter.switch_off, PtyPrinter.switch_on, "it does not answer"),
        (PtyPrinter.go_silent, PtyPrinter.wake, "it does not answer"),
    ],
)
def test_nothing_comes_out_after_the_roll_is_changed(
    paper: PtyPrinter,
    hinder: Callable[[PtyPrinter], None],
    mend: Callable[[PtyPrinter], None],
    why: str,
) -> None:
    """No ghost: what could not be printed was never sent; the next ticket is the first on paper."""
    hinder(paper)
    outcome, detail = ask_and_print(paper)
    assert outcome == FAILED
    assert detail.startswith(why)
    mend(paper)
    assert ask_and_print(paper) == (PRINTED, "")
    assert len(paper.wait_for_sheets(1)) == 1


@pytest.mark.usefixtures("hurry")
def test_a_printer_that_loses_its_power_half_way_is_unknown(paper: PtyPrinter) -> None:
    """Half a ticket may be on paper."""
    paper.die_after(len(b"".join(status.ASK)) + 8)
    assert ask_and_print(paper)[0] == UNKNOWN


def test_near_its_end_it_prints_and_says_so(paper: PtyPrinter) -> None:
    """So that somebody brings a roll before there is none."""
    paper.near_end()
    assert ask_and_print(paper) == (PRINTED, "")
    config = PrinterConfig("serial", device=paper.path, baud=115200, status=True)
    assert printer.look(printer.connector(config)) == ("", status.NEAR_END)


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
