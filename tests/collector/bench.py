"""A city without a network: gateways that send office records, a ledger that can be reopened."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from collector.audit import Audit, ReadTallies, audit
from collector.city import City
from collector.ledger import Ledger, read_tallies
from collector.month import bounds
from collector.tally import FIELDS, TAGS
from wire import topics
from wire.batch import Batch, Mark, crc_of, decode_mark, encode_batch
from wire.link import Incoming, Outgoing
from wire.records import Lost, OfficeRecord, Rating, Served, TicketPrinted, VisitBegan
from wire.store import open_reader

KYIV = ZoneInfo("Europe/Kyiv")
NOON = 1_793_008_800_000  # 2026-10-26 12:00 in Kyiv
HOUR = NOON // 1000
DEVICE_EPOCH = "a" * 16
GATEWAY_EPOCH = "1" * 16
OTHER_GATEWAY = "2" * 16
VISIT = "00000000000000a1"

encode = msgspec.json.Encoder().encode


class StepClock:
    """Time stands still until told."""

    boot = "c0c0c0c0"

    def __init__(self, now: int = NOON) -> None:
        self.ms = now

    def now(self) -> int:
        """Unix milliseconds."""
        return self.ms

    def up(self) -> int:
        """Monotonic milliseconds."""
        return self.ms


def origin(seq: int, node: str = "box-1", **other: Any) -> dict[str, Any]:
    """What every record begins with."""
    return {"node": node, "epoch": DEVICE_EPOCH, "seq": seq, "at": NOON, "clock": "set", **other}


def rating(seq: int, value: str = "satisfied", status: str = "counted", **other: Any) -> Rating:
    """A rating from box-1 at desk 1."""
    said: Any = {"value": value, "status": status, "channel": "desk"}
    said |= {"service": "passport", "desk": "1"}
    return Rating(**said | origin(seq) | other)


def visit(seq: int, by: Any = "gateway", **other: Any) -> VisitBegan:
    """A ticket of disp-1."""
    said = {"visit": VISIT, "service": "passport", "number": "А001", "by": by}
    return VisitBegan(**said | origin(seq, "disp-1") | other)


def printed(seq: int, outcome: Any = "printed", **other: Any) -> TicketPrinted:
    """Its paper."""
    said = {"visit": VISIT, "service": "passport", "outcome": outcome}
    return TicketPrinted(**said | origin(seq, "disp-1") | other)


def served(seq: int, **other: Any) -> Served:
    """A visit served at desk 4 after 12 minutes of waiting."""
    said: Any = {"visit": VISIT, "service": "passport", "desk": "4"}
    said |= {"wait_ms": 720_000, "serve_ms": 300_000}
    return Served(**said | origin(seq) | other)


def lost(first: int, last: int, **other: Any) -> Lost:
    """Numbers of box-1 that nobody holds any more."""
    return Lost(**{**origin(first), "last": last, "reason": "gap", **other})


class Gateway:
    """A gateway's log, and how it sends it."""

    def __init__(self, site: str = "kyiv-1", epoch: str = GATEWAY_EPOCH) -> None:
        self.site = site
        self.epoch = epoch
        self.log: list[bytes] = []

    def write(self, *records: OfficeRecord | bytes) -> "Gateway":
        """Add to the log."""
        self.log += [r if isinstance(r, bytes) else encode(r) for r in records]
        return self

    def batch(self, first: int = 1, last: int | None = None, oldest: int = 1) -> Incoming:
        """Records `first` to `last` as a message."""
        prev = crc_of(self.log[first - 2]) if first > oldest else 0
        records = self.log[first - 1 : last]
        batch = Batch(self.epoch, first, oldest, "b0000001", 0, records, prev)
        return topics.topic(self.site, topics.GATEWAY, topics.LOG), encode_batch(batch)

    def state(
        self, last: int = 0, acked: int = 0, at: int | None = None, fault: str = "", **head: Any
    ) -> Incoming:
        """What it says of itself, and of a device: written, stored."""
        devices = [{"node": "box-1", "epoch": DEVICE_EPOCH, "seen": NOON, **head}]
        said = {"v": 1, "online": True, "epoch": self.epoch, "last": last, "devices": devices}
        said |= {"acked": acked, "at": at, "fault": fault}
        return topics.topic(self.site, topics.GATEWAY, topics.STATE), encode(said)


class Bench:
    """One city over a real ledger."""

    def __init__(self, folder: Path, sites: frozenset[str] = frozenset()) -> None:
        self.path = folder / "ledger.db"
        self.sites = sites
        self.clock = StepClock()
        self.open()

    def open(self) -> None:
        """Start the collector."""
        self.ledger = Ledger(self.path)
        self.city = City(self.ledger, self.clock, self.sites)

    def restart(self) -> None:
        """The process ends, and a new one begins."""
        self.ledger.close()
        self.open()

    def handle(self, *messages: Incoming) -> list[Outgoing]:
        """One group of messages, one transaction."""
        return self.city.handle(messages)

    def take(self, *records: OfficeRecord | bytes, epoch: str = GATEWAY_EPOCH) -> None:
        """Records from a gateway whose journal is new."""
        self.handle(Gateway(epoch=epoch).write(*records).batch())

    def sum(self, measurement: str, field: str) -> int:
        """A field, summed over all tallies."""
        place = 1 + FIELDS[measurement].index(field) - 1
        return sum(row[2][place] for row in read_tallies(self.ledger._db, measurement, 0, 1 << 40))

    def all(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        db = self.ledger._db
        tables = ["stream", "origin", "event", "lost", "conflict", "uplink_lost", "quarantine"]
        tables += [f"tally_{name}" for name in TAGS]
        return {t: db.execute(f"SELECT * FROM {t} ORDER BY 1, 2").fetchall() for t in tables}

    def change(self, statement: str) -> None:
        """Somebody tampers with the ledger."""
        assert self.ledger._db.execute(statement).rowcount == 1

    def audit(self, month: str = "2026-10", influx: ReadTallies | None = None) -> Audit:
        """As the command does it."""
        db = open_reader(self.path)
        try:
            return audit(db, month, *bounds(month, KYIV), influx)
        finally:
            db.close()


def mark(out: list[Outgoing]) -> Mark:
    """The one watermark that is published."""
    (message,) = out
    assert message.retain
    return decode_mark(message.payload)
