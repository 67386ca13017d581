"""The collector: the real city, ledger and mirror, wired in virtual time as in collector/app.py."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from collector.city import City
from collector.ledger import Ledger
from collector.mirror import Mirror, Result, Work
from simulator.microcosm.broker import Broker, Connection
from simulator.microcosm.fate import Fate, Killed
from simulator.microcosm.gateway import Intake
from simulator.microcosm.influx import VirtualInflux
from simulator.microcosm.stage import Stage, StageClock
from simulator.microcosm.store import Copy, WatchedLedger, copy_of, put_back
from wire import topics
from wire.batch import decode_mark
from wire.link import Incoming, Outgoing
from wire.pump import RETRY_S

PULSE_S = 10.0  # so that a database that is gone is noticed while the run lasts
_RESTART_MS = (500, 8_000)


class VirtualCollector:
    """The city's collector. `store_ms`, `http_ms`: how long a transaction or a request takes, at
    most. `most_lines`: of the mirror, in one request."""

    name = "collector"

    def __init__(self, stage: Stage, path: Path, broker: Broker, most_lines: int) -> None:
        self.stage = stage
        self.path = path
        self.fate = Fate()
        self.influx = VirtualInflux(stage.tell)
        self.store_ms = 20
        self.http_ms = 400
        self.on = False
        self.group: Sequence[Incoming] = ()  # what is being handled
        self._most_lines = most_lines
        self._life = 0
        filters = [topics.every_gateway(topics.LOG), topics.every_gateway(topics.STATE)]
        self.connection = Connection(stage, broker, "talon-collector", filters, None)

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

    def mend(self) -> None:
        """Nothing goes wrong any more. Who sees refused lines has all tallies written anew."""
        self.fate.relent()
        self.store_ms = 20
        self.influx.mood = "well"
        self.start()
        if self.influx.has_refused:
            self.influx.has_refused = False
            self.ledger.soil()

    def copy_ledger(self) -> Copy:
        """A backup."""
        return copy_of(self.path)

    def restore_ledger(self, copy: Copy) -> None:
        """Its disk died: an older copy takes its place, as `talon-collector restore` does it.

        All tallies are to be written anew: InfluxDB may have newer ones, or older ones of a copy
        that was in use in between.
        """
        self.stage.witness.loses_ledger(self)
        self.kill()
        self.stage.tell("collector gets an older ledger")
        put_back(self.path, copy)
        ledger = Ledger(self.path)
        ledger.soil()
        ledger.close()

    def close(self) -> None:
        """The run is over."""
        if self.on:
            self.ledger.close()
            self.on = False

    # What its connection says.

    def on_up(self) -> None:
        """Connected."""
        self._guard(partial(self.publish, self.city.greetings()))

    def on_down(self) -> None:
        """What cannot be published now is published again when asked for."""

    def on_message(self, topic: str, payload: bytes) -> None:
        """A message from a gateway."""
        self._intake.take(topic, payload, self.take_group)

    def take_group(self, messages: Sequence[Incoming]) -> None:
        """One group: a transaction, then what comes of it. Raises sqlite3.Error."""
        self.group = messages
        self.publish(self.city.handle(messages))

    def publish(self, messages: Sequence[Outgoing]) -> None:
        """Publish watermarks."""
        for message in messages:
            self.fate.reach("publish")
            site, node, _ = topics.parse(message.topic)
            mark = decode_mark(message.payload)
            self.stage.tell(f"collector says {site} {mark.epoch[:4]} {mark.seq}")
            self.stage.witness.promises(site, node, mark)
            if not self.connection.publish(message.topic, message.payload, message.retain):
                return

    def _set_up(self) -> None:
        self.clock = StageClock(self.stage, self.stage.boot(), self.stage.now - 1_000)
        self.ledger = WatchedLedger(self.path, self.fate, self._stored)
        self.city = City(self.ledger, self.clock)
        self.mirror = Mirror(
            self.ledger, self.influx, self.clock, self._most_lines, pulse_s=PULSE_S
        )
        self.stage.tell("collector starts")
        self._intake = Intake(self.stage, self.connection, self._later, self._store_ms_now)
        self.stage.witness.collector_started(self)
        self.connection.open(self)
        self._later(1, partial(self._mirror_works, self._mirror_takes))

    # The mirror's rounds: take, send, settle, each some time after the other.

    def _mirror_takes(self) -> None:
        work = self.mirror.take()
        if work is None:
            self._mirror_rests()
        else:
            sends = partial(self._mirror_sends, work)
            self._later(self.stage.between(1, 20), partial(self._mirror_works, sends))

    def _mirror_sends(self, work: Work) -> None:
        result = self.mirror.send(work)
        settles = partial(self._mirror_settles, result)
        self._later(self.stage.between(1, self.http_ms), partial(self._mirror_works, settles))

    def _mirror_settles(self, result: Result) -> None:
        self.mirror.settle(result)
        self._mirror_rests()

    def _mirror_rests(self) -> None:
        wait = max(1, round(self.mirror.wait_s * 1000))
        self._later(wait, partial(self._mirror_works, self._mirror_takes))

    def _mirror_works(self, part: Callable[[], None]) -> None:
        try:
            part()
        except sqlite3.Error as error:  # what is not marked as written is written again
            self.stage.tell(f"collector's mirror: {error}")
            self._later(round(RETRY_S * 1000), self._mirror_rests)

    # Its life.

    def _stored(self) -> None:
        self.stage.witness.collector_stored(self)

    def _store_ms_now(self) -> int:
        return self.stage.between(1, self.store_ms)

    def _later(self, ms: int, work: Callable[[], None]) -> None:
        self.stage.after(ms, partial(self._alive, self._life, work))

    def _alive(self, life: int, work: Callable[[], None]) -> None:
        if self.on and life == self._life:
            self._guard(work)

    def _guard(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Killed:
            self._die("is killed at its work")

    def _die(self, how: str) -> None:
        self.stage.tell(f"collector {how}")
        self.on = False
        self._life += 1
        self.ledger.close()
        self.connection.close()
        self.stage.after(self.stage.between(*_RESTART_MS), self.start)
