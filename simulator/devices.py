"""The virtual office's devices: the real programs on boards, cards and printers that are not there.

Each has its own connection to the broker. What the connection brings waits in a queue that all
share until the driver hands it over, so that the driver alone says when things happen.
"""

import queue
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmware.common.config import Broker, Identity
from firmware.common.filelog import FileLog
from firmware.common.link import Link
from firmware.common.node import OFFLINE, Node
from firmware.common.posix_disk import PosixDisk
from firmware.common.program import EDGE, Inbox, Program
from firmware.dispenser.adoption import Adoption
from firmware.dispenser.app import Dispenser
from firmware.dispenser.config import Config, PrinterConfig
from firmware.dispenser.counter import Counter, Service
from firmware.dispenser.rendering import open_layout
from firmware.dispenser.series import Series
from firmware.ratingbox.app import RatingBox
from simulator import profile
from simulator.board import VirtualButtons, VirtualPanel
from simulator.disk import SimDisk
from simulator.printer import VirtualPrinter
from wire import topics

if TYPE_CHECKING:
    from firmware.common.node import Clock

Token = Callable[[], str]
Mail = queue.SimpleQueue[tuple["Device", str, Any]]
"""(device, kind, value): what connections brought, for the driver to hand over."""


class Device:
    """One device: its card outlives power cuts, its program does not."""

    def __init__(
        self,
        name: str,
        clock: "Clock",
        broker: Broker,
        mail: Mail,
        token: Token,
        version: str,
        card: "SimDisk | PosixDisk | None" = None,
        gather_ms: int = 0,
        link: type[Link] = Link,
    ) -> None:
        self._gather_ms = gather_ms
        self._link = link
        self.name = name
        self.clock = clock
        self.card = SimDisk() if card is None else card
        self.inbox = Inbox()
        self.connected = False  # the broker answers
        self.in_range = True  # the driver lets it talk
        self._broker = broker
        self._mail = mail
        self._token = token
        self._version = version
        self.power_up()

    def power_up(self) -> None:
        """Start the program on what the card holds."""
        log = FileLog(self.card, self._token, limit_bytes=Identity.log_mb << 20)
        self.node = Node(
            profile.SITE, self.name, log, self.clock, self._version, gather_ms=self._gather_ms
        )
        self.inbox = Inbox()
        self.link = self._link(self.node, self._broker, _Postbox(self, self._mail))
        self.program = self._program()

    def cut_power(self, clock: "Clock") -> None:
        """The program and the connection are gone at once; the board boots with `clock`."""
        self.link.drop()
        if isinstance(self.card, SimDisk):
            self.card = self.card.restore()
        self.connected = False
        self.clock = clock
        self.power_up()

    def settle(self) -> None:
        """Let the program take all that is in its inbox, and do what is due."""
        while not self.inbox.empty():
            kind, value = self.inbox.get()
            if kind == EDGE:
                self._until(value[2])
            self.program.handle(kind, value)
        self.program.step(self.clock.up())

    def hand_over(self, kind: str, value: Any) -> None:
        """Give the program what the connection brought, and let it act."""
        self.program.handle(kind, value)
        self.settle()

    def switch_off(self) -> None:
        """A clean end."""
        self.link.close((self.node.topic(topics.STATE), OFFLINE))

    def _program(self) -> Program:
        raise NotImplementedError

    def _until(self, up: int) -> None:
        """Time goes by until `up`; only a board clock is moved, a real one goes by itself."""
        move = getattr(self.clock, "move_up", None)
        if move is not None:
            move(up)


class Box(Device):
    """A rating box, or a page that behaves like one."""

    def _program(self) -> Program:
        self.panel = VirtualPanel(self.inbox, self.clock.up)
        return RatingBox(self.node, self.panel, self.link.publish)


class TicketDispenser(Device):
    """A ticket dispenser with its printer."""

    def _program(self) -> Program:
        services = {s.id: Service(s.letter, s.title) for s in profile.SERVICES}
        own = Config(
            Identity(profile.SITE, self.name, Path(), self._broker),
            mark=self.name[-1],
            office=profile.NAME,
            printer=PrinterConfig("file", render="text"),
            pins={},
            services=services,
        )
        self.adoption = adoption = Adoption(own, self.card, open_layout)
        self.buttons = VirtualButtons(list(services), self.inbox, self.clock.up)
        self.printer = VirtualPrinter(self.inbox, asked=True)
        self.counter = Counter(
            self.node,
            Series(self.card, lambda: None, self._token),
            self.printer,
            adoption.layout,
            adoption.config.services,
            own.mark,
            self._token,
        )
        return Dispenser(self.node, self.buttons, self.counter, self.link.publish, adoption)


class _Postbox:
    """Where a device's connection puts its events."""

    def __init__(self, device: Device, mail: Mail) -> None:
        self._device = device
        self._mail = mail

    def put(self, event: tuple[str, Any]) -> None:
        """From the connection's thread."""
        self._mail.put((self._device, *event))
