"""The hop under every failure at once: Hypothesis looks for an order of events that breaks it.

One sender with its card, one office with its store, and a pipe that drops, repeats, reorders and
delays in both directions. Every record is unique, so that what became of each can be told.

One thing is left out on purpose: a rolled back card that overflows before it hears a watermark. The
records it then drops have numbers under which the office holds other ones, and nobody can tell.
"""

from collections import Counter

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.wire.hop_model import BOOT, Card, Image, Office, Pipe, fresh_epochs
from wire.batch import Batch, Mark, decode_batch, decode_mark, encode_mark
from wire.hop import Admission, Receiver, Sender

RETRY = 1_000
pick = st.integers(0, 7)  # one of the messages under way, counted round
power = st.sampled_from(["stays", "stays", "stays", "cut before commit", "cut after commit"])


class Hop(RuleBasedStateMachine):
    """Both ends, and what must hold between them at every moment."""

    sender_type = Sender
    office_type = Office

    @initialize(
        hasty=st.booleans(),
        keeps=st.booleans(),
        batch_records=st.integers(1, 3),
        window=st.integers(1, 4),
    )
    def set_up(self, hasty: bool, keeps: bool, batch_records: int, window: int) -> None:
        self.batch_records = batch_records
        self.window = window
        self.hasty = hasty
        self.now = 0
        self.card = Card(fresh_epochs(), hasty, keeps)
        self.office = self.office_type()
        self.pipe = Pipe()
        self.images: list[Image] = []
        self.written: list[bytes] = []
        self.excused: set[bytes] = set()  # wiped, torn or overwritten with the card
        self.retired: dict[tuple[str, int], bytes] = {}
        self.contents: dict[tuple[str, int], set[bytes]] = {}
        self.disturbed: set[str] = set()  # epochs in which a card really went back
        self.boot_sender()

    def boot_sender(self) -> None:
        self.sender = self.sender_type(
            self.card,
            BOOT,
            self.batch_records,
            window=self.window,
            retry_ms=RETRY,
            acked=self.card.memory.acked,
        )

    # ---- what happens at the sender ---------------------------------------------------------
    @rule(count=st.integers(1, 4))
    def write(self, count: int) -> None:
        for _ in range(count):
            record = b'{"press":%d}' % len(self.written)
            self.written.append(record)
            self.card.write(record)
            number = (self.card.epoch, self.card.memory.last)
            self.contents.setdefault(number, set()).add(record)

    @rule()
    def sync(self) -> None:
        self.card.sync()

    @rule(count=st.integers(1, 4))
    def send(self, count: int) -> None:
        for _ in range(count):
            batch = self.sender.next_batch(self.now)
            if batch is not None:
                self.pipe.send(batch)

    @rule(count=st.integers(1, 4))
    def write_sync_and_send(self, count: int) -> None:
        self.write(count)
        self.sync()
        self.send(self.window)

    @rule()
    def time_passes(self) -> None:
        self.now += RETRY

    @rule()
    def reconnect(self) -> None:
        self.sender.restart()
        if self.pipe.retained:
            self.hear(self.pipe.retained)

    @rule(kept=st.integers(0, 3))
    def cut_the_senders_power(self, kept: int) -> None:
        torn = self.card.lose_power(kept)
        if torn and self.hasty:
            self.disturbed.add(self.card.epoch)
        self.start_from_card(set(torn))

    @rule()
    def wipe_the_card(self) -> None:
        gone = set(self.card.memory.records)
        self.card.wipe()
        self.start_from_card(gone)

    @rule(count=st.integers(1, 3))
    def retire_old_records(self, count: int) -> None:
        """The card is full: the oldest go, acknowledged or not; the newest always stays."""
        upto = min(self.card.oldest + count - 1, self.card.last - 1, self.card.disk.last)
        numbers = [(self.card.epoch, seq) for seq in range(self.card.oldest, upto + 1)]
        if any(len(self.contents[number]) > 1 for number in numbers):
            return  # left out on purpose: see above
        self.retired.update(zip(numbers, self.card.memory.records, strict=False))
        self.card.retire(upto)

    @rule()
    def copy_the_card(self) -> None:
        self.images.append(self.card.disk)

    @precondition(lambda self: self.images)
    @rule(at=pick)
    def roll_the_card_back(self, at: int) -> None:
        image = self.images[at % len(self.images)]
        gone = set(self.card.memory.records)
        self.card.load(image)
        self.disturbed.add(image.epoch)
        self.start_from_card(gone)

    @rule(stored=st.integers(1, 4), written=st.integers(1, 4), dropped=st.integers(0, 2))
    def put_the_card_back_after_a_good_day(self, stored: int, written: int, dropped: int) -> None:
        """The order of events that rollbacks are made of, too long to be met often by chance."""
        self.copy_the_card()
        self.write_sync_and_send(stored)
        self.heal()
        self.roll_the_card_back(len(self.images) - 1)
        self.write_sync_and_send(written)
        del self.pipe.batches[:dropped]

    def start_from_card(self, gone: set[bytes]) -> None:
        self.excused |= gone
        self.excused -= set(self.card.unacknowledged)
        self.boot_sender()

    # ---- what happens under way and at the office -------------------------------------------
    @precondition(lambda self: self.pipe.batches)
    @rule(at=pick, again=st.booleans(), power=power)
    def deliver_batch(self, at: int, again: bool, power: str) -> None:
        at %= len(self.pipe.batches)
        batch = self.pipe.batches[at] if again else self.pipe.batches.pop(at)
        self.arrive(batch, power)

    @precondition(lambda self: self.pipe.batches)
    @rule(at=pick)
    def drop_batch(self, at: int) -> None:
        self.pipe.batches.pop(at % len(self.pipe.batches))

    @precondition(lambda self: self.pipe.marks)
    @rule(at=pick, again=st.booleans())
    def deliver_mark(self, at: int, again: bool) -> None:
        at %= len(self.pipe.marks)
        self.hear(self.pipe.marks[at] if again else self.pipe.marks.pop(at))

    @precondition(lambda self: self.pipe.marks)
    @rule(at=pick)
    def drop_mark(self, at: int) -> None:
        self.pipe.marks.pop(at % len(self.pipe.marks))

    @rule()
    def cut_the_offices_power(self) -> None:
        self.office.restart()

    def arrive(self, batch: bytes, power: str = "stays") -> None:
        mark = self.office.receive(batch, power)
        if mark is not None:
            self.pipe.publish(mark)

    def hear(self, mark: bytes) -> None:
        epoch = self.card.epoch
        self.sender.on_mark(decode_mark(mark), self.now)
        if self.card.epoch != epoch:
            self.note_renumbered()

    def note_renumbered(self) -> None:
        for seq, record in enumerate(self.card.memory.records, 1):
            self.contents.setdefault((self.card.epoch, seq), set()).add(record)

    # ---- liveness ---------------------------------------------------------------------------
    @rule()
    def heal(self) -> None:
        """Once the pipe works, everything the sender has to offer arrives, and it knows it."""
        rounds = 5 + len(self.card.memory.records)
        for _ in range(rounds):
            self.flush_pipe()
            if self.sender.pending == 0 and not self.sender._flight:
                return
            self.reconnect()
            self.send(self.window)
            self.now += RETRY
        raise AssertionError(f"{self.sender.pending} records pending after {rounds} rounds")

    def flush_pipe(self) -> None:
        while self.pipe.batches or self.pipe.marks:
            if self.pipe.batches:
                self.arrive(self.pipe.batches.pop(0))
            if self.pipe.marks:
                self.hear(self.pipe.marks.pop(0))

    def teardown(self) -> None:
        if hasattr(self, "sender"):
            self.heal()
            self.every_record_is_accounted_for()

    # ---- what always holds ------------------------------------------------------------------
    @invariant()
    def every_record_is_accounted_for(self) -> None:
        """A written record is on the card, stored, reported lost, or went with a card."""
        on_card = set(self.card.unacknowledged)
        reported = {
            record
            for (epoch, seq), record in self.retired.items()
            if seq in self.office.lost_numbers(epoch) or self.is_unreported(epoch, seq)
        }
        held = set().union(*(records.values() for records in self.office.stored.values()))
        missing = set(self.written) - on_card - held - reported - self.excused
        assert not missing, f"nobody knows of {missing}"

    def is_unreported(self, epoch: str, seq: int) -> bool:
        """No later record of this epoch has arrived yet, or another took the number."""
        return seq > self.office.seq(epoch) or len(self.contents[epoch, seq]) > 1

    @invariant()
    def numbers_are_gapless_up_to_the_watermark(self) -> None:
        """Below a watermark every number is stored or lost, once, and none is beyond it."""
        for epoch in self.office.marks.keys() | self.office.stored.keys():
            numbers = [*self.office.stored.get(epoch, {}), *self.office.lost_numbers(epoch)]
            assert sorted(numbers) == list(range(1, self.office.seq(epoch) + 1))

    @invariant()
    def only_retired_records_are_lost(self) -> None:
        for epoch in self.office.lost:
            for seq in self.office.lost_numbers(epoch):
                assert (epoch, seq) in self.retired, f"{epoch}/{seq} is not lost"

    @invariant()
    def what_is_stored_was_written_under_that_number(self) -> None:
        for epoch, records in self.office.stored.items():
            for seq, record in records.items():
                assert record in self.contents[epoch, seq]

    @invariant()
    def no_content_is_counted_twice(self) -> None:
        assert not [record for record, n in Counter(self.office.counted).items() if n > 1]

    @invariant()
    def nothing_is_promised_that_is_not_committed(self) -> None:
        for mark in self.pipe.promised():
            assert mark.seq <= self.office.seq(mark.epoch)

    @invariant()
    def the_sender_believes_only_what_is_committed(self) -> None:
        committed = self.office.seq(self.card.epoch)
        assert self.sender.acked <= max(committed, self.card.oldest - 1)

    @invariant()
    def only_a_card_that_went_back_is_renewed(self) -> None:
        assert set(self.card.renewed) <= self.disturbed


Hop.TestCase.settings = settings(max_examples=400, stateful_step_count=50, deadline=None)
TestHop = Hop.TestCase


# ---- the machine can fail: each planted bug must be found ---------------------------------------
class HastyOffice(Office):
    """Publishes the watermark before the transaction is committed."""

    def receive(self, payload: bytes, power: str = "stays") -> bytes | None:
        if power != "cut before commit":
            return super().receive(payload, power)
        admission = self.receiver.admit(decode_batch(payload))
        self.restart()
        return encode_mark(admission.mark)


class GapReceiver(Receiver):
    """Stores what comes, as if nothing were missing before it."""

    def admit(self, batch: Batch) -> Admission:
        mark = self._marks.get(batch.epoch, Mark(batch.epoch, 0, 0))
        if batch.first > mark.seq + 1:
            self._marks[batch.epoch] = Mark(batch.epoch, batch.first - 1, 0)
        return super().admit(batch)


class TwiceReceiver(Receiver):
    """Forgets, once made anew, what was stored before."""

    def __init__(self, marks: list[Mark], conflicts: set[str]) -> None:
        super().__init__([], conflicts)


class SilentReceiver(Receiver):
    """Passes over what the sender no longer holds without writing it down."""

    def admit(self, batch: Batch) -> Admission:
        admission = super().admit(batch)
        admission.lost = None
        return admission


class BlindReceiver(Receiver):
    """Does not compare records at the watermark."""

    def _is_forked(self, mark: Mark, batch: Batch) -> bool:
        return False


class CarelessSender(Sender):
    """Prunes what it sent, not what was acknowledged."""

    def next_batch(self, now: int) -> Batch | None:
        batch = super().next_batch(now)
        if batch is not None:
            self.log.prune(batch.last)
        return batch


class TrustingSender(Sender):
    """Takes every watermark up to its last record for its own."""

    def _is_mine(self, mark: Mark) -> bool:
        return True


class UnlinkedSender(Sender):
    """Does not say which record its batch follows."""

    def _crc_before(self, first: int) -> int:
        return 0


class DeafSender(Sender):
    """Does not notice a watermark beyond its last record."""

    def on_mark(self, mark: Mark, now: int) -> None:
        if mark.seq <= self.log.last:
            super().on_mark(mark, now)


class StubbornSender(Sender):
    """Never sends again of its own accord."""

    def restart(self) -> None:
        pass

    def next_batch(self, now: int) -> Batch | None:
        return super().next_batch(0)


def office_of(receiver: type[Receiver]) -> type[Office]:
    return type(receiver.__name__, (Office,), {"receiver_type": receiver})


HUNT = settings(
    max_examples=2_000,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)


@pytest.mark.parametrize(
    "office",
    [HastyOffice, *map(office_of, (GapReceiver, TwiceReceiver, SilentReceiver, BlindReceiver))],
)
def test_a_bug_planted_in_the_office_is_found(office: type[Office]) -> None:
    """The machine would notice an office that breaks its half of the bargain."""
    planted = type("Planted", (Hop,), {"office_type": office})
    with pytest.raises(AssertionError):
        run_state_machine_as_test(planted, settings=HUNT)


@pytest.mark.parametrize(
    "sender",
    [CarelessSender, TrustingSender, UnlinkedSender, DeafSender, StubbornSender],
)
def test_a_bug_planted_in_the_sender_is_found(sender: type[Sender]) -> None:
    """The machine would notice a sender that breaks its half of the bargain."""
    planted = type("Planted", (Hop,), {"sender_type": sender})
    with pytest.raises(AssertionError):
        run_state_machine_as_test(planted, settings=HUNT)
