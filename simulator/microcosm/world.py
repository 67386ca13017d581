"""One city, made from a seed: who is in it, what happens to it, and how it is put right again."""

import random
from collections.abc import Callable
from functools import partial

from gateway.config import OfficeConfig
from gateway.roster import Device as DeviceConfig
from gateway.roster import Service
from simulator.microcosm.broker import CALM, Broker, Connection
from simulator.microcosm.clockwork import START, Clockwork, Trace
from simulator.microcosm.collector import VirtualCollector
from simulator.microcosm.device import Box, Device, Sizes, TicketDispenser
from simulator.microcosm.gateway import UplinkSizes, VirtualGateway
from simulator.microcosm.stage import Stage, Witness
from simulator.microcosm.store import Shelf
from wire.config import BrokerConfig

_SERVICES = [Service("passport", "А", "Паспорт"), Service("subsidy", "Б", "Субсидії", limit=2)]
_BETWEEN_PRESSES_MS = 400  # a hand needs 330
SETTLE_MS = 240_000  # the mirror's longest pause, a few retries and a state of each device
_LOOK_MS = 5_000


class World:
    """A city of one or two offices. `ends`: Unix ms at which visitors and mishaps end.

    `shelf`: where the databases are. `witness`: is told what really happens.
    """

    def __init__(self, seed: int, shelf: Shelf, witness: Witness, trace: Trace) -> None:
        chance = random.Random(f"world/{seed}")
        self.seed = seed
        self.clockwork = Clockwork(trace)
        self.stage = Stage(self.clockwork, random.Random(f"stage/{seed}"), witness)
        self.ends = START + chance.randrange(45_000, 90_000)
        self.gateways: list[VirtualGateway] = []
        self.devices: list[Device] = []
        city = Broker(self.stage, "city")
        self.brokers = [city]
        self.collector = VirtualCollector(
            self.stage, shelf.new_ledger("city/ledger.db"), city, chance.choice((1, 3, 5_000))
        )
        self.collector.http_ms = chance.choice((400, 4_000))
        for number in range(1, chance.choice((1, 1, 2)) + 1):
            self._found_office(f"office-{number}", chance, shelf, city)
        self._schedule_visitors(chance)

    def start(self) -> None:
        """Everything is switched on, in no particular order."""
        starts: list[Callable[[], None]] = [self.collector.start]
        starts += [gateway.start for gateway in self.gateways]
        starts += [device.power_up for device in self.devices]
        for start in starts:
            self.stage.after(self.stage.between(0, 3_000), start)

    def connections(self) -> list[Connection]:
        """Everybody's."""
        ends = [self.collector.connection]
        ends += [end for gateway in self.gateways for end in (gateway.local, gateway.city)]
        return ends + [device.connection for device in self.devices]

    def heal(self) -> None:
        """From now on nothing goes wrong; what is broken is mended, what is off is switched on."""
        self.stage.tell("all is mended")
        for broker in self.brokers:
            broker.climate = broker.weather = CALM
            broker.start()
        for connection in self.connections():
            connection.mend()
        for device in self.devices:
            device.mend()
        for gateway in self.gateways:
            gateway.fate.relent()
            gateway.store_ms = 20
            gateway.clock.set()
            gateway.start()
        self.collector.mend()

    def settle(self) -> bool:
        """Let time pass until nothing is pending; False if that takes too long."""
        deadline = self.stage.now + SETTLE_MS
        while self.stage.now < deadline:
            self.clockwork.run_until(self.stage.now + _LOOK_MS)
            if not self.pending():
                return True
        return False

    def pending(self) -> list[str]:
        """What has not got where it should, in words."""
        found = [f"{d.name} is off" for d in self.devices if not d.on]
        found += [f"{g.name} is off" for g in self.gateways if not g.on]
        if not self.collector.on or found:
            return [*found, "somebody is off"]
        for device in self.devices:
            if device.node.sender.pending or device.node.sender.under_way:
                found.append(f"{device.name}: {device.node.sender.pending} records")
        for gateway in self.gateways:
            if gateway.sender.pending or gateway.sender.under_way:
                found.append(f"{gateway.name}: {gateway.sender.pending} records")
        if self.collector.mirror.lag:
            found.append(f"influx lacks {self.collector.mirror.lag} tallies")
        return found

    def close(self) -> None:
        """Give the files back."""
        for gateway in self.gateways:
            gateway.close()
        self.collector.close()

    def _found_office(self, site: str, chance: random.Random, shelf: Shelf, city: Broker) -> None:
        local = city  # a small office runs all of it on one machine
        if chance.random() < 0.7:
            local = Broker(self.stage, site)
            self.brokers.append(local)
        boxes = [f"box-{i}" for i in range(1, chance.choice((1, 2, 2)) + 1)]
        dispensers = ["disp-1"] if chance.random() < 0.7 else []
        config = OfficeConfig(
            site=site,
            name="ЦНАП",
            data=str(shelf.place_for(f"{site}/journal.db").parent),
            broker=BrokerConfig(),
            service=_SERVICES,
            device=[DeviceConfig(box, "ratingbox", "desk", box[-1]) for box in boxes]
            + [DeviceConfig(name, "dispenser", mark="9") for name in dispensers],
        )
        sizes = UplinkSizes(chance.choice((1, 2, 5, 1_000)), chance.choice((1, 2, 8)))
        self.gateways.append(VirtualGateway(self.stage, config, local, city, sizes))
        for name in (*boxes, *dispensers):
            kind = Box if name in boxes else TicketDispenser
            self.devices.append(kind(self.stage, site, name, local, _device_sizes(chance)))

    def _schedule_visitors(self, chance: random.Random) -> None:
        for device in self.devices:
            at = 0
            for _ in range(chance.randint(3, 9)):
                at += _BETWEEN_PRESSES_MS + round(chance.expovariate(1 / 7_000))
                if START + at < self.ends:
                    self.stage.after(at, partial(device.push, chance.choice(device.buttons)))


def _device_sizes(chance: random.Random) -> Sizes:
    return Sizes(
        segment_bytes=chance.choice((200, 500, 1_000, 65_536)),
        limit_bytes=chance.choice((4_000, 1 << 20, 1 << 20)),
        batch_records=chance.choice((1, 2, 3, 200)),
        window=chance.choice((1, 2, 4)),
    )
