"""The bench on which a simulated Pico lies: its time, its pins, the finger and the ears.

One bench per process, as there is one board: `machine`, `network`, `rp2` and `time` here look at
`bench`. Time is real, and may be made to run faster where nobody is to answer: `speed`.
"""

import time

TICKS = 1 << 30  # where the Pico's tick counter wraps
PRESS_MS = 80

PC = time  # the PC's own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Move = tuple[int, int, int]  # when in µs, pin, level


class Reset(BaseException):
    """The board boots anew. `cause`: "reset" or "watchdog"."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Bench:
    """`start_ticks`: what the tick counter says at first. `speed`: by how much a pause is shorter
    than it says; 0: it takes no time at all."""

    def __init__(self, start_ticks: int = 0) -> None:
        self.speed = 1
        self.ntp_port = 1  # nobody's: the PC's own network is not asked for the time
        self.is_exact = False  # only what costs time on the board takes time: pauses and flash
        self.levels: "dict[int, int]" = {}  # of input pins; high where nobody pulls
        self.outputs: "dict[int, int]" = {}
        self.on_output: "Callable[[int, int], None] | None" = None
        self.longest_unfed = 0  # ms
        self.radio_works = True
        self.interrupts: "list[Callable[[], None]]" = []
        self._start_ticks = start_ticks
        self._leapt = 0  # µs
        self._began = PC.ticks_us()  # type: ignore[attr-defined]
        self._moves: "list[Move]" = []  # to come
        self._done: "list[Move]" = []  # that the sampler has not seen yet
        self._fed: "int | None" = None
        self.watchdog_ms = 0

    # Time.

    def us(self) -> int:
        """µs since the power came on."""
        if self.is_exact:
            return self._leapt
        passed = PC.ticks_diff(PC.ticks_us(), self._began)  # type: ignore[attr-defined]
        return int(passed) + self._leapt

    def ms(self) -> int:
        """ms since the power came on."""
        return self.us() // 1_000

    def ticks(self) -> int:
        """The board's tick counter."""
        return (self._start_ticks + self.ms()) % TICKS

    def start_ticks(self, ticks: int) -> None:
        """What the tick counter says now."""
        self._start_ticks = ticks - self.ms()

    def be_real(self) -> None:
        """From now on everything takes its time on the PC, too."""
        self.is_exact = False
        self._began = PC.ticks_us()  # type: ignore[attr-defined]

    def leap(self, us: int) -> None:
        """So much time passes with interrupts off, as while flash is written."""
        self._leapt += us
        self.look()

    def pause(self, ms: int) -> None:
        """The board waits, and takes interrupts."""
        takes = ms * 1_000 // self.speed if self.speed and not self.is_exact else 0
        PC.sleep_us(takes)  # type: ignore[attr-defined]
        self._leapt += ms * 1_000 - takes
        self.look()
        for interrupt in self.interrupts:
            interrupt()

    def look(self) -> None:
        """Do what the finger has to do by now, and see to the watchdog."""
        now = self.us()
        while self._moves and self._moves[0][0] <= now:
            move = self._moves.pop(0)
            self.levels[move[1]] = move[2]
            self._done.append(move)
        if self._fed is not None:
            unfed = now // 1_000 - self._fed
            self.longest_unfed = max(self.longest_unfed, unfed)
            if unfed > self.watchdog_ms:
                raise Reset("watchdog")

    # The finger.

    def press(self, pin: int, for_ms: int = PRESS_MS, in_ms: int = 0) -> None:
        """Close the contact at `pin` for so long, in so many ms; nobody waits for it."""
        start = self.us() + in_ms * 1_000
        self.move(start, pin, 0)
        self.move(start + for_ms * 1_000, pin, 1)

    def move(self, at_us: int, pin: int, level: int) -> None:
        """The contact changes at that time."""
        self._moves.append((at_us, pin, level))
        self._moves.sort(key=lambda move: move[0])

    def let_go(self, *pins: int) -> None:
        """The finger leaves these contacts, whatever it was about to do."""
        self._moves = []
        for pin in pins:
            self.levels[pin] = 1

    def moves(self) -> "list[Move]":
        """What the finger has done since the last call."""
        self.look()
        done = self._done
        self._done = []
        return done

    @property
    def is_idle(self) -> bool:
        """Whether the finger has nothing to do any more."""
        return not self._moves

    # What the board does.

    def level(self, pin: int) -> int:
        """Of an input."""
        self.look()
        return self.levels.get(pin, 1)

    def put(self, pin: int, level: int) -> None:
        """An output is driven."""
        if self.outputs.get(pin, 0) != level:
            self.outputs[pin] = level
            if self.on_output is not None:
                self.on_output(pin, level)

    def feed(self) -> None:
        """The watchdog is fed."""
        self.look()
        self._fed = self.ms()

    def power_on(self) -> None:
        """The board starts: the watchdog sleeps, outputs are low."""
        self._fed = None
        self._done = []
        self.outputs = {}
        self.interrupts = []


bench = Bench()
