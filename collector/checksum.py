"""The checksum of tallies: by it, two people know that they read the same ones. Pure.

SHA-256 in three steps, so that it adds up over offices, months and files, and need not be computed
anew where a part of it is already known:

1. A tally is the line `hour tag … field=value …` and a newline, in UTF-8: the hour in Unix seconds,
   the tags in the order of `collector.tally.TAGS`, then in the order of `FIELDS` those fields that
   are not 0. A tally whose fields are all 0 has no line: it says the same as none.
2. A part is one measurement of one office in one local month: the digest of its lines in order of
   (hour, tags), texts compared by code point.
3. The whole is the digest of the lines `measurement site month digest` of its parts and a newline
   each, in order.

So a field that a later version adds changes no checksum of the months before it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from collector.tally import FIELDS, TallyRow

Part = tuple[str, str, str]
"""(measurement, site, month)."""


def line(measurement: str, hour: int, tags: Sequence[str], sums: Sequence[int]) -> str:
    """A tally's line with its newline; empty if all its fields are 0."""
    said = [f"{k}={v}" for k, v in zip(FIELDS[measurement], sums, strict=True) if v]
    return " ".join([str(hour), *tags, *said]) + "\n" if said else ""


def digests(measurement: str, month: str, rows: Iterable[TallyRow]) -> dict[Part, str]:
    """The parts of a measurement in a month. `rows`: all of its tallies, in order of (hour, tags).

    A site of which there are only empty tallies has no part.
    """
    sums: dict[str, "hashlib._Hash"] = {}
    for hour, tags, fields in rows:
        if said := line(measurement, hour, tags, fields):
            digest = sums.get(tags[0])
            if digest is None:
                digest = sums[tags[0]] = hashlib.sha256()
            digest.update(said.encode())
    return {(measurement, site, month): digest.hexdigest() for site, digest in sums.items()}


def whole(parts: Mapping[Part, str]) -> str:
    """The checksum of all `parts`, whatever their order, as 64 hex digits."""
    lines = (f"{' '.join(part)} {digest}\n" for part, digest in sorted(parts.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
