"""A device as seen from the broker: its records, its way to the gateway, its state.

Runs on MicroPython and does no I/O but through the log: what is to be published is asked for with
`outbox`, what arrived is handed in with `on_message`.
"""

import json

from firmware.common.filelog import LogFull
from wire import topics
from wire.batch import Batch, BatchError, decode_mark, encode_batch
from wire.hop import Sender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from firmware.common.filelog import FileLog

    class Clock(Protocol):
        """The board's clocks. `boot`: 8 hex digits, another one at every boot."""

        boot: str

        def up(self) -> int:
            """Milliseconds since the boot; never steps."""

        def at(self) -> "int | None":
            """Unix milliseconds, or None as long as the clock has not been set since the boot."""


OFFLINE = b'{"v":1,"online":false}'  # every node's last will
STATE_EVERY_MS = 60_000
QUIET_MS = 300  # after connecting: the retained watermark comes first, then fewer are sent twice
PAUSE_MS = 5_000  # after the log could not be read
# What a visitor waits for; what cannot be written of it is missed.
VISITORS = ("press", "issued", "declined")
_ENOMEM = 12
_MAX_FAULT = 500  # characters, as wire.records.Text
FULL = "the card is full"
_RECORDS, _READING, _TIDY = "records", "reading", "tidy"  # topics of faults
_HEARD = (topics.ACK, topics.ANSWER, topics.COMMAND, topics.CONFIG)


class Node:
    """One device: `site` and `node` name it, `log` keeps what happened.

    `gather_ms`: how long it gathers records and news of itself before it talks again; 0: it talks
    at once. `window`, `batch_records`, `batch_bytes`: as `wire.hop.Sender`. `health()`: what else
    its state says of the board. `ask_ms`: after so long without a watermark it asks for one; 0:
    never.
    """

    def __init__(
        self,
        site: str,
        node: str,
        log: "FileLog",
        clock: "Clock",
        version: str,
        window: int = 4,
        gather_ms: int = 0,
        batch_records: int = 200,
        batch_bytes: int = 32_768,
        health: "Callable[[], dict[str, object]] | None" = None,
        ask_ms: int = 0,
    ) -> None:
        self.site = topics.check_name(site)
        self.node = topics.check_name(node)
        self.log = log
        self.clock = clock
        self.version = version
        self.sender = Sender(log, clock.boot, batch_records, batch_bytes, window)
        self.online = False
        self._faults: "dict[str, str]" = {}
        self._missed = 0  # presses not taken of which the log does not know yet
        self._outage = 0  # all presses not taken since one was
        self._outage_since = 0
        self._gather_ms = gather_ms
        self._health = health
        self._ask_ms = ask_ms
        self.heard_at = 0  # ms since boot: when the last watermark came
        self.asked_at = 0  # when it last sent what the gateway answers with a watermark
        self._quiet_until = 0
        self._gather_until = 0
        self._state_due = 0
        self._topics: "dict[str, str]" = {}
        self._messages: "list[tuple[str, bytes, bool]]" = []

    @property
    def fault(self) -> str:
        """What a technician should know, e.g. that the card is full; empty: nothing."""
        return "; ".join([self._faults[topic] for topic in sorted(self._faults)])

    def set_fault(self, topic: str, fault: str) -> None:
        """What is wrong with `topic`, in words; empty: nothing any more. Told at once."""
        if fault == self._faults.get(topic, ""):
            return
        if fault:
            self._faults[topic] = fault
        else:
            del self._faults[topic]
        self._state_due = 0

    def topic(self, channel: str) -> str:
        """This node's topic for `channel`."""
        if channel not in self._topics:
            self._topics[channel] = topics.topic(self.site, self.node, channel)
        return self._topics[channel]

    def subscriptions(self) -> "list[str]":
        """Topics to subscribe to after each connect."""
        return [self.topic(channel) for channel in _HEARD]

    def record(self, kind: str, fields: "dict[str, object]") -> int:
        """Write what happened, now; durable on return. Returns its number; OSError: not written,
        and if a visitor did it, counted as missed."""
        try:
            # An issued ticket has one outcome, so a full card is not filled further by those.
            number = self._write(kind, fields, kind == "printed")
        except OSError as error:
            if kind in VISITORS:
                self._count_missed()
            try:
                full = isinstance(error, LogFull)
                self._tell_outage(FULL if full else "cannot write a record: %s" % error)
            except MemoryError:
                pass  # it is counted; what is wrong is told when there is room for the words
            raise
        if self._outage or _RECORDS in self._faults:
            self._recover()
        return number

    def miss(self, why: str) -> None:
        """A visitor's press could not be taken. It is counted, and the count goes on record: at the
        1st, 2nd, 4th, 8th, … of an outage, so that a power cut forgets less than half of them."""
        self._count_missed()
        self._tell_outage(why)

    def _count_missed(self) -> None:
        if self._outage == 0:
            self._outage_since = self.clock.up()
        self._missed += 1
        self._outage += 1
        if self._outage & (self._outage - 1) == 0:
            self._write_missed()

    def close(self) -> None:
        """The program ends: what only the memory knows goes on record."""
        self._write_missed()

    def _write(self, kind: str, fields: "dict[str, object]", note: bool) -> int:
        try:
            return self.log.append(self._line(kind, fields), note)
        except MemoryError:
            raise OSError(_ENOMEM, "no memory")  # noqa: B904 - MicroPython has no `from`

    def _line(self, kind: str, fields: "dict[str, object]") -> bytes:
        at, up = self.clock.at(), self.clock.up()
        # In this order, which MicroPython's dictionaries do not keep and a short line relies on.
        said = ['"kind":"%s"' % kind, '"at":%s' % _json(at)]
        said += ['"boot":"%s"' % self.clock.boot, '"up":%d' % up]
        said += [_json(name) + ":" + _json(fields[name]) for name in fields]
        return ("{" + ",".join(said) + "}").encode()

    def _write_missed(self) -> None:
        if self._missed == 0:
            return
        try:
            self._write("missed", {"count": self._missed}, True)
        except OSError:
            return  # it stays counted, and is written later
        self._missed = 0

    def _tell_outage(self, why: str) -> None:
        if self._outage:
            minutes = (self.clock.up() - self._outage_since) // 60_000 + 1  # begun ones, too
            why += " (presses not taken: %d, within %d min)" % (self._outage, minutes)
        self.set_fault(_RECORDS, why)

    def _recover(self) -> None:
        """Records are written again, unless that was the last room of a full card."""
        if self.log.full:
            return
        self._write_missed()
        if self._missed == 0:
            self._outage = 0
            self.set_fault(_RECORDS, "")

    def on_link(self, up: bool) -> None:
        """The link to the broker came up or went down."""
        self.online = up
        self._messages = []
        if up:
            self.sender.restart()
            self._quiet_until = self.clock.up() + QUIET_MS
            self._gather_until = 0
            self._state_due = self._quiet_until  # a rolled back card is to notice that it is one

    def on_message(self, topic: str, payload: bytes) -> "tuple[str, bytes] | None":
        """Take a watermark; anything else for this node comes back as (channel, payload)."""
        try:
            site, node, channel = topics.parse(topic)
        except topics.TopicError:
            return None
        if (site, node) != (self.site, self.node):
            return None
        if channel != topics.ACK:
            return channel, payload
        try:
            mark = decode_mark(payload)
        except BatchError:
            return None  # not from a gateway; the next batch brings a true watermark
        self.heard_at = self.clock.up()
        if self._quiet_until:
            self._quiet_until = self._state_due = 0
        try:
            full = self.log.full
            self.sender.on_mark(mark, self.clock.up())
            self.set_fault(_TIDY, "")
            if full or self._missed:
                self._recover()
        except OSError as error:  # presses go on; the watermark comes again with the next batch
            self.set_fault(_TIDY, "cannot tidy up the log: %s" % error)
        if self.sender.pending == 0:
            self._gather_until = self.clock.up() + self._gather_ms
        return None

    def publish(self, channel: str, payload: bytes, retain: bool = False) -> None:
        """Queue a message for `outbox`; it is dropped if the link is or goes down."""
        if not self.online:
            return  # a year without a link must not fill the memory
        self._messages.append((self.topic(channel), payload, retain))

    def outbox(self) -> "list[tuple[str, bytes, bool]]":
        """Messages to publish now, as (topic, payload, retain). Empty while the link is down."""
        if not self.online:
            return []
        out = self._messages
        self._messages = []
        now = self.clock.up()
        if now >= self._quiet_until and (now >= self._gather_until or self.sender.under_way):
            self._add_batches(out, now)
        if now >= self._state_due:
            self._state_due = now + max(STATE_EVERY_MS, self._gather_ms)
            out.append((self.topic(topics.STATE), self.state(), True))
        return out

    def _add_batches(self, out: "list[tuple[str, bytes, bool]]", now: int) -> None:
        try:
            batch = self.sender.next_batch(now) or self._question(now)
            while batch is not None:
                self.asked_at = now
                out.append((self.topic(topics.LOG), encode_batch(batch), False))
                batch = self.sender.next_batch(now)
        except OSError as error:  # presses go on, and so does everything else
            self._quiet_until = now + PAUSE_MS
            self.set_fault(_READING, "cannot read the log: %s" % error)
            return
        self.set_fault(_READING, "")

    def _question(self, now: int) -> "Batch | None":
        """A batch without records, if it is time: a gateway answers it with its watermark."""
        since = max(self.heard_at, self.asked_at)
        if not self._ask_ms or self.sender.under_way or now - since < self._ask_ms:
            return None
        last, boot = self.log.last, self.clock.boot
        return Batch(self.log.epoch, last + 1, self.log.oldest, boot, now, [])

    def due(self) -> "int | None":
        """In how many ms `outbox` may have something of its own; None: not before an event."""
        if not self.online:
            return None
        now = self.clock.up()
        waits = [max(0, self._state_due - now)]
        if self._ask_ms:
            since = max(self.heard_at, self.asked_at)
            waits.append(max(0, since + self._ask_ms - now, self._quiet_until - now))
        sending = self.sender.wait_ms(now)
        if sending is not None:
            held = self._quiet_until if self.sender.under_way else self._gather_until
            waits.append(max(sending, self._quiet_until - now, held - now))
        return 0 if self._messages else min(waits)

    def state(self) -> bytes:
        """The retained state message."""
        said: "dict[str, object]" = {
            "v": 1,
            "online": True,
            "boot": self.clock.boot,
            "up": self.clock.up(),
            "at": self.clock.at(),
            "epoch": self.log.epoch,
            "oldest": self.log.oldest,
            "last": self.log.last,
            "acked": self.sender.acked,
            "version": self.version,
            "fault": self.fault[:_MAX_FAULT],
        }
        if self._health is not None:
            said.update(self._health())
        return _json(said).encode()


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
