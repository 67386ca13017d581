"""Whether exported months belong together: no office twice, no month missing. Pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

Exports = Mapping[str, Mapping[str, frozenset[str]]]
"""Offices by month and by collector."""


class Overlap(NamedTuple):
    """An office that two collectors exported for the same month."""

    month: str
    site: str
    one: str
    other: str


class Missing(NamedTuple):
    """A month of a collector that exported earlier ones; `name` empty: of all of them."""

    month: str
    name: str


def overlaps(exports: Exports) -> list[Overlap]:
    """An office's tallies have one writer: each office of a month that has two, in order."""
    found = []
    for month, by_name in sorted(exports.items()):
        owner: dict[str, str] = {}
        for name, sites in sorted(by_name.items()):
            for site in sorted(sites):
                if site in owner:
                    found.append(Overlap(month, site, owner[site], name))
                owner.setdefault(site, name)
    return found


def missing(exports: Exports, asked: Iterable[str]) -> list[Missing]:
    """Which of the months asked for are not there, although they should be.

    Before its first month a collector was not there yet; and one whose offices all went to others
    need not export any more.
    """
    first = min(exports, default="")
    begun: dict[str, str] = {}
    for month in sorted(exports, reverse=True):
        begun.update(dict.fromkeys(exports[month], month))
    found = []
    for month in sorted(asked):
        if not exports.get(month):
            if first and month > first:
                found.append(Missing(month, ""))
            continue
        here = frozenset().union(*exports[month].values())
        for name, since in sorted(begun.items()):
            if since >= month or name in exports[month]:
                continue
            if not _last(exports, name, month) <= here:
                found.append(Missing(month, name))
    return found


def _last(exports: Exports, name: str, before: str) -> frozenset[str]:
    """The offices of a collector's last month before another one."""
    month = max(m for m, by_name in exports.items() if m < before and name in by_name)
    return exports[month][name]
