"""Questions to a source, and their answers as cells by month. Pure but for what the source does."""

import hashlib
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from collector.month import bounds
from collector.report.facts import Cell
from collector.report.period import spans
from collector.source import Dimension, Source, Sum

Months = Sequence[str]


class Asker:
    """Asks for sums of whole months, and keeps a checksum over everything that was answered."""

    def __init__(self, source: Source, zone: ZoneInfo, site: str) -> None:
        self._source = source
        self._zone = zone
        self._sites = [site] if site else []
        self._seen = hashlib.sha256()

    def ask(
        self,
        measurement: str,
        months: Months,
        by: Sequence[Dimension],
        fields: Sequence[str],
        sites: Sequence[str] = (),
    ) -> list[Sum]:
        """Sums over these months (in order; gaps are left out). `sites`: only of these."""
        found: list[Sum] = []
        for first, last in spans(tuple(months)):
            begin, end = bounds(first, self._zone)[0], bounds(last, self._zone)[1]
            part = self._source.sums(measurement, begin, end, by, fields, sites or self._sites)
            self._note(f"{measurement} {first} {last} {','.join(by)} {','.join(fields)}", part)
            found += part
        return found

    def checksum(self) -> str:
        """SHA-256 of all that was asked and answered so far, as 64 hex digits.

        A question is the line `measurement first-month last-month dimensions fields`, an answer to
        it the lines `keys sums` in order, without those whose sums are all 0.
        """
        return self._seen.hexdigest()

    def _note(self, question: str, sums: Iterable[Sum]) -> None:
        lines = [question]
        lines += [" ".join([*key, *map(str, counts)]) for key, counts in sums if any(counts)]
        self._seen.update(("\n".join(lines) + "\n").encode())


def add(table: dict[tuple[str, str], Cell], month: str, key: str, more: Cell) -> None:
    """Add to a table's cell."""
    here = table.get((month, key))
    table[month, key] = more if here is None else here + more
