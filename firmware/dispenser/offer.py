"""Which services give tickets now, as this dispenser sees it. Decides; no I/O, no buttons.

With a gateway it is the gateway that decides, for all dispensers of the hall; this is for the
lamps, and for when it is away. What this dispenser knows of a day's limit is what the gateway said
last, less what it has issued since; if it never heard, what it has issued itself. Without a clock
nobody is sent away: it is open, and as the day may be another one, nothing is known of its limit.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, tzinfo
from typing import Protocol

from wire.hours import Hours, Opening
from wire.records import DeclineReason
from wire.setup import local_time, reason_to_decline


class Terms(Protocol):
    """On what terms a service is offered. `limit`: numbers a day; None: no limit."""

    @property
    def hours(self) -> Hours: ...
    @property
    def limit(self) -> int | None: ...


class Offer:
    """The services of a dispenser, by id. `at`, here and below: Unix ms, None if not known."""

    def __init__(self, services: Mapping[str, Terms], zone: tzinfo) -> None:
        self._day: date | None = None  # of which the counts are
        self._issued: dict[str, int] = {}  # by this dispenser
        self._left: dict[str, int] = {}  # as the gateway said, less what was issued since
        self.use(services, zone)

    @property
    def changes(self) -> bool:
        """Whether what is open changes with the time of day."""
        return any(not one.hours.always for one in self._services.values())

    def use(self, services: Mapping[str, Terms], zone: tzinfo) -> None:
        """From now on these are offered. What was left of old limits says nothing of new ones."""
        self._services = services
        self._zone = zone
        self._left = {}
        self._is_limited = any(  # asked for the lamps at every step
            not one.hours.always or one.limit is not None for one in services.values()
        )
        self._minute = -1  # whose wall time is `_local`
        self._local: datetime

    def declines(self, service: str, at: int | None) -> DeclineReason | None:
        """Why a service gives no ticket now; None: it does."""
        terms = self._services[service]
        if at is None or (terms.hours.always and terms.limit is None):
            return None
        local = self._turn_day(at)
        if service in self._left:
            return reason_to_decline(terms.hours, self._left[service], local, 0)
        return reason_to_decline(terms.hours, terms.limit, local, self._issued.get(service, 0))

    def open(self, at: int | None) -> Collection[str]:
        """The services that give tickets now."""
        if not self._is_limited:
            return self._services.keys()
        return {service for service in self._services if self.declines(service, at) is None}

    def opens(self, service: str, reason: DeclineReason, at: int | None) -> Opening | None:
        """When a service that gives none gives tickets again; None: nobody knows."""
        hours = self._services[service].hours
        if at is None or hours.always:
            return None
        local = local_time(at, self._zone)
        return hours.next_day(local) if reason == "limit" else hours.next_opening(local)

    def issued(self, service: str, at: int | None) -> None:
        """This dispenser gave a ticket at that time."""
        if at is None:
            return
        self._turn_day(at)
        self._issued[service] = self._issued.get(service, 0) + 1
        if service in self._left:
            self._left[service] -= 1

    def told(self, left: Mapping[str, int], at: int | None) -> None:
        """The gateway said how many are left now, of each service that has a limit."""
        if at is not None:
            self._turn_day(at)
        self._left = dict(left)

    def _turn_day(self, at: int) -> datetime:
        """The wall time; another day begins with nothing issued, also if a clock was set back."""
        if at // 60_000 != self._minute:
            self._minute = at // 60_000
            self._local = local_time(at, self._zone)
        if self._local.date() != self._day:
            self._day, self._issued, self._left = self._local.date(), {}, {}
        return self._local
