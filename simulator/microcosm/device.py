"""The devices: the real programs on cards, boards and printers that are not there."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar, NamedTuple

from firmware.common import config
from firmware.common.config import Identity
from firmware.common.filelog import FileLog
from firmware.common.link import DOWN, MESSAGE, UP
from firmware.common.node import OFFLINE, Node
from firmware.common.program import Inbox, Program
from firmware.dispenser.adoption import Adoption
from firmware.dispenser.app import Dispenser
from firmware.dispenser.config import Config, PrinterConfig
from firmware.dispenser.counter import Counter, Service
from firmware.dispenser.rendering import open_layout
from firmware.dispenser.series import Series
from firmware.dispenser.slip import Ticket
from firmware.dispenser.ticket import Job
from firmware.ratingbox.app import RatingBox
from firmware.ratingbox.panel import BUTTONS
from simulator.board import PRESS_MS, VirtualButtons, VirtualPanel
from simulator.disk import PowerCut
from simulator.microcosm.broker import Broker, Connection
from simulator.microcosm.card import Card, Files
from simulator.microcosm.fate import Fate, Killed
from simulator.microcosm.stage import Stage, StageClock
from simulator.printer import VirtualPrinter
from wire import topics
from wire.hop import Sender

VERSION = "0.1.0"
_BOOT_MS = 5_000
_RESTART_MS = (500, 5_000)
_DARK_MS = (2_000, 20_000)


class Sizes(NamedTuple):
    """How much a device takes at a time: small ones meet more borders."""

    segment_bytes: int
    limit_bytes: int
    batch_records: int
    window: int


class WatchedLog(FileLog):
    """A log that says what it confirmed."""

    def __init__(self, device: "Device") -> None:
        self._device = device
        sizes = device.sizes
        super().__init__(device.card, device.stage.token, sizes.segment_bytes, sizes.limit_bytes)
        self._show()

    def append(self, record: bytes, note: bool = False) -> int:
        """As FileLog."""
        number = super().append(record, note)
        self._device.stage.witness.wrote(self._device, self.epoch, number, record)
        return number

    def renew(self, after: int) -> None:
        """As FileLog."""
        super().renew(after)
        self._device.stage.tell(f"{self._device.name} renews: {self.epoch[:4]}")
        self._show()

    def _show(self) -> None:
        if self.last < self.oldest:
            return
        for i, record in enumerate(self.read(self.oldest, 1 << 30, 1 << 60)):
            seq = self.oldest + i
            self._device.stage.witness.card_holds(self._device, self.epoch, seq, record)


class Device:
    """One device: its card outlives power cuts, its program does not.

    `buttons`: what a visitor may press. `powered`: there is power; `on`: the program runs, too.
    """

    buttons: tuple[str, ...] = ()

    def __init__(self, stage: Stage, site: str, node: str, broker: Broker, sizes: Sizes) -> None:
        self.stage = stage
        self.site = site
        self.node_name = node
        self.name = f"{site}/{node}"
        self.sizes = sizes
        self.fate = Fate()
        self.card = Card(self.fate, lambda name: stage.witness.removes(self, name))
        self.on = False
        self.powered = False
        self.knows_date = True  # from the next boot on
        self._dark_until = 0
        self.node: Node
        self.log: WatchedLog
        will = (topics.topic(site, node, topics.STATE), OFFLINE)
        heard = (topics.ACK, topics.ANSWER, topics.CONFIG)
        filters = [topics.topic(site, node, channel) for channel in heard]
        self.connection = Connection(stage, broker, self.name, filters, will)
        self.clock = StageClock(stage, "00000000", stage.now)
        self._inbox = Inbox()
        self._board: VirtualButtons
        self._program: Program
        self._wakes_at: int | None = None

    # What the world does.

    def power_up(self) -> None:
        """The board boots on what is on its card; without a time server it knows no date."""
        if self.powered or self.stage.now < self._dark_until:
            return
        self.powered = True
        self.clock = StageClock(
            self.stage, self.stage.boot(), self.stage.now - _BOOT_MS, self.knows_date
        )
        self.card.restore()
        self._start()

    def cut_power(self, ms: int) -> None:
        """The plug is pulled between two writes, for `ms`."""
        self.card.chip.cut_power()
        if self.on:
            self._end("loses power")
        self.powered = False
        self._dark_until = max(self._dark_until, self.stage.now + ms)
        self.stage.after(ms, self.power_up)

    def mend(self) -> None:
        """Nothing waits for it any more; it has power, and room on its card."""
        self.fate.relent()
        self.knows_date = True
        self._dark_until = 0
        if self.powered:
            self.card.restore()  # without what was waiting there
        self.card.chip.make_room()
        self.power_up()

    def swap_card(self, image: Files) -> None:
        """While it is off: an older image on its card, or, empty, a new card."""
        self.stage.witness.replaces_card(self, image)
        self.stage.tell(f"{self.name} gets {'an older image' if image else 'a new card'}")
        self.card.overwrite(image)

    def push(self, button: str) -> None:
        """A visitor pushes and lets go; nothing happens while there is no power."""
        if not self.on:
            return
        self.stage.tell(f"{self.name} {button} is pressed")
        self.stage.witness.pushed(self)
        self._act(partial(self._board.hold, button))
        self.stage.after(PRESS_MS, partial(self._let_go, self._board, button))

    # What the connection says.

    def on_up(self) -> None:
        """Connected."""
        self._act(partial(self._program.handle, UP, None))

    def on_down(self) -> None:
        """Not connected any more."""
        self._act(partial(self._program.handle, DOWN, None))

    def on_message(self, topic: str, payload: bytes) -> None:
        """A message."""
        self._act(partial(self._program.handle, MESSAGE, (topic, payload)))

    # The program's life.

    def _build(self) -> Program:
        raise NotImplementedError

    def _start(self) -> None:
        self.on = True
        self._wakes_at = None
        self._inbox = Inbox()
        try:
            self._guard(self._set_up)
        except OSError as error:  # the program ends with that, and is started again
            self._end(f"cannot start: {error}")
            self.stage.after(self.stage.between(*_RESTART_MS), self._restart)
        if self.on:
            self.connection.open(self)
            self._act(lambda: None)

    def _set_up(self) -> None:
        self.log = WatchedLog(self)
        self.node = Node(self.site, self.node_name, self.log, self.clock, VERSION)
        self.node.sender = Sender(
            self.log, self.clock.boot, self.sizes.batch_records, window=self.sizes.window
        )
        self.stage.tell(
            f"{self.name} starts: {self.log.epoch[:4]} {self.log.oldest}…{self.log.last}"
        )
        self.stage.witness.device_started(self)
        self._program = self._build()

    def _act(self, work: Callable[[], object]) -> None:
        if not self.on:
            return
        self._guard(partial(self._do, work))
        if self.on:
            self._plan()
            self.stage.witness.device_acted(self)

    def _do(self, work: Callable[[], object]) -> None:
        work()
        while not self._inbox.empty():
            self._program.handle(*self._inbox.get())
        self._program.step(self.clock.up())

    def _guard(self, work: Callable[[], object]) -> None:
        try:
            work()
        except PowerCut as cut:
            self._end(f"loses power, {cut.kept} of {cut.size} bytes written")
            self.cut_power(self.stage.between(*_DARK_MS))
        except Killed:
            self._end("is killed")
            self.stage.after(self.stage.between(*_RESTART_MS), self._restart)

    def _end(self, how: str) -> None:
        self.stage.tell(f"{self.name} {how}")
        self.on = False
        self.connection.close()

    def _restart(self) -> None:
        """A new process on the same boot."""
        if self.powered and not self.on:
            self._start()

    def _plan(self) -> None:
        due = self._program.due(self.clock.up())
        if due is None:
            self._wakes_at = None
            return
        when = self.stage.now + max(due, 1)
        if self._wakes_at is None or when < self._wakes_at or self._wakes_at <= self.stage.now:
            self._wakes_at = when
            self.stage.after(when - self.stage.now, partial(self._wake, when))

    def _wake(self, when: int) -> None:
        if when == self._wakes_at:
            self._wakes_at = None
            self._act(lambda: None)

    def _let_go(self, board: VirtualButtons, button: str) -> None:
        if board is self._board:
            self._act(partial(board.release, button))

    def _publish(self, topic: str, payload: bytes, retain: bool) -> None:
        self.fate.reach("publish")
        self.connection.publish(topic, payload, retain)


class _Panel(VirtualPanel):
    """A panel whose lamps are watched."""

    def __init__(self, box: "Box", inbox: Inbox) -> None:
        super().__init__(inbox, box.clock.up)
        self._box = box

    def thank(self, button: str) -> None:
        """As VirtualPanel."""
        super().thank(button)
        self._box.stage.witness.thanked(self._box, button)


class Box(Device):
    """A rating box."""

    buttons = BUTTONS

    def _build(self) -> Program:
        self._board = panel = _Panel(self, self._inbox)
        return RatingBox(self.node, panel, self._publish)


class _Printer(VirtualPrinter):
    """A printer whose jobs are watched."""

    def __init__(self, dispenser: "TicketDispenser", inbox: Inbox) -> None:
        super().__init__(inbox)
        self._dispenser = dispenser

    def print(self, job: Job) -> None:
        """As VirtualPrinter."""
        if isinstance(job.ticket, Ticket):  # a notice is nobody's
            self._dispenser.stage.witness.printed(self._dispenser, job.visit)
        super().print(job)


class TicketDispenser(Device):
    """A dispenser of tickets."""

    buttons = ("passport", "subsidy")
    _services: ClassVar = {
        "passport": Service("А", "Паспорт"),
        "subsidy": Service("Б", "Субсидії"),
    }

    def _build(self) -> Program:
        self._board = VirtualButtons(self.buttons, self._inbox, self.clock.up)
        own = Config(
            Identity(self.site, self.node_name, Path(), config.Broker("broker")),
            mark="9",
            office="ЦНАП",
            printer=PrinterConfig("file", render="text"),
            pins={},
            services=self._services,
        )
        adoption = Adoption(own, self.card, open_layout)
        counter = Counter(
            self.node,
            Series(self.card, self._held, self.stage.token),
            _Printer(self, self._inbox),
            adoption.layout,
            adoption.config.services,
            own.mark,
            self.stage.token,
        )
        return Dispenser(self.node, self._board, counter, self._publish, adoption)

    def _held(self) -> list[bytes] | None:
        log = self.log
        if log.last < log.oldest:
            return None if log.last == 0 else []
        return log.read(log.oldest, 1 << 30, 1 << 60)
