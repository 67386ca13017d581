"""One city at work: batches from the gateways in, one transaction, watermarks out.

Synchronous and without a network: `app` brings the messages and publishes the watermarks.
"""

import logging
from collections.abc import Sequence

import msgspec

from collector.ledger import Ledger
from collector.tally import Tallies
from wire import topics
from wire.batch import Batch, BatchError, decode_batch, encode_mark
from wire.clock import Clock
from wire.hop import Admission, Receiver
from wire.lines import UNREADABLE, decode_each
from wire.link import Incoming, Outgoing
from wire.records import OfficeRecord, State
from wire.strays import Strays

log = logging.getLogger("talon.collector")

MAX_STATE = 1 << 18  # bytes; an office of 200 devices says 30 kB

_record: msgspec.json.Decoder[OfficeRecord] = msgspec.json.Decoder(OfficeRecord)
_state = msgspec.json.Decoder(State)


class City:
    """The collector's rules over its ledger. `sites`: those that may report; empty: all."""

    def __init__(self, ledger: Ledger, clock: Clock, sites: frozenset[str] = frozenset()) -> None:
        self.ledger = ledger
        self.strays = Strays(log)
        self.marks = {
            topics.topic(site, node, topics.ACK): encode_mark(mark)
            for site, node, mark in ledger.marks.newest()
        }
        self._clock = clock
        self._sites = sites
        self._receivers: dict[str, Receiver] = {}

    def handle(self, messages: Sequence[Incoming]) -> list[Outgoing]:
        """Take messages in one transaction; returns the watermarks to publish now.

        Raises sqlite3.Error (a full or failing disk): then nothing was stored or confirmed, and
        the gateways will repeat it.
        """
        now = self._clock.now()
        tallies = Tallies()
        marks: dict[str, bytes] = {}
        try:
            with self.ledger.transaction():
                for topic, payload in messages:
                    self._route(topic, payload, tallies, marks, now)
                self.ledger.add_tallies(tallies)
        except BaseException:
            self._receivers.clear()
            raise
        self.marks.update(marks)
        return [Outgoing(topic, mark, retain=True) for topic, mark in marks.items()]

    def greetings(self) -> list[Outgoing]:
        """The watermarks of all gateways, for a broker that may have forgotten them."""
        return [Outgoing(topic, mark, retain=True) for topic, mark in self.marks.items()]

    def _route(
        self, topic: str, payload: bytes, tallies: Tallies, marks: dict[str, bytes], now: int
    ) -> None:
        try:
            site, node, channel = topics.parse(topic)
            if node != topics.GATEWAY or (self._sites and site not in self._sites):
                raise topics.TopicError(f"{site}/{node} is not a gateway of this city")
            mark = None
            if channel == topics.LOG:
                mark = self._take_batch(site, decode_batch(payload), tallies, now)
            elif channel == topics.STATE:
                mark = self._take_state(site, payload, now)
            if mark is not None:
                marks[topics.topic(site, node, topics.ACK)] = mark
        except (BatchError, topics.TopicError) as error:
            self.strays.add(topic, error)

    def _take_batch(self, site: str, batch: Batch, tallies: Tallies, now: int) -> bytes:
        admission = self._receiver(site).admit(batch)
        if admission.changed or admission.duplicates:
            self.ledger.add(site, self._sound(site, admission, now), tallies)
            self.ledger.save_mark(site, topics.GATEWAY, admission, now)
        return encode_mark(admission.mark)

    def _sound(self, site: str, admission: Admission, now: int) -> list[tuple[bytes, OfficeRecord]]:
        sound: list[tuple[bytes, OfficeRecord]] = []
        for i, (raw, record) in enumerate(decode_each(_record, admission.records)):
            if isinstance(record, str):
                n = admission.first + i
                log.warning("record %d of %s is quarantined: %s", n, site, record)
                self.ledger.quarantine(site, admission.mark.epoch, n, raw, record, now)
            else:
                sound.append((raw, record))
        return sound

    def _take_state(self, site: str, payload: bytes, now: int) -> bytes | None:
        """Returns a watermark that the gateway must hear of, if there is one."""
        if len(payload) > MAX_STATE:
            raise BatchError(f"{len(payload)} bytes where {MAX_STATE} are allowed")
        try:
            state = _state.decode(payload)
        except UNREADABLE as error:
            raise BatchError(str(error)) from None
        if not state.online:
            return None
        self.ledger.note_state(site, state, now)
        if state.epoch is None:
            return None
        self.ledger.marks.note_written(site, topics.GATEWAY, state.epoch, state.last, now)
        mark = self._receiver(site).mark(state.epoch)
        # Our disk is another one, or it heard an old watermark. Told so, it sends again what it
        # still holds; the rest then shows as lost, not as silence.
        return encode_mark(mark) if state.acked > mark.seq else None

    def _receiver(self, site: str) -> Receiver:
        receiver = self._receivers.get(site)
        if receiver is None:
            receiver = self._receivers[site] = self.ledger.receiver(site, topics.GATEWAY)
        return receiver
