"""A source made by hand: tallies in a heap, and plain adding up."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from collector.report.assemble import make_report
from collector.report.model import Edition, Report
from collector.report.period import read_period
from collector.report.setting import Setting
from collector.source import Dimension, Sum
from collector.tally import BUCKETS, FIELDS, SPENT, TAGS

KYIV = ZoneInfo("Europe/Kyiv")
LATER = int(datetime(2031, 1, 1, tzinfo=UTC).timestamp())


class Heap:
    """Tallies, and verbs that add to them. A time is local: 2026-10-05 09; a day is its noon."""

    name = "heap"

    def __init__(self, zone: ZoneInfo = KYIV) -> None:
        self.zone = zone
        self.rows: list[tuple[str, int, dict[str, str], dict[str, int]]] = []
        self.asked = 0

    def add(self, measurement: str, at: str, tags: dict[str, str], **fields: int) -> "Heap":
        """One tally; tags that are not named are `-`."""
        local = datetime.fromisoformat(at if len(at) > 10 else f"{at} 12")
        hour = int(local.replace(tzinfo=self.zone).timestamp())
        full = {tag: tags.get(tag, "-") for tag in TAGS[measurement]}
        self.rows.append((measurement, hour, full, fields))
        return self

    def votes(
        self,
        at: str,
        satisfied: int,
        unsatisfied: int,
        service: str = "passport",
        site: str = "center",
        channel: str = "desk",
        desk: str = "1",
        **fields: int,
    ) -> "Heap":
        """Counted ratings, and what else there is of them."""
        tags = {"site": site, "service": service, "channel": channel, "desk": desk}
        counts = {"satisfied": satisfied, "unsatisfied": unsatisfied, **fields}
        return self.add("rating", at, tags, **counts)

    def visits(
        self, at: str, issued: int, service: str = "passport", site: str = "center", **fields: int
    ) -> "Heap":
        """Tickets."""
        tags = {"site": site, "service": service}
        return self.add("visit", at, tags, **{"issued": issued, **fields})

    def waits(
        self, at: str, *buckets: int, service: str = "passport", measurement: str = "wait"
    ) -> "Heap":
        """How many waited, by bucket, from the first on."""
        counts = dict(zip(BUCKETS, buckets, strict=False))
        return self.add(measurement, at, {"site": "center", "service": service}, **counts)

    def spent(
        self,
        at: str,
        satisfied: Sequence[tuple[int, int]],
        unsatisfied: Sequence[tuple[int, int]] = (),
        site: str = "center",
    ) -> "Heap":
        """Votes at desk 1 whose visit is known: minutes that each had waited, and been served."""
        fields = {}
        for value, spent in (("satisfied", satisfied), ("unsatisfied", unsatisfied)):
            waited, served = [w for w, _ in spent], [s for _, s in spent]
            sums = (
                sum(waited),
                sum(w * w for w in waited),
                sum(served),
                sum(s * s for s in served),
            )
            fields[value] = len(spent)
            fields |= {f"{value}_{part}": n for part, n in zip(SPENT, sums, strict=True)}
        tags = {"site": site, "service": "passport", "desk": "1", "channel": "desk"}
        return self.add("spent", at, tags, **fields)

    def named(self, at: str, reason: str, count: int) -> "Heap":
        """A criterion was named."""
        return self.add("reason", at, {"site": "center", "reason": reason}, named=count)

    def sums(
        self,
        measurement: str,
        begin: int,
        end: int,
        by: Sequence[Dimension],
        fields: Sequence[str] = (),
        sites: Iterable[str] = (),
    ) -> list[Sum]:
        """As `collector.source.Source` says."""
        self.asked += 1
        wanted, only = tuple(fields) or FIELDS[measurement], set(sites)
        found: dict[tuple[str, ...], list[int]] = {}
        for name, hour, tags, counts in self.rows:
            if name != measurement or not begin <= hour < end:
                continue
            if only and tags["site"] not in only:
                continue
            local = datetime.fromtimestamp(hour, UTC).astimezone(self.zone)
            said = tags | {
                "month": local.isoformat()[:7],
                "day": local.isoformat()[:10],
                "weekday": str(local.isoweekday()),
                "hour": local.isoformat()[11:13],
            }
            mine = found.setdefault(tuple(said[d] for d in by), [0] * len(wanted))
            for i, field in enumerate(wanted):
                mine[i] += counts.get(field, 0)
        return [(key, tuple(sums)) for key, sums in sorted(found.items())]

    def report(self, name: str, edition: Edition = "internal", **other: object) -> Report:
        """The report on a month or a quarter. `other`: of the setting."""
        values = {"zone": self.zone, "now_s": LATER, **other}
        return make_report(self, read_period(name), Setting(**values), edition)  # type: ignore[arg-type]
