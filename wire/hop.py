"""The hop: the one rule that moves data, as two small state machines without any I/O.

A `Sender` reads a durable log of records 1, 2, 3, … and says which batch to publish next; a
`Receiver` says what of a batch is to be stored. The pipe between them may drop, repeat, reorder and
delay messages, and either end may die at any moment. What holds all the same:

- no record is stored twice and none out of order: a number at or below the watermark is dropped,
  a gap is not stored (the watermark, published again, sends the sender back);
- the sender forgets only what a watermark covers, and a watermark covers only what is stored;
- numbers that the sender no longer holds are written down as lost, with their range;
- a sender whose card was rolled back (an old image) takes a new epoch, so that its new records do
  not pass for duplicates: it notices by a watermark beyond its last record, or by the CRC of the
  record at the watermark.

The same code runs on a Pico, a gateway and the collector. Time is the sender's own monotonic clock
in ms, passed in.
"""

from wire.batch import Batch, Mark, crc_of

_LONGEST_RETRIES = 5  # of `retry_ms`: 15 s
_LEAST_BYTES = 4_096  # of a batch after silence, which most often means that nobody is there
_TRY_LARGER = 32  # batches that must get through before a larger one is tried

TYPE_CHECKING = False  # typing does not exist on MicroPython; type checkers know this name
if TYPE_CHECKING:
    from typing import Protocol

    class Log(Protocol):
        """What a sender needs of a durable log. Numbers are gapless from `oldest` to `last`."""

        @property
        def epoch(self) -> str: ...
        @property
        def oldest(self) -> int:
            """Lowest number held; `last` + 1 when the log is empty."""

        @property
        def last(self) -> int:
            """Highest number ever written in this epoch, 0 if none."""

        def read(self, first: int, count: int, size: int) -> "list[bytes]":
            """Records from `first` on: at most `count` and about `size` bytes, yet one."""

        def prune(self, upto: int) -> None:
            """Records up to `upto` are acknowledged and may be deleted now or later."""

        def renew(self, after: int) -> None:
            """Start a new epoch in which the records after `after` are 1, 2, …; all or nothing."""


class Sender:
    """One log's way to its receiver.

    `boot`: the id of the sender's clock (8 hex digits). `batch_records`, `batch_bytes`: size of a
    batch. `window`: batches under way at once. `retry_ms`: silence after which it sends again; each
    time it stays silent the wait doubles, up to `_LONGEST_RETRIES` of them.
    `acked`: highest number known to be acknowledged, where the log keeps records beyond that.

    A broker that cuts the link at a message above its limit, or drops it without a word, does so
    for ever: after two links or silences in a row that brought no progress a batch is halved,
    and grows again with what gets through.
    """

    def __init__(
        self,
        log: "Log",
        boot: str,
        batch_records: int = 200,
        batch_bytes: int = 32_768,
        window: int = 4,
        retry_ms: int = 3_000,
        acked: int = 0,
    ) -> None:
        self.log = log
        self.acked = max(acked, log.oldest - 1)
        self.renewals = 0  # how often this sender found itself rolled back
        self._boot = boot
        self._batch_records = batch_records
        self._most_bytes = self._batch_bytes = batch_bytes
        self._tried = False  # something was sent on this link, and nothing got through
        self._idle = 0  # links and silences in a row that brought no progress
        self._good = 0  # batches acknowledged since the size last changed
        self._window = window
        self._retry_ms = retry_ms
        self._sent = self.acked
        self._flight: "list[tuple[int, int]]" = []  # (last number, its CRC) of each batch under way
        self._progress = 0  # when it last heard of, or began to send, something
        self._patience = 1  # how many `retry_ms` it waits
        self._went_back = False

    @property
    def pending(self) -> int:
        """How many records are written but not acknowledged."""
        return self.log.last - self.acked

    @property
    def under_way(self) -> bool:
        """Whether something is sent and not acknowledged."""
        return bool(self._flight)

    def restart(self) -> None:
        """The link is new: whatever was under way may be gone. Send it again."""
        # Not `_flight`: a watermark that is only said again empties it.
        if self._tried:
            self._note_idle(1)
        self._tried = False
        self._patience = 1
        self._go_back(self.acked)

    def next_batch(self, now: int) -> "Batch | None":
        """The batch to publish now, or None: nothing to send, or enough is under way."""
        if self._flight and now - self._progress >= self._patience * self._retry_ms:
            self._go_back(self.acked)
            self._patience = min(2 * self._patience, _LONGEST_RETRIES)
            self._note_idle(_LEAST_BYTES)
        if self._sent >= self.log.last or len(self._flight) >= self._window:
            return None
        first = max(self._sent + 1, self.log.oldest)
        prev = self._crc_before(first)
        records = self.log.read(first, self._batch_records, self._batch_bytes)
        if not self._flight:
            self._progress = now
        self._sent = first + len(records) - 1
        self._flight.append((self._sent, crc_of(records[-1])))
        self._tried = True
        return Batch(self.log.epoch, first, self.log.oldest, self._boot, now, records, prev)

    def wait_ms(self, now: int) -> "int | None":
        """In how many ms `next_batch` may have something, unless an ack or a record comes first."""
        if self._sent < self.log.last and len(self._flight) < self._window:
            return 0
        if self._flight:
            return max(0, self._progress + self._patience * self._retry_ms - now)
        return None

    def on_mark(self, mark: Mark, now: int) -> None:
        """A watermark arrived. One of another epoch is not ours to act on."""
        if mark.epoch != self.log.epoch:
            return
        self._patience = 1
        if mark.seq > self.log.last or not self._is_mine(mark):
            self._renew()
        elif mark.seq > self.acked:
            self._advance(mark.seq, now)
        elif mark.seq < self.acked or (self._flight and not self._went_back):
            # Said again, or less than before: the receiver saw a gap, or was restored from a
            # backup. Going back once until there is progress keeps repeats from multiplying.
            self._go_back(max(mark.seq, self.log.oldest - 1))
            self._went_back = True

    def _is_mine(self, mark: Mark) -> bool:
        if mark.seq < self.log.oldest or mark.crc == 0:
            return True  # deleted here, as a watermark checked before allowed; or nothing to check
        for last, crc in self._flight:
            if last == mark.seq:
                return crc == mark.crc
        return crc_of(self.log.read(mark.seq, 1, 0)[0]) == mark.crc

    def _crc_before(self, first: int) -> int:
        """The CRC of record `first` - 1; 0 if it is no longer held."""
        if self._flight and self._flight[-1][0] == first - 1:
            return self._flight[-1][1]
        if first <= self.log.oldest:
            return 0
        return crc_of(self.log.read(first - 1, 1, 0)[0])

    def _advance(self, seq: int, now: int) -> None:
        self.acked = seq
        self._sent = max(self._sent, seq)
        self._idle = 0
        self._tried = False
        if self._batch_bytes < self._most_bytes:
            self._good += len([entry for entry in self._flight if entry[0] <= seq])
            if self._good >= _TRY_LARGER:
                self._batch_bytes = min(self._batch_bytes * 2, self._most_bytes)
                self._good = 0
        self._flight = [entry for entry in self._flight if entry[0] > seq]
        self._progress = now
        self._went_back = False
        self.log.prune(seq)

    def _note_idle(self, least: int) -> None:
        self._idle += 1
        if self._idle >= 2:
            self._batch_bytes = min(self._batch_bytes, max(self._batch_bytes // 2, least))
            self._idle = self._good = 0

    def _go_back(self, seq: int) -> None:
        self.acked = seq
        self._sent = seq
        self._flight = []
        self._went_back = False

    def _renew(self) -> None:
        self.log.renew(self.acked)
        self.renewals += 1
        self._go_back(0)


class Admission:
    """What a receiver is to do with a batch, all of it in one transaction with `mark`.

    `records`: to store, the first of them numbered `first`. `lost`: (first, last) of a range that
    no sender holds any more. `conflict`: this epoch returned after a newer one: two devices of one
    name. `new_conflict`: it is seen for the first time. `duplicates`: how many were dropped.
    `mark`: the watermark to store and then publish; `changed`: it differs from the stored one.
    """

    __slots__ = (
        "changed",
        "conflict",
        "duplicates",
        "first",
        "lost",
        "mark",
        "new_conflict",
        "records",
    )

    def __init__(self, mark: Mark) -> None:
        self.mark = mark
        self.first = mark.seq + 1
        self.records: "list[bytes]" = []
        self.lost: "tuple[int, int] | None" = None
        self.conflict = False
        self.new_conflict = False
        self.duplicates = 0
        self.changed = False


class Receiver:
    """One node's stream at its receiving end: the watermark of each epoch the node has had.

    `marks`: stored watermarks, in the order in which their epochs first appeared. `conflicts`:
    epochs known to be in conflict. `admit` counts on its outcome being stored; if the transaction
    fails, drop this receiver and make it anew from the store.
    """

    def __init__(self, marks: "list[Mark]", conflicts: "set[str]") -> None:
        self._marks = {mark.epoch: mark for mark in marks}
        self._newest = marks[-1].epoch if marks else ""
        self._conflicts = set(conflicts)

    def mark(self, epoch: str) -> Mark:
        """The watermark of an epoch; 0 of one of which nothing has ever come."""
        return self._marks.get(epoch) or Mark(epoch, 0, 0)

    def admit(self, batch: Batch) -> Admission:
        """Decide on a batch; from here on the watermark is the returned one."""
        mark = self._marks.get(batch.epoch)
        known = mark is not None
        if mark is None:
            mark = Mark(batch.epoch, 0, 0)
        out = Admission(mark)
        out.conflict = batch.epoch in self._conflicts
        if self._is_forked(mark, batch):
            return out
        held = mark.seq
        if batch.oldest > held + 1 and batch.first == batch.oldest and batch.records:
            # Only together with the record after it: a watermark without a CRC cannot be checked.
            out.lost = (held + 1, batch.oldest - 1)
            held = batch.oldest - 1
        if batch.first <= held + 1:
            out.duplicates = min(held + 1 - batch.first, len(batch.records))
            out.records = batch.records[out.duplicates :]
        out.first = held + 1
        self._note_conflict(out, batch.epoch, known)
        self._settle(out, held, known)
        return out

    def _is_forked(self, mark: Mark, batch: Batch) -> bool:
        """Whether the sender has another record at the watermark (a rolled back card)."""
        if mark.crc and batch.first == mark.seq + 1:
            return batch.prev not in (0, mark.crc)
        if not (mark.crc and batch.first <= mark.seq <= batch.last):
            return False
        return crc_of(batch.records[mark.seq - batch.first]) != mark.crc

    def _note_conflict(self, out: Admission, epoch: str, known: bool) -> None:
        if known and out.records and epoch != self._newest and epoch not in self._conflicts:
            self._conflicts.add(epoch)
            out.new_conflict = True
        out.conflict = epoch in self._conflicts

    def _settle(self, out: Admission, held: int, known: bool) -> None:
        epoch = out.mark.epoch
        if out.records:
            out.mark = Mark(epoch, held + len(out.records), crc_of(out.records[-1]))
        out.changed = bool(out.records) or not known
        self._marks[epoch] = out.mark
        if not known:
            self._newest = epoch
