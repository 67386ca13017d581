"""A gateway: the real office, journal and sender, wired in virtual time as in gateway/app.py.

The disk outlives the process. What arrives waits in an inbox; a group of it is handled in one
transaction, some time later, and what comes of it is published after that.
"""

import contextlib
import random
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from gateway import app
from gateway.config import OfficeConfig
from gateway.office import Office
from gateway.setup import setup_messages
from simulator.microcosm.broker import Broker, Connection
from simulator.microcosm.fate import Fate, Killed
from simulator.microcosm.stage import Stage, StageClock
from simulator.microcosm.store import Copy, WatchedJournal, copy_of, put_back
from wire import topics
from wire.batch import decode_mark, encode_batch
from wire.hop import Sender
from wire.link import Incoming, Outgoing
from wire.pump import GROUP, RETRY_S
from wire.records import State

_BOOT_MS = 5_000
_RESTART_MS = (500, 8_000)
_STATE_LEAST_MS = round(app.STATE_EVERY_S * 100)
_encode = msgspec.json.Encoder().encode


class UplinkSizes(NamedTuple):
    """How much a gateway sends at a time: small ones meet more borders."""

    batch_records: int
    window: int


class VirtualGateway:
    """One office's gateway. `store_ms`: how long a transaction takes, at most."""

    def __init__(
        self, stage: Stage, config: OfficeConfig, local: Broker, city: Broker, sizes: UplinkSizes
    ) -> None:
        self.stage = stage
        self.config = config
        self.site = config.site
        self.name = f"{config.site}/gateway"
        self.fate = Fate()
        self.store_ms = 20
        self.on = False
        self.group: Sequence[Incoming] = ()  # what is being handled
        self.clock = StageClock(stage, stage.boot(), stage.now - _BOOT_MS)
        self._sizes = sizes
        self._life = 0
        state = topics.topic(self.site, topics.GATEWAY, topics.STATE)
        heard = [topics.every_node(self.site, c) for c in (topics.LOG, topics.ASK, topics.STATE)]
        will = (state, app.OFFLINE)
        self.local = Connection(stage, local, f"{self.site}-gateway", heard, will)
        ack = topics.topic(self.site, topics.GATEWAY, topics.ACK)
        self.city = Connection(stage, city, f"{self.site}-uplink", [ack], will)

    def start(self) -> None:
        """The process begins."""
        if not self.on:
            self.on = True
            self._life += 1
            self._guard(self._set_up)

    def kill(self) -> None:
        """The process ends, between two steps."""
        if self.on:
            self._die("is killed")

    def reboot(self, behind_ms: int, set_in_ms: int) -> None:
        """The machine loses power; its clock goes on `behind_ms` ago, and is right `set_in_ms`
        later."""
        self.kill()
        self.stage.tell(f"{self.name} reboots, {behind_ms} ms ago")
        self.clock = StageClock(self.stage, self.stage.boot(), self.stage.now, False, behind_ms)
        self.stage.after(set_in_ms, self.clock.set)

    def copy_journal(self) -> Copy:
        """A backup."""
        return copy_of(self.config.journal_path())

    def replace_journal(self, copy: Copy | None) -> None:
        """Its disk is replaced: by a copy of the journal, or by nothing; then it is started."""
        self.stage.witness.loses_journal(self)
        self.kill()
        self.stage.tell(f"{self.name} gets {'an older journal' if copy else 'a new disk'}")
        put_back(self.config.journal_path(), copy or {})

    def close(self) -> None:
        """The run is over."""
        if self.on:
            self.journal.close()
            self.on = False

    def later(self, ms: int, work: Callable[[], None]) -> None:
        """Do `work` in so many ms if this process still lives then."""
        self.stage.after(ms, partial(self._alive, self._life, work))

    def _set_up(self) -> None:
        self.journal = WatchedJournal(
            self.config.journal_path(), self.stage.token, self.fate, self._stored
        )
        self.office = Office(self.config, self.journal, self.clock, random.Random(0))
        self.sender = Sender(
            self.journal.log,
            self.clock.boot,
            self._sizes.batch_records,
            app.BATCH_BYTES,
            self._sizes.window,
            acked=self.journal.log.acked,
        )
        log = self.journal.log
        self.stage.tell(f"{self.name} starts: {log.epoch[:4]} …{log.last}, {log.acked} acked")
        self.local.open(_LocalEnd(self))
        self.city.open(_CityEnd(self))
        self._intake = Intake(self.stage, self.local, self.later, self.store_ms_now)
        self._link_is_new = True
        self._sends_at: int | None = None
        self._stated = 0
        self._states_at: int | None = None
        self.stage.witness.gateway_started(self)
        self.later(1, self._tend)

    def store_ms_now(self) -> int:
        """How long the next transaction takes."""
        return self.stage.between(1, self.store_ms)

    def _stored(self) -> None:
        self.stage.witness.gateway_stored(self)

    def _alive(self, life: int, work: Callable[[], None]) -> None:
        if self.on and life == self._life:
            self._guard(work)

    def _guard(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Killed:
            self._die("is killed at its work")

    def _die(self, how: str) -> None:
        self.stage.tell(f"{self.name} {how}")
        self.on = False
        self._life += 1
        self.journal.close()
        self.local.close()
        self.city.close()
        self.stage.after(self.stage.between(*_RESTART_MS), self.start)

    # The office's side.

    def office_up(self) -> None:
        """Connected to the office's broker."""
        setups = setup_messages(self.config).items()
        greetings = [Outgoing(topic, said, retain=True) for topic, said in setups]
        self._guard(partial(self.publish, self.local, [*self.office.greetings(), *greetings]))

    def from_office(self, topic: str, payload: bytes) -> None:
        """A message from the office."""
        self._intake.take(topic, payload, self.take_group)

    def take_group(self, messages: Sequence[Incoming]) -> None:
        """One group: a transaction, then what comes of it. Raises sqlite3.Error."""
        self.group = messages
        outgoing = self.office.handle(messages)
        self.publish(self.local, outgoing)
        self._wake_uplink()

    def publish(self, connection: Connection, messages: Sequence[Outgoing]) -> bool:
        """Publish; False if the connection is down."""
        for message in messages:
            self.fate.reach("publish")
            site, node, channel = topics.parse(message.topic)
            if channel == topics.ACK:
                mark = decode_mark(message.payload)
                self.stage.tell(f"{self.name} says {node} {mark.epoch[:4]} {mark.seq}")
                self.stage.witness.promises(site, node, mark)
            if not connection.publish(message.topic, message.payload, message.retain):
                return False
        return True

    def _tend(self) -> None:
        before = self.office.held, self.office.fault()
        with contextlib.suppress(sqlite3.Error):
            self.office.tend()
        if (self.office.held, self.office.fault()) != before:
            self._wake_uplink()
            self._state_in(max(1, self._stated + _STATE_LEAST_MS - self.stage.now))
        self.later(round(app.CLOCK_EVERY_S * 1000), self._tend)

    # The city's side.

    def city_up(self) -> None:
        """Connected to the city's broker."""
        self._link_is_new = True
        self._send_in(0)
        self._state_in(1)

    def from_city(self, _: str, payload: bytes) -> None:
        """A watermark from the city."""
        self._guard(partial(self._hear, payload))

    def _hear(self, payload: bytes) -> None:
        mark = decode_mark(payload)
        self.stage.tell(f"{self.name} hears {mark.epoch[:4]} {mark.seq}")
        self.sender.on_mark(mark, self.clock.up())
        self.stage.witness.gateway_heard(self)
        self._wake_uplink()
        if self.sender.pending == 0:
            self._state_in(max(1, self._stated + _STATE_LEAST_MS - self.stage.now))

    def _wake_uplink(self) -> None:
        few = self.sender.pending < app.BATCH_RECORDS
        self._send_in(round(app.GATHER_S * 1000) if few else 0)

    def _send_in(self, ms: int) -> None:
        when = self.stage.now + ms
        if self._sends_at is None or when < self._sends_at:
            self._sends_at = when
            self.later(ms, partial(self._send, when))

    def _send(self, when: int) -> None:
        if when != self._sends_at:
            return
        self._sends_at = None
        if not self.city.up:
            return
        if self._link_is_new:
            self._link_is_new = False
            self.sender.restart()
        if self.office.held:
            return  # the newest rows are not placed in time yet; `_tend` wakes us
        batches = self._next_batches()
        wait = self.sender.wait_ms(self.clock.up())
        if not self.publish(self.city, batches):
            self._send_in(round(app.RETRY_S * 1000))
        elif wait is not None:
            self._send_in(max(1, wait))

    def _next_batches(self) -> list[Outgoing]:
        topic = topics.topic(self.site, topics.GATEWAY, topics.LOG)
        out = []
        batch = self.sender.next_batch(self.clock.up())
        while batch is not None:
            self.stage.tell(f"{self.name} sends {batch.epoch[:4]} {batch.first}…{batch.last}")
            out.append(Outgoing(topic, encode_batch(batch)))
            batch = self.sender.next_batch(self.clock.up())
        return out

    def _state_in(self, ms: int) -> None:
        when = self.stage.now + ms
        if self._states_at is None or when < self._states_at:
            self._states_at = when
            self.later(ms, partial(self._say_state, when))

    def _say_state(self, when: int) -> None:
        if when != self._states_at:
            return
        self._states_at = None
        if not self.city.up:
            return
        self._stated = self.stage.now
        log = self.journal.log
        state = State(
            v=1,
            online=True,
            boot=self.clock.boot,
            up=self.clock.up(),
            at=self.clock.now() if self.office.verdict.certainty == "sure" else None,
            epoch=log.epoch,
            oldest=log.oldest,
            last=log.last,
            acked=self.sender.acked,
            devices=self.office.heads(),
        )
        topic = topics.topic(self.site, topics.GATEWAY, topics.STATE)
        self.publish(self.city, [Outgoing(topic, _encode(state), retain=True)])
        self._state_in(round(app.STATE_EVERY_S * 1000))


class _LocalEnd:
    """The gateway at the office's broker."""

    def __init__(self, gateway: VirtualGateway) -> None:
        self._gateway = gateway
        self.on_message = gateway.from_office

    def on_up(self) -> None:
        """Connected."""
        self._gateway.office_up()

    def on_down(self) -> None:
        """What cannot be published now is published again when asked for."""


class _CityEnd:
    """The gateway at the city's broker."""

    def __init__(self, gateway: VirtualGateway) -> None:
        self._gateway = gateway
        self.on_message = gateway.from_city

    def on_up(self) -> None:
        """Connected."""
        self._gateway.city_up()

    def on_down(self) -> None:
        """The uplink rests."""


class Intake:
    """What `wire.pump.Pump` does: group by group, and a pause after the disk refused."""

    def __init__(
        self,
        stage: Stage,
        connection: Connection,
        later: Callable[[int, Callable[[], None]], None],
        store_ms: Callable[[], int],
    ) -> None:
        self._stage = stage
        self._connection = connection
        self._later = later
        self._store_ms = store_ms
        self._inbox: list[Incoming] = []
        self._busy = False

    def take(
        self, topic: str, payload: bytes, handle: Callable[[Sequence[Incoming]], None]
    ) -> None:
        """A message has arrived."""
        self._inbox.append((topic, payload))
        if not self._busy:
            self._busy = True
            self._later(self._store_ms(), partial(self._work, handle))

    def _work(self, handle: Callable[[Sequence[Incoming]], None]) -> None:
        group, self._inbox = self._inbox[:GROUP], self._inbox[GROUP:]
        try:
            handle(group)
        except sqlite3.Error as error:
            self._stage.tell(f"{self._connection.name}: {error}")
            self._later(round(RETRY_S * 1000), partial(self._go_on, handle))
        else:
            self._go_on(handle)

    def _go_on(self, handle: Callable[[Sequence[Incoming]], None]) -> None:
        self._busy = bool(self._inbox)
        if self._busy:
            self._later(self._store_ms(), partial(self._work, handle))
