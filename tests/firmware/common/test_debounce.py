"""From a contact's level to presses. Runs under MicroPython too: plain functions, plain asserts."""

from firmware.common.debounce import FREED, HELD, PRESSED, STUCK, Debounce

RUNS_ON_MICROPYTHON = True

TYPE_CHECKING = False
if TYPE_CHECKING:
    Edges = list[tuple[int, bool]]  # (ms, level from then on)
    Heard = list[tuple[int, str]]  # (ms, event)


def taps(*spans: "tuple[int, int]") -> "Edges":
    """A contact that is closed during each (from, to)."""
    edges: "Edges" = []
    for down, up in spans:
        edges.extend([(down, True), (up, False)])
    return edges


def driven_by_edges(button: Debounce, edges: "Edges", end: int) -> "Heard":
    """What a program hears that wakes up at an edge and when `due` says, and sleeps otherwise."""
    heard: "Heard" = []
    now = 0
    script = list(edges)
    script.append((end, False))
    for at, level in script:
        wait = button.due(now)
        while wait is not None and now + wait <= at:
            now += wait
            heard.extend([(now, event) for event in button.poll(now)])
            wait = button.due(now)
            assert wait != 0, "it would never sleep again"
        now = at
        heard.extend([(now, event) for event in button.update(level, now)])
    return heard


def polled(button: Debounce, edges: "Edges", end: int, every: int) -> "Heard":
    """What a program hears that looks at the contact every so many ms."""
    heard: "Heard" = []
    waiting = list(edges)
    level = button.due(0) == 0  # held at boot
    for now in range(0, end + 1, every):
        while waiting and waiting[0][0] <= now:
            level = waiting.pop(0)[1]
        heard.extend([(now, event) for event in button.update(level, now)])
    return heard


def some_noise(seed: int, grid: int) -> "tuple[Edges, int]":
    """Edges at multiples of `grid`: bounces, taps, long presses, one that sticks. And their end."""
    lasting = (1, 2, 3, 5, 6, 7, 12, 25, 41, 90, 430, 2500)
    edges: "Edges" = []
    now = 0
    for step in range(60):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        now += lasting[(seed >> 16) % len(lasting)] * grid
        edges.append((now, step % 2 == 0))
    return edges, now + 3000


def test_a_tap_is_one_press_after_30_ms() -> None:
    """The usual one."""
    assert driven_by_edges(Debounce(False, 0), taps((100, 180)), 500) == [(130, PRESSED)]


def test_a_touch_of_29_ms_is_nothing() -> None:
    """Nor are two of them with a pause between: what drained is gone."""
    heard = driven_by_edges(Debounce(False, 0), taps((100, 129), (300, 329)), 500)
    assert heard == []


def test_a_contact_that_bounces_gives_one_press_and_no_second_at_its_release() -> None:
    """1 ms closed, 1 ms open, at both ends."""
    spans = [(ms, ms + 1) for ms in range(100, 110, 2)]
    spans.append((110, 400))
    spans.extend([(ms, ms + 1) for ms in range(401, 411, 2)])
    edges = taps(*spans)
    assert driven_by_edges(Debounce(False, 0), edges, 1000) == [(140, PRESSED)]


def test_a_press_is_seen_through_a_contact_that_never_holds_for_30_ms() -> None:
    """8 ms closed, 2 ms open: a filter that starts anew at each edge would wait for ever."""
    edges = taps(*[(ms, ms + 8) for ms in range(0, 300, 10)])
    assert driven_by_edges(Debounce(False, 0), edges, 600) == [(46, PRESSED)]


def test_pickup_on_a_long_cable_is_no_press() -> None:
    """2 ms closed, 8 ms open, for a second."""
    button = Debounce(False, 0)
    assert driven_by_edges(button, taps(*[(ms, ms + 2) for ms in range(0, 1000, 10)]), 1100) == []
    assert button.swallowed == 0


def test_a_second_tap_within_the_lockout_is_swallowed_and_counted() -> None:
    """Nothing is filtered silently."""
    button = Debounce(False, 0)
    assert driven_by_edges(button, taps((0, 50), (90, 140)), 1000) == [(30, PRESSED)]
    assert button.swallowed == 1


def test_a_button_still_down_when_the_lockout_ends_is_a_press_then() -> None:
    """The visitor is waiting for it; the lockout only puts it off."""
    button = Debounce(False, 0)
    heard = driven_by_edges(button, taps((0, 50), (90, 400)), 1000)
    assert heard == [(30, PRESSED), (230, PRESSED)]
    assert button.swallowed == 0


def test_two_taps_apart_are_two_presses() -> None:
    """The lockout counts from press to press."""
    heard = driven_by_edges(Debounce(False, 0), taps((0, 80), (200, 280)), 1000)
    assert heard == [(30, PRESSED), (230, PRESSED)]


def test_a_button_down_for_10_s_is_stuck_and_freed_2_s_after_its_release() -> None:
    """Its press was one at 30 ms and stays it."""
    heard = driven_by_edges(Debounce(False, 0), taps((0, 15_000)), 20_000)
    assert heard == [(30, PRESSED), (10_030, STUCK), (17_030, FREED)]


def test_a_button_down_for_less_than_10_s_is_not_stuck() -> None:
    """Some lean on it."""
    assert driven_by_edges(Debounce(False, 0), taps((0, 9_990)), 20_000) == [(30, PRESSED)]


def test_stuck_is_said_once() -> None:
    """A broken button does not fill the log."""
    heard = driven_by_edges(Debounce(False, 0), [(0, True)], 86_400_000)
    assert heard == [(30, PRESSED), (10_030, STUCK)]


def test_a_stuck_button_is_not_freed_by_a_moment_of_release() -> None:
    """The 2 s start anew."""
    edges = taps((0, 12_000), (13_000, 13_500))
    heard = driven_by_edges(Debounce(False, 0), edges, 20_000)
    assert [entry for entry in heard if entry[1] == FREED] == [(15_530, FREED)]


def test_a_button_held_at_boot_is_no_press_until_it_was_released() -> None:
    """After a power cut nobody has voted because a box leans against the wall."""
    edges = [(20_000, False), (30_000, True), (30_100, False)]
    heard = driven_by_edges(Debounce(True, 0), edges, 40_000)
    assert heard == [(0, HELD), (22_030, FREED), (30_030, PRESSED)]


def test_that_a_button_is_held_at_boot_is_due_at_once() -> None:
    """A program that sleeps until something is due would otherwise never say it."""
    assert Debounce(True, 7).due(7) == 0


def test_a_program_that_was_busy_still_gets_the_press() -> None:
    """Both edges are handed in late, with their own times; the press is not lost."""
    button = Debounce(False, 0)
    assert button.update(True, 100) == []
    assert button.update(False, 150) == [PRESSED]


def test_an_idle_button_asks_for_nothing() -> None:
    """The board may sleep."""
    button = Debounce(False, 0)
    assert button.due(0) is None
    driven_by_edges(button, taps((0, 50)), 5000)
    assert button.due(5000) is None


def test_polling_every_5_ms_hears_the_same_as_edges() -> None:
    """A Pico polls, a Raspberry Pi is woken."""
    for seed in range(10):
        for held in (False, True):
            edges, end = some_noise(seed, 5)
            woken = driven_by_edges(Debounce(held, 0), edges, end)
            assert woken == polled(Debounce(held, 0), edges, end, 5), (seed, held)


def test_due_is_never_late() -> None:
    """Looking every single ms hears nothing earlier than sleeping until it is due."""
    pressed = 0
    for seed in range(100, 106):
        edges, end = some_noise(seed, 1)
        woken = driven_by_edges(Debounce(False, 0), edges, end)
        assert woken == polled(Debounce(False, 0), edges, end, 1), seed
        pressed += len(woken)
    assert pressed > 20  # the noise was worth listening to
