"""A printer on a pseudo-terminal, used through pyserial as the dispenser would."""

import io
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
import serial
from PIL import Image

from simulator.escpos import UnknownCommand
from simulator.pty_printer import PtyPrinter, main

JOB = b"\x1b@\x1c.\x1bt\x2e" + "Ґанок\n".encode("cp1251") + b"\x1dV\0"
GS_R = b"\x1dr\1"


@pytest.fixture
def printer() -> Generator[PtyPrinter, None, None]:
    """At once, with a small buffer."""
    with PtyPrinter(buffer=64) as printer:
        yield printer


@pytest.fixture
def line(printer: PtyPrinter) -> Generator[serial.Serial, None, None]:
    """The near end."""
    with serial.Serial(printer.path, timeout=5, write_timeout=0.2) as line:
        yield line


def ask(line: serial.Serial, question: bytes) -> int:
    """The answer, one byte."""
    line.write(question)
    (answer,) = line.read(1)
    return int(answer)


def statuses(line: serial.Serial) -> list[int]:
    """To DLE EOT 1 to 4."""
    return [ask(line, bytes([0x10, 4, n])) for n in (1, 2, 3, 4)]


def test_a_job_comes_out_and_is_answered_for(printer: PtyPrinter, line: serial.Serial) -> None:
    """GS r after it says that it is printed."""
    assert ask(line, JOB + GS_R) == 0
    assert [sheet.text for sheet in printer.wait_for_sheets(1)] == ["Ґанок"]


@pytest.mark.parametrize(
    ("verbs", "answers"),
    [
        ((), [0x12, 0x12, 0x12, 0x12]),
        (("near_end",), [0x12, 0x12, 0x12, 0x1E]),
        (("tear_paper",), [0x1A, 0x32, 0x12, 0x72]),
        (("near_end", "tear_paper"), [0x1A, 0x32, 0x12, 0x7E]),
        (("near_end", "tear_paper", "load_paper"), [0x12, 0x12, 0x12, 0x12]),
        (("open_cover",), [0x1A, 0x16, 0x12, 0x12]),
        (("open_cover", "close_cover"), [0x12, 0x12, 0x12, 0x12]),
        (("jam",), [0x1A, 0x52, 0x1A, 0x12]),
        (("jam", "clear_jam"), [0x12, 0x12, 0x12, 0x12]),
        (("go_offline",), [0x1A, 0x12, 0x12, 0x12]),
        (("go_offline", "go_online"), [0x12, 0x12, 0x12, 0x12]),
    ],
)
def test_it_says_at_once_how_it_is(
    printer: PtyPrinter, line: serial.Serial, verbs: tuple[str, ...], answers: list[int]
) -> None:
    """With the bits of the reference, printing or not."""
    for verb in verbs:
        getattr(printer, verb)()
    assert statuses(line) == answers


def test_a_roll_near_its_end_is_in_the_queued_answer(
    printer: PtyPrinter, line: serial.Serial
) -> None:
    """Bits 0 and 1 of GS r 1."""
    printer.near_end()
    assert ask(line, GS_R) == 0x03


@pytest.mark.parametrize(
    ("stop", "go_on"),
    [
        ("tear_paper", "load_paper"),
        ("open_cover", "close_cover"),
        ("jam", "clear_jam"),
        ("go_offline", "go_online"),
    ],
)
def test_the_ghost_comes_out_later(
    printer: PtyPrinter, line: serial.Serial, stop: str, go_on: str
) -> None:
    """The write succeeds, GS r waits, and both come with the new roll."""
    getattr(printer, stop)()
    line.write(JOB + GS_R)
    assert statuses(line)[0] == 0x1A  # the only answers
    assert (printer.sheets, printer.unprinted) == ([], len(JOB + GS_R) + 12)
    getattr(printer, go_on)()
    assert printer.wait_for_sheets(1)[0].text == "Ґанок"
    assert line.read(1) == b"\0"


def test_a_silent_one_prints(printer: PtyPrinter, line: serial.Serial) -> None:
    """And answers once it is awake."""
    printer.go_silent()
    line.write(b"\x10\4\1" + GS_R + JOB)
    printer.wait_for_sheets(1)
    assert line.in_waiting == 0
    printer.wake()
    assert ask(line, b"\x10\4\4") == 0x12


def test_one_that_is_off_loses_what_it_had_and_gets(
    printer: PtyPrinter, line: serial.Serial
) -> None:
    """The next job after power is back is whole."""
    printer.tear_paper()
    line.write(JOB)
    printer.wait_until(lambda: printer.unprinted == len(JOB))
    printer.switch_off()
    line.write(JOB * 50)  # more than the buffer: nobody minds
    printer.wait_until(lambda: printer.lost == len(JOB) * 51)
    printer.load_paper()
    printer.switch_on()
    assert ask(line, GS_R) == 0
    assert printer.sheets == []
    line.write(JOB)
    assert printer.wait_for_sheets(1)[0].text == "Ґанок"


def test_a_stalled_one_blocks_the_writer(printer: PtyPrinter, line: serial.Serial) -> None:
    """After the kernel's own buffer is full; then it goes on."""
    printer.stall()
    with pytest.raises(serial.SerialTimeoutException):
        line.write(b"\n" * 100_000)
    assert printer.unfinished.elements == ()
    printer.resume()
    line.write_timeout = 5
    line.write(JOB)
    assert printer.wait_for_sheets(1)[0].text.endswith("Ґанок")


def test_a_full_buffer_blocks_the_writer_too(printer: PtyPrinter, line: serial.Serial) -> None:
    """Without paper it takes what it has room for."""
    printer.tear_paper()
    with pytest.raises(serial.SerialTimeoutException):
        line.write(b"\n" * 100_000)
    assert printer.unprinted == 64


def test_power_fails_in_the_middle_of_a_job(printer: PtyPrinter, line: serial.Serial) -> None:
    """Half of it is on the paper, and comes out above the next."""
    printer.die_after(len(JOB) + len(JOB) - 3)
    line.write(JOB + JOB)
    printer.wait_until(lambda: printer.is_off and printer.lost == 3)
    assert len(printer.sheets) == 1
    assert printer.unfinished.lines == ["Ґанок"]
    printer.switch_on()
    assert ask(line, JOB + GS_R) == 0
    assert printer.sheets[1].lines == ["Ґанок", "Ґанок"]


def test_a_hand_can_take_the_half(printer: PtyPrinter, line: serial.Serial) -> None:
    """Then the next is whole."""
    ask(line, b"half\n" + GS_R)
    assert printer.tear_off().text == "half"
    line.write(JOB)
    assert printer.wait_for_sheets(1)[0].text == "Ґанок"


def test_the_first_byte_of_each_job_is_timed() -> None:
    """Status requests do not begin a job; a slow line delivers it in order."""
    times: list[float] = []
    with (
        PtyPrinter(on_first_byte=times.append, bytes_per_s=400) as printer,
        serial.Serial(printer.path, timeout=5) as line,
    ):
        assert ask(line, b"\x10\4\1" + GS_R) == 0x12
        assert line.read(1) == b"\0"
        assert times == []
        line.write(JOB + JOB)
        printer.wait_for_sheets(2)
        assert ask(line, GS_R) == 0
        assert len(times) == 2
        assert times[1] - times[0] > 0.3 * len(JOB) / 400
        assert printer.first_byte_at == times[1]


def test_rubbish_is_told_to_whoever_waits(printer: PtyPrinter, line: serial.Serial) -> None:
    """It is not a time-out."""
    line.write(b"\x1bX")
    line.write(b"123")
    with pytest.raises(UnknownCommand, match="1b 58"):
        printer.wait_for_sheets(1)


def test_what_does_not_come_is_a_timeout(printer: PtyPrinter) -> None:
    """With what is there."""
    with pytest.raises(TimeoutError, match="0 sheets"):
        printer.wait_for_sheets(1, timeout=0)
    with pytest.raises(ValueError, match="at least one byte"):
        printer.die_after(0)


def test_by_hand_it_obeys_and_writes_pictures(tmp_path: Path) -> None:
    """As its own program."""
    command = [sys.executable, "-m", "simulator.pty_printer", "--png", str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdin and program.stdout
        with serial.Serial(program.stdout.readline().strip(), timeout=20) as line:
            assert ask(line, JOB + GS_R) == 0
        out, _ = program.communicate("dance\nquit\n", timeout=20)
    assert "Ґанок" in out and "'dance' is no verb" in out
    with Image.open(tmp_path / "sheet-001.png") as picture:
        assert picture.size == (384, 30)


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """And a code page that does not exist is refused by name."""
    with pytest.raises(SystemExit):
        main(["--help"], io.StringIO())
    assert "--codepage 46=cp1251" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--codepage", "46=cp9"], io.StringIO())
    assert "cp9" in capsys.readouterr().err
