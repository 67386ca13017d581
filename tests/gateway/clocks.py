"""An office whose machine may not know the time, its devices, and the city: no network between.

`real` is what everybody's clock would show if it were right.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from collector.audit import Audit, audit
from collector.city import City
from collector.ledger import Ledger, read_tallies
from collector.month import Month, bounds, summarise
from gateway.app import Gateway
from tests.collector.bench import KYIV
from tests.gateway.bench import HOUR, NOON, SITE, VISIT, ask, config
from wire import topics
from wire.batch import Batch, crc_of, decode_mark, encode_batch
from wire.link import Incoming
from wire.records import OfficeRecord
from wire.store import open_reader

ALL_TIME = 1 << 40
_record: msgspec.json.Decoder[OfficeRecord] = msgspec.json.Decoder(OfficeRecord)


class Machine:
    """A gateway's clocks; implements `wire.clock.OfficeClock`."""

    def __init__(self, real: int = NOON) -> None:
        self.boot = "c0000001"
        self.real = real
        self.wrong = 0
        self.booted = real - HOUR
        self.sync: bool | None = True

    def now(self) -> int:
        """Unix milliseconds."""
        return max(0, self.real + self.wrong)

    def up(self) -> int:
        """Milliseconds since the boot."""
        return self.real - self.booted

    def synced(self) -> bool | None:
        """What the test says."""
        return self.sync

    def cut_power(self, off: int, behind: int) -> None:
        """No power for so many ms; then the clock is `behind`, and no network confirms it."""
        self.real += off
        self.boot = f"c{int(self.boot, 16) % (1 << 28) + 1:07x}"
        self.booted, self.wrong, self.sync = self.real, -behind, False

    def hear_network(self) -> None:
        """The time comes."""
        self.wrong, self.sync = 0, True


class Thing:
    """A device with its log; `truth`: when each record happened. `has_clock`: it says so."""

    def __init__(self, node: str, machine: Machine, has_clock: bool, epoch: str = "a" * 16) -> None:
        self.node = node
        self.has_clock = has_clock
        self.epoch = epoch
        self.log: list[bytes] = []
        self.truth: list[int] = []
        self._machine = machine
        self.cut_power()

    def cut_power(self) -> None:
        """It boots anew."""
        self._booted = self._machine.real
        self._boot = f"{len(self.log) + 1:02x}{self.epoch[:6]}"

    def press(self, after: int = 10_000) -> None:
        """Somebody presses, so many ms from now."""
        self._machine.real += after
        real = self._machine.real
        said = {
            "kind": "press",
            "at": real if self.has_clock else None,
            "boot": self._boot,
            "up": real - self._booted,
            "button": "satisfied",
        }
        self.log.append(json.dumps(said).encode())
        self.truth.append(real)

    def batch(self, first: int = 1, oldest: int = 1) -> Incoming:
        """All from `first` on, sent now."""
        prev = crc_of(self.log[first - 2]) if first > oldest else 0
        up = self._machine.real - self._booted
        batch = Batch(self.epoch, first, oldest, self._boot, up, self.log[first - 1 :], prev)
        return topics.topic(SITE, self.node, topics.LOG), encode_batch(batch)


class Town:
    """The gateway with its journal, and the collector with its ledger."""

    def __init__(self, folder: Path, machine: Machine | None = None) -> None:
        self.machine = machine or Machine()
        self._folder = folder
        self.ledger = Ledger(folder / "ledger.db")
        self.city = City(self.ledger, self.machine)
        self.clocked = Thing("box-1", self.machine, True, "a" * 16)
        self.blind = Thing("box-2", self.machine, False, "b" * 16)
        self.start()

    def start(self) -> None:
        """The gateway's program starts."""
        self.gateway = Gateway(config(self._folder), self.machine, "test")
        self.office = self.gateway.office
        self.office.tend()

    def kill(self) -> None:
        """It ends, without any last word."""
        self.gateway.journal.close()

    def cut_power(self, off: int, behind: int) -> None:
        """The gateway's machine loses its power for so many ms; its clock is `behind` then."""
        self.kill()
        self.machine.cut_power(off, behind)
        self.start()

    def hear_network(self) -> None:
        """The time comes to the gateway."""
        self.machine.hear_network()
        self.office.tend()

    def wait(self, ms: int) -> None:
        """Time goes by; the gateway looks at its clock now and then."""
        for _ in range(10):
            self.machine.real += ms // 10
            self.office.tend()

    def press(self, *things: Thing) -> None:
        """Somebody presses at each of these; the gateway acknowledges it."""
        for thing in things:
            thing.press()
            (mark,) = self.office.handle([thing.batch()])
            assert decode_mark(mark.payload).seq == len(thing.log)

    def ask(self, visit: str = VISIT) -> dict[str, Any]:
        """A dispenser asks for a number."""
        answer: dict[str, Any] = json.loads(self.office.handle([ask(visit)])[0].payload)
        return answer

    def deliver(self) -> int:
        """The uplink sends what it may; returns how many records the city has."""
        while True:
            self.gateway._link_is_new = True
            batches, _ = self.gateway._next_batches()
            if not batches:
                break
            for message in self.city.handle([(b.topic, b.payload) for b in batches]):
                mark = decode_mark(message.payload)
                self.gateway.sender.on_mark(mark, self.machine.up())
        found: int = self.ledger._db.execute("SELECT count(*) FROM event").fetchone()[0]
        return found

    def said(self) -> Any:
        """What the gateway says of itself."""
        return json.loads(self.gateway._say_state())

    def placed(self, thing: Thing) -> list[tuple[int, str]]:
        """Of each record of a thing: how far from the truth the city has it, and how known."""
        found = {}
        for (body,) in self.ledger._db.execute("SELECT body FROM event").fetchall():
            record = _record.decode(body)
            if record.node == thing.node:
                found[record.seq] = record
        return [
            (found[i].at - true, found[i].clock)
            for i, true in enumerate(thing.truth, 1)
            if i in found
        ]

    def account(self, thing: Thing) -> dict[str, int]:
        """How the gateway's own account says that a thing's times are known."""
        query = (
            "SELECT clock, sum(count) FROM account WHERE node=? GROUP BY clock HAVING sum(count)"
        )
        return dict(self.gateway.journal._db.execute(query, (thing.node,)).fetchall())

    def month(self, name: str) -> Month:
        """As the report has it."""
        begin, end = bounds(name, KYIV)
        ratings = read_tallies(self.ledger._db, "rating", begin, end)
        return summarise(name, ratings, [], KYIV, ALL_TIME, "test")

    def audit(self) -> Audit:
        """Over all time."""
        db = open_reader(self._folder / "ledger.db")
        try:
            return audit(db, "all", 0, ALL_TIME, None)
        finally:
            db.close()

    def close(self) -> None:
        """Give the files back."""
        self.kill()
        self.ledger.close()
