"""The two ends of a hop and the pipe between them, in memory, with every way they may fail."""

from collections.abc import Iterator
from typing import NamedTuple

from wire.batch import Batch, Mark, decode_batch, decode_mark, encode_batch, encode_mark
from wire.hop import Admission, Receiver

BOOT = "b0070000"


class Image(NamedTuple):
    """What a card holds at one moment: `records`, the first of them numbered `oldest`.

    `acked`: up to where it knows them to be acknowledged, if it keeps them beyond that.
    """

    epoch: str
    oldest: int = 1
    records: tuple[bytes, ...] = ()
    acked: int = 0

    @property
    def last(self) -> int:
        return self.oldest + len(self.records) - 1

    def after(self, seq: int) -> tuple[bytes, ...]:
        return self.records[max(0, seq + 1 - self.oldest) :]

    def without(self, upto: int) -> "Image":
        oldest = max(self.oldest, min(upto, self.last) + 1)
        return Image(self.epoch, oldest, self.after(upto), self.acked)


class Card:
    """A `Log` in memory. Until `sync`, a power cut undoes what was written and what was pruned.

    `epochs`: where new epochs come from. `hasty`: show records before they are synced. `keeps`:
    acknowledged records stay, as in a gateway's journal.
    """

    disk: Image
    memory: Image
    unsynced: tuple[bytes, ...]

    def __init__(self, epochs: Iterator[str], hasty: bool = False, keeps: bool = False) -> None:
        self._epochs = epochs
        self._hasty = hasty
        self._keeps = keeps
        self.load(Image(next(epochs)))
        self.renewed: list[str] = []  # epochs left behind by `renew`

    @property
    def epoch(self) -> str:
        return self.memory.epoch

    @property
    def oldest(self) -> int:
        return self.memory.oldest

    @property
    def last(self) -> int:
        return self.memory.last if self._hasty else self.disk.last

    @property
    def unacknowledged(self) -> tuple[bytes, ...]:
        return self.memory.after(self.memory.acked)

    def read(self, first: int, count: int, size: int) -> list[bytes]:
        assert self.oldest <= first <= self.last, f"read from {first} of {self.oldest}…{self.last}"
        upto = min(self.last, first + count - 1) - first + 1
        taken: list[bytes] = []
        for record in self.memory.after(first - 1)[:upto]:
            if taken and sum(map(len, taken)) + len(record) > size:
                break
            taken.append(record)
        return taken

    def prune(self, upto: int) -> None:
        if self._keeps:
            self.memory = self.memory._replace(acked=upto)
        else:
            self.retire(upto)

    def retire(self, upto: int) -> None:
        """Delete records up to `upto`, acknowledged or not."""
        self.memory = self.memory.without(upto)

    def renew(self, after: int) -> None:
        self.renewed.append(self.epoch)
        self.memory = Image(next(self._epochs), 1, self.memory.after(after))
        self.sync()

    def write(self, record: bytes) -> None:
        self.memory = self.memory._replace(records=(*self.memory.records, record))
        self.unsynced = (*self.unsynced, record)

    def sync(self) -> None:
        self.load(self.memory)

    def lose_power(self, kept: int = 0) -> tuple[bytes, ...]:
        """Fall back to the disk and the first `kept` un-synced records; return the torn ones."""
        torn = self.unsynced[kept:]
        self.load(self.disk._replace(records=self.disk.records + self.unsynced[:kept]))
        return torn

    def wipe(self) -> None:
        self.load(Image(next(self._epochs)))

    def load(self, image: Image) -> None:
        """Write an image over the whole card."""
        self.disk = self.memory = image
        self.unsynced = ()


class Office:
    """A receiver and its store; the application above drops content known from another epoch."""

    receiver_type = Receiver

    def __init__(self) -> None:
        self.marks: dict[str, Mark] = {}  # in the order in which the epochs appeared
        self.conflicts: set[str] = set()
        self.stored: dict[str, dict[int, bytes]] = {}
        self.lost: dict[str, list[tuple[int, int]]] = {}
        self.counted: list[bytes] = []
        self.restart()

    def restart(self) -> None:
        """Start again from what is committed."""
        self.receiver = self.receiver_type(list(self.marks.values()), self.conflicts)

    def receive(self, payload: bytes, power: str = "stays") -> bytes | None:
        """Take a batch; return the watermark to publish, unless the power went before that."""
        batch = decode_batch(payload)
        admission = self.receiver.admit(batch)
        if power == "cut before commit":
            self.restart()
            return None
        self._commit(batch.epoch, admission)
        if power == "cut after commit":
            self.restart()
            return None
        return encode_mark(admission.mark)

    def seq(self, epoch: str) -> int:
        """The committed watermark."""
        return self.marks[epoch].seq if epoch in self.marks else 0

    def lost_numbers(self, epoch: str) -> list[int]:
        ranges = self.lost.get(epoch, [])
        return [seq for first, last in ranges for seq in range(first, last + 1)]

    def holds(self, record: bytes) -> bool:
        return any(record in records.values() for records in self.stored.values())

    def _commit(self, epoch: str, admission: Admission) -> None:
        self._check_conflict(epoch, admission)
        if admission.new_conflict:
            self.conflicts.add(epoch)
        if admission.lost is not None:
            self.lost.setdefault(epoch, []).append(admission.lost)
        for seq, record in enumerate(admission.records, admission.first):
            self._store(epoch, seq, record)
        if admission.changed:
            self.marks[epoch] = admission.mark

    def _store(self, epoch: str, seq: int, record: bytes) -> None:
        records = self.stored.setdefault(epoch, {})
        assert seq not in records, f"{epoch}/{seq} is stored twice"
        others = (held for name, held in self.stored.items() if name != epoch)
        if not any(record in held.values() for held in others):
            self.counted.append(record)
        records[seq] = record

    def _check_conflict(self, epoch: str, admission: Admission) -> None:
        """What an epoch brings after a newer one is in conflict from then on, announced once."""
        if not admission.records and admission.lost is None:
            return
        returned = epoch in self.marks and epoch != list(self.marks)[-1]
        assert admission.conflict == (returned or epoch in self.conflicts)
        assert admission.new_conflict == (returned and epoch not in self.conflicts)


class Pipe:
    """Messages under way, oldest first, and the broker's retained watermark."""

    def __init__(self) -> None:
        self.batches: list[bytes] = []
        self.marks: list[bytes] = []
        self.retained: bytes | None = None

    def send(self, batch: Batch) -> None:
        self.batches.append(encode_batch(batch))

    def publish(self, mark: bytes) -> None:
        self.retained = mark
        self.marks.append(mark)

    def promised(self) -> list[Mark]:
        """Every watermark that the sender may yet hear of."""
        retained = [self.retained] if self.retained else []
        return [decode_mark(mark) for mark in self.marks + retained]


def fresh_epochs() -> Iterator[str]:
    """Epochs that never repeat."""
    return (f"{n:016x}" for n in range(1, 1 << 32))
