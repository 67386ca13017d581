"""What a printer makes of its bytes: a small, strict reader of ESC/POS.

Strict, because a printer is not: it prints as rubbish, or swallows, what it does not know. Here
that raises. It shares no code with the dispenser, whose bytes it judges. All commands are in this
one file: each is a few lines on one state, and the table of them stands at its end.

Commands, their arguments and what is effective only at the beginning of a line: Epson, "ESC/POS
Command Reference". `FS .` is of the Chinese printers that start in Chinese mode.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from PIL import Image

LEFT, CENTRE, RIGHT = "left", "centre", "right"
LINE_DOTS = 30  # ESC 2: the usual spacing of lines
QR_LEVELS = "LMQH"
CHINESE = "gb18030"
_ALIGN = (LEFT, CENTRE, RIGHT)


class UnknownCommand(ValueError):
    """Bytes that a printer would not take as meant. `offset`: of their first in the stream."""

    def __init__(self, offset: int, data: bytes, why: str) -> None:
        super().__init__(f"byte {offset}: {data.hex(' ')}: {why}")
        self.offset = offset
        self.data = data


class _Short(Exception):
    """The rest of the command has not arrived."""


@dataclass(frozen=True)
class Line:
    """Text of one style. `same_line`: what follows stands on the same line. `pitch`: dots."""

    text: str
    width: int = 1
    height: int = 1
    bold: bool = False
    align: str = LEFT
    same_line: bool = False
    pitch: int = LINE_DOTS


@dataclass(frozen=True)
class Raster:
    """Dots. `image`: of mode "1", 0 is black."""

    image: Image.Image
    align: str = LEFT


@dataclass(frozen=True)
class Qr:
    """A QR code that the printer draws by itself. `module`: dots. `level`: one of `QR_LEVELS`."""

    data: bytes
    module: int = 3
    level: str = "L"
    align: str = LEFT


@dataclass(frozen=True)
class Feed:
    """Blank paper."""

    dots: int


Element = Line | Raster | Qr | Feed


@dataclass(frozen=True)
class Sheet:
    """Paper from one cut to the next. `cut`: "full", "partial", or "" if it is not cut yet."""

    elements: tuple[Element, ...]
    cut: str = ""

    @property
    def lines(self) -> list[str]:
        """What can be read, a string a line; the letters of a raster cannot."""
        found, begun = [], ""
        for line in self.elements:
            if isinstance(line, Line):
                begun += line.text
                if not line.same_line:
                    found.append(begun)
                    begun = ""
        return [*found, begun] if begun else found

    @property
    def text(self) -> str:
        """The lines, joined."""
        return "\n".join(self.lines)


@dataclass
class _State:
    """What ESC @ resets."""

    codec: str
    width: int = 1
    height: int = 1
    bold: bool = False
    align: str = LEFT
    pitch: int = LINE_DOTS
    qr_module: int = 3
    qr_level: str = "L"
    qr_data: bytes | None = None
    line: list[Line] = field(default_factory=list)
    run: bytearray = field(default_factory=bytearray)
    run_at: int = 0


class Reader:
    """Bytes to sheets, in pieces of any size. `sheets`: those that are cut.

    `code_pages`: Python's codec by the number of ESC t. `dots`: width of the paper; None: any.
    `chinese`: starts in Chinese mode, as many cheap printers do. `forgiving`: bytes that it would
    refuse are passed over, as most printers do, and counted in `passed_over`. `on_ask`: called with
    n when the printer gets to a GS r n. `begun`: how many jobs have begun. `auto_status`: n of
    GS a n.
    """

    def __init__(
        self,
        code_pages: Mapping[int, str],
        *,
        dots: int | None = None,
        chinese: bool = False,
        forgiving: bool = False,
        on_ask: Callable[[int], None] = lambda n: None,
    ) -> None:
        self.sheets: list[Sheet] = []
        self.begun = 0
        self.auto_status = 0
        self._pages = dict(code_pages)
        self._dots = dots
        self._forgiving = forgiving
        self.passed_over = 0
        self._first_codec = CHINESE if chinese else self._pages.get(0, "cp437")
        self._on_ask = on_ask
        self._page = self._pages.get(0, "cp437")
        self._paper: list[Element] = []
        self._buffer = bytearray()
        self._offset = 0
        self._in_job = False
        self._failed: UnknownCommand | None = None
        self._state = _State(self._first_codec)

    @property
    def unfinished(self) -> Sheet:
        """The paper that is printed and not cut."""
        return Sheet(tuple(self._paper))

    @property
    def idle(self) -> bool:
        """Whether nothing is left over: no half command, no half job."""
        return not (self._buffer or self._in_job or self._paper)

    def feed(self, data: bytes) -> None:
        """Take more of the stream. Raises UnknownCommand, from then on each time."""
        if self._failed:
            raise self._failed
        self._buffer += data
        try:
            while self._buffer:
                self._take(self._next())
        except _Short:
            pass
        except UnknownCommand as failed:
            self._failed = failed
            raise

    def restart(self) -> None:
        """Power off and on: half commands and half lines are lost, the paper is not."""
        self._offset += len(self._buffer)
        self._buffer.clear()
        self._failed = None
        self._in_job = False
        self.auto_status = 0
        self._reset()

    def tear_off(self) -> Sheet:
        """A hand takes what is not cut."""
        sheet = self.unfinished
        self._paper.clear()
        return sheet

    def _next(self) -> int:
        """Do one command, or the text before the next. Gives its length."""
        try:
            return self._step(self._buffer)
        except UnknownCommand as refused:
            if not self._forgiving:
                raise
            self.passed_over += 1
            if refused.offset < self._offset:  # it is in the text before
                self._state.run.clear()
                return 0
            return len(refused.data)

    def _take(self, count: int) -> None:
        del self._buffer[:count]
        self._offset += count

    def _step(self, data: bytearray) -> int:
        if data[0] >= 0x20:
            self._begin()
            return self._text(data)
        for size in (1, 2, 3):
            command = _COMMANDS.get(bytes(data[:size]))
            if command:
                if command not in _STATUS:
                    self._begin()
                return size + command(self, _Arguments(self, size))
        head = bytes(data[:3])
        if len(data) <= 3 and head in _BEGUN:
            raise _Short
        begun = head.partition(b"\0")[0]
        if len(begun) < len(head) and begun in _BEGUN:
            return len(begun) + 1  # NUL says nothing, and ends a command of which that is all
        return self._refuse(3, "no such command")

    def _begin(self) -> None:
        self.begun += not self._in_job
        self._in_job = True

    def _text(self, data: bytearray) -> int:
        size = next((i for i, byte in enumerate(data) if byte < 0x20), len(data))
        if not self._state.run:
            self._state.run_at = self._offset
        self._state.run += data[:size]
        return size

    def _refuse(self, size: int, why: str) -> NoReturn:
        raise UnknownCommand(self._offset, bytes(self._buffer[:size]), why)

    # Lines

    def _end_run(self) -> None:
        """What was text of one style becomes a part of the line."""
        state = self._state
        if not state.run:
            return
        try:
            text = state.run.decode(state.codec)
        except UnicodeDecodeError as wrong:
            raise UnknownCommand(
                state.run_at + wrong.start,
                bytes(state.run[wrong.start : wrong.end]),
                f"no letter of {state.codec}",
            ) from wrong
        state.run.clear()
        state.line.append(self._styled(text, same_line=True))

    def _styled(self, text: str, *, same_line: bool) -> Line:
        s = self._state
        return Line(text, s.width, s.height, s.bold, s.align, same_line, s.pitch)

    def _end_line(self) -> None:
        self._end_run()
        parts = self._state.line or [self._styled("", same_line=True)]
        last = parts[-1]
        ended = Line(last.text, last.width, last.height, last.bold, last.align, False, last.pitch)
        self._paper += [*parts[:-1], ended]
        self._state.line.clear()

    def _end_line_if_begun(self) -> None:
        if self._state.run or self._state.line:
            self._end_line()

    def _reset(self) -> None:
        self._state = _State(self._first_codec)
        self._page = self._pages.get(0, "cp437")

    # Commands: each does what it says and gives the length of its arguments

    def _initialise(self, given: "_Arguments") -> int:
        self._reset()
        return 0

    def _leave_chinese(self, given: "_Arguments") -> int:
        self._end_run()
        self._state.codec = self._page
        return 0

    def _line_feed(self, given: "_Arguments") -> int:
        self._end_line()
        return 0

    def _carriage_return(self, given: "_Arguments") -> int:
        return 0  # ignored while automatic line feed is off, as it is by default

    def _code_page(self, given: "_Arguments") -> int:
        n = given.byte(0)
        if n not in self._pages:
            self._refuse(3, f"this printer has no code page {n}; it has {sorted(self._pages)}")
        self._end_run()
        chinese = self._state.codec == CHINESE
        self._page = self._pages[n]
        self._state.codec = CHINESE if chinese else self._page
        return 1

    def _justify(self, given: "_Arguments") -> int:
        n = given.one_of(0, (0, 1, 2, 48, 49, 50))
        given.at_beginning_of_line()
        self._state.align = _ALIGN[n % 48]
        return 1

    def _print_mode(self, given: "_Arguments") -> int:
        n = given.byte(0)
        if n & ~0x38:
            self._refuse(3, "only bold, double height and double width are known")
        self._end_run()
        self._state.bold = bool(n & 0x08)
        self._state.height = 2 if n & 0x10 else 1
        self._state.width = 2 if n & 0x20 else 1
        return 1

    def _bold(self, given: "_Arguments") -> int:
        n = given.one_of(0, (0, 1))
        self._end_run()
        self._state.bold = bool(n)
        return 1

    def _size(self, given: "_Arguments") -> int:
        n = given.byte(0)
        if n & 0x88:
            self._refuse(3, "a letter is 1 to 8 times as wide and as high")
        self._end_run()
        self._state.width, self._state.height = (n >> 4) + 1, (n & 7) + 1
        return 1

    def _feed_lines(self, given: "_Arguments") -> int:
        n = given.byte(0)
        self._end_line_if_begun()
        self._paper.append(Feed(n * self._state.pitch))
        return 1

    def _feed_dots(self, given: "_Arguments") -> int:
        n = given.byte(0)
        self._end_line_if_begun()
        self._paper.append(Feed(n))
        return 1

    def _spacing(self, given: "_Arguments") -> int:
        self._state.pitch = given.byte(0)
        return 1

    def _usual_spacing(self, given: "_Arguments") -> int:
        self._state.pitch = LINE_DOTS
        return 0

    def _cut(self, given: "_Arguments") -> int:
        n = given.one_of(0, (0, 1, 48, 49, 65, 66))
        feed = given.byte(1) if n in (65, 66) else 0
        given.at_beginning_of_line()
        if feed:
            self._paper.append(Feed(feed))
        cut = "full" if n in (0, 48, 65) else "partial"
        self.sheets.append(Sheet(tuple(self._paper), cut))
        self._paper.clear()
        self._in_job = False
        return 2 if n in (65, 66) else 1

    def _raster(self, given: "_Arguments") -> int:
        m = given.one_of(0, (0, 1, 2, 3, 48, 49, 50, 51)) % 48
        across, down = given.word(1), given.word(3)
        if not across or not down:
            self._refuse(8, "a raster without dots")
        wide, high = 8 * across * (1 + (m & 1)), down * (1 + (m >> 1))
        if self._dots is not None and wide > self._dots:
            self._refuse(8, f"a raster of {wide} dots on paper of {self._dots}")
        given.at_beginning_of_line()
        ink = given.data(5, across * down).translate(_INVERTED)
        image = Image.frombytes("1", (8 * across, down), ink)
        if m:
            image = image.resize((wide, high), Image.Resampling.NEAREST)
        self._paper.append(Raster(image, self._state.align))
        return 5 + across * down

    def _qr(self, given: "_Arguments") -> int:
        size = given.word(0)
        if size < 3:
            self._refuse(5, "GS ( k is at least three bytes long")
        body = given.data(2, size)
        function = _QR_FUNCTIONS.get(body[1])
        if body[0] != 49 or function is None or not function(self, body[2:]):
            self._refuse(5 + min(size, 5), "no such QR function, or no such value for it")
        return 2 + size

    def _qr_model(self, body: bytes) -> bool:
        return body in (b"1\0", b"2\0")

    def _qr_module(self, body: bytes) -> bool:
        self._state.qr_module = body[0]
        return len(body) == 1 and 1 <= body[0] <= 16

    def _qr_level(self, body: bytes) -> bool:
        if len(body) != 1 or not 48 <= body[0] <= 51:
            return False
        self._state.qr_level = QR_LEVELS[body[0] - 48]
        return True

    def _qr_store(self, body: bytes) -> bool:
        self._state.qr_data = body[1:]
        return body[0] == 48 and len(body) > 1

    def _qr_print(self, body: bytes) -> bool:
        s = self._state
        if s.run or s.line or s.qr_data is None:
            return False
        self._paper.append(Qr(s.qr_data, s.qr_module, s.qr_level, s.align))
        return body == b"0"

    def _real_time(self, given: "_Arguments") -> int:
        given.one_of(0, (1, 2, 3, 4))
        return 1  # was answered on arrival

    def _ask(self, given: "_Arguments") -> int:
        self._on_ask(given.one_of(0, (1, 2, 49, 50)) % 48)
        return 1

    def _tell_by_itself(self, given: "_Arguments") -> int:
        self.auto_status = given.byte(0)
        return 1


class _Arguments:
    """What follows a command of `size` bytes. Raises _Short as long as it has not arrived."""

    def __init__(self, reader: Reader, size: int) -> None:
        self._reader = reader
        self._size = size

    def data(self, at: int, count: int) -> bytes:
        start = self._size + at
        if len(self._reader._buffer) < start + count:
            raise _Short
        return bytes(self._reader._buffer[start : start + count])

    def byte(self, at: int) -> int:
        return self.data(at, 1)[0]

    def word(self, at: int) -> int:
        return int.from_bytes(self.data(at, 2), "little")

    def one_of(self, at: int, allowed: tuple[int, ...]) -> int:
        value = self.byte(at)
        if value not in allowed:
            self._reader._refuse(self._size + at + 1, f"{value} is none of {allowed}")
        return value

    def at_beginning_of_line(self) -> None:
        if self._reader._state.run or self._reader._state.line:
            self._reader._refuse(self._size + 1, "is effective only at the beginning of a line")


_COMMANDS: Mapping[bytes, Callable[[Reader, _Arguments], int]] = {
    b"\n": Reader._line_feed,
    b"\r": Reader._carriage_return,
    b"\x10\x04": Reader._real_time,  # DLE EOT
    b"\x1b@": Reader._initialise,
    b"\x1b!": Reader._print_mode,
    b"\x1b2": Reader._usual_spacing,
    b"\x1b3": Reader._spacing,
    b"\x1bE": Reader._bold,
    b"\x1bJ": Reader._feed_dots,
    b"\x1ba": Reader._justify,
    b"\x1bd": Reader._feed_lines,
    b"\x1bt": Reader._code_page,
    b"\x1c.": Reader._leave_chinese,
    b"\x1d!": Reader._size,
    b"\x1d(k": Reader._qr,
    b"\x1dV": Reader._cut,
    b"\x1da": Reader._tell_by_itself,
    b"\x1dr": Reader._ask,
    b"\x1dv0": Reader._raster,
}
_BEGUN = frozenset(known[:size] for known in _COMMANDS for size in range(len(known)))
_INVERTED = bytes(range(255, -1, -1))  # in a raster 1 is black, in an image white
_STATUS = (Reader._real_time, Reader._ask, Reader._tell_by_itself)
_QR_FUNCTIONS: Mapping[int, Callable[[Reader, bytes], bool]] = {
    65: Reader._qr_model,
    67: Reader._qr_module,
    69: Reader._qr_level,
    80: Reader._qr_store,
    81: Reader._qr_print,
}
