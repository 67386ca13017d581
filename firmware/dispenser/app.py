"""The dispenser, put together: keys, counter, log, link, printer and board."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from firmware.common import program
from firmware.common.courier import Courier, Send
from firmware.common.debounce import FREED, PRESSED
from firmware.common.filelog import FileLog
from firmware.common.link import DOWN, UP, Link
from firmware.common.node import OFFLINE, Node
from firmware.common.posix_clock import PosixClock, random_token
from firmware.common.posix_disk import PosixDisk
from firmware.common.program import EDGE, Inbox
from firmware.dispenser import escpos, profiles
from firmware.dispenser import printer as printing
from firmware.dispenser.adoption import Adoption
from firmware.dispenser.board import FAULT, Board
from firmware.dispenser.config import Config, PrinterConfig
from firmware.dispenser.counter import Counter, Paper
from firmware.dispenser.keys import Keys
from firmware.dispenser.rendering import open_layout
from firmware.dispenser.series import Series
from firmware.dispenser.touch import Choices
from firmware.dispenser.wiring import Wiring
from wire import topics

log = logging.getLogger("talon.dispenser")

LAMPS_MS = 5_000  # how late a lamp may be at opening and closing time
SETUP = "setup"  # folder of the office's setup, in the data folder


class Buttons(Protocol):
    """A board whose buttons can be looked at."""

    def levels(self) -> Mapping[str, bool]:
        """Which buttons are down now, by service."""

    def light(self, service: str, on: bool) -> None:
        """Switch a service's lamp, if it has one."""


class Dispenser:
    """Implements `firmware.common.program.Program`. `send` publishes (topic, payload, retain).

    `adoption`: takes the office's setup; without one the counter stays as it is.
    """

    def __init__(
        self,
        node: Node,
        board: Buttons,
        counter: Counter,
        send: Send,
        adoption: Adoption | None = None,
    ) -> None:
        self._node = node
        self._board = board
        self._counter = counter
        self._courier = Courier(node, send)
        self._choices = Choices()
        self._adoption = adoption
        self._keys = Keys(board.levels(), node.clock.up())
        self._services = list(board.levels())
        self._lit: dict[str, bool] = {}  # at first the lamps' state is not known
        self._record_start()
        if adoption is not None:
            node.set_fault("setup", adoption.fault)
        self._show()

    def handle(self, kind: str, value: Any) -> None:
        """Take an event of the board (EDGE, FAULT), printer (OUTCOME, STATUS) or link."""
        now = self._node.clock.up()
        if kind == EDGE:
            self._edge(*value)
        elif kind == FAULT:
            self._node.set_fault(*value)
        elif kind == printing.OUTCOME:
            visit, outcome, detail = value
            self._counter.on_printed(visit, outcome, detail, now)
        elif kind == printing.STATUS:
            self._counter.on_status(*value)
        else:
            self._from_link(kind, value, now)

    def step(self, now: int) -> None:
        """Do what is due."""
        # The kernel keeps 16 edges a line; on a bad contact the last one may be lost. So look.
        self._tell(self._keys.look(self._board.levels(), now), now)
        self._counter.poll(now)
        self._show()
        self._courier.step(now)

    def due(self, now: int) -> int | None:
        """In how many ms `step` has something to do, unless something happens."""
        lamps = LAMPS_MS if self._counter.timed else None
        waits = (self._keys.due(now), self._counter.due(now), self._courier.due(now), lamps)
        return min((wait for wait in waits if wait is not None), default=None)

    def _show(self) -> None:
        """A lamp that is lit promises a ticket: it is dark while there can be none."""
        serving = self._counter.serving()
        for service in self._services:
            lit = service in serving
            if lit != self._lit.get(service):
                self._lit[service] = lit
                self._board.light(service, lit)

    def _edge(self, service: str, pressed: bool, now: int) -> None:
        self._tell(self._keys.edge(service, pressed, now), now)

    def _tell(self, events: Sequence[tuple[str, str]], now: int) -> None:
        for name, event in events:
            if event == PRESSED:
                self._counter.press(name, now)
            else:  # no visitor did that: it is no record, but somebody should look at it
                wrong = "" if event == FREED else f"the button of {name} is {event}"
                self._node.set_fault(f"button {name}", wrong)

    def _from_link(self, kind: str, value: Any, now: int) -> None:
        mail = self._courier.handle(kind, value)
        if kind in (UP, DOWN):
            self._counter.on_link(kind == UP, now)
        elif mail is not None and mail[0] == topics.ANSWER:
            self._counter.on_answer(mail[1], now)
        elif mail is not None and mail[0] == topics.CONFIG:
            self._adopt(mail[1])
        elif mail is not None and mail[0] == topics.COMMAND:
            choice = self._choices.take(mail[1])
            if choice is not None:
                self._counter.choose(choice, now)

    def _adopt(self, payload: bytes) -> None:
        if self._adoption is None:
            return
        if self._adoption.take(payload):
            self._counter.use(self._adoption.layout, self._adoption.config.services)
            log.info("the office's setup has changed; from the next ticket on")
        self._node.set_fault("setup", self._adoption.fault)

    def _record_start(self) -> None:
        try:
            self._node.record("started", {"version": self._node.version})
        except OSError as error:  # the node keeps it as its fault
            log.error("the start is not on record: %s", error)


def run(config: Config) -> None:
    """Run until SIGTERM or SIGINT."""
    identity = config.identity
    lock = program.claim(identity.data)
    inbox = Inbox()
    program.stop_on_signals(inbox)
    clock = PosixClock()
    os.chdir(identity.data)
    board = open_board(config, inbox, clock)
    node = program.open_node(identity, clock)
    link = Link(node, identity.broker, inbox)
    printer = open_printer(config.printer, inbox)
    adoption = open_adoption(config)
    counter = build_counter(adoption, node, printer)
    dispenser = Dispenser(node, board, counter, link.publish, adoption)
    link.start()
    try:
        program.run(dispenser, inbox, clock)
    finally:
        printer.close()
        program.take(dispenser, inbox, 0)  # the outcome of the last job
        counter.end()
        node.close()
        link.close((node.topic(topics.STATE), OFFLINE))
        board.close()
        os.close(lock)


def open_adoption(config: Config) -> Adoption:
    """The office's setup as far as it is known, in the data folder."""
    return Adoption(config, PosixDisk(config.identity.data / SETUP), open_layout)


def build_counter(adoption: Adoption, node: Node, paper: Paper) -> Counter:
    """The counter with its series on the card."""
    config = adoption.config
    series = open_series(config, node)
    services = config.services
    return Counter(node, series, paper, adoption.layout, services, config.mark, random_token)


def open_series(config: Config, node: Node) -> Series:
    """The dispenser's own numbers, in the data folder's `series`."""
    disk = PosixDisk(config.identity.data / "series")
    series = Series(disk, lambda: _held(node), random_token)
    if series.recovered:
        log.error("the files of the own series were unreadable; it goes on further ahead")
    return series


def _held(node: Node) -> Iterator[bytes] | None:
    records = node.log
    if records.last == 0:
        return None
    return _each(records)


def _each(records: FileLog) -> Iterator[bytes]:
    """All records, of which only a few at a time are in memory."""
    number = records.oldest
    while number <= records.last:
        batch = records.read(number, 200, 32_768)
        yield from batch
        number += len(batch)


def open_printer(config: PrinterConfig, inbox: Inbox) -> printing.Printer:
    """The printer with its thread."""
    clear = escpos.clear(profiles.find(config.profile))
    return printing.Printer(printing.open_line(config), inbox, config.status, clear)


def open_board(config: Config, inbox: Inbox, clock: PosixClock) -> Board:
    """The Pi's buttons and lamps; gpiozero is not loaded before it is needed.

    lgpio puts its notification pipe into the working folder."""
    wiring = Wiring(config.pins, config.places, config.lamps)
    return Board(wiring, config.i2c_bus, inbox, clock.up)
