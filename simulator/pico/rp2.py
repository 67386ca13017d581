"""MicroPython's `rp2`: PIO programs, executed instruction by instruction.

After the RP2040 data sheet, section 3.4: the instructions that a sampler needs. What else a program
says is refused, not guessed.
"""

from simulator.pico.bench import bench

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Step = list[Any]  # name, arguments, delay

_ALL = 0xFFFFFFFF
_LONG_US = 50_000  # more than two loops of any program
_DEPTH = 8  # of the queue with JOIN_RX


class PIO:
    """Names of settings."""

    SHIFT_LEFT = 0
    JOIN_RX = 2


def country(code: str) -> None:
    """Whose rules the radio follows."""


class _Delayed:
    """What an instruction's `[n]` hangs on."""

    def __init__(self, step: "Step") -> None:
        self._step = step

    def __getitem__(self, delay: int) -> None:
        assert 0 <= delay < 32
        self._step[2] = delay


class Program:
    """The instructions of one decorated function."""

    def __init__(self) -> None:
        self.steps: "list[Step]" = []
        self.labels: "dict[str, int]" = {}
        self.wrap_target = 0
        self.wrap = 0

    def names(self) -> "dict[str, Any]":
        """What the function may say."""
        words: "dict[str, Any]" = {
            name: name
            for name in ("osr", "isr", "x", "y", "null", "pins", "x_dec", "x_not_y", "noblock")
        }
        words["invert"] = lambda source: "~" + source
        words["rel"] = lambda number: number
        words["label"] = self._label
        words["wrap_target"] = self._wrap_target
        words["wrap"] = self._wrap
        for name in ("mov", "jmp", "in_", "push", "irq", "nop"):
            words[name] = self._instruction(name)
        return words

    def _instruction(self, name: str) -> "Callable[..., _Delayed]":
        def write(*arguments: "Any") -> _Delayed:
            step = [name, arguments, 0]
            self.steps.append(step)
            assert len(self.steps) <= 32, "a PIO has room for 32 instructions"
            return _Delayed(step)

        return write

    def _label(self, name: str) -> None:
        self.labels[name] = len(self.steps)

    def _wrap_target(self) -> None:
        self.wrap_target = len(self.steps)

    def _wrap(self) -> None:
        self.wrap = len(self.steps)


def asm_pio(in_shiftdir: int, fifo_join: int) -> "Callable[[Any], Program]":
    """Assemble a function."""
    assert in_shiftdir == PIO.SHIFT_LEFT
    assert fifo_join == PIO.JOIN_RX

    def assemble(function: "Any") -> Program:
        program = Program()
        names = function.__globals__
        own = {name: names[name] for name in program.names() if name in names}
        names.update(program.names())
        function()
        for name in program.names():
            del names[name]
        names.update(own)
        return program

    return assemble


class StateMachine:
    """One state machine; it keeps up with the bench's time whenever somebody looks."""

    def __init__(self, number: int, program: Program, freq: int, in_base: "Any") -> None:
        assert freq >= 1_908, "the divider of a 125 MHz clock goes down to 1908 Hz"
        self._program = program
        self._cycle_us = 1_000_000 // freq
        self._base = in_base.number
        self._levels = [bench.level(self._base), bench.level(self._base + 1)]
        self._registers = {"x": 0, "y": 0, "osr": 0, "isr": 0, "null": 0}
        self._at = 0  # the instruction
        self._time = 0  # µs up to which it has run
        self._queue: "list[int]" = []
        self._handler: "Callable[[StateMachine], None] | None" = None
        self._asked = False  # for an interrupt
        self._on = False

    def irq(self, handler: "Callable[[StateMachine], None]", hard: bool) -> None:
        """Whom to call when the program says `irq`."""
        assert hard
        self._handler = handler
        bench.interrupts = [self.interrupt]

    def active(self, on: int) -> None:
        """Run, or stop."""
        bench.moves()
        self._time = bench.us()
        self._on = bool(on)

    def rx_fifo(self) -> int:
        """Words in the queue."""
        self.run()
        return len(self._queue)

    def get(self) -> int:
        """The oldest of them."""
        return self._queue.pop(0)

    def run(self) -> None:
        """Catch up with the time: each move of the finger is seen when it was made."""
        if not self._on:
            return
        for when, pin, level in bench.moves():
            self._run_until(when)
            if self._base <= pin <= self._base + 1:
                self._levels[pin - self._base] = level
        self._run_until(bench.us())

    def _run_until(self, end: int) -> None:
        while self._time < end:
            if self._at == self._program.wrap_target and end - self._time > _LONG_US:
                self._skip_loops(end)
            self._step()

    def _skip_loops(self, end: int) -> None:
        """While the pins stay as they are, loops differ in their counter only: run two, and jump
        over as many as there is time for."""
        before, started = dict(self._registers), self._time
        self._loop()
        one, length = dict(self._registers), self._time - started
        self._loop()
        two = self._registers
        same = all(two[name] == one[name] == before[name] for name in ("y", "isr"))
        steps = one["osr"] - two["osr"], before["osr"] - one["osr"]
        loops = (end - self._time) // length
        if same and steps[0] == steps[1] and loops > 0:
            two["osr"] = (two["osr"] - loops * steps[0]) & _ALL
            self._time += loops * length

    def _loop(self) -> None:
        self._step()
        while self._at != self._program.wrap_target:
            self._step()

    def _step(self) -> None:
        name, arguments, delay = self._program.steps[self._at]
        self._at += 1
        if self._at == self._program.wrap:
            self._at = self._program.wrap_target
        getattr(self, "_do_" + name)(*arguments)
        self._time += (1 + delay) * self._cycle_us

    def _do_mov(self, to: str, source: str) -> None:
        value = self._registers[source.replace("~", "")]
        self._registers[to] = ~value & _ALL if source[0] == "~" else value

    def _do_in_(self, source: str, bits: int) -> None:
        if source == "pins":
            value = self._levels[0] | self._levels[1] << 1
        else:
            value = self._registers[source]
        mask = (1 << bits) - 1
        self._registers["isr"] = (self._registers["isr"] << bits | value & mask) & _ALL

    def _do_jmp(self, condition: str, target: str = "") -> None:
        if not target:
            jumps, target = True, condition
        elif condition == "x_dec":
            jumps = self._registers["x"] != 0
            self._registers["x"] = (self._registers["x"] - 1) & _ALL
        else:
            jumps = self._registers["x"] != self._registers["y"]
        if jumps:
            self._at = self._program.labels[target]

    def _do_push(self, how: str) -> None:
        assert how == "noblock"
        if len(self._queue) < _DEPTH:
            self._queue.append(self._registers["isr"])
        self._registers["isr"] = 0

    def _do_irq(self, number: int) -> None:
        self._asked = True

    def _do_nop(self) -> None:
        pass

    def interrupt(self) -> None:
        """The processor takes interrupts."""
        self.run()
        if self._asked and self._handler is not None:
            self._asked = False
            self._handler(self)
