"""Ticket numbers: per service and day, in order, none twice. Pure.

The number of a visit is fixed once: asking again, by a dispenser that did not hear the answer,
gives the same one.
"""

from collections.abc import Iterable, Mapping


class Numbers:
    """The numbers given today. `letters`: letter of each service."""

    def __init__(self, letters: Mapping[str, str]) -> None:
        self._letters = letters
        self.day = ""
        self._last: dict[str, int] = {}
        self._given: dict[str, str] = {}

    def begin(self, day: str, given: Iterable[tuple[str, str, int]]) -> None:
        """Start `day` (YYYY-MM-DD) from what is stored: (visit, service, count) of it."""
        self.day = day
        self._last = {}
        self._given = {}
        for visit, service, count in given:
            self._last[service] = max(count, self._last.get(service, 0))
            self._given[visit] = self.text(service, count)

    def knows(self, service: str) -> bool:
        """Whether there is such a service."""
        return service in self._letters

    def given(self, visit: str) -> str | None:
        """The number this visit has already got today."""
        return self._given.get(visit)

    def give(self, visit: str, service: str) -> tuple[str, int]:
        """The next number of a service, for `visit`: as printed, and its count."""
        count = self._last.get(service, 0) + 1
        self._last[service] = count
        number = self._given[visit] = self.text(service, count)
        return number, count

    def text(self, service: str, count: int) -> str:
        """As printed: letter and three digits, more past 999."""
        return f"{self._letters.get(service, '?')}{count:03d}"
