"""Record lines to records: all at once when all are sound, else one by one."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

import msgspec

T = TypeVar("T", covariant=True)

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are not the record, JSON or UTF-8 that is expected."""


class LineDecoder(Protocol[T]):
    """What we need of a msgspec decoder."""

    def decode(self, buf: bytes, /) -> T:
        """One record."""

    def decode_lines(self, buf: bytes, /) -> Sequence[T]:
        """A record a line."""


def decode_each(decoder: LineDecoder[T], lines: Sequence[bytes]) -> list[tuple[bytes, T | str]]:
    """Each line with its record, or with the reason why it is none. No line spoils another."""
    # An empty line counts for nothing in decode_lines, two objects on one line for two: without the
    # look at the first byte, the two together would pass.
    if all(line.startswith(b"{") for line in lines):
        try:
            records = decoder.decode_lines(b"\n".join(lines))
            if len(records) == len(lines):
                return list(zip(lines, records, strict=True))
        except UNREADABLE:
            pass  # found and named one by one
    return [(line, _decode_one(decoder, line)) for line in lines]


def _decode_one(decoder: LineDecoder[T], line: bytes) -> T | str:
    try:
        return decoder.decode(line)
    except UNREADABLE as error:
        return f"{type(error).__name__}: {error}"
