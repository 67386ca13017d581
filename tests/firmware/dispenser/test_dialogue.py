"""What is said to a printer about one ticket, and what is made of its answers and its silence."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from firmware.dispenser import dialogue, status, transports
from firmware.dispenser.config import PrinterConfig
from firmware.dispenser.dialogue import FAILED, PRINTED, UNKNOWN, Dialogue, Line
from firmware.dispenser.printer import open_line, send
from firmware.dispenser.transports import NothingSent, Transport, connector
from simulator.pty_printer import PtyPrinter
from simulator.usb_printer import PRODUCT, VENDOR, UsbCable, UsbPrinter

TICKET = b"\x1b@\x1c.\x1bt\x2eticket\n\x1dVB\x00"


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same deadlines, only shorter; a printer that is a thread of ours has its half second to
    answer in, for it may have to wait for its turn."""
    for module in (dialogue, transports):
        monkeypatch.setattr(module, "DEADLINE_S", 0.1)


class BenchStatus:
    """A printer that answers. `said`: what it was sent. `answers`: by question, `done` that to
    GS r; bytes are said as they are."""

    def __init__(self, **answers: int | bytes | None) -> None:
        self.said: list[bytes] = []
        self.error: OSError | None = None  # what writing to it comes to
        self.left = ""
        self._answers: dict[str, int | bytes | None] = {
            "n1": 0x12,
            "n2": 0x12,
            "n4": 0x12,
            "done": 0,
        }
        self._answers.update(answers)
        self._out = b""

    def write(self, data: bytes) -> None:
        if self.error is not None:
            raise self.error
        self.said.append(data)
        asks = data.startswith(b"\x10\x04")
        for question in [f"n{n}" for n in data[2::3]] if asks else ["done"]:
            answer = self._answers[question]
            if answer is not None:
                self._out += answer if isinstance(answer, bytes) else bytes([answer])

    def read(self, timeout: float) -> bytes:
        out, self._out = self._out, b""
        return out

    def close(self) -> None:
        self.left = "closed"

    def abort(self) -> None:
        self.left = "aborted"


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
        ({"done": b"\x11\x13\x00"}, PRINTED, ""),  # XON, XOFF
        ({"done": b"\x10\x00\x0c\x00\x00"}, PRINTED, ""),  # four bytes by itself, then the answer
        ({"done": b"\x12\x16\x00"}, PRINTED, ""),  # late answers to DLE EOT
        ({"n1": b"\x14\x00\x00\x00\x12"}, PRINTED, ""),
    ],
)
def test_a_printer_that_is_asked_is_believed(
    answers: dict[str, int | bytes | None], outcome: str, why: str
) -> None:
    """Before a job, when nothing may be sent that would come out later, and after it; what it says
    by itself is no answer."""
    transport = BenchStatus(**answers)
    found, detail = send(lambda: transport, TICKET, asked=True)
    assert found == outcome
    assert detail.startswith(why) and bool(detail) == bool(why)
    assert any(TICKET in said for said in transport.said) == (outcome != FAILED)


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("other", [b"\x10\x00\x00\x00", b"\x12", b"\x13", b"\x01", b"\x04"])
def test_a_byte_that_says_something_else_is_no_word_that_it_is_printed(other: bytes) -> None:
    """Automatic status, an answer to DLE EOT, XOFF, and bits of which only one of two is on."""
    assert send(lambda: BenchStatus(done=other), TICKET, asked=True)[0] == UNKNOWN


@pytest.mark.usefixtures("hurry")
def test_a_printer_that_says_nothing_gets_nothing_and_one_that_falls_silent_is_unknown() -> None:
    """Silence is not "paper adequate"."""
    silent = BenchStatus(n1=None)
    outcome, detail = send(lambda: silent, TICKET, asked=True)
    assert outcome == FAILED and "does not answer" in detail
    assert not any(TICKET in said for said in silent.said)
    assert send(lambda: BenchStatus(done=None), TICKET, asked=True)[0] == UNKNOWN


def many(*printers: Transport) -> Callable[[], Transport]:
    """Each connection is to the next of them; after the last there is none."""
    left = list(printers)

    def connect() -> Transport:
        if not left:
            raise OSError("no more of them")
        return left.pop(0)

    return connect


def test_one_connection_serves_all_looks_and_jobs() -> None:
    """Opening a serial port moves DTR, at which many printers start anew."""
    only = BenchStatus()
    talk = Dialogue(Line(many(only)), asked=True)
    for _ in range(3):
        assert talk.look() == ("", "")
        assert talk.print(TICKET) == (PRINTED, "")
    assert only.left == ""
    talk.close()
    assert only.left == "closed"


@pytest.mark.parametrize("asked", [True, False])
def test_a_line_that_died_meanwhile_is_opened_anew_and_the_ticket_comes(asked: bool) -> None:
    """Nothing of it was sent on the dead one."""
    old, new = BenchStatus(), BenchStatus()
    talk = Dialogue(Line(many(old, new)), asked)
    assert talk.print(TICKET) == (PRINTED, "")
    old.error = NothingSent("gone")
    assert talk.print(TICKET) == (PRINTED, "")
    assert old.left == "aborted"
    assert TICKET in new.said[-1]


def test_a_new_line_that_is_dead_too_has_failed() -> None:
    """It is tried once, not for ever."""
    old, new = BenchStatus(), BenchStatus()
    talk = Dialogue(Line(many(old, new)), asked=True)
    assert talk.look() == ("", "")
    old.error = new.error = OSError("no\nroute")
    assert talk.print(TICKET) == (FAILED, "no route")
    assert not talk.connected
    assert talk.look() == ("no more of them", "")


@pytest.mark.usefixtures("hurry")
def test_after_a_doubt_nothing_more_of_the_ticket_is_to_arrive() -> None:
    """The line is aborted, not closed."""
    silent = BenchStatus(done=None)
    assert send(lambda: silent, TICKET, asked=True)[0] == UNKNOWN
    assert silent.left == "aborted"


def test_a_command_that_broke_off_is_ended_before_anything_is_said() -> None:
    """At the start, when nobody knows what was before, and after a doubt; also before a question,
    which half a head of a picture would take for the picture's size."""
    far = BenchStatus()
    talk = Dialogue(Line(lambda: far), asked=True, clear=b"\0\0")
    assert talk.look() == ("", "")
    assert talk.print(TICKET) == (PRINTED, "")
    ask = b"".join(status.ASK)
    assert far.said == [b"\0\0", ask, ask, TICKET + status.ASK_DONE]
    talk.drop()
    assert talk.look() == ("", "")
    assert far.said[4:] == [b"\0\0", ask]


def test_what_ends_a_command_is_said_again_if_it_was_not_taken() -> None:
    """A printer that takes nothing is no printer that is clear."""
    far = BenchStatus()
    far.error = OSError("took nothing")
    talk = Dialogue(Line(lambda: far), asked=True, clear=b"\0\0")
    assert talk.look() == ("took nothing", "")
    far.error = None
    assert talk.look() == ("", "")
    assert far.said[0] == b"\0\0"


def test_where_others_print_too_the_line_is_let_go_each_time() -> None:
    """A printer with one connection at a time would keep them out."""
    printers = [BenchStatus() for _ in range(3)]
    talk = Dialogue(Line(many(*printers), keep=False), asked=True)
    for each in printers:
        assert talk.look() == ("", "")
        assert each.left == "closed"


@pytest.mark.parametrize(
    ("config", "kept"),
    [
        (PrinterConfig("serial"), True),
        (PrinterConfig("usb", status=True), True),
        (PrinterConfig("file"), True),
        (PrinterConfig("network", status=True), True),
        (PrinterConfig("network", status=True, shared=True), False),
        (PrinterConfig("network"), False),
    ],
)
def test_a_line_is_kept_unless_others_need_it_or_nothing_else_shows_that_it_lives(
    config: PrinterConfig, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network printer that is never asked shows by accepting a connection that it is there."""
    found = BenchStatus()
    monkeypatch.setattr("firmware.dispenser.printer.connector", lambda _: lambda: found)
    line = open_line(config)
    line.open()
    line.rest(silent=False)
    assert line.is_open is kept


class FarPeer:
    """A network printer: answers DLE EOT as long as it is told to."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.taken: list[socket.socket] = []
        self.answers = True
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            self.taken.append(peer)
            with contextlib.suppress(OSError):  # reset by the other side, or closed by ours
                while data := peer.recv(4096):
                    if self.answers:
                        peer.send(b"\x12" * data.count(b"\x10\x04"))

    def close(self) -> None:
        """End all, and the thread with it."""
        for each in (*self.taken, self.server):
            with contextlib.suppress(OSError):  # its other side has gone
                each.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for each in (*self.taken, self.server):
            each.close()


@pytest.mark.usefixtures("hurry")
def test_a_network_peer_that_has_vanished_is_noticed_by_its_silence_and_left() -> None:
    """A half-dead connection takes bytes for minutes; the next look has a new one."""
    far = FarPeer()
    port = far.server.getsockname()[1]
    talk = Dialogue(
        open_line(PrinterConfig("network", host="127.0.0.1", port=port, status=True)), asked=True
    )
    assert talk.look() == ("", "")
    far.answers = False
    assert talk.look() == (status.SILENT, "")
    assert not talk.connected
    far.answers = True
    assert talk.look() == ("", "")
    assert len(far.taken) == 2
    talk.close()
    far.close()


def test_a_usb_plug_that_was_pulled_and_put_back_costs_no_ticket() -> None:
    """The handle of before is dead; a new one is taken."""
    far = UsbPrinter()
    config = PrinterConfig("usb", vendor=VENDOR, product=PRODUCT, status=True)
    with UsbCable(far).plugged_in():
        talk = Dialogue(open_line(config), asked=True)
        assert talk.look() == ("", "")
        far.pull()
        assert "lsusb" in talk.look()[0]
        far.push()
        assert talk.print(TICKET) == (PRINTED, "")
        talk.close()
    assert far.opened == 2
    assert len(far.sheets) == 1


@pytest.fixture
def paper() -> Iterator[PtyPrinter]:
    """A printer on a pseudo-terminal that plays what real ones do."""
    with PtyPrinter() as far:
        yield far


def ask_and_print(far: PtyPrinter) -> tuple[str, str]:
    """Print a ticket on it, asked before and after."""
    config = PrinterConfig("serial", device=far.path, baud=115200, status=True)
    return send(connector(config), TICKET, asked=True)


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
    talk = Dialogue(open_line(config), asked=True)
    assert talk.look() == ("", status.NEAR_END)
    talk.close()
