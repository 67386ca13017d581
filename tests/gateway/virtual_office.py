"""A whole office in one process: gateway, dispensers and rating boxes, with nothing between them.

The programs and their decisions are the real ones, over a real journal and cards that outlive
their power. What a message, the disk or a clock does next, the driver says; time goes by only when
it is told to, or while somebody is waited for.
"""

import itertools
import random
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar, cast
from unittest.mock import patch

from firmware.common.config import Broker, Identity
from firmware.common.link import DOWN, MESSAGE, UP, Link
from firmware.common.program import Program
from firmware.dispenser.adoption import Adoption
from firmware.dispenser.answer import read_json
from firmware.dispenser.app import Dispenser
from firmware.dispenser.config import Config, PrinterConfig
from firmware.dispenser.counter import Counter, Service
from firmware.dispenser.rendering import open_layout
from firmware.dispenser.series import Series
from gateway.config import OfficeConfig
from gateway.invitations import invitations
from gateway.journal import Journal
from gateway.kiosk import Kiosk
from gateway.office import Office
from gateway.reception import Reception
from simulator import profile
from simulator.board import VirtualButtons
from simulator.devices import Box, Device, Mail
from simulator.disk import PowerCut, SimDisk
from simulator.microcosm.fate import Killed
from simulator.printer import VirtualPrinter
from tests.gateway.breaking_disk import BreakingConnection, Doom
from wire import topics
from wire.link import Incoming, Outgoing

Fate = Literal["arrives", "is lost", "comes twice", "comes late"]
T = TypeVar("T")

BEGAN = 1_793_001_600_000  # 2026-10-26 10:00 in Kyiv
BOOT_MS = 5_000
PATIENCE_MS = 1_000  # what is due within it is waited for: an answer, a contact, a new connection
MOST_ROUNDS = 60  # of talk: who has more to say than that goes on later


class GatewayClock:
    """Implements `wire.clock.OfficeClock`. `wrong`: by how many ms; `synced_`: what the network
    says of it, None: nothing."""

    def __init__(self, office: "VirtualOffice") -> None:
        self.boot = office.boot()
        self.wrong = 0
        self.synced_: bool | None = None
        self._office = office
        self._booted = office.now - BOOT_MS

    def now(self) -> int:
        """Unix milliseconds."""
        return self._office.now + self.wrong

    def up(self) -> int:
        """Milliseconds since the boot."""
        return self._office.now - self._booted

    def synced(self) -> bool | None:
        """As the driver says."""
        return self.synced_


class DeviceClock:
    """Implements `firmware.common.node.Clock`; waiting for a hand, time goes by for everybody."""

    def __init__(self, office: "VirtualOffice") -> None:
        self.boot = office.boot()
        self._office = office
        self._booted = office.now - BOOT_MS

    def up(self) -> int:
        """Milliseconds since the boot."""
        return self._office.now - self._booted

    def at(self) -> int | None:
        """Unix milliseconds."""
        return self._office.now

    def move_up(self, up: int) -> None:
        """It is so late now."""
        self._office.now = max(self._office.now, self._booted + up)


class Wire(Link):
    """A link without a network. `send`: of whoever connects it."""

    send: Callable[[str, bytes], None]

    def __init__(self, *_: object) -> None:
        pass

    def publish(self, topic: str, payload: bytes, retain: bool) -> None:
        """As Link."""
        self.send(topic, payload)

    def drop(self) -> None:
        """As Link."""


class Issued(NamedTuple):
    """What a dispenser's card says of a ticket."""

    visit: str
    service: str
    number: str
    by: str


class VirtualDispenser(Device):
    """A dispenser with a button for each service. `issued`: all tickets of its card so far."""

    services: Mapping[str, Service] = {
        "passport": Service("А", "Паспорт"),
        "subsidy": Service("Б", "Субсидії"),
        "land": Service("В", "Земля"),
    }

    def power_up(self) -> None:
        """As Device."""
        self.issued: list[Issued] = getattr(self, "issued", [])
        self._read: int = getattr(self, "_read", 0)
        super().power_up()
        self._look()

    def settle(self) -> None:
        """As Device."""
        super().settle()
        self._look()

    def _look(self) -> None:
        """What is new on the card; what is old may be gone."""
        log = self.node.log
        for record in log.read(self._read + 1, 1_000, 1 << 20) if log.last > self._read else ():
            said = read_json(record)
            if said.get("kind") == "issued":
                self.issued.append(Issued(*(str(said[name]) for name in Issued._fields)))
        self._read = log.last

    def _program(self) -> Program:
        own = Config(
            Identity(profile.SITE, self.name, Path(), self._broker),
            mark=self.name[-1],
            office="ЦНАП",
            printer=PrinterConfig("file", render="text"),
            pins={},
            services=self.services,
        )
        adoption = Adoption(own, self.card, open_layout)
        self.buttons = VirtualButtons(list(self.services), self.inbox, self.clock.up)
        self.printer = VirtualPrinter(self.inbox)
        series = Series(self.card, lambda: None, self._token)
        layout, services = adoption.layout, adoption.config.services
        counter = Counter(self.node, series, self.printer, layout, services, own.mark, self._token)
        return Dispenser(self.node, self.buttons, counter, self.link.publish, adoption)


class VirtualOffice:
    """The devices of `config`, their broker and their gateway; all names in it are the config's.

    `restarted`: called with the queue as the gateway before had it; None if it died between a
    commit and what follows it.
    """

    def __init__(self, config: OfficeConfig, seed: int = 0) -> None:
        self.config = config
        self.now = BEGAN
        self.restarted: Callable[[Reception | None], None] = lambda dead: None
        self.fates: deque[Fate] = deque()  # of the next messages; after them, all arrive
        self._boots = itertools.count(1)
        self._tokens = itertools.count(1)
        self._draw = random.Random(seed)
        self._to_office: list[Incoming] = []
        self._to_devices: list[Incoming] = []
        self._late: list[Incoming] = []
        self._retained: dict[str, bytes] = {}
        self.clock = GatewayClock(self)
        self._open()
        self.devices = {one.node: self._device(one.node, one.kind) for one in config.device}
        for name in self.devices:
            self.connect(name)
        self.talk()

    # ---- who there is ----------------------------------------------------------------------------
    @property
    def reception(self) -> Reception:
        """The queue."""
        assert self.office.reception is not None
        return self.office.reception

    @property
    def kiosk(self) -> Kiosk:
        """The touch pages."""
        assert self.office.kiosk is not None
        return self.office.kiosk

    @property
    def dispensers(self) -> list[VirtualDispenser]:
        """All of them."""
        return [one for one in self.devices.values() if isinstance(one, VirtualDispenser)]

    def issued(self) -> dict[str, Issued]:
        """All tickets that cards know of, by visit."""
        return {one.visit: one for device in self.dispensers for one in device.issued}

    def boot(self) -> str:
        """Another one each time."""
        return f"{next(self._boots):08x}"

    def token(self) -> str:
        """Another one each time."""
        return f"{next(self._tokens):016x}"

    # ---- what happens to devices -----------------------------------------------------------------
    def push(self, node: str, button: str) -> None:
        """Somebody pushes a button and lets go."""
        device = self.devices[node]
        board = device.buttons if isinstance(device, VirtualDispenser) else cast(Box, device).panel
        board.press(button)
        self._at_device(device, device.settle)

    def connect(self, node: str) -> None:
        """A device finds the broker."""
        device = self.devices[node]
        device.connected = True
        cast(Wire, device.link).send = self._send
        self._at_device(device, lambda: device.hand_over(UP, None))
        for topic, payload in self._retained.items():
            if topics.parse(topic)[1] == node:
                self._to_devices.append((topic, payload))

    def cut_off(self, node: str) -> None:
        """A device loses the broker."""
        device = self.devices[node]
        if device.connected:
            device.connected = False
            self._at_device(device, lambda: device.hand_over(DOWN, None))

    def cut_power(self, node: str) -> None:
        """The plug is pulled and put in again; the device looks for the broker anew."""
        device = self.devices[node]
        was = device.connected
        device.cut_power(DeviceClock(self))
        if was:
            self.connect(node)

    # ---- what happens to the gateway -------------------------------------------------------------
    def at_gateway(self, work: Callable[[], T]) -> T | None:
        """Do something in the gateway's store thread; None: its disk refused, or it died of it."""
        try:
            return work()
        except sqlite3.Error:
            return None
        except Killed:
            self._reopen()
            return None

    def restart(self) -> None:
        """The gateway's process ends, and a new one begins."""
        self._reopen()

    def doom(self, doom: Doom) -> None:
        """Something waits for the gateway, or nothing any more."""
        self.disk.how, self.disk.left = doom or ("refuses", None)

    def order(self, order: Outgoing) -> None:
        """The gateway gives a dispenser an order."""
        self._publish([order])

    def invite(self) -> None:
        """The boxes hear whose turn it is."""
        changed = self.reception.take_invitations()
        said = invitations(self.config.site, self.config.device, changed)
        self._publish([Outgoing(topic, payload) for topic, payload in said])

    # ---- time and talk ---------------------------------------------------------------------------
    def pass_time(self, ms: int) -> None:
        """Time goes by; the gateway looks at its clock, and everybody talks."""
        self.now += ms
        self.at_gateway(self.office.tend)
        self._settle()
        self.talk()

    def talk(self) -> None:
        """Until nobody has anything to say for a while."""
        for _ in range(MOST_ROUNDS):
            if self._to_office or self._to_devices:
                self._carry()
            elif self._late:
                self._to_office, self._late = self._late, []
            else:
                due = self._due()
                if due > PATIENCE_MS:
                    return
                self.now += max(due, 1)
                self._settle()

    def close(self) -> None:
        """The run is over."""
        self.journal.close()

    def mend(self) -> None:
        """Everything works again, and all is said."""
        self.disk.left = None
        self.fates.clear()
        self.clock.wrong, self.clock.synced_ = 0, True
        for name, device in self.devices.items():
            cast(SimDisk, device.card).cut_power_after(1 << 40)
            if not device.connected:
                self.connect(name)
        self.talk()
        while any(device.node.sender.pending for device in self.devices.values()):
            self.pass_time(10_000)

    # ---- inside ----------------------------------------------------------------------------------
    def _device(self, node: str, kind: str) -> Device:
        make = Box if kind == "ratingbox" else VirtualDispenser
        clock, mail = DeviceClock(self), Mail()
        return make(node, clock, Broker("none"), mail, self.token, "0.1.0", link=Wire)

    def _send(self, topic: str, payload: bytes) -> None:
        fate = self.fates.popleft() if self.fates else "arrives"
        if fate in ("arrives", "comes twice"):
            self._to_office.append((topic, payload))
        if fate in ("comes late", "comes twice"):
            self._late.append((topic, payload))

    def _publish(self, messages: Iterable[Outgoing]) -> None:
        for message in messages:
            fate = self.fates.popleft() if self.fates else "arrives"
            if message.retain:
                self._retained[message.topic] = message.payload
            if fate != "is lost":
                times = 2 if fate == "comes twice" else 1
                self._to_devices += [(message.topic, message.payload)] * times

    def _carry(self) -> None:
        group, self._to_office = self._to_office, []
        if group:
            self._publish(self.at_gateway(partial(self.office.handle, group)) or ())
        heard, self._to_devices = self._to_devices, []
        for topic, payload in heard:
            device = self.devices[topics.parse(topic)[1]]
            if device.connected:
                hear = partial(device.hand_over, MESSAGE, (topic, payload))
                self._at_device(device, hear)

    def _at_device(self, device: Device, work: Callable[[], None]) -> None:
        try:
            work()
        except PowerCut:
            self.cut_power(device.name)

    def _settle(self) -> None:
        for device in self.devices.values():
            self._at_device(device, device.settle)

    def _due(self) -> int:
        waits = (one.program.due(one.clock.up()) for one in self.devices.values())
        return min((wait for wait in waits if wait is not None), default=PATIENCE_MS + 1)

    def _open(self) -> None:
        connect = partial(sqlite3.connect, factory=BreakingConnection)
        with patch("wire.store.sqlite3.connect", connect):
            self.journal = Journal(self.config.journal_path(), self.token)
        self.disk = cast(BreakingConnection, self.journal._db)
        self.office = Office(self.config, self.journal, self.clock, self._draw)
        self.kiosk._token = self.token  # or no run could be repeated

    def _reopen(self) -> None:
        dead = None if self.disk.broke == "dies committed" else self.reception
        self.journal.close()
        self._open()
        self.restarted(dead)
        self._publish(self.office.greetings())
