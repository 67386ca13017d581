"""Ticket numbers: per service and day, in order, none twice. Pure.

The number of a visit is fixed once: asking again, by a dispenser that did not hear the answer,
gives the same one. What dispensers numbered alone is counted with it, so that a limit is that of
the whole hall.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping


class Numbers:
    """The numbers given today. `letters`: letter of each service."""

    def __init__(self, letters: Mapping[str, str]) -> None:
        self._letters = letters
        self.day = ""
        self._last: dict[str, int] = {}
        self._given: dict[str, str] = {}
        self._visits: dict[str, set[str]] = defaultdict(set)

    def begin(
        self,
        day: str,
        given: Iterable[tuple[str, str, int]],
        issued: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Start `day` (YYYY-MM-DD) from what is stored: (visit, service, count) of the numbers
        given, and (visit, service) of the tickets issued, whoever numbered them."""
        self.day = day
        self._last = {}
        self._given = {}
        self._visits.clear()
        for visit, service, count in given:
            self._last[service] = max(count, self._last.get(service, 0))
            self._given[visit] = self.text(service, count)
            self._visits[service].add(visit)
        for visit, service in issued:
            self._visits[service].add(visit)

    def note(self, visit: str, service: str) -> None:
        """A ticket of this day was issued, with whatever number."""
        self._visits[service].add(visit)

    def taken(self, service: str) -> int:
        """How many visitors of a service have a number today: each once, also if the gateway's
        came too late and the dispenser took one of its own."""
        return len(self._visits[service]) if service in self._visits else 0

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
        self._visits[service].add(visit)
        return number, count

    def text(self, service: str, count: int) -> str:
        """As printed: letter and three digits, more past 999."""
        return f"{self._letters.get(service, '?')}{count:03d}"
