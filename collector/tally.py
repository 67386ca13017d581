"""Hourly tallies: what one record adds to which. Pure.

A tally is for one hour (UTC, its start in Unix seconds) of one site. Its fields are whole numbers.
"""

from bisect import bisect_right
from collections.abc import Sequence

from wire.records import (
    DECLINE_REASONS,
    OUTCOMES,
    REFUSALS,
    VALUES,
    DeviceNote,
    Lost,
    OfficeRecord,
    PressesMissed,
    Quarantined,
    Rating,
    Served,
    TicketPrinted,
    VisitBegan,
    VisitorDeclined,
)

NONE = "-"  # a tag is never empty
HOUR_MS = 3_600_000

EDGES_S = (0, 60, 120, 180, 300, 420, 600, 900, 1200, 1800, 2700, 3600, 5400, 7200)
"""Lower edges of the buckets of waiting and of service times, in seconds; the last one is open.
For ever: other edges would be another measurement, as buckets of both cannot be added up."""

BUCKETS = tuple(f"b{i}" for i in range(len(EDGES_S)))

REASONS = (
    "effectiveness",  # результативність
    "timeliness",  # своєчасність
    "accessibility",  # доступність
    "convenience",  # зручність
    "openness",  # відкритість
    "respect",  # повага до особи
    "professionalism",  # професійність
)
"""The quality criteria of the offices' quality manual (ISO 9001:2015, 9.1.2), which whoever is
dissatisfied may name."""

SPENT = ("waited", "waited2", "served", "served2")
"""What is summed of the minutes that voters had spent: waiting, at desks, and the square of each,
for a mean's interval."""

TAGS: dict[str, tuple[str, ...]] = {
    "rating": ("site", "service", "desk", "channel"),
    "visit": ("site", "service", "desk", "channel"),
    "device": ("site", "node"),
    "wait": ("site", "service", "desk", "channel"),
    "serve": ("site", "service", "desk", "channel"),
    "reason": ("site", "service", "channel", "reason"),
    "complaint": ("site", "service", "channel"),
    "spent": ("site", "service", "desk", "channel"),
}
"""The tags of each measurement, as in InfluxDB."""

FIELDS: dict[str, tuple[str, ...]] = {
    # unclocked: of the counted ones, how many are in this hour only by their arrival, because
    # their device had no clock: they belong to the day but to no hour of it
    "rating": ("satisfied", "unsatisfied", *REFUSALS, "unclocked"),
    # own_number: numbered by the dispenser, the gateway being away; served: at this desk, of which
    # those are in `wait` and `serve` whose times are known; declined_…: who came and got no ticket
    "visit": (
        "issued", "own_number", *OUTCOMES, "unclocked", "served",
        *(f"declined_{reason}" for reason in DECLINE_REASONS),
    ),
    # missed: presses that the device could not take; its record of them is one of the notes
    "device": (
        "counted", "refused", "visits", "prints", "declined", "served", "notes", "quarantined",
        "missed", "lost",
    ),
    # how many waited, or were served, for so long; in the hour in which it ended
    "wait": BUCKETS,
    "serve": BUCKETS,
    # how often a criterion was named, and how many complaints came; unclocked as of ratings
    "reason": ("named", "unclocked"),
    "complaint": ("received", "unclocked"),
    # counted votes whose visit is known, and the minutes that it had taken until then; in the hour
    # of the vote. The votes of `rating` less these are of nobody knows what visit
    "spent": tuple(
        name for value in VALUES for name in (value, *(f"{value}_{part}" for part in SPENT))
    ),
}  # fmt: skip
"""The fields of each measurement; all are sums over records."""

TallyRow = tuple[int, tuple[str, ...], tuple[int, ...]]
"""(hour in Unix seconds, values of its tags, values of its fields) of one measurement."""

Key = tuple[str, int, tuple[str, ...]]
"""(measurement, hour, values of its tags)."""


class Tallies:
    """Sums over some records, to be added to what is stored."""

    def __init__(self) -> None:
        self.sums: dict[Key, list[int]] = {}

    def add(self, site: str, record: OfficeRecord, by: int = 1) -> None:
        """Count one record of `site`; `by` -1: take one back that was counted."""
        hour = record.at // HOUR_MS * 3600
        if isinstance(record, Rating):
            self._add_rating(site, hour, record, by)
        elif isinstance(record, VisitBegan):
            self._add_visit(site, hour, record, by)
        elif isinstance(record, TicketPrinted):
            self._add_print(site, hour, record, by)
        elif isinstance(record, Served):
            self._add_served(site, hour, record, by)
        elif isinstance(record, VisitorDeclined):
            self._add_declined(site, hour, record, by)
        elif isinstance(record, DeviceNote):
            self.bump("device", hour, (site, record.node), "notes", by)
        elif isinstance(record, PressesMissed):
            self._add_missed(site, hour, record, by)
        elif isinstance(record, Quarantined):
            self.bump("device", hour, (site, record.node), "quarantined", by)

    def add_lost(self, site: str, record: Lost, count: int) -> None:
        """Count records of a device that nobody holds any more."""
        hour = record.at // HOUR_MS * 3600
        self.bump("device", hour, (site, record.node), "lost", count)

    def _add_rating(self, site: str, hour: int, record: Rating, by: int) -> None:
        tags = (site, record.service, record.desk, record.channel)
        counted = record.status == "counted"
        self.bump("rating", hour, tags, record.value if counted else record.status, by)
        if counted and record.clock == "unknown":
            self.bump("rating", hour, tags, "unclocked", by)
        self.bump("device", hour, (site, record.node), "counted" if counted else "refused", by)
        if counted and record.clock != "unknown":
            self._add_spent(hour, tags, record, by)

    def _add_spent(self, hour: int, tags: tuple[str, ...], record: Rating, by: int) -> None:
        waited, served = record.waited_min, record.served_min
        if waited is None or served is None:
            return
        self.bump("spent", hour, tags, record.value, by)
        minutes = (waited, waited * waited, served, served * served)
        for part, more in zip(SPENT, minutes, strict=True):
            self.bump("spent", hour, tags, f"{record.value}_{part}", by * more)

    def _add_visit(self, site: str, hour: int, record: VisitBegan, by: int) -> None:
        counted = record.status == "counted"
        self.bump("device", hour, (site, record.node), "visits" if counted else "refused", by)
        if not counted:
            return
        tags = (site, record.service, NONE, NONE)
        self.bump("visit", hour, tags, "issued", by)
        if record.by == "dispenser":
            self.bump("visit", hour, tags, "own_number", by)
        if record.clock == "unknown":
            self.bump("visit", hour, tags, "unclocked", by)

    def _add_declined(self, site: str, hour: int, record: VisitorDeclined, by: int) -> None:
        counted = record.status == "counted"
        self.bump("device", hour, (site, record.node), "declined" if counted else "refused", by)
        if counted:
            tags = (site, record.service, NONE, NONE)
            self.bump("visit", hour, tags, f"declined_{record.reason}", by)

    def _add_print(self, site: str, hour: int, record: TicketPrinted, by: int) -> None:
        counted = record.status == "counted"
        self.bump("device", hour, (site, record.node), "prints" if counted else "refused", by)
        if counted:
            self.bump("visit", hour, (site, record.service, NONE, NONE), record.outcome, by)

    def _add_served(self, site: str, hour: int, record: Served, by: int) -> None:
        counted = record.status == "counted"
        self.bump("device", hour, (site, record.node), "served" if counted else "refused", by)
        if not counted:
            return
        tags = (site, record.service, record.desk, NONE)
        self.bump("visit", hour, tags, "served", by)
        if record.clock == "unknown":
            return
        for measurement, ms in (("wait", record.wait_ms), ("serve", record.serve_ms)):
            if ms is not None:
                self.bump(measurement, hour, tags, bucket(ms), by)

    def _add_missed(self, site: str, hour: int, record: PressesMissed, by: int) -> None:
        counted = record.status == "counted"
        self.bump("device", hour, (site, record.node), "notes" if counted else "refused", by)
        if counted:
            self.bump("device", hour, (site, record.node), "missed", by * record.count)

    def bump(
        self, measurement: str, hour: int, tags: tuple[str, ...], field: str, by: int = 1
    ) -> None:
        """Add to one field. `tags`: their values, in the order of `TAGS`."""
        key = (measurement, hour, tags)
        sums = self.sums.get(key)
        if sums is None:
            sums = self.sums[key] = [0] * len(FIELDS[measurement])
        sums[_INDEX[measurement][field]] += by


def bucket(ms: int) -> str:
    """The field in which a time of so many milliseconds (0 or more) is counted."""
    return BUCKETS[bisect_right(EDGES_S, ms / 1000) - 1]


_INDEX = {name: {field: i for i, field in enumerate(fields)} for name, fields in FIELDS.items()}


def lines(measurement: str, rows: Sequence[TallyRow]) -> str:
    """InfluxDB line protocol of tallies as (hour, tags, fields); times in seconds.

    Names and tags hold no character that would need escaping (see wire.records).
    """
    tags = TAGS[measurement]
    fields = FIELDS[measurement]
    return "\n".join(
        ",".join([measurement, *(f"{k}={v}" for k, v in zip(tags, values, strict=True))])
        + " "
        + ",".join(f"{k}={v}i" for k, v in zip(fields, sums, strict=True))
        + f" {hour}"
        for hour, values, sums in rows
    )
