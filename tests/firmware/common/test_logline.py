"""A record log's lines, whole and short. Runs under MicroPython too."""

from firmware.common.filelog import FileLog
from firmware.common.logline import DAMAGED, Page, Whole, parse, whole_line
from simulator.disk import SimDisk

RUNS_ON_MICROPYTHON = True

HEAD = b"a head\n"
AT = 1_790_000_000_000


def press(
    up: int, button: str = "satisfied", at: "int | None" = AT, boot: str = "0a1b2c3d"
) -> bytes:
    """As a node writes it; `at`: of the boot."""
    clock = "null" if at is None else str(at + up)
    return (
        '{"kind":"press","at":%s,"boot":"%s","up":%d,"button":"%s"}' % (clock, boot, up, button)
    ).encode()


STARTED = b'{"kind":"started","at":1790000005000,"boot":"0a1b2c3d","up":5000,"version":"1"}'


def test_a_press_after_a_whole_line_takes_a_dozen_bytes() -> None:
    whole = Whole(7, STARTED)
    for number, record in ((8, press(9_000)), (9, press(9_400_000, "unsatisfied"))):
        line = whole.shorten(number, record)
        assert line is not None and len(line) <= 15, line
        assert line[:1] == (b"S" if number == 8 else b"U")
        assert whole.number_of(line) == number
        assert whole.expand(line) == record


def test_a_press_without_the_time_of_day_too() -> None:
    whole = Whole(1, press(5_000, at=None))
    line = whole.shorten(2, press(6_000, at=None))
    assert line is not None
    assert whole.expand(line) == press(6_000, at=None)


def test_what_differs_in_more_than_number_button_and_time_needs_a_whole_line() -> None:
    whole = Whole(7, STARTED)
    assert whole.shorten(8, press(6_000, at=AT + 1)) is None  # the clock was set anew
    assert whole.shorten(8, press(6_000, at=None)) is None
    assert whole.shorten(8, press(6_000, boot="0a1b2c3e")) is None
    assert whole.shorten(8, press(4_000)) is None
    assert whole.shorten(7 + 64, press(6_000)) is None
    assert whole.shorten(8, STARTED) is None
    assert whole.shorten(8, press(6_000) + b" ") is None
    assert whole.shorten(8, press(6_000, "other")) is None
    assert whole.shorten(8, b"") is None
    assert Whole(7, b"not JSON").shorten(8, press(6_000)) is None


def test_a_flipped_short_line_is_damaged_and_a_line_of_another_whole_one_too() -> None:
    whole = Whole(7, STARTED)
    line = whole.shorten(8, press(9_000))
    assert line is not None
    for place in range(len(line)):
        flipped = line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :]
        assert whole.number_of(flipped) is None or flipped[:1] not in b"SU", flipped
    assert Whole(6, STARTED).number_of(line) is None
    assert Whole(7, press(5_000)).number_of(line) is None
    assert Whole(7, STARTED).expand(line[:-1]) == DAMAGED


def page(*lines: bytes) -> "list[bytes]":
    """What is read of a file with these lines, the first of which is record 1."""
    data = HEAD + b"".join([line + b"\n" for line in lines])
    starts, end = parse(data, len(data), 1, 0, None)
    assert end == len(data) or starts[-1:] != [0]
    found = Page(1, 1, bytearray(data), len(data), starts)
    return [found.record(number) for number in range(1, 1 + found.count)]


def test_when_a_whole_line_is_damaged_so_are_those_that_hang_on_it_and_no_others() -> None:
    lines = [whole_line(1, press(1))[:-1]]
    for number in (2, 3):
        short = Whole(1, press(1)).shorten(number, press(number))
        assert short is not None
        lines.append(short)
    lines.append(whole_line(4, press(4))[:-1])
    short = Whole(4, press(4)).shorten(5, press(5))
    assert short is not None
    lines.append(short)
    assert page(*lines) == [press(number) for number in range(1, 6)]
    lines[0] = lines[0].replace(b"a1b", b"a1c")
    assert page(*lines) == [DAMAGED, DAMAGED, DAMAGED, press(4), press(5)]


def test_a_log_with_short_lines_gives_back_what_it_took_and_a_new_start_too() -> None:
    disk = SimDisk()
    log = FileLog(disk, lambda: "0123456789abcdef", 700, short=True)
    written = [STARTED]
    log.append(STARTED)
    for number in range(300):
        at = AT if number < 150 else AT + 17
        record = press(6_000 + 997 * number, ("satisfied", "unsatisfied")[number % 2], at)
        written.append(record)
        log.append(record)
    assert log.read(1, 1_000, 1 << 20) == written
    assert log.read(200, 7, 1 << 20) == written[199:206]
    found = FileLog(disk.restore(), lambda: "f" * 16, 700)
    assert found.read(1, 1_000, 1 << 20) == written
    assert log.size < 25 * len(written)


def test_nothing_hangs_on_a_line_of_which_the_disk_did_not_say_that_it_is_there() -> None:
    disk = SimDisk()
    log = FileLog(disk, lambda: "0123456789abcdef", short=True)
    log.append(press(1))
    disk.stumble(keep_bytes=1_000)
    try:
        log.append(press(2, at=AT + 1))
        raise AssertionError("the disk refused")
    except OSError:
        pass
    assert log.append(press(3, at=AT + 1)) == 2
    assert log.append(press(4, at=AT + 1)) == 3
    found = FileLog(disk.restore(), lambda: "f" * 16)
    assert found.read(1, 9, 1 << 20) == [press(1), press(3, at=AT + 1), press(4, at=AT + 1)]
