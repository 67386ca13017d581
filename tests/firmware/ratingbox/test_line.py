"""What a box reads of the network, before a stream that says what it is told to."""

import errno

from firmware.ratingbox.line import MAX_MESSAGE, STEP_MS, Line, LineError

RUNS_ON_MICROPYTHON = True
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TURN_MS = 4_000
PUBLISH = b"\x30"


class Stream:
    """Has `held` to be read, then `endless` bytes at any time; None where nothing is left."""

    def __init__(self, held: bytes, endless: int = 0) -> None:
        self.held = held
        self.endless = endless
        self.largest = 0  # that it was asked for

    def socket(self) -> "Stream":
        return self

    def setblocking(self, waits: bool) -> None:
        assert not waits

    def close(self) -> None:
        """It is given up."""

    def readinto(self, room: memoryview) -> "int | None":
        size = len(room)
        self.largest = max(self.largest, size)
        if self.endless:
            count = min(size, self.endless)
            self.endless -= count
            room[:count] = bytes(count)
            return count
        part = self.held[:size]
        self.held = self.held[size:]
        room[: len(part)] = part
        return len(part) or None


class Bench:
    """A line to `stream`, with the box that it belongs to: how often that was tended, and when."""

    def __init__(self, stream: Stream) -> None:
        self.now = 0
        self.tended = 0
        self.line = Line(stream, None, lambda: self.now, self._tend)
        self.line.socket()
        self.line._stream = stream
        self.line.deadline = TURN_MS

    def _tend(self) -> None:
        self.now += STEP_MS
        self.tended += 1

    def turns_until(self, wanted: bytes) -> int:
        """How many turns of a program that waits for nothing until it reads `wanted`."""
        turns = 0
        while True:
            turns += 1
            self.now += STEP_MS
            self.line.deadline = self.now + TURN_MS
            self.line.setblocking(False)
            said = self.line.read(len(wanted))
            if said is not None:
                assert said == wanted
                return turns


def error_of(call: "Any") -> int:
    """The number of the error of the line that `call` ends with."""
    try:
        call()
    except LineError as error:
        return int(error.args[0])
    return 0


def test_a_message_as_long_as_it_may_be_is_read_as_it_came() -> None:
    """Byte by byte or all at once."""
    said = bytes([number % 251 for number in range(MAX_MESSAGE)])
    assert Bench(Stream(said)).line.read(MAX_MESSAGE) == said


def test_of_a_longer_one_nothing_is_kept_and_what_follows_is_read() -> None:
    """One byte too many is enough."""
    bench = Bench(Stream(bytes(MAX_MESSAGE + 1) + PUBLISH))
    assert bench.line.read(MAX_MESSAGE + 1) == b""
    assert bench.line.reads_over
    assert bench.line.read(1) == PUBLISH
    assert not bench.line.reads_over


def test_however_long_a_message_is_no_turn_reads_more_of_it_than_8_kb() -> None:
    """The network brings 4 MB without a pause; between 8 kB and the next the buttons are tended."""
    size = 4_000_000
    stream = Stream(PUBLISH, endless=size)
    bench = Bench(stream)
    assert bench.line.read(size) == b""
    assert bench.turns_until(PUBLISH) == size // (4 * MAX_MESSAGE) + 1
    assert stream.largest == MAX_MESSAGE


def test_who_waits_for_the_end_of_a_long_message_tends_the_buttons_and_has_a_deadline() -> None:
    """A network that always has something is no reason to forget the rest of the box."""
    size = 200_000_000
    bench = Bench(Stream(b"", endless=size))
    assert bench.line.read(size) == b""
    assert error_of(lambda: bench.line.read(1)) == errno.ETIMEDOUT
    assert bench.tended == TURN_MS // STEP_MS


def test_a_long_message_that_stops_in_the_middle_keeps_nobody_waiting() -> None:
    """The next turn looks again."""
    bench = Bench(Stream(bytes(100)))
    assert bench.line.read(200_000) == b""
    bench.line.setblocking(False)
    assert bench.line.read(1) is None
    assert bench.line.read(1) is None
    assert bench.tended == 0
    assert bench.line.reads_over


def test_a_short_message_that_stops_in_the_middle_is_waited_for_until_the_deadline() -> None:
    """And no longer."""
    bench = Bench(Stream(b"abc"))
    assert error_of(lambda: bench.line.read(4)) == errno.ETIMEDOUT
    assert bench.now == TURN_MS


def test_a_new_connection_has_nothing_to_read_over() -> None:
    """What was to come on the one before never comes."""
    bench = Bench(Stream(b""))
    assert bench.line.read(200_000) == b""
    bench.line.socket()
    bench.line._stream = Stream(PUBLISH)
    assert bench.line.read(1) == PUBLISH
