"""One office at work: messages in, one transaction, messages out.

Synchronous and without a network: `app` brings the messages and publishes the answers, after the
transaction. A group of messages shares one commit. Each channel has its part: `Streams` takes what
devices log, `Numbering` answers what dispensers ask, `Kiosk` and `ServiceDay` have the queue; here
they are only put together.
"""

import logging
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from gateway.clockwork import Verdict
from gateway.config import OfficeConfig
from gateway.group import Group, retained
from gateway.intake import Intake
from gateway.journal import Journal
from gateway.kiosk import Kiosk
from gateway.numbering import Numbering
from gateway.office_time import OfficeTime
from gateway.queue.wait import Draw
from gateway.reception import Reception
from gateway.service_day import ServiceDay
from gateway.streams import Streams
from wire import topics
from wire.batch import Batch, BatchError, decode_batch, encode_mark
from wire.clock import OfficeClock, random_epoch
from wire.lines import UNREADABLE
from wire.link import Incoming, Outgoing
from wire.records import Ask, DeviceHead, Reply, State, VisitBegan
from wire.strays import Strays

log = logging.getLogger("talon.gateway")

MAX_LOG = 1 << 19  # bytes of a batch: quarantined whole, in base64, it still fits one of ours
MAX_SMALL = 4096  # bytes of an ask or a state

T = TypeVar("T")

_ask = msgspec.json.Decoder(Ask)
_state = msgspec.json.Decoder(State)
_reply = msgspec.json.Decoder(Reply)


class Office:
    """The gateway's state and rules over its journal. `said`: what each device says of itself,
    since we started; `intake`: what decides on its records. `draw`: randomness for the expected
    wait."""

    def __init__(
        self, config: OfficeConfig, journal: Journal, clock: OfficeClock, draw: Draw
    ) -> None:
        self.config = config
        self.journal = journal
        self.strays = Strays(log)
        self.marks = _stored_marks(journal)
        self.said: dict[str, State] = {}
        self._clock = clock
        self._time = time = OfficeTime(clock, journal, config.timezone)
        self._day = ServiceDay(config, journal, time) if config.desk else None
        self.reception = self._day.reception if self._day else None
        self.intake = _open_intake(config, self.reception)
        self._streams = Streams(config.site, journal, self.intake, clock)
        self._numbering = Numbering(config, journal, time, self.reception, draw)
        self.kiosk = self._open_kiosk(self.reception, draw) if self.reception else None

    @property
    def verdict(self) -> Verdict:
        """What time it was when we last looked."""
        return self._time.verdict

    @property
    def held(self) -> int:
        """How many records are held back from the city, because they came while the time was not
        known."""
        return self._streams.held

    def tend(self) -> Verdict:
        """Look at the clock; when the time is known, or nobody will tell any more, let go of what
        was held. To be called from time to time. Raises sqlite3.Error: then look again later."""
        verdict = self._time.look(self.held)
        if verdict.certainty != "waiting":
            self._let_go(verdict)
            if self._day is not None:
                self._day.tend(verdict)
        numbered = self._time.numbered
        if verdict.certainty == "sure" and numbered is not None:
            self._time.settle(numbered)
            self._numbering.forget()
        else:
            self._time.keep_news()
        return verdict

    def fault(self) -> str:
        """What is wrong with the time; empty: nothing."""
        return self._time.fault(self.held)

    def handle(self, messages: Sequence[Incoming]) -> list[Outgoing]:
        """Take messages in one transaction; returns what to publish now that all is stored.

        Raises sqlite3.Error (a full or failing disk): then nothing was stored or confirmed, and
        the senders will repeat it.
        """
        group = Group(self.config.site, self.tend(), self._clock.up())
        try:
            with self.journal.transaction():
                for topic, payload in messages:
                    self._route(topic, payload, group)
                self._numbering.store(group)
                waiting = self._day.store(group) if self._day else ()
        except BaseException:
            self._forget()
            raise
        if self.reception is not None:
            self.reception.join(waiting)
        self._streams.held += group.held
        self.marks.update(group.marks)
        return group.outgoing()

    def heads(self) -> list[DeviceHead]:
        """How far each device has written and we have stored: its newest epoch, and older ones
        that it spoke in of late."""
        return self._streams.heads.told(self._clock.now())

    def greetings(self) -> list[Outgoing]:
        """The watermarks of all devices, for a broker that may have forgotten them."""
        return retained(self.marks)

    def _route(self, topic: str, payload: bytes, group: Group) -> None:
        try:
            site, node, channel = topics.parse(topic)
            if site != self.config.site:
                raise topics.TopicError(f"{site} is another office")
            if node == topics.GATEWAY:
                return  # ourselves, on a broker that office and city share
            if channel == topics.LOG:
                self._take_batch(node, _batch(payload), group)
            elif channel == topics.ASK:
                self._numbering.take(node, _small(_ask, payload), group)
            elif channel == topics.STATE:
                self._take_state(node, _small(_state, payload), group)
            elif channel == topics.REPLY and self.kiosk is not None:
                self.kiosk.on_reply(node, _small(_reply, payload))
        except (BatchError, topics.TopicError) as error:
            self.strays.add(topic, error)

    def _take_batch(self, node: str, batch: Batch, group: Group) -> None:
        taken = self._streams.take(node, batch, group)
        if taken is not None:
            tickets = [record for _, record in taken.tickets]
            group.began += [said for said in tickets if isinstance(said, VisitBegan)]
            self._numbering.note(tickets)

    def _take_state(self, node: str, state: State, group: Group) -> None:
        if self.kiosk is not None:
            self.kiosk.on_state(node, state)
        if self.intake.device(node) is not None:
            self.said[node] = state
        self._streams.hear(node, state, group)

    def _let_go(self, verdict: Verdict) -> None:
        if not self.held:
            return
        try:
            self._streams.let_go(verdict)
        except BaseException:
            self._forget()
            raise
        self._numbering.forget()  # some are of another day than it seemed

    def _forget(self) -> None:
        """Begin from what is stored: a transaction did not come about."""
        if self.reception is not None:
            self.reception.forget_votes()
        self._streams.forget()
        self._numbering.forget()

    def _open_kiosk(self, reception: Reception, draw: Draw) -> Kiosk:
        """The dispensers' touch pages."""
        return Kiosk(
            self.config.site,
            [device.node for device in self.config.device if device.kind == "dispenser"],
            reception,
            self.journal.visits,
            self._numbering.declines,
            random_epoch,
            draw,
        )


def _open_intake(config: OfficeConfig, reception: Reception | None) -> Intake:
    if reception is None:
        return Intake(config.device, config.policies)
    desks = {desk.id for desk in config.desk}
    return Intake(config.device, config.policies, desks, reception.press)


def _batch(payload: bytes) -> Batch:
    if len(payload) > MAX_LOG:
        raise BatchError(f"a batch of {len(payload)} bytes where {MAX_LOG} are allowed")
    return decode_batch(payload)


def _small(decoder: msgspec.json.Decoder[T], payload: bytes) -> T:
    if len(payload) > MAX_SMALL:
        raise BatchError(f"{len(payload)} bytes where {MAX_SMALL} are allowed")
    try:
        return decoder.decode(payload)
    except UNREADABLE as error:
        raise BatchError(str(error)) from None


def _stored_marks(journal: Journal) -> dict[str, bytes]:
    return {
        topics.topic(site, node, topics.ACK): encode_mark(mark)
        for site, node, mark in journal.marks.newest()
    }
