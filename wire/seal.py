"""HMAC-SHA256 (RFC 2104), by which a box knows its gateway's orders. Runs on MicroPython, which has
SHA-256 but no hmac."""

import hashlib

BLOCK = 64  # bytes, of SHA-256
KEY_BYTES = 32  # of a box's key: as long as the hash, RFC 2104 section 3


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """The 32 bytes of RFC 2104 section 2: H(K xor opad, H(K xor ipad, message))."""
    if len(key) > BLOCK:
        key = hashlib.sha256(key).digest()
    key = key + bytes(BLOCK - len(key))
    inner = hashlib.sha256(bytes([byte ^ 0x36 for byte in key]))
    inner.update(message)
    outer = hashlib.sha256(bytes([byte ^ 0x5C for byte in key]))
    outer.update(inner.digest())
    return outer.digest()


def is_same(one: bytes, other: bytes) -> bool:
    """Whether they are equal; takes as long wherever they differ."""
    if len(one) != len(other):
        return False
    difference = 0
    for a, b in zip(one, other):  # noqa: B905 - MicroPython's zip has no `strict`
        difference |= a ^ b
    return difference == 0
