"""The messages of an update: read back, and refused whatever is wrong with them."""

from binascii import hexlify

from wire.seal import hmac_sha256
from wire.update import (
    MAX_FILES,
    MAX_MANIFEST,
    MAX_PIECE,
    Entry,
    Manifest,
    Order,
    UpdateError,
    decode_manifest,
    decode_order,
    encode_manifest,
    encode_order,
    id_of,
)

RUNS_ON_MICROPYTHON = True

KEY = b"k" * 32
DIGEST = "0123456789abcdef" * 4


TWO = [Entry("wire/hop.mpy", 10, DIGEST), Entry("wire/__init__.mpy", 0, DIGEST)]


def manifest(entries: "list[Entry]" = TWO) -> Manifest:
    """Of a box, its next slot and these files."""
    return Manifest("kyiv-1", "box-3", "0.2.0", 7, "b", entries)


def signed(text: bytes, key: bytes = KEY) -> bytes:
    """Any text, signed rightly."""
    return text + b"hmac " + hexlify(hmac_sha256(key, text)) + b"\n"


def refusal(data: bytes, key: bytes = KEY) -> str:
    """Why a manifest is not taken; empty: it is."""
    try:
        decode_manifest(data, key)
    except UpdateError as error:
        return str(error)
    return ""


def unsignable(entries: "list[Entry]") -> str:
    """Why a manifest of such files is not even signed; empty: it is."""
    try:
        encode_manifest(manifest(entries), KEY)
    except UpdateError as error:
        return str(error)
    return ""


def order_refusal(payload: bytes) -> str:
    """Why a message is not taken; empty: it is."""
    try:
        decode_order(payload)
    except UpdateError as error:
        return str(error)
    return ""


def test_a_manifest_is_read_as_it_was_written() -> None:
    """With all that it says."""
    data = encode_manifest(manifest(), KEY)
    read = decode_manifest(data, KEY)
    assert (read.site, read.node, read.version) == ("kyiv-1", "box-3", "0.2.0")
    assert (read.counter, read.slot, read.size) == (7, "b", 10)
    assert [(e.path, e.size, e.digest) for e in read.entries] == [
        ("wire/hop.mpy", 10, DIGEST),
        ("wire/__init__.mpy", 0, DIGEST),
    ]
    assert data[-65:-1].startswith(id_of(data).encode())


def test_a_manifest_changed_anywhere_is_refused() -> None:
    """One bit of any byte, and any length but its own."""
    data = encode_manifest(manifest(), KEY)
    for i in range(len(data)):
        if i < len(data) - 1:  # the last line's end is not signed, and says nothing
            assert refusal(data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :]), i
        assert refusal(data[:i])
    assert refusal(data + b"x")


def test_another_key_is_refused_and_so_is_none() -> None:
    """A box without a key takes no update."""
    data = encode_manifest(manifest(), KEY)
    assert refusal(data, b"j" * 32) == "the signature is not of this box's key"
    assert refusal(data, b"") == "this box has no key"


def test_what_is_signed_but_wrong_is_refused_by_name() -> None:
    """Whoever signs may be mistaken."""
    head = b"talon-firmware 1\nsite s\nnode n\nversion 1\ncounter 1\nslot a\n"
    line = b"file wire/hop.mpy 10 " + DIGEST.encode() + b"\n"
    assert refusal(signed(head + line)) == ""
    wrong = (
        (head, "0 files; 1 to 64 are allowed"),
        (head + line + line, "a file comes twice"),
        (head.replace(b" 1\nsite", b" 2\nsite") + line, "a manifest of version 2"),
        (head.replace(b"slot a", b"slot c") + line, "no slot c"),
        (head.replace(b"counter 1", b"counter 0") + line, "0 is not a number"),
        (head.replace(b"counter 1", b"counter -1") + line, "'-1' is no number"),
        (head.replace(b"node n", b"nobe n") + line, "where node should be stands nobe n"),
        (head + line.replace(b" 10 ", b" 200001 "), "200001 is not a number"),
        (head + line.replace(b" 10 ", b" "), "no file"),
        (head + line.replace(b"0123", b"012g"), "no file"),
    )
    for text, why in wrong:
        assert why in refusal(signed(text)), why


def test_no_file_leaves_its_slot() -> None:
    """Neither up, nor to the root, nor under a name that a file system reads otherwise."""
    paths = ("../a.mpy", "/a.mpy", "a/../b.mpy", "a//b.mpy", ".mpy", "A.mpy", "a.py", "a b.mpy")
    for path in paths:
        assert "file" in unsignable([Entry(path, 1, DIGEST)]), path


def test_a_manifest_has_limits() -> None:
    """Of files, of bytes in all, and of its own bytes."""
    many = [Entry("f%d.mpy" % i, 1, DIGEST) for i in range(MAX_FILES + 1)]
    large = [Entry("f%d.mpy" % i, 150_000, DIGEST) for i in range(2)]
    wordy = [Entry("d" * 70 + "%d.mpy" % i, 1, DIGEST) for i in range(60)]
    assert unsignable(many).startswith("65 files")
    assert unsignable(large).startswith("300000 bytes")
    assert unsignable(wordy).startswith("a manifest of")
    assert "are allowed" in refusal(b"x" * (MAX_MANIFEST + 1))


def test_each_message_is_read_as_it_was_written() -> None:
    """With bytes that look like a line's end."""
    name = "0123456789abcdef"
    for order in (
        Order("ask"),
        Order("manifest", name, 512, 2048, b"\n\x00\xff"),
        Order("piece", name, 1024, 0, b"x" * MAX_PIECE),
        Order("go", name),
        Order("boot", name),
    ):
        read = decode_order(encode_order(order))
        assert (read.word, read.id, read.at) == (order.word, order.id, order.at)
        assert (read.total, read.data) == (order.total, order.data)


def test_a_message_that_is_none_is_refused() -> None:
    """Whatever comes by way of the broker."""
    name = b"0123456789abcdef"
    for payload in (
        b"",
        b"update ask",
        b"update\n",
        b"update sing\n",
        b"test 1\n",
        b"update go\n",
        b"update go " + name[:-1] + b"\n",
        b"update go " + name.upper() + b"\n",
        b"update piece " + name + b" -1\n",
        b"update piece " + name + b" 1e3\n",
        b"update piece " + name + b" 0\n" + b"x" * (MAX_PIECE + 1),
        b"update manifest " + name + b" 0 0\n",
        b"update manifest " + name + b" 0 8193\n",
        b"update \xff\xfe\n",
        b"x" * 5000,
    ):
        assert order_refusal(payload), payload
