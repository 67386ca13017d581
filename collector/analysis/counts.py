"""What may be counted: counts from 0, a part within its whole, probabilities. Errors say which."""

from collections.abc import Iterable
from itertools import pairwise

Part = tuple[int, int]
"""A part and its whole, both counts: satisfied of votes."""


def check(**counts: int) -> None:
    """Refuse a negative count; ValueError names it."""
    for name, count in counts.items():
        if count < 0:
            raise ValueError(f"{name}={count} is negative; a count is 0 or more")


def check_nested(**counts: int) -> None:
    """Refuse a negative count, or one above the count after it (part before whole)."""
    check(**counts)
    items = list(counts.items())
    for (part, few), (whole, many) in pairwise(items):
        if few > many:
            raise ValueError(f"{part}={few} is more than {whole}={many}")


def check_parts(parts: Iterable[Part]) -> None:
    """Refuse satisfied-of-votes pairs of which one cannot be; ValueError says its index."""
    for index, (satisfied, votes) in enumerate(parts):
        try:
            check_nested(satisfied=satisfied, votes=votes)
        except ValueError as error:
            raise ValueError(f"number {index}: {error}") from None


def check_probability(**values: float) -> None:
    """Refuse what is not within 0..1, NaN too; ValueError names it."""
    for name, value in values.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name}={value} is no probability; it is 0 to 1")


def check_level(**values: float) -> None:
    """Refuse what is not strictly between 0 and 1: a confidence of 0 or 1 is no question."""
    for name, value in values.items():
        if not 0 < value < 1:
            raise ValueError(f"{name}={value} must lie between 0 and 1, both excluded")


def check_positive(**values: float) -> None:
    """Refuse what is not above 0, NaN and infinity too; ValueError names it."""
    for name, value in values.items():
        if not 0 < value < float("inf"):
            raise ValueError(f"{name}={value} must be above 0 and finite")
