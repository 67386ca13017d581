"""PINs, and how slowly they can be guessed."""

import pytest

from gateway.pages.access import (
    FORGOTTEN_MS,
    FREE_TRIES,
    LONGEST_WAIT_MS,
    MOST_KEYS,
    Guard,
    hash_pin,
    is_hash,
    is_pin,
)

SALT = bytes(range(16))


def test_a_pin_is_known_by_its_hash_and_no_other_is() -> None:
    """Nor is the hash itself a PIN."""
    hashed = hash_pin("4711", SALT)
    assert is_pin("4711", hashed)
    for wrong in ("4712", "", "04711", hashed):
        assert not is_pin(wrong, hashed)
    assert hash_pin("4711", bytes(16)) != hashed


@pytest.mark.parametrize("bad", ["", "123", "12a4", "1" * 13, "１２３４", "-123"])
def test_what_is_no_pin_is_refused(bad: str) -> None:
    """Four to twelve digits."""
    with pytest.raises(ValueError, match="a PIN is 4 to 12 digits"):
        hash_pin(bad, SALT)


@pytest.mark.parametrize("bad", ["", "4711", "scrypt$00$00", "scrypt$zz$zz", "md5$00$00"])
def test_a_config_that_holds_no_hash_lets_nobody_in(bad: str) -> None:
    """Least of all somebody who types what stands there."""
    assert not is_hash(bad)
    assert not is_pin(bad, bad)
    assert is_hash(hash_pin("4711", SALT))


def test_who_mistypes_a_few_times_does_not_wait() -> None:
    """Then each wrong one doubles the wait, up to a quarter of an hour."""
    guard = Guard()
    waits = []
    for _ in range(14):
        waits.append(guard.wait_ms("olena", 0))
        guard.wrong("olena", 0)
    assert waits[: FREE_TRIES + 4] == [0, 0, 0, 2_000, 4_000, 8_000, 16_000]
    assert waits[-1] == LONGEST_WAIT_MS
    assert guard.wait_ms("petro", 0) == 0
    assert guard.wait_ms("olena", LONGEST_WAIT_MS - 1) == 1


def test_the_right_one_or_a_day_forgets_the_wrong_ones() -> None:
    """The clerk begins anew."""
    guard = Guard()
    for _ in range(9):
        guard.wrong("olena", 0)
        guard.wrong("petro", 0)
    guard.right("olena")
    assert guard.wait_ms("olena", 0) == 0
    guard.wrong("petro", FORGOTTEN_MS)
    assert guard.wait_ms("petro", FORGOTTEN_MS) == 0


def test_many_addresses_do_not_fill_the_memory() -> None:
    """The oldest are let go."""
    guard = Guard()
    for n in range(MOST_KEYS + 10):
        for _ in range(4):
            guard.wrong(f"10.0.{n}", n)
    assert guard.wait_ms("10.0.0", 0) == 0
    assert guard.wait_ms(f"10.0.{MOST_KEYS + 9}", MOST_KEYS + 9) > 0
