"""Which services give tickets now, and how many are left. Pure.

Where the gateway does not know the time, nobody is sent away for being early or late.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo

from gateway.clockwork import Verdict
from gateway.roster import Service
from wire.hours import Hours
from wire.records import DeclineReason
from wire.setup import local_time, reason_to_decline


class Offer:
    """The services of an office. `hours`: the office's, by weekday. `taken`: of a service, how many
    numbers it has given today, everywhere in the office."""

    def __init__(
        self,
        services: Sequence[Service],
        hours: Mapping[str, str],
        zone: tzinfo,
        taken: Callable[[str], int],
    ) -> None:
        self._hours = {one.id: Hours({**hours, **one.hours}) for one in services}
        self._limits = {one.id: one.limit for one in services}
        self._zone = zone
        self._taken = taken

    def declines(self, service: str, verdict: Verdict) -> DeclineReason | None:
        """Why a service gives no number now; None: it does."""
        local = local_time(verdict.now, self._zone) if verdict.certainty == "sure" else None
        limit = self._limits[service]
        return reason_to_decline(self._hours[service], limit, local, self._taken(service))

    def left(self) -> dict[str, int]:
        """How many numbers are left today, of each service that has a limit."""
        return {
            service: max(0, limit - self._taken(service))
            for service, limit in self._limits.items()
            if limit is not None
        }
