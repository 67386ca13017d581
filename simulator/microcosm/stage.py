"""What all parts of one run share, and who is told of what really happens."""

import random
from typing import TYPE_CHECKING

from simulator.microcosm.clockwork import Clockwork

if TYPE_CHECKING:
    from simulator.microcosm.card import Files
    from simulator.microcosm.collector import VirtualCollector
    from simulator.microcosm.device import Device
    from simulator.microcosm.gateway import VirtualGateway
    from wire.batch import Mark


class Witness:
    """Is told what really happens, at that moment. Does nothing; checks are made from it."""

    def pushed(self, device: "Device") -> None:
        """A visitor pushed one of its buttons."""

    def wrote(self, device: "Device", epoch: str, seq: int, record: bytes) -> None:
        """A device confirmed a record."""

    def card_holds(self, device: "Device", epoch: str, seq: int, record: bytes) -> None:
        """A record is found on a card, after a boot or a renewal."""

    def removes(self, device: "Device", name: str) -> None:
        """A device is about to delete a file of its log."""

    def thanked(self, device: "Device", button: str) -> None:
        """A lamp was lit."""

    def printed(self, device: "Device", visit: str) -> None:
        """A printer was told to print a ticket."""

    def replaces_card(self, device: "Device", image: "Files") -> None:
        """A device's card is about to be overwritten with an older image; empty: a new card."""

    def device_acted(self, device: "Device") -> None:
        """A device did something, and is idle again."""

    def device_started(self, device: "Device") -> None:
        """A device has opened its log."""

    def gateway_started(self, gateway: "VirtualGateway") -> None:
        """A gateway has opened its journal."""

    def gateway_stored(self, gateway: "VirtualGateway") -> None:
        """A gateway committed a transaction, with `gateway.group` in it."""

    def gateway_heard(self, gateway: "VirtualGateway") -> None:
        """A gateway's uplink took a watermark."""

    def loses_journal(self, gateway: "VirtualGateway") -> None:
        """A gateway's journal is about to be replaced by a new or an older one."""

    def collector_started(self, collector: "VirtualCollector") -> None:
        """A collector has opened its ledger."""

    def collector_stored(self, collector: "VirtualCollector") -> None:
        """A collector committed a transaction, with `collector.group` in it."""

    def loses_ledger(self, collector: "VirtualCollector") -> None:
        """A collector's ledger is about to be replaced by an older one."""

    def promises(self, site: str, node: str, mark: "Mark") -> None:
        """A gateway or a collector publishes a watermark for a node."""


class Stage:
    """Clock, chance and witness of one run. `chance`: small things such as delays and tokens."""

    def __init__(self, clockwork: Clockwork, chance: random.Random, witness: Witness) -> None:
        self.clockwork = clockwork
        self.chance = chance
        self.witness = witness
        self.tell = clockwork.tell
        self.after = clockwork.after

    @property
    def now(self) -> int:
        """Unix ms."""
        return self.clockwork.now

    def token(self) -> str:
        """16 random hex digits."""
        return f"{self.chance.getrandbits(64):016x}"

    def boot(self) -> str:
        """8 random hex digits."""
        return f"{self.chance.getrandbits(32):08x}"

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.chance.random() * (high - low + 1))


class StageClock:
    """A machine's clocks; implements `wire.clock.OfficeClock` and `firmware.common.node.Clock`.

    `booted`: Unix ms. While `is_set` is False the machine does not know the date, and believes it
    to be `behind_ms` ago.
    """

    def __init__(
        self, stage: Stage, boot: str, booted: int, is_set: bool = True, behind_ms: int = 0
    ) -> None:
        self.boot = boot
        self.booted = booted
        self.is_set = is_set
        self._behind_ms = behind_ms
        self._stage = stage

    def now(self) -> int:
        """Unix ms."""
        return self._stage.now - (0 if self.is_set else self._behind_ms)

    def set(self) -> None:
        """The network tells the time."""
        self.is_set = True

    def up(self) -> int:
        """Ms since the boot."""
        return self._stage.now - self.booted

    def synced(self) -> bool:
        """Whether the network confirms the time."""
        return self.is_set

    def at(self) -> int | None:
        """Unix ms, if the machine knows."""
        return self._stage.now if self.is_set else None
