"""The sampler's words as edges in time. Runs under MicroPython too."""

from firmware.ratingbox.contacts import COUNT_BITS, PERIOD_MS, Contacts

RUNS_ON_MICROPYTHON = True

NAMES = ("satisfied", "unsatisfied")
WRAP = 1 << COUNT_BITS


def word(looks: int, first: bool, second: bool, start: int = 1_000_000) -> int:
    """What the sampler notes at its `looks`-th look; `first`, `second`: closed."""
    levels = (not first) | (not second) << 1
    return levels << COUNT_BITS | (start - looks) % WRAP


def test_a_change_of_either_contact_has_its_name_and_its_time() -> None:
    contacts = Contacts(NAMES, word(0, False, False), 100)
    words = [word(10, True, False), word(26, True, True), word(30, False, False)]
    assert contacts.edges(words, 100 + 60 * PERIOD_MS) == [
        ("satisfied", True, 150),
        ("unsatisfied", True, 230),
        ("satisfied", False, 250),
        ("unsatisfied", False, 250),
    ]


def test_a_word_that_is_read_late_still_has_its_own_time() -> None:
    contacts = Contacts(NAMES, word(0, False, False), 0)
    found = contacts.edges([word(4, True, False), word(14, False, False)], 5_000)
    assert found == [("satisfied", True, 20), ("satisfied", False, 70)]


def test_a_contact_that_was_closed_at_the_start_is_told_as_closed() -> None:
    contacts = Contacts(NAMES, word(0, False, True), 0)
    assert contacts.levels() == {"satisfied": False, "unsatisfied": True}
    assert contacts.edges([word(3, False, False)], 20) == [("unsatisfied", False, 15)]


def test_words_are_true_over_the_wrap_of_the_counter() -> None:
    contacts = Contacts(NAMES, word(0, False, False, 5), 0)
    found = contacts.edges([word(4, True, False, 5), word(9, False, False, 5)], 60)
    assert found == [("satisfied", True, 20), ("satisfied", False, 45)]


def test_a_month_passes_between_two_words() -> None:
    contacts = Contacts(NAMES, word(0, False, False), 0)
    month = 30 * 86_400_000
    now = 0
    while now < month:  # somebody looks each day, though nothing happens
        now += 86_400_000
        assert contacts.edges([], now) == []
    assert contacts.edges([word(month // PERIOD_MS, True, False)], month + 3) == [
        ("satisfied", True, month)
    ]


def test_a_word_of_the_look_under_way_is_not_of_15_days_ago() -> None:
    contacts = Contacts(NAMES, word(0, False, False), 0)
    assert contacts.edges([word(3, True, False)], 12) == [("satisfied", True, 15)]
