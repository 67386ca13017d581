"""Hourly tallies: what one record adds to which. Pure.

A tally is for one hour (UTC, its start in Unix seconds) of one site. Its fields are whole numbers.
"""

from collections.abc import Sequence

from wire.records import (
    OUTCOMES,
    REFUSALS,
    DeviceNote,
    Lost,
    OfficeRecord,
    PressesMissed,
    Quarantined,
    Rating,
    TicketPrinted,
    VisitBegan,
)

NONE = "-"  # a tag is never empty
HOUR_MS = 3_600_000

TAGS: dict[str, tuple[str, ...]] = {
    "rating": ("site", "service", "desk", "channel"),
    "visit": ("site", "service", "desk", "channel"),
    "device": ("site", "node"),
}
"""The tags of each measurement, as in InfluxDB."""

FIELDS: dict[str, tuple[str, ...]] = {
    # unclocked: of the counted ones, how many are in this hour only by their arrival, because
    # their device had no clock: they belong to the day but to no hour of it
    "rating": ("satisfied", "unsatisfied", *REFUSALS, "unclocked"),
    # own_number: numbered by the dispenser, the gateway being away
    "visit": ("issued", "own_number", *OUTCOMES, "unclocked"),
    # missed: presses that the device could not take; its record of them is one of the notes
    "device": ("counted", "refused", "visits", "prints", "notes", "quarantined", "missed", "lost"),
}
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
        elif isinstance(record, DeviceNote):
            self._bump("device", hour, (site, record.node), "notes", by)
        elif isinstance(record, PressesMissed):
            self._add_missed(site, hour, record, by)
        elif isinstance(record, Quarantined):
            self._bump("device", hour, (site, record.node), "quarantined", by)

    def add_lost(self, site: str, record: Lost, count: int) -> None:
        """Count records of a device that nobody holds any more."""
        hour = record.at // HOUR_MS * 3600
        self._bump("device", hour, (site, record.node), "lost", count)

    def _add_rating(self, site: str, hour: int, record: Rating, by: int) -> None:
        tags = (site, record.service, record.desk, record.channel)
        counted = record.status == "counted"
        self._bump("rating", hour, tags, record.value if counted else record.status, by)
        if counted and record.clock == "unknown":
            self._bump("rating", hour, tags, "unclocked", by)
        self._bump("device", hour, (site, record.node), "counted" if counted else "refused", by)

    def _add_visit(self, site: str, hour: int, record: VisitBegan, by: int) -> None:
        counted = record.status == "counted"
        self._bump("device", hour, (site, record.node), "visits" if counted else "refused", by)
        if not counted:
            return
        tags = (site, record.service, NONE, NONE)
        self._bump("visit", hour, tags, "issued", by)
        if record.by == "dispenser":
            self._bump("visit", hour, tags, "own_number", by)
        if record.clock == "unknown":
            self._bump("visit", hour, tags, "unclocked", by)

    def _add_print(self, site: str, hour: int, record: TicketPrinted, by: int) -> None:
        counted = record.status == "counted"
        self._bump("device", hour, (site, record.node), "prints" if counted else "refused", by)
        if counted:
            self._bump("visit", hour, (site, record.service, NONE, NONE), record.outcome, by)

    def _add_missed(self, site: str, hour: int, record: PressesMissed, by: int) -> None:
        counted = record.status == "counted"
        self._bump("device", hour, (site, record.node), "notes" if counted else "refused", by)
        if counted:
            self._bump("device", hour, (site, record.node), "missed", by * record.count)

    def _bump(
        self, measurement: str, hour: int, tags: tuple[str, ...], field: str, by: int = 1
    ) -> None:
        key = (measurement, hour, tags)
        sums = self.sums.get(key)
        if sums is None:
            sums = self.sums[key] = [0] * len(FIELDS[measurement])
        sums[_INDEX[measurement][field]] += by


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
