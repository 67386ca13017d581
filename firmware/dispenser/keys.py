"""The service buttons of a dispenser: from edges to presses. Decides; no I/O."""

from collections.abc import Mapping

from firmware.common.debounce import PRESSED, Debounce

TOGETHER_MS = 50  # a hand that lands on two buttons: no two visitors are that quick


class Keys:
    """One debounced button per service. `levels`: which are down now. `now`: ms since boot.

    Of presses at most `TOGETHER_MS` apart only the first counts. They are told apart by when they
    were, not by when somebody looked: keys are followed in the order in which they have news.
    """

    def __init__(self, levels: Mapping[str, bool], now: int) -> None:
        self._keys = {service: Debounce(down, now) for service, down in levels.items()}
        self._looked = dict.fromkeys(self._keys, now)  # when at each, for the last time
        self._all_looked = now  # when at all of them
        # The few that may have news, so that a look at thirty buttons costs no more than at one.
        self._awake = [service for service, key in self._keys.items() if not key.idle]
        self._last_press: int | None = None  # that counted

    def edge(self, service: str, pressed: bool, now: int) -> list[tuple[str, str]]:
        """The contact changed, or was looked at. Returns (service, what happened), in order."""
        key = self._keys[service]
        if not self._awake and not pressed:
            self._looked[service] = max(now, self._looked[service])
            return []
        events = self._follow(now)
        # an edge may come after a look that saw it already
        now = max(now, self._looked[service], self._all_looked)
        if pressed or not key.idle:
            events += self._told(service, key.update(pressed, now), now)
        self._looked[service] = now
        self._note(service)
        return events

    def look(self, levels: Mapping[str, bool], now: int) -> list[tuple[str, str]]:
        """All contacts were looked at. Returns as `edge`."""
        busy = [name for name, down in levels.items() if down or name in self._awake]
        self._all_looked = max(now, self._all_looked)
        return [event for name in busy for event in self.edge(name, levels[name], now)]

    def due(self, now: int) -> int | None:
        """In how many ms a key may have news if no contact changes; None: never."""
        found = self._next()
        return None if found is None else max(0, found[0] - now)

    def _follow(self, now: int) -> list[tuple[str, str]]:
        """What happened on all keys before `now`, at the ms at which each had it."""
        events: list[tuple[str, str]] = []
        while (found := self._next()) is not None and found[0] < now:
            at, service = found
            events += self._told(service, self._keys[service].poll(at), at)
            self._looked[service] = at
            self._note(service)
        return events

    def _note(self, service: str) -> None:
        """Whether a key may have news; those that may are in the order of the buttons."""
        if self._keys[service].idle == (service in self._awake):
            self._awake = [name for name, other in self._keys.items() if not other.idle]

    def _next(self) -> tuple[int, str] | None:
        """When the next key has news, and which."""
        first: tuple[int, str] | None = None
        for service in self._awake:
            looked = self._looked[service]
            wait = self._keys[service].due(looked)
            if wait is not None and (first is None or looked + wait < first[0]):
                first = looked + wait, service
        return first

    def _told(self, service: str, events: list[str], now: int) -> list[tuple[str, str]]:
        return [(service, event) for event in events if event != PRESSED or self._counts(now)]

    def _counts(self, now: int) -> bool:
        if self._last_press is not None and now - self._last_press <= TOGETHER_MS:
            return False
        self._last_press = now
        return True
