"""Bugs to plant into the programs, to see that the simulation finds them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from collector.ledger.tallies import TallyStore
from collector.mirror import Mirror, Work
from collector.tally import TallyRow
from firmware.common.debounce import PRESSED
from firmware.common.filelog import FileLog
from firmware.ratingbox.panel import Panel
from gateway.intake import Row
from gateway.journal import Journal
from gateway.streams import Streams
from simulator.microcosm.collector import VirtualCollector
from simulator.microcosm.gateway import VirtualGateway
from wire import topics
from wire.batch import Batch, Mark, decode_batch, encode_mark
from wire.hop import Admission, Receiver, Sender
from wire.link import Incoming, Outgoing

Make = Callable[[Any], Any]


def instead(kind: type, name: str, make: Make) -> Callable[[], Any]:
    """A context in which `kind.name` is what `make` makes of it."""

    @contextmanager
    def planted() -> Iterator[None]:
        with patch.object(kind, name, make(kind.__dict__[name])):
            yield

    return planted


def _promised_by_gateway(take_group: Any) -> Any:
    def hasty(self: VirtualGateway, messages: Sequence[Incoming]) -> None:
        marks = []
        for topic, payload in messages:
            site, node, channel = topics.parse(topic)
            if channel == topics.LOG and node != topics.GATEWAY:
                mark = self.journal.receiver(site, node).admit(decode_batch(payload)).mark
                marks.append(_outgoing(site, node, mark))
        self.publish(self.local, marks)
        take_group(self, messages)

    return hasty


def _promised_by_collector(take_group: Any) -> Any:
    def hasty(self: VirtualCollector, messages: Sequence[Incoming]) -> None:
        marks = []
        for topic, payload in messages:
            site, node, channel = topics.parse(topic)
            if channel == topics.LOG:
                mark = self.ledger.receiver(site, node).admit(decode_batch(payload)).mark
                marks.append(_outgoing(site, node, mark))
        self.publish(marks)
        take_group(self, messages)

    return hasty


def _outgoing(site: str, node: str, mark: Mark) -> Outgoing:
    return Outgoing(topics.topic(site, node, topics.ACK), encode_mark(mark), retain=True)


def _gaps_accepted(admit: Any) -> Any:
    def careless(self: Receiver, batch: Batch) -> Admission:
        mark = self._marks.get(batch.epoch, Mark(batch.epoch, 0, 0))
        if batch.first > mark.seq + 1:
            self._marks[batch.epoch] = Mark(batch.epoch, batch.first - 1, 0)
        admission: Admission = admit(self, batch)
        return admission

    return careless


def _duplicates_kept(admit: Any) -> Any:
    def greedy(self: Receiver, batch: Batch) -> Admission:
        out: Admission = admit(self, batch)
        if out.duplicates:
            out.first = batch.first
            out.records = batch.records
            out.changed = True
        return out

    return greedy


def _duplicates_appended(admit: Any) -> Any:
    def blind(self: Receiver, batch: Batch) -> Admission:
        mark = self._marks.get(batch.epoch)
        if mark is not None and batch.first <= mark.seq:
            batch.first = mark.seq + 1
            batch.prev = 0
        out: Admission = admit(self, batch)
        return out

    return blind


def _pruned_when_sent(next_batch: Any) -> Any:
    def careless(self: Sender, now: int) -> Batch | None:
        batch: Batch | None = next_batch(self, now)
        if batch is not None and isinstance(self.log, FileLog):
            self.log.prune(batch.last)
        return batch

    return careless


def _lower_marks_ignored(on_mark: Any) -> Any:
    def stubborn(self: Sender, mark: Mark, now: int) -> None:
        if mark.seq >= self.acked:
            on_mark(self, mark, now)

    return stubborn


def _other_records_trusted(_: Any) -> Any:
    return lambda self, mark: True


def _confirmed_without_writing(append: Any) -> Any:
    def idle(self: FileLog, record: bytes, note: bool = False) -> int:
        """What a write without fsync comes to: it is on the disk with the next one."""
        waiting = getattr(self, "_waiting", None)
        if waiting is not None:
            append(self, *waiting)
        self._waiting = (record, note)  # type: ignore[attr-defined]
        return self.last + 1

    return idle


def _lamp_first(happened: Any) -> Any:
    def eager(self: Panel, button: str, event: str, now: int) -> None:
        if event == PRESSED:
            self._board.thank(button)
        happened(self, button, event, now)

    return eager


def _rows_in_a_later_transaction(append: Any) -> Any:
    def late(self: Journal, rows: Sequence[Row], now: int) -> None:
        if (
            self.log.last == 0
        ):  # what is held back is looked for in the journal: not in an empty one
            append(self, rows, now)
            return
        waiting = getattr(self, "_late", [])
        self._late = list(rows)  # type: ignore[attr-defined]
        append(self, waiting, now)

    return late


def _receivers_kept_after_an_error(forget: Any) -> Any:
    def remember(self: Streams) -> None:
        if not hasattr(self, "_receivers"):
            forget(self)

    return remember


def _resent_not_noticed(_: Any) -> Any:
    return lambda self, node, boot, epoch: False


def _marked_before_the_answer(take: Any) -> Any:
    def hasty(self: Mirror) -> Work | None:
        work: Work | None = take(self)
        if work is not None:
            self._mark(work.entries)
        return work

    return hasty


def _later_changes_marked(written: Any) -> Any:
    def blunt(
        self: TallyStore, name: str, rows: Sequence[tuple[TallyRow, int]], doubt: bool = False
    ) -> None:
        changes = {row[:2]: count for row, count in self.dirty(name, 10_000)}
        written(self, name, [(row, changes.get(row[:2], 0)) for row, _ in rows], doubt)

    return blunt


BUGS: dict[str, Callable[[], Any]] = {
    "gateway: watermark before commit": instead(VirtualGateway, "take_group", _promised_by_gateway),
    "collector: watermark before commit": instead(
        VirtualCollector, "take_group", _promised_by_collector
    ),
    "receiver: accepts gaps": instead(Receiver, "admit", _gaps_accepted),
    "receiver: keeps duplicates": instead(Receiver, "admit", _duplicates_kept),
    "receiver: appends duplicates": instead(Receiver, "admit", _duplicates_appended),
    "device: prunes what it sent": instead(Sender, "next_batch", _pruned_when_sent),
    "sender: ignores lower watermarks": instead(Sender, "on_mark", _lower_marks_ignored),
    "sender: trusts any record at the watermark": instead(
        Sender, "_is_mine", _other_records_trusted
    ),
    "log: confirms before it writes": instead(FileLog, "append", _confirmed_without_writing),
    "panel: lamp before disk": instead(Panel, "_happened", _lamp_first),
    "journal: records after their watermark": instead(
        Journal, "append", _rows_in_a_later_transaction
    ),
    "office: runs ahead of a disk that refused": instead(
        Streams, "forget", _receivers_kept_after_an_error
    ),
    "journal: counts what was sent again": instead(Journal, "other_epochs", _resent_not_noticed),
    "mirror: marks before the answer": instead(Mirror, "take", _marked_before_the_answer),
    "mirror: marks what changed meanwhile": instead(TallyStore, "written", _later_changes_marked),
}
