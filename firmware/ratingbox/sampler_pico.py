# ruff: noqa: F821
# mypy: disable-error-code="name-defined, misc, untyped-decorator"
"""The sampler of a Pico's contacts: a program of the RP2040's PIO, which needs no processor.

It looks at two neighbouring pins each 5 ms (4 kHz, 20 cycles a look) and notes each change as
`firmware.ratingbox.contacts` reads it. While flash is erased, interrupts are off and the processor
stands still for 45 ms and more; a tap may begin and end within that. The PIO sees it all the same:
its queue holds eight changes, and the interrupt moves them into a ring of 64 as soon as it may.

Names of instructions come from `rp2.asm_pio` (RP2040 data sheet, section 3.4).
"""

from array import array

import rp2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HERTZ = 4_000
WORDS = 64  # of the ring; a power of two


@rp2.asm_pio(in_shiftdir=rp2.PIO.SHIFT_LEFT, fifo_join=rp2.PIO.JOIN_RX)
def _look() -> None:
    mov(osr, invert(null))  # the looks that are left
    mov(y, invert(null))  # no levels: the first look is a change
    wrap_target()
    mov(x, osr)
    jmp(x_dec, "counted")
    label("counted")
    mov(osr, x)
    mov(isr, null)
    in_(pins, 2)
    mov(x, isr)
    jmp(x_not_y, "changed")
    jmp("same")[4]
    label("changed")
    mov(y, x)
    in_(osr, 28)
    push(noblock)
    irq(rel(0))
    nop()
    label("same")
    nop()[7]
    wrap()


class Sampler:
    """Watches `pin` and the next one; words are taken with `words`.

    `lost`: how often the ring was full, i.e. the program stood still for dozens of changes.
    """

    def __init__(self, pin: "Any", machine_number: int = 0) -> None:
        self.lost = 0
        self._ring = array("I", [0] * WORDS)
        self._head = 0  # where the interrupt writes
        self._tail = 0
        self._machine = rp2.StateMachine(machine_number, _look, freq=HERTZ, in_base=pin)
        self._machine.irq(self._on_change, hard=True)
        self._machine.active(1)

    def words(self) -> "list[int]":
        """What was noted since the last call."""
        self._on_change(self._machine)  # an interrupt that came while they were off may be lost
        found: "list[int]" = []
        while self._tail != self._head:
            found.append(self._ring[self._tail])
            self._tail = (self._tail + 1) & (WORDS - 1)
        return found

    def close(self) -> None:
        """Stop looking."""
        self._machine.active(0)

    def _on_change(self, machine: "Any") -> None:
        """Move the PIO's queue into the ring. In an interrupt: nothing here needs memory."""
        while machine.rx_fifo():
            head = (self._head + 1) & (WORDS - 1)
            if head == self._tail:
                self.lost += 1
                return  # the oldest stay; the queue keeps what it can
            self._ring[self._head] = machine.get()
            self._head = head
