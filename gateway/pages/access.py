"""Who may use the pages: clerks, their PINs, and how slowly PINs can be guessed. Pure.

A PIN is kept as scrypt (RFC 7914) with a salt: `scrypt$<salt>$<key>`, both in hex. After each wrong
one the next try has to wait twice as long, for that clerk and for that address, so that four digits
take months to guess and nobody who mistypes waits long.
"""

import hashlib
import hmac
from typing import Literal

import msgspec

Role = Literal["clerk", "manager"]

FREE_TRIES = 3
FIRST_WAIT_MS = 2_000
LONGEST_WAIT_MS = 15 * 60_000
FORGOTTEN_MS = 86_400_000  # without a wrong try for so long, all is forgotten
MOST_KEYS = 4_096  # so that many addresses do not fill the memory; the oldest go
LEAST_DIGITS, MOST_DIGITS = 4, 12
SALT_BYTES = 16
_COST = 1 << 14  # 16 MB and some 50 ms for each try


class Clerk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who may log in. `pin`: as `hash_pin` gives it. A manager sees the whole office."""

    id: str
    name: str
    pin: str
    role: Role = "clerk"


def hash_pin(pin: str, salt: bytes) -> str:
    """What stands in the config for a PIN. ValueError if it is none. `salt`: 16 random bytes."""
    if not (pin.isascii() and pin.isdigit() and LEAST_DIGITS <= len(pin) <= MOST_DIGITS):
        raise ValueError(f"a PIN is {LEAST_DIGITS} to {MOST_DIGITS} digits")
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt is {SALT_BYTES} bytes")
    return f"scrypt${salt.hex()}${_key(pin, salt).hex()}"


def is_hash(text: str) -> bool:
    """Whether it is one that `hash_pin` can have given."""
    return _parts(text) is not None


def is_pin(pin: str, hashed: str) -> bool:
    """Whether it is the PIN. Takes as long for a wrong one."""
    parts = _parts(hashed)
    if parts is None:
        return False
    salt, key = parts
    return hmac.compare_digest(_key(pin, salt), key)


def _key(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=_COST, r=8, p=1, maxmem=1 << 26, dklen=32)


def _parts(text: str) -> tuple[bytes, bytes] | None:
    name, _, rest = text.partition("$")
    salt, _, key = rest.partition("$")
    try:
        parts = bytes.fromhex(salt), bytes.fromhex(key)
    except ValueError:
        return None
    return parts if name == "scrypt" and [len(part) for part in parts] == [SALT_BYTES, 32] else None


class _Tries(msgspec.Struct):
    wrong: int
    at: int


class Guard:
    """Slows the guessing of PINs. `key`: a clerk or an address; `now`: ms of a monotonic clock."""

    def __init__(self) -> None:
        self._tries: dict[str, _Tries] = {}

    def wait_ms(self, key: str, now: int) -> int:
        """How long until another try is allowed; 0: now."""
        tries = self._tries.get(key)
        if tries is None or tries.wrong < FREE_TRIES:
            return 0
        wait = min(FIRST_WAIT_MS << min(tries.wrong - FREE_TRIES, 20), LONGEST_WAIT_MS)
        return max(0, tries.at + wait - now)

    def wrong(self, key: str, now: int) -> None:
        """A wrong PIN was tried."""
        tries = self._tries.pop(key, None)
        if tries is None or now - tries.at >= FORGOTTEN_MS:
            tries = _Tries(0, now)
        self._tries[key] = _Tries(tries.wrong + 1, now)  # the newest last
        while len(self._tries) > MOST_KEYS:
            del self._tries[next(iter(self._tries))]

    def right(self, key: str) -> None:
        """The right one was given."""
        self._tries.pop(key, None)
