"""The rating box on a Pico W, put together: the same panel, debounce, log and hop as on a Pi.

One loop, nothing else runs but the sampler. Each turn of it: buttons, then whatever the network
brought or wants, all of it by one deadline; only a turn that got to its end feeds the watchdog.
While a turn waits for the network, `tend` goes on answering buttons.
"""

import firmware.ratingbox.memory  # noqa: F401 - first, before what is to lie side by side

# isort: split
import json
import sys

from firmware.common.filelog import FileLog
from firmware.common.flash_disk import FlashDisk
from firmware.common.node import OFFLINE, Node
from firmware.ratingbox.box_config import BoxConfig, read_box, read_pins
from firmware.ratingbox.clock_pico import PicoClock
from firmware.ratingbox.invitation import VERB, Invitation
from firmware.ratingbox.lid import Lid
from firmware.ratingbox.line import STEP_MS, Line
from firmware.ratingbox.link_pico import Link
from firmware.ratingbox.ntp import Ntp
from firmware.ratingbox.panel import Panel
from firmware.ratingbox.selftest import SelfTest
from firmware.ratingbox.slots import Slots
from firmware.ratingbox.supervision import ASSOCIATE, RENEW, RESET, Supervision
from firmware.ratingbox.update import Updater
from wire import topics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.ratingbox.board_pico import Parts

    Handler = Callable[[bytes, int], "bytes | None"]

LOG = "/log"
SEGMENT = 4_096  # bytes: one block of flash
LIMIT = 96 * SEGMENT  # more than 20,000 presses; measured in tests/pico
RESETS = "/resets"  # how many resets in a row brought no acknowledgement
TURN_MS = 4_000  # in which a turn's network ends; the watchdog waits 8.4 s
ASK_MS = 30_000  # after so long without a watermark the gateway is asked for one
ANSWER_MS = 20_000  # then the link is given up
TEST_MS = 600_000  # of setting a box up
QUIET_MS = 10_000  # without a press before the box boots anew
BATCH_RECORDS, BATCH_BYTES, WINDOW = 20, 2_048, 2  # as much as the memory has in one piece


class PicoBox:
    """The program. `parts`: the board; a simulated one has the same names."""

    def __init__(self, config: BoxConfig, pins: "dict[str, int]", parts: "Parts") -> None:
        self._parts = parts
        parts.feed()  # from here on nothing may hang
        self.clock = clock = PicoClock(parts.ticks_ms, parts.ticks_diff, parts.boot)
        self.disk = FlashDisk(LOG)
        self.log = FileLog(self.disk, self._token, SEGMENT, LIMIT, short=True)
        slots = Slots()
        self.node = node = Node(
            config.site,
            config.node,
            self.log,
            clock,
            _version(slots),
            WINDOW,
            batch_records=BATCH_RECORDS,
            batch_bytes=BATCH_BYTES,
            health=self._health,
            ask_ms=ASK_MS,
        )
        self.board = parts.board(pins, clock.up)
        self.panel = Panel(node, self.board, self.board.levels(), clock.up())
        self._lid = Lid(node, self.board.is_open(), clock.up())
        self._first = self.log.last  # of this boot, or before
        self._radio = parts.radio(config)
        wrap = parts.tls(config.ca, config.host) if config.ca else None
        self._line = Line(parts.sockets, parts.select, clock.up, self._meanwhile, wrap)
        self.link = Link(
            self._line,
            (config.host, config.port),
            config.site + "-" + config.node,
            (config.username, config.password),
            (node.topic(topics.STATE), OFFLINE),
            node.subscriptions(),
        )
        self._needs_date = bool(config.ca)
        self._ntp = Ntp(config.host, parts.sockets, parts.random, parts.ntp_port)
        self._supervision = Supervision(clock.up(), _read_resets())
        self._handlers: "dict[bytes, Handler]" = {}
        self._trusted_hooks: "list[Callable[[], None]]" = []
        self.is_trusted = False
        self._waits_since = -1  # for an answer to a question; -1: it has it
        self._acked_at = -1
        self._ends = False
        self._slowest = 0
        self._unseen = 0
        self._pressed_at = clock.up()
        self.rounds = 0
        self._add_orders(slots, config)

    def on_command(self, verb: bytes, handler: "Handler") -> None:
        """`handler(payload, now)` gets what comes on `…/command` with this first word; what it
        returns is published on `…/reply`."""
        self._handlers[verb] = handler

    def on_trusted(self, hook: "Callable[[], None]") -> None:
        """`hook` is called once, when the gateway has acknowledged a record of this boot."""
        self._trusted_hooks.append(hook)

    def turn(self) -> None:
        """Once around. Without the memory for it, the link is given up, which frees some."""
        began = self.clock.up()
        self._line.deadline = began + TURN_MS
        try:
            self._work()
            self._parts.feed()
        except MemoryError:  # if it remains so, the watchdog ends it
            self.link.drop("no memory")
            self._note_link()
            self._parts.heap()
        self.rounds += 1
        self._slowest = max(self._slowest, self.clock.up() - began)
        self._parts.sleep_ms(STEP_MS)

    def _work(self) -> None:
        self.tend()
        self._keep_time()
        self._talk()
        self._supervise()
        self._updater.poll(self.clock.up())
        if self._ends or self._updater.reboot:
            self._restart()

    def tend(self) -> None:
        """Answer the buttons. Touches nothing that waits but the flash.

        Time stands still here at the beginning: while one press is written, the sampler notes the
        next one, whose edges must not be of the past when they are read.
        """
        now = self.clock.up()
        for edge in self.board.edges():
            self.panel.edge(*edge)
            self._pressed_at = edge[2]
        if self.board.lost != self._unseen:  # more changes than could be kept: how is it now?
            self._unseen = self.board.lost
            levels = self.board.levels()
            for name in levels:
                self.panel.edge(name, levels[name], self.clock.up())
        self.panel.poll(now)
        self._lid.edge(self.board.is_open(), now)

    def close(self) -> None:
        """The program ends: what only the memory knows goes on record, and goodbye."""
        self.node.close()
        self._line.deadline = self.clock.up() + TURN_MS
        self.link.close((self.node.topic(topics.STATE), OFFLINE))
        self.board.close()

    def _meanwhile(self) -> None:
        self._parts.sleep_ms(STEP_MS)
        self.tend()

    def _keep_time(self) -> None:
        at = self._ntp.step(self.clock.up())
        if at is not None and self.clock.set(at):
            self._parts.set_date(at)

    def _talk(self) -> None:
        if self._needs_date and not self._ntp.known:
            return  # no certificate is valid in 1970
        was_up = self.link.is_up
        for topic, payload in self.link.step(self.clock.up()):
            self._note_link()
            try:
                self._take(topic, payload)
            except Exception as error:  # noqa: BLE001 - whatever it was, nobody may end a box by it
                self.link.fault = "a message was dropped: %s: %s" % (type(error).__name__, error)
        self._note_link()
        if was_up or self.link.is_up:
            for topic, payload, retain in self.node.outbox():
                self.link.publish(topic, payload, retain)
            self._note_link()

    def _note_link(self) -> None:
        if self.link.is_up != self.node.online:
            self.node.on_link(self.link.is_up)
            self._waits_since = -1

    def _take(self, topic: str, payload: bytes) -> None:
        came = self.node.on_message(topic, payload)
        if came is not None and came[0] == topics.COMMAND:
            handler = self._handlers.get(came[1].split(b" ", 1)[0])
            reply = handler(came[1], self.clock.up()) if handler is not None else None
            if reply is not None:
                self.node.publish(topics.REPLY, reply)
        if not self.is_trusted and self.node.sender.acked >= self._first and self._is_answered():
            for hook in self._trusted_hooks:
                hook()
            self.is_trusted = True  # not before: what a hook could not do, the next message repeats

    def _is_answered(self) -> bool:
        """Whether the last watermark was said to us: one that the broker kept says nothing."""
        node = self.node
        return node.asked_at >= self.link.up_at > 0 and node.heard_at >= node.asked_at

    def _supervise(self) -> None:
        now = self.clock.up()
        if self.link.heard_at:
            self._supervision.heard(self.link.heard_at)
        if self._is_answered():
            self._waits_since = -1
            if self._acked_at != self.node.heard_at:
                if self._acked_at < 0:
                    _write_resets(0)
                self._acked_at = self.node.heard_at
                self._supervision.acked(self._acked_at)
        elif self.link.is_up and self.node.asked_at >= self.link.up_at:
            if self._waits_since < 0:
                self._waits_since = self.node.asked_at
            if now - self._waits_since > ANSWER_MS:
                self.link.drop("the gateway does not answer")
                self._note_link()
        todo = self._supervision.step(now)
        if todo == RESET:
            _write_resets(_read_resets() + 1)
            self._ends = True
        elif todo:
            self.link.drop("no acknowledgement: joining the network again")
            self._note_link()
            {ASSOCIATE: self._radio.join, RENEW: self._radio.renew}[todo]()

    def _restart(self) -> None:
        """Boot anew, when nobody is at the buttons."""
        if self.clock.up() - self._pressed_at < QUIET_MS:
            return
        self.close()
        self._parts.reset()

    def _add_orders(self, slots: Slots, config: BoxConfig) -> None:
        node, key, boot = self.node, config.key, self.clock.boot
        self._updater = Updater(slots, node.site, node.node, key, node.version, boot)
        test = SelfTest(self.panel, node.site, node.node, key, boot)
        self.on_command(b"update", lambda payload, now: self._updater.handle(payload))
        self.on_command(b"test", test.handle)
        self.on_command(VERB, Invitation(self.panel).handle)
        self.on_trusted(self._updater.on_trusted)

    def _health(self) -> "dict[str, object]":
        slowest, self._slowest = self._slowest, 0
        return {
            "rssi": self._radio.rssi(),
            "heap": self._parts.heap(),
            "flash": self.disk.free(),
            "reset": self._parts.reset_cause(),
            "joins": self._supervision.joins,
            "connects": self.link.connects,
            "dropped": self.link.fault[:100],
            "unseen": self.board.lost,
            "slowest": slowest,
        }

    def _token(self) -> str:
        return "".join(["%02x" % byte for byte in self._parts.random(8)])


def run(parts: "Parts | None" = None, watch: "Callable[[str], bool | None] | None" = None) -> None:
    """Run until the board boots anew.

    `parts`: another board than the one it runs on. `watch(event)`: for whoever sets the box up;
    told what happens ("press satisfied", "lid opened", "broker up", "acknowledged", …), all presses
    being tests; once it has returned True, the program ends when all of them are acknowledged, and
    says so as the last event ("all acknowledged").
    """
    if parts is None:
        from firmware.ratingbox import board_pico

        parts = board_pico.Parts()
    box = PicoBox(read_box(), read_pins(), parts)
    events = Events(box)
    if watch is not None:
        box.panel.test(box.clock.up() + TEST_MS)
    ends = False
    while not (ends and box.is_trusted and box.node.sender.pending == 0):
        box.turn()
        for event in events.look() if watch is not None else ():
            if watch is not None and watch(event):
                ends = True
    if watch is not None:
        watch("all acknowledged")
    box.close()


class Events:
    """What a person beside the box would want to hear of it."""

    def __init__(self, box: PicoBox) -> None:
        self._box = box
        self._seen = box.log.last
        self._known: "dict[str, bool]" = {}

    def look(self) -> "list[str]":
        """What is new since the last call."""
        box = self._box
        found: "list[str]" = []
        while self._seen < box.log.last:
            self._seen += 1
            said = json.loads(box.log.read(self._seen, 1, 0)[0])
            if said["kind"] in ("press", "lid", "button"):
                what = [said[name] for name in ("button", "state") if name in said]
                found.append(" ".join([said["kind"]] + what))  # noqa: RUF005
        state = {"broker up": box.link.is_up, "acknowledged": box.is_trusted}
        for name in state:
            if state[name] and not self._known.get(name):
                found.append(name)
        self._known = state
        return found


def _version(slots: Slots) -> str:
    """That of the manifest in the slot that runs; see `firmware.ratingbox.slots.start`."""
    for line in slots.manifest(sys.path[0].strip("/")).split(b"\n"):
        if line.startswith(b"version "):
            return line[8:].decode()
    return "0+source"


def _read_resets() -> int:
    try:
        with open(RESETS) as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0


def _write_resets(count: int) -> None:
    if count == _read_resets():
        return
    try:
        with open(RESETS, "w") as file:
            file.write(str(count))
    except OSError:
        pass  # then it waits no longer the next time
