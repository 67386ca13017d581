"""One office at work: messages in, one transaction, messages out.

Synchronous and without a network: `app` brings the messages and publishes the answers, after the
transaction. A group of messages shares one commit.
"""

import logging
from collections.abc import Container, Sequence
from datetime import UTC, date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from gateway.clockwork import UNSET_BEFORE, Verdict, Watch
from gateway.config import OfficeConfig
from gateway.decide import BoxMemory
from gateway.held import Came, Now, moments, place_anew
from gateway.intake import Intake, Row, Taken
from gateway.journal import Journal
from gateway.kiosk import Kiosk
from gateway.numbers import Numbers
from gateway.offer import Offer
from gateway.queue.calibration import Told
from gateway.queue.visit import Visit
from gateway.queue.wait import Draw
from gateway.queue_config import rules_of
from gateway.reception import Reception
from gateway.turns import Ticket
from gateway.visits import day_bounds
from wire import topics
from wire.batch import Batch, BatchError, decode_batch, encode_mark
from wire.clock import OfficeClock, random_epoch
from wire.hop import Admission, Receiver
from wire.lines import UNREADABLE
from wire.link import Incoming, Outgoing
from wire.records import Answer, Ask, DeclineReason, DeviceHead, Reply, Served, State, VisitBegan
from wire.strays import Strays

log = logging.getLogger("talon.gateway")

MOST_STRANGERS = 64  # nodes that are not in the config but whose records we keep
MAX_LOG = 1 << 19  # bytes of a batch: quarantined whole, in base64, it still fits one of ours
MAX_SMALL = 4096  # bytes of an ask or a state
HELD_AT_ONCE = 2_000  # records placed anew in one transaction
FLOOR_EVERY_MS = 60_000  # how often the time is stored, that it may not go back unnoticed
NIGHT_MS = 43_200_000  # without a number for so long, a day ends also if the time is not known:
# no office is open for longer
HEADS_MS = 30 * 86_400_000  # how long the state tells of an epoch that another one came after

T = TypeVar("T")

_ask = msgspec.json.Decoder(Ask)
_state = msgspec.json.Decoder(State)
_reply = msgspec.json.Decoder(Reply)
_encode = msgspec.json.Encoder().encode


class Office:
    """The gateway's state and rules over its journal. `held`: records held back from the city,
    because they came while the time was not known. `draw`: randomness for the expected wait."""

    def __init__(
        self, config: OfficeConfig, journal: Journal, clock: OfficeClock, draw: Draw
    ) -> None:
        self.config = config
        self.journal = journal
        self.strays = Strays(log)
        self.marks = _stored_marks(journal)
        self._clock = clock
        self._draw = draw
        self._watch = Watch(journal.clock_memory())
        self._kept = journal.clock_memory()
        self._zone = ZoneInfo(config.timezone)
        self.reception = self._open_reception()
        self._intake = self._open_intake()
        self._numbers = Numbers({s.id: s.letter for s in config.service})
        self._offer = Offer(config.service, config.hours, self._zone, self._numbers.taken)
        self.kiosk = self._open_kiosk()
        self.said: dict[str, State] = {}  # what each device says of itself, since we started
        self._heads: dict[tuple[str, str], DeviceHead] = {}
        restored = journal.restored()
        self._restored = self._local_day(restored) if restored else ""
        self._forget()
        self.verdict = self._look()
        self._told = "sure"

    def tend(self) -> Verdict:
        """Look at the clock; when the time is known, or nobody will tell any more, let go of what
        was held. To be called from time to time. Raises sqlite3.Error: then look again later."""
        verdict = self.verdict = self._look()
        if verdict.certainty != self._told:
            self._told = verdict.certainty
            log.warning("%s", self.fault() or "clock: the time is known")
        if verdict.stepped:
            log.warning("the clock has stepped by %.0f s", verdict.stepped / 1000)
        if verdict.certainty != "waiting":
            self._let_go(Now(verdict, self._clock.boot, self._clock.up()))
            self._tend_queue(verdict)
        memory = self._watch.memory
        if verdict.certainty == "sure" and memory.numbered is not None:
            self._settle_numbers(verdict, memory.numbered)
        elif self._is_clock_news():
            with self.journal.transaction():
                self.journal.keep_clock(memory)
            self._kept = msgspec.structs.replace(memory)
        return verdict

    def fault(self) -> str:
        """What is wrong with the time; empty: nothing."""
        return self._watch.fault(self.verdict, self._clock.up(), self.held)

    def handle(self, messages: Sequence[Incoming]) -> list[Outgoing]:
        """Take messages in one transaction; returns what to publish now that all is stored.

        Raises sqlite3.Error (a full or failing disk): then nothing was stored or confirmed, and
        the senders will repeat it.
        """
        group = _Group(self.tend(), self._clock.up())
        try:
            with self.journal.transaction():
                for topic, payload in messages:
                    self._route(topic, payload, group)
                self._give(group)
                waiting = self._store_tickets(group)
        except BaseException:
            self._forget()
            raise
        if self.reception is not None:
            self.reception.join(waiting)
        self.held += group.held
        self.marks.update(group.marks)
        marks = [Outgoing(topic, mark, retain=True) for topic, mark in group.marks.items()]
        return marks + group.answers

    def heads(self) -> list[DeviceHead]:
        """How far each device has written and we have stored: its newest epoch, and older ones
        that it spoke in of late."""
        since = self._clock.now() - HEADS_MS
        heads = list(self._heads.items())  # at once: the store thread adds to it
        newest = dict(key for key, _ in heads)  # in the order in which epochs first appeared
        return [
            head for (node, epoch), head in heads if newest[node] == epoch or head.seen >= since
        ]

    def greetings(self) -> list[Outgoing]:
        """The watermarks of all devices, for a broker that may have forgotten them."""
        return [Outgoing(topic, mark, retain=True) for topic, mark in self.marks.items()]

    def _route(self, topic: str, payload: bytes, group: "_Group") -> None:
        try:
            site, node, channel = topics.parse(topic)
            if site != self.config.site:
                raise topics.TopicError(f"{site} is another office")
            if node == topics.GATEWAY:
                return  # ourselves, on a broker that office and city share
            if channel == topics.LOG:
                self._take_batch(node, _batch(payload), group)
            elif channel == topics.ASK:
                self._take_ask(node, _small(_ask, payload), group)
            elif channel == topics.STATE:
                self._take_state(node, _small(_state, payload), group)
            elif channel == topics.REPLY and self.kiosk is not None:
                self.kiosk.on_reply(node, _small(_reply, payload))
        except (BatchError, topics.TopicError) as error:
            self.strays.add(topic, error)

    def _take_batch(self, node: str, batch: Batch, group: "_Group") -> None:
        admission = self._receiver(node).admit(batch)
        group.marks[self._topic(node, topics.ACK)] = encode_mark(admission.mark)
        if not (admission.changed or admission.duplicates):
            return
        epoch = admission.mark.epoch
        memory = self._memory(node, epoch)
        resent = self._resent_of(node, epoch)
        latest = group.verdict.latest
        taken = self._intake.take(node, batch, admission, memory, resent, group.now, latest)
        self.journal.take(node, epoch, taken, group.now)
        group.began += [said for _, said in taken.tickets if isinstance(said, VisitBegan)]
        self._note_issued(taken)
        if taken.rows and group.verdict.certainty == "waiting":
            self._hold(node, batch, admission, taken.rows, group)
        self.journal.save(self.config.site, node, admission, memory, group.now)
        seq = admission.mark.seq
        self._note_head(node, epoch, seq, seq, group.now, admission.duplicates)

    def _open_reception(self) -> Reception | None:
        """The queue, if there are desks."""
        config = self.config
        if not config.desk:
            return None
        return Reception(
            rules_of(config.service, config.desk, config.queue),
            self.journal.turns,
            self.journal.transaction,
            self._local_day,
            self._clock.now(),
            self._store_end,
        )

    def _open_kiosk(self) -> Kiosk | None:
        """The dispensers' touch pages, if there is a queue."""
        if self.reception is None:
            return None
        return Kiosk(
            self.config.site,
            [device.node for device in self.config.device if device.kind == "dispenser"],
            self.reception,
            self.journal.visits,
            self._declines,
            random_epoch,
            self._draw,
        )

    def _declines(self, service: str) -> DeclineReason | None:
        """Why a service gives no number now."""
        day = self._day(self.verdict)
        if self._numbers.day != day:
            self._begin_day(day)
        return self._offer.declines(service, self.verdict)

    def _open_intake(self) -> Intake:
        config = self.config
        if self.reception is None:
            return Intake(config.device, config.policies)
        desks = {desk.id for desk in config.desk}
        return Intake(config.device, config.policies, desks, self.reception.press)

    def _tend_queue(self, verdict: Verdict) -> None:
        """A new day begins, or the evening comes. Not while the time is not known."""
        if self.reception is None:
            return
        self.reception.turn_day(verdict.now)
        local = datetime.fromtimestamp(verdict.now / 1000, UTC).astimezone(self._zone)
        if f"{local:%H:%M}" >= self.config.queue.evening:
            self.reception.close_day(verdict.now)

    def _store_tickets(self, group: "_Group") -> list[Ticket]:
        """Visits that began join the queue, in the order of their tickets."""
        if self.reception is None:
            return []
        self.reception.untell(said.visit for said in group.began if said.by == "dispenser")
        began = [
            Ticket(said.visit, said.number, said.service, said.at)
            for said in group.began
            if said.status == "counted"
        ]
        return self.reception.store_tickets(began, group.now)

    def _store_end(self, visit: Visit, at: int) -> None:
        """A visit is finished: what the city is told of it. Part of the clerk's transaction."""
        self.journal.serve(
            Served(
                node=topics.GATEWAY,
                epoch=self.journal.log.epoch,
                seq=self.journal.count_served() + 1,
                at=at,
                clock="set" if self.verdict.certainty == "sure" else "unknown",
                got=at,
                visit=visit.id,
                service=visit.service,
                desk=visit.periods[-1].desk,
                wait_ms=visit.waited(at),
                serve_ms=visit.served(at),
            )
        )

    def _receiver(self, node: str) -> Receiver:
        receiver = self._receivers.get(node)
        if receiver is None:
            self._check_stranger(node)
            receiver = self._receivers[node] = self.journal.receiver(self.config.site, node)
        return receiver

    def _take_ask(self, node: str, ask: Ask, group: "_Group") -> None:
        device = self._intake.device(node)
        if device is None or device.kind != "dispenser":
            self._answer(node, group, ask.visit, error=f"{node} is not a dispenser here")
            return
        if not self._numbers.knows(ask.service):
            self._answer(node, group, ask.visit, error=f"no service {ask.service} here")
            return
        day = self._day(group.verdict)
        if day == self._restored:
            # Which numbers were given since the backup, nobody knows: none may come twice.
            self._answer(node, group, ask.visit, error="restored from a backup today")
            return
        if self._numbers.day != day:
            self._begin_day(day)
        number = self._numbers.given(ask.visit) or self._given_before(ask.visit)
        if number is None:
            if group.verdict.certainty == "waiting":
                error = f"the time is not known: the clock is {group.verdict.reason}"
                self._answer(node, group, ask.visit, error=error)
                return
            reason = self._offer.declines(ask.service, group.verdict)
            if reason is not None:
                self._answer(node, group, ask.visit, declined=reason)
                return
            number, count = self._numbers.give(ask.visit, ask.service)
            group.given.append((ask.visit, day, ask.service, count, node, group.now))
        self._answer(node, group, ask.visit, number=number, told=self._tell(ask, group))

    def _tell(self, ask: Ask, group: "_Group") -> Told | None:
        """What the ticket says of the wait; None: there is no queue, or it does not say it."""
        if self.reception is None or not {"ahead", "wait"} & set(self.config.ticket.show):
            return None
        return self.reception.tell(ask.visit, ask.service, group.now, self._draw)

    def _begin_day(self, day: str) -> None:
        """Know the numbers of a day, as they are stored."""
        begin, end = day_bounds(date.fromisoformat(day), self._zone)
        visits = self.journal.visits.between(begin, end)
        issued = [(visit.visit, visit.service) for visit in visits]
        self._numbers.begin(day, self.journal.given(day), issued)

    def _note_issued(self, taken: Taken) -> None:
        """Count the tickets of the day whose numbers are known, for its limits."""
        for _, record in taken.tickets:
            counts = isinstance(record, VisitBegan) and record.status == "counted"
            if counts and self._local_day(record.at) == self._numbers.day:
                self._numbers.note(record.visit, record.service)

    def _look(self) -> Verdict:
        clock = self._clock
        return self._watch.look(clock.now(), clock.up(), clock.boot, clock.synced())

    def _day(self, verdict: Verdict) -> str:
        """The day whose numbers are given. At an unknown time it does not end at a midnight that
        may be noon: the real day would see the same numbers twice."""
        if verdict.certainty == "accepted":
            last = self.journal.last_given()
            if last is not None and verdict.now - last[1] < NIGHT_MS:
                return last[0]
        return self._local_day(verdict.now)

    def _local_day(self, now: int) -> str:
        """The office's date, YYYY-MM-DD."""
        return datetime.fromtimestamp(now / 1000, UTC).astimezone(self._zone).date().isoformat()

    def _give(self, group: "_Group") -> None:
        """Store the numbers given; if the time is not known, that their day is not known, too."""
        memory = self._watch.memory
        self.journal.give(group.given)
        if group.given and group.verdict.certainty == "accepted" and memory.numbered is None:
            self.journal.keep_clock(msgspec.structs.replace(memory, numbered=group.now))
            memory.numbered = group.now

    def _settle_numbers(self, verdict: Verdict, since: int) -> None:
        """The time is known: what was given while it was not may all be of today."""
        settled = msgspec.structs.replace(self._watch.memory, numbered=None)
        with self.journal.transaction():
            self.journal.redate(since, self._local_day(verdict.now))
            self.journal.keep_clock(settled)
        self._watch.memory.numbered = None
        self._kept = settled
        self._numbers.begin("", [])

    def _given_before(self, visit: str) -> str | None:
        """The number of a visit that began before midnight."""
        found = self.journal.given_before(visit)
        return None if found is None else self._numbers.text(*found)

    def _take_state(self, node: str, state: State, group: "_Group") -> None:
        if self.kiosk is not None:
            self.kiosk.on_state(node, state)
        if self._intake.device(node) is not None:
            self.said[node] = state
        if state.epoch is None:
            return
        if state.acked and self._intake.device(node) is not None:
            mark = self._receiver(node).mark(state.epoch)
            if state.acked > mark.seq:
                # Our disk is another one, or it heard an old watermark. Told so, it sends again
                # what it still holds; the rest then shows as lost, not as silence.
                group.marks[self._topic(node, topics.ACK)] = encode_mark(mark)
        if (node, state.epoch) not in self._heads:
            return
        head = self._heads[node, state.epoch]
        if state.last > head.written:
            self.journal.marks.note_written(
                self.config.site, node, state.epoch, state.last, group.now
            )
        self._note_head(node, state.epoch, state.last, head.stored, group.now)

    def _hold(
        self, node: str, batch: Batch, admission: Admission, rows: Sequence[Row], group: "_Group"
    ) -> None:
        came = Came(
            self._clock.boot,
            group.up,
            group.now,
            node,
            admission.mark.epoch,
            batch.boot,
            batch.up,
        )
        said = moments(admission.records)
        notes = len(rows) - len(said)  # they come first
        sound = [one if row[1] else None for one, row in zip(said, rows[notes:], strict=True)]
        self.journal.hold(came, [None] * notes + sound)
        group.held += len(rows)

    def _let_go(self, now: Now) -> None:
        """Place anew what is held, in order. Whatever is not committed is still held."""
        while self.held:
            rows = self.journal.held(HELD_AT_ONCE)
            keys = {(held.came.node, held.came.epoch) for held, _ in rows}
            memories = {key: self._memory(*key) for key in keys}
            traces = {key: memory.trace for key, memory in memories.items()}
            placed = place_anew(rows, traces, now)
            try:
                with self.journal.transaction():
                    self.journal.let_go(placed)
                    for (node, epoch), memory in memories.items():
                        memory.trace = traces[node, epoch]
                        self.journal.remember(self.config.site, node, epoch, memory)
            except BaseException:
                self._forget()
                raise
            self.held -= len(placed)
            self._numbers.begin("", [])  # some are of another day than it seemed
            log.info("%d records are placed in time: %s", len(placed), now.verdict.certainty)

    def _is_clock_news(self) -> bool:
        """Whether the clock's memory is to be stored: the floor alone is not worth every write."""
        memory, kept = self._watch.memory, self._kept
        if abs(memory.floor - kept.floor) >= FLOOR_EVERY_MS:
            return True
        return msgspec.structs.replace(memory, floor=kept.floor, up=kept.up) != kept

    def _answer(
        self,
        node: str,
        group: "_Group",
        visit: str,
        number: str | None = None,
        error: str = "",
        declined: DeclineReason | None = None,
        told: Told | None = None,
    ) -> None:
        left = self._offer.left() if self._numbers.day else {}
        answer = Answer(
            v=1,
            visit=visit,
            number=number,
            error=error,
            declined=declined,
            ahead=told.ahead if told else None,
            wait=told.wait if told else None,
            left=left,
        )
        group.answers.append(Outgoing(self._topic(node, topics.ANSWER), _encode(answer)))

    def _note_head(
        self, node: str, epoch: str, written: int, stored: int, now: int, duplicates: int = 0
    ) -> None:
        old = self._heads.get((node, epoch))
        if old is not None:
            written = max(written, old.written)
            duplicates += old.duplicates
        self._heads[node, epoch] = DeviceHead(
            node=node,
            epoch=epoch,
            written=written,
            stored=stored,
            seen=now,
            duplicates=duplicates,
        )

    def _memory(self, node: str, epoch: str) -> BoxMemory:
        if (node, epoch) not in self._memories:
            self._memories[node, epoch] = self.journal.memory(self.config.site, node, epoch)
        return self._memories[node, epoch]

    def _resent_of(self, node: str, epoch: str) -> "_Resent":
        if (node, epoch) not in self._resent:
            self._resent[node, epoch] = _Resent(self.journal, node, epoch)
        return self._resent[node, epoch]

    def _check_stranger(self, node: str) -> None:
        if self._intake.device(node) is not None:
            return
        known = set(self._receivers) | {stored for stored, _ in self._heads}
        strangers = {name for name in known if self._intake.device(name) is None}
        if node not in strangers and len(strangers) >= MOST_STRANGERS:
            raise BatchError(f"more than {MOST_STRANGERS} nodes that are not in the config")
        log.warning("%s is not in the config: its records are kept but do not count", node)

    def _topic(self, node: str, channel: str) -> str:
        return topics.topic(self.config.site, node, channel)

    def _forget(self) -> None:
        """Begin from what is stored; also after a transaction that did not come about."""
        if self.reception is not None:
            self.reception.forget_votes()
        self._receivers: dict[str, Receiver] = {}
        self._memories: dict[tuple[str, str], BoxMemory] = {}
        self._resent: dict[tuple[str, str], _Resent] = {}
        self._numbers.begin("", [])
        self.held = self.journal.count_held()
        self._heads = {
            (node, epoch): DeviceHead(
                node=node,
                epoch=epoch,
                written=written,
                stored=seq,
                seen=seen,
                duplicates=duplicates,
            )
            for _, node, epoch, written, seq, seen, duplicates in self.journal.marks.heads()
        }


class _Group:
    """What one transaction gathers. `up`: ms since the gateway's boot."""

    def __init__(self, verdict: Verdict, up: int) -> None:
        self.verdict = verdict
        self.now = max(verdict.now, UNSET_BEFORE)  # as long a number as the right one will be
        self.up = up
        self.held = 0
        self.given: list[tuple[str, str, str, int, str, int]] = []
        self.answers: list[Outgoing] = []
        self.began: list[VisitBegan] = []
        self.marks: dict[str, bytes] = {}


class _Resent:
    """Which records of a boot have already come under an earlier epoch of the node."""

    def __init__(self, journal: Journal, node: str, epoch: str) -> None:
        self._journal = journal
        self._node = node
        self._epoch = epoch
        self._boot = ""
        self._known: Container[int] = ()

    def __call__(self, boot: str) -> Container[int]:
        if boot != self._boot:
            self._boot = boot
            other = boot and self._journal.other_epochs(self._node, boot, self._epoch)
            self._known = self._journal.idents(self._node, boot) if other else ()
        return self._known


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
