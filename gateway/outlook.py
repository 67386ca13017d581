"""What who comes now would find, for the screens in the hall: touch pages and boards say the same.

In the store thread, like the queue.
"""

from gateway.queue.calibration import minutes_of
from gateway.queue.prospect import Prospect
from gateway.queue.wait import Draw
from gateway.reception import Reception

FRESH_MS = 10_000  # how old what is said may be


class Outlook:
    """All services at once, as one play of the queue is enough for them; kept for a while. `draw`:
    randomness for the expected wait."""

    def __init__(self, reception: Reception, draw: Draw) -> None:
        self._reception = reception
        self._draw = draw
        self._at: int | None = None
        self._seen: tuple[Prospect, ...] = ()

    def at(self, now: int) -> tuple[Prospect, ...]:
        """Of each service, in the order of the config. `now`: Unix ms."""
        if self._at is None or not 0 <= now - self._at < FRESH_MS:
            self._seen = self._look(now)
            self._at = now
        return self._seen

    def _look(self, now: int) -> tuple[Prospect, ...]:
        hall, rules = self._reception.hall, self._reception.rules
        waiting = [visit.service for visit in hall.waiting()]
        served = {name for desk in self._reception.posts.open() for name in hall.serves(desk)}
        ahead = self._reception.ahead_each(now)
        expected = self._reception.expect_each(now, self._draw)
        return tuple(
            Prospect(
                service=service,
                waiting=waiting.count(service),
                ahead=ahead[service],
                served=service in served,
                wait=minutes_of(wait) if (wait := expected[service]) else None,
            )
            for service in rules.services
        )
