"""Many tests at once: which findings stand when the share of false ones is to stay small."""

from collections.abc import Sequence

import msgspec

from collector.analysis.counts import check_level, check_probability


class Discoveries(msgspec.Struct, frozen=True):
    """By test, in input order: the adjusted p-value (None where there was no test), whether the
    hypothesis of no difference is rejected."""

    adjusted: tuple[float | None, ...]
    rejected: tuple[bool, ...]


def benjamini_hochberg(p_values: Sequence[float | None], rate: float = 0.05) -> Discoveries:
    """Reject so that of the rejections an expected share of `rate` at most is false.

    Adjusted p of rank i of m: the least of m p_(j) / j over j >= i, at most 1; rejected if it is
    <= rate. Benjamini and Hochberg 1995, JRSS B 57:289, for independent (or positively dependent)
    tests. None is a test that could not be made: not counted in m, never rejected. ValueError
    unless every p is within 0..1 (it says which) and 0 < rate < 1.
    """
    check_level(rate=rate)
    for index, p in enumerate(p_values):
        if p is not None:
            check_probability(**{f"p_values[{index}]": p})
    adjusted = _adjust(p_values)
    return Discoveries(adjusted, tuple(p is not None and p <= rate for p in adjusted))


def _adjust(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    ranked = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    least = 1.0
    for rank, (p, index) in reversed(list(enumerate(ranked, 1))):
        least = min(least, p * len(ranked) / rank)
        adjusted[index] = least
    return tuple(adjusted)
