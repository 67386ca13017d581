"""Batches and watermarks as bytes: what is written can be read, and nothing read can do harm."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wire.batch import (
    MAX_BATCH,
    MAX_COUNT,
    MAX_HEAD,
    MAX_SEQ,
    Batch,
    BatchError,
    Mark,
    crc_of,
    decode_batch,
    decode_mark,
    encode_batch,
    encode_mark,
)
from wire.hop import Receiver

EPOCH = "5f0c9a71d2e84b36"
BOOT = "7e57ab1e"

hexes = st.text("0123456789abcdef", min_size=16, max_size=16)
numbers = st.integers(1, 1 << 40)
lines = st.binary(max_size=40).map(lambda line: line.replace(b"\n", b""))


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    oldest = draw(numbers)
    first = oldest + draw(st.integers(0, 1_000))
    up = draw(st.integers(0, MAX_SEQ))
    records = draw(st.lists(lines, max_size=6))
    return Batch(draw(hexes), first, oldest, draw(hexes)[:8], up, records)


marks = st.builds(Mark, hexes, st.integers(0, MAX_SEQ), st.integers(0, 0xFFFFFFFF))


@st.composite
def damaged(draw: st.DrawFn, messages: st.SearchStrategy[bytes]) -> bytes:
    """A valid message with a slice of it replaced by something else."""
    message = draw(messages)
    start = draw(st.integers(0, len(message)))
    end = draw(st.integers(start, len(message)))
    scrap = st.binary(max_size=8) | st.sampled_from([b"\n", b"[" * 300, b"9" * 300, b"NaN", b"-1"])
    return message[:start] + draw(scrap) + message[end:]


def fields(message: Batch | Mark) -> dict[str, Any]:
    return {name: getattr(message, name) for name in message.__slots__}


def head(**changes: str) -> bytes:
    """A head line without records; `changes` are the new JSON texts of its fields."""
    values = {"v": "1", "epoch": f'"{EPOCH}"', "first": "3", "oldest": "2", "count": "0"}
    values |= {"prev": "0", "boot": f'"{BOOT}"', "up": "900"} | changes
    return ("{" + ",".join(f'"{key}":{value}' for key, value in values.items()) + "}\n").encode()


# ---- batches ------------------------------------------------------------------------------------
@given(batches())
def test_a_batch_is_read_as_it_was_written(batch: Batch) -> None:
    assert fields(decode_batch(encode_batch(batch))) == fields(batch)


def test_a_batch_is_its_head_and_one_line_per_record() -> None:
    head_line, *records = encode_batch(Batch(EPOCH, 3, 2, BOOT, 900, [b"{}", b"[]"])).split(b"\n")
    assert head_line.startswith(b'{"v":1,"epoch":"5f0c9a71d2e84b36","first":3,"oldest":2,"count":2')
    assert records == [b"{}", b"[]", b""]


def test_an_empty_batch_ends_before_its_first_number() -> None:
    assert decode_batch(head()).last == 2


@given(st.binary() | damaged(batches().map(encode_batch)))
def test_bytes_that_are_no_batch_are_a_batch_error_and_no_other_error(payload: bytes) -> None:
    with suppress(BatchError):
        decode_batch(payload)


@given(batches(), st.data())
def test_a_batch_cut_short_anywhere_is_refused(batch: Batch, data: st.DataObject) -> None:
    whole = encode_batch(batch)
    with pytest.raises(BatchError):
        decode_batch(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(batches(), lines)
def test_a_batch_with_a_line_more_than_its_head_says_is_refused(batch: Batch, line: bytes) -> None:
    with pytest.raises(BatchError, match="records where the head says"):
        decode_batch(encode_batch(batch) + line + b"\n")


@given(st.lists(lines, min_size=1), st.integers(0, 100))
def test_a_record_that_is_not_json_spoils_only_its_own_line(records: list[bytes], at: int) -> None:
    records[at % len(records)] = b'\xff{"half'
    assert decode_batch(encode_batch(Batch(EPOCH, 1, 1, BOOT, 0, records))).records == records


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("v", "2"),
        ("v", '"1"'),
        ("v", "null"),
        ("epoch", '"5F0C9A71D2E84B36"'),
        ("epoch", '"5f0c9a71d2e84b3"'),
        ("epoch", "1234567812345678"),
        ("epoch", r'"5f0c9a71d2e84b3\n"'),
        ("epoch", r'"5f0c9a71d2e84b3\ud800"'),
        ("boot", '"7e57ab1e0"'),
        ("boot", "null"),
        ("first", "0"),
        ("first", "true"),
        ("first", "3.0"),
        ("first", "NaN"),
        ("first", "1e999"),
        ("first", str(MAX_SEQ + 1)),
        ("first", "9" * 300),
        ("oldest", "4"),
        ("oldest", "0"),
        ("oldest", "-Infinity"),
        ("count", "-1"),
        ("count", str(MAX_COUNT + 1)),
        ("count", "[]"),
        ("up", "-1"),
        ("up", "{}"),
    ],
)
def test_a_head_with_a_wrong_field_is_refused(key: str, value: str) -> None:
    with pytest.raises(BatchError):
        decode_batch(head(**{key: value}))


@pytest.mark.parametrize("key", ["v", "epoch", "first", "oldest", "count", "boot", "up"])
def test_a_head_without_a_field_is_refused(key: str) -> None:
    with pytest.raises(BatchError):
        decode_batch(head().replace(b'"%s":' % key.encode(), b'"other":'))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\n",
        b"null\n",
        b"[]\n",
        b"1\n",
        b"\xff\xfe\n",
        b"[" * 500 + b"\n",
        b'{"v":' * 90 + b"\n",
    ],
)
def test_a_head_that_is_no_json_object_is_refused(payload: bytes) -> None:
    with pytest.raises(BatchError):
        decode_batch(payload)


def test_a_head_longer_than_any_of_ours_is_not_looked_at() -> None:
    with pytest.raises(BatchError, match="no head line"):
        decode_batch(b" " * MAX_HEAD + head())


def test_a_batch_beyond_the_limit_is_not_looked_at() -> None:
    with pytest.raises(BatchError, match="are allowed"):
        decode_batch(head(count="1") + b" " * MAX_BATCH + b"\n")


def test_the_largest_head_we_write_is_one_we_read() -> None:
    batch = Batch(EPOCH, MAX_SEQ, MAX_SEQ, BOOT, MAX_SEQ, [b"x"])
    assert fields(decode_batch(encode_batch(batch))) == fields(batch)


@example(Batch(EPOCH, MAX_SEQ, MAX_SEQ, BOOT, 0, [b"x", b"y"]))
@given(batches())
def test_what_can_be_read_can_be_acknowledged(batch: Batch) -> None:
    """The watermark of an accepted batch is one that the sender accepts."""
    try:
        batch = decode_batch(encode_batch(batch))
    except BatchError:
        return
    mark = Receiver([], set()).admit(batch).mark
    assert fields(decode_mark(encode_mark(mark))) == fields(mark)


# ---- watermarks ---------------------------------------------------------------------------------
@given(marks)
def test_a_watermark_is_read_as_it_was_written(mark: Mark) -> None:
    assert fields(decode_mark(encode_mark(mark))) == fields(mark)


def test_a_watermark_reads_as_documented() -> None:
    assert encode_mark(Mark(EPOCH, 7, 9)) == b'{"v":1,"epoch":"5f0c9a71d2e84b36","seq":7,"crc":9}'


@given(st.binary() | damaged(marks.map(encode_mark)))
def test_bytes_that_are_no_watermark_are_a_batch_error_and_no_other_error(payload: bytes) -> None:
    with suppress(BatchError):
        decode_mark(payload)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[" * 500,
        b"[" * 100_000,
        b'{"v":1,"epoch":%s%s,"seq":7,"crc":9}' % (b"[" * 200, b"]" * 200),
        b'{"v":%s1%s,"epoch":"5f0c9a71d2e84b36","seq":7,"crc":9}' % (b'{"v":' * 60, b"}" * 60),
        b'{"v":1,"epoch":"5f0c9a71d2e84b36","seq":-1,"crc":9}',
        b'{"v":1,"epoch":"5f0c9a71d2e84b36","seq":7}',
        b'{"v":1,"epoch":"5f0c9a71d2e84b36","seq":7,"crc":4294967296}',
        b'{"v":1,"epoch":"5f0c9a71d2e84b36","seq":%s,"crc":9}' % (b"9" * 400),
        b'{"v":1,"epoch":"5f0c9a71d2e84b36","seq":7,"crc":NaN}',
    ],
)
def test_a_wrong_watermark_is_refused(payload: bytes) -> None:
    with pytest.raises(BatchError):
        decode_mark(payload)


def test_what_is_nested_deeply_is_refused_before_it_is_read() -> None:
    """Reading it would cost a Pico more memory in one piece than it has, and printing it its stack;
    a later version may all the same say something that is not flat."""
    with pytest.raises(BatchError, match="nested too deeply"):
        decode_mark(b'{"v":1,"epoch":%s%s,"seq":7,"crc":9}' % (b"[" * 200, b"]" * 200))
    later = decode_mark(b'{"v":1,"epoch":"5f0c9a71d2e84b36","seq":7,"crc":9,"more":[{"a":[1]}]}')
    assert later.seq == 7


def test_the_crc_is_crc_32() -> None:
    """The check value of CRC-32/ISO-HDLC (reveng catalogue)."""
    assert crc_of(b"123456789") == 0xCBF43926
