"""HMAC-SHA256 by the book, on both interpreters."""

from binascii import hexlify

from wire.seal import hmac_sha256, is_same

RUNS_ON_MICROPYTHON = True

# RFC 4231, section 4: (key, data, HMAC-SHA-256); 4.6 truncates, and is left out.
VECTORS = (
    (
        b"\x0b" * 20,
        b"Hi There",
        b"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        b"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        b"\xaa" * 20,
        b"\xdd" * 50,
        b"773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
    (
        bytes(range(1, 26)),
        b"\xcd" * 50,
        b"82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        b"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        b"\xaa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.",
        b"9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
)

OF_A_BLOCK = b"83026a325aaee70e"  # begins so, says Python's own hmac of 64 times k, no data


def test_it_gives_what_the_standard_gives() -> None:
    """Short and long keys, short and long data."""
    for key, data, expected in VECTORS:
        assert hexlify(hmac_sha256(key, data)) == expected


def test_a_key_of_exactly_one_block_is_taken_as_it_is() -> None:
    """One byte more is hashed first: another mac."""
    block, longer = hmac_sha256(b"k" * 64, b""), hmac_sha256(b"k" * 65, b"")
    assert block != longer
    assert hexlify(block)[:16] == OF_A_BLOCK


def test_sameness_looks_at_every_byte_and_the_length() -> None:
    """A difference anywhere is one."""
    mac = bytes(range(32))
    assert is_same(mac, bytes(range(32)))
    for i in range(32):
        assert not is_same(mac, mac[:i] + b"\xff" + mac[i + 1 :])
    assert not is_same(mac, mac[:-1])
    assert not is_same(mac, b"")
