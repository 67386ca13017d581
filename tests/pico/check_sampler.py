"""The PIO program, executed instruction by instruction. Only under MicroPython."""

from simulator.pico.device import bench  # first: it puts the bench's modules in place

# isort: split
from firmware.ratingbox.contacts import Contacts
from firmware.ratingbox.sampler_pico import HERTZ, WORDS, Sampler, _look
from simulator.pico.machine import Pin

FIRST, SECOND = 2, 3


class Lab:
    """A sampler on the bench, and where its time begins."""

    def __init__(self) -> None:
        bench.speed = 0
        bench.let_go(FIRST, SECOND)
        bench.power_on()
        self.start = bench.ms()
        self.sampler = Sampler(Pin(FIRST, Pin.IN, Pin.PULL_UP))
        bench.pause(10)
        words = self.sampler.words()
        assert len(words) == 1, words
        self.contacts = Contacts(("satisfied", "unsatisfied"), words[0], 0)

    def edges(self) -> "list[tuple[str, bool, int]]":
        return self.contacts.edges(self.sampler.words(), bench.ms() - self.start)


def test_a_look_takes_five_milliseconds_whether_something_changed_or_not() -> None:
    """20 cycles on either way through the program."""
    steps = _look.steps
    cycles = [1 + delay for _, _, delay in steps]
    names = [name for name, _, _ in steps]
    jump, changed, same = (
        names.index("jmp", _look.labels["changed"] - 1),
        _look.labels["changed"],
        _look.labels["same"],
    )
    quiet = sum(cycles[_look.wrap_target : jump + 1]) + sum(cycles[same:])
    busy = sum(cycles[_look.wrap_target : jump]) + sum(cycles[changed:])
    assert (quiet, busy) == (20, 20)
    assert 20 * 1_000 // HERTZ == 5
    assert len(steps) <= 32


def test_a_tap_within_an_erase_is_seen_with_its_times() -> None:
    """Interrupts are off for 45 ms, the processor stands still, and nothing of it is lost."""
    lab = Lab()
    bench.press(FIRST, 32, in_ms=5)
    bench.leap(45_000)
    found = lab.edges()
    assert [edge[:2] for edge in found] == [("satisfied", True), ("satisfied", False)]
    held = found[1][2] - found[0][2]
    assert 30 <= held <= 35, held
    assert abs(found[0][2] - 15) <= 5, found


def test_four_taps_of_both_buttons_within_one_long_erase_are_all_seen() -> None:
    lab = Lab()
    for tap in range(2):
        bench.press(FIRST, 40, in_ms=5 + 100 * tap)
        bench.press(SECOND, 40, in_ms=55 + 100 * tap)
    bench.leap(400_000)
    assert [edge[:2] for edge in lab.edges()] == [
        ("satisfied", True),
        ("satisfied", False),
        ("unsatisfied", True),
        ("unsatisfied", False),
    ] * 2


def test_while_the_processor_computes_the_interrupt_keeps_dozens_of_changes() -> None:
    """As in the middle of a TLS handshake: nobody asks for seconds, yet interrupts are taken."""
    lab = Lab()
    for tap in range(20):
        bench.press(FIRST, 60, in_ms=5 + 150 * tap)
    for _ in range(150):
        bench.pause(20)
    assert len(lab.edges()) == 40
    assert lab.sampler.lost == 0


def test_more_changes_than_there_is_room_for_are_counted_and_the_oldest_stay() -> None:
    lab = Lab()
    for tap in range(WORDS):
        bench.press(FIRST, 60, in_ms=5 + 150 * tap)
    for _ in range(1_000):
        bench.pause(20)
    assert len(lab.edges()) >= WORDS - 1
    assert lab.sampler.lost > 0


def test_a_day_without_a_press_does_not_shift_the_times() -> None:
    lab = Lab()
    bench.leap(86_400_000_000)
    assert lab.edges() == []
    bench.press(SECOND, 50, in_ms=100)
    before = bench.ms() - lab.start
    bench.pause(200)
    found = lab.edges()
    assert [edge[:2] for edge in found] == [("unsatisfied", True), ("unsatisfied", False)]
    assert abs(found[0][2] - before - 100) <= 5, (found, before)
