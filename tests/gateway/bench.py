"""An office without a network: devices that write and send, a clock that is stepped."""

import itertools
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from gateway.config import OfficeConfig
from gateway.journal import Journal
from gateway.office import Office
from gateway.roster import Device, Service
from wire import topics
from wire.batch import Batch, Mark, crc_of, decode_mark, encode_batch
from wire.config import BrokerConfig
from wire.link import Incoming, Outgoing
from wire.records import OfficeRecord

SITE = "kyiv-1"
NOON = 1_793_008_800_000  # 2026-10-26 12:00 in Kyiv (10:00 UTC)
HOUR = 3_600_000
BOOT = "b0000001"
VISIT = "00000000000000a1"

_record: msgspec.json.Decoder[OfficeRecord] = msgspec.json.Decoder(OfficeRecord)


class StepClock:
    """Time stands still until told."""

    def __init__(self, now: int = NOON) -> None:
        self.boot = "c0c0c0c0"
        self.ms = now

    def now(self) -> int:
        """Unix milliseconds."""
        return self.ms

    def up(self) -> int:
        """Monotonic milliseconds."""
        return self.ms

    def synced(self) -> bool | None:
        """Nobody says."""
        return None


def tokens(prefix: str = "e") -> Callable[[], str]:
    """Epochs that are made one after another."""
    numbers = itertools.count(1)
    return lambda: prefix + f"{next(numbers):015x}"


def config(data: Path, **other: Any) -> OfficeConfig:
    """An office with two boxes and a dispenser."""
    values: dict[str, Any] = {
        "site": SITE,
        "name": "ЦНАП",
        "data": str(data),
        "broker": BrokerConfig(),
        "service": [
            Service("passport", "А", "Паспорт"),
            Service("subsidy", "Б", "Субсидії"),
        ],
        "device": [
            Device("box-1", "ratingbox", "desk", "1", "passport"),
            Device("box-2", "ratingbox", "exit"),
            Device("disp-1", "dispenser", mark="1"),
        ],
    }
    return OfficeConfig(**{**values, **other})


class Bench:
    """One office over a real journal that can be thrown away and opened again."""

    def __init__(self, data: Path, clock: StepClock | None = None, **other: Any) -> None:
        self.config = config(data, **other)
        self.clock = clock or StepClock()
        self.tokens = tokens()
        self.limit_mb: int | None = None
        self.open()

    def open(self) -> None:
        """Start the gateway."""
        self.journal = Journal(self.config.journal_path(), self.tokens, self.limit_mb)
        self.office = Office(self.config, self.journal, self.clock, random.Random(1))

    def restart(self) -> None:
        """The process ends, and a new one begins."""
        self.journal.close()
        self.open()

    def handle(self, *messages: Incoming) -> list[Outgoing]:
        """One group of messages, one transaction."""
        return self.office.handle(messages)

    def ask(self, visit: str = VISIT, service: str = "passport", node: str = "disp-1") -> Any:
        """A dispenser asks for a number; returns the answer."""
        out = self.handle(ask(visit, service, node))
        return json.loads(out[0].payload)

    def records(self) -> list[Any]:
        """All that is in the journal, as it goes on to the city."""
        return [_record.decode(raw) for raw in self.raw()]

    def raw(self) -> list[bytes]:
        """The same, as bytes."""
        return self.journal.log.read(1, 1_000_000, 1 << 40)

    def records_after(self, number: int) -> list[Any]:
        """Those that go on to the city under higher numbers."""
        raw = self.journal.log.read(number + 1, 1_000_000, 1 << 40)
        return [_record.decode(one) for one in raw]

    def statuses(self) -> list[str]:
        """What became of each press."""
        return [r.status for r in self.records() if hasattr(r, "value")]


class Box:
    """A device's log, and how it sends it."""

    def __init__(self, node: str = "box-1", epoch: str = "a" * 16, boot: str = BOOT) -> None:
        self.node = node
        self.epoch = epoch
        self.boot = boot
        self.log: list[bytes] = []
        self.up = 0

    def press(self, after: int = 10_000, button: str = "satisfied", at: int | None = NOON) -> None:
        """Somebody presses, so many ms after the press before."""
        self.say(kind="press", after=after, at=at, button=button)

    def say(self, kind: str, after: int = 1_000, at: int | None = NOON, **fields: object) -> None:
        """Write a record."""
        self.up += after
        said = {"kind": kind, "at": at, "boot": self.boot, "up": self.up, **fields}
        self.log.append(json.dumps(said, ensure_ascii=False).encode())

    def batch(self, first: int = 1, last: int | None = None, oldest: int = 1) -> Incoming:
        """Records `first` to `last` as a message."""
        last = len(self.log) if last is None else last
        prev = crc_of(self.log[first - 2]) if first > max(oldest, 1) else 0
        batch = Batch(
            self.epoch, first, oldest, self.boot, self.up, self.log[first - 1 : last], prev
        )
        return topics.topic(SITE, self.node, topics.LOG), encode_batch(batch)

    def state(self, last: int | None = None, acked: int = 0) -> Incoming:
        """What it says of itself."""
        said = {
            "v": 1,
            "online": True,
            "epoch": self.epoch,
            "last": len(self.log) if last is None else last,
            "acked": acked,
        }
        return topics.topic(SITE, self.node, topics.STATE), json.dumps(said).encode()


def pressed(count: int, node: str = "box-1", epoch: str = "a" * 16) -> Box:
    """A box with so many presses, ten seconds apart."""
    box = Box(node, epoch)
    for _ in range(count):
        box.press()
    return box


def ask(visit: str = VISIT, service: str = "passport", node: str = "disp-1") -> Incoming:
    """A dispenser's question as a message."""
    said = {"v": 1, "visit": visit, "service": service}
    return topics.topic(SITE, node, topics.ASK), json.dumps(said).encode()


def marks(out: Sequence[Outgoing]) -> dict[str, Mark]:
    """The watermarks among what is published, by node."""
    found = {}
    for message in out:
        _, node, channel = topics.parse(message.topic)
        if channel == topics.ACK:
            assert message.retain
            found[node] = decode_mark(message.payload)
    return found
