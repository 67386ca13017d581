"""The hop by example; test_hop_machine.py looks for the orders of events not told here."""

from tests.wire.hop_model import BOOT, Card, fresh_epochs
from wire.batch import Batch, Mark, crc_of
from wire.hop import Admission, Receiver, Sender

OLD, NEW = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"
RETRY = 3_000


def press(seq: int) -> bytes:
    return b'{"press":%d}' % seq


def batch(first: int, last: int, oldest: int = 1, epoch: str = OLD) -> Batch:
    return Batch(epoch, first, oldest, BOOT, 0, [press(n) for n in range(first, last + 1)])


def receiver(seq: int = 0, epoch: str = OLD) -> Receiver:
    """A receiver that holds `epoch` up to `seq`."""
    return Receiver([Mark(epoch, seq, crc_of(press(seq)) if seq else 0)], set())


def card(records: int) -> Card:
    """A card with so many records, all synced."""
    card = Card(fresh_epochs())
    for seq in range(1, records + 1):
        card.write(press(seq))
    card.sync()
    return card


def sender(card: Card, batch_records: int = 2, window: int = 2) -> Sender:
    return Sender(card, BOOT, batch_records, window=window, retry_ms=RETRY)


def mark(card: Card, seq: int) -> Mark:
    """The watermark of a receiver that holds what is on `card` up to `seq`."""
    return Mark(card.epoch, seq, crc_of(press(seq)) if seq else 0)


def send_all(sender: Sender, now: int = 0) -> list[tuple[int, int]]:
    """(first, last) of each batch that the sender publishes at once."""
    sent = []
    while (batch := sender.next_batch(now)) is not None:
        sent.append((batch.first, batch.last))
    return sent


def stored(admission: Admission) -> tuple[int, list[bytes]]:
    return admission.first, admission.records


# ---- the receiver -------------------------------------------------------------------------------
def test_records_are_stored_in_order_with_their_watermark() -> None:
    admission = receiver(2).admit(batch(3, 4))
    assert stored(admission) == (3, [press(3), press(4)])
    assert (admission.mark.seq, admission.mark.crc) == (4, crc_of(press(4)))
    assert admission.changed


def test_what_is_at_or_below_the_watermark_is_dropped_as_duplicate() -> None:
    admission = receiver(4).admit(batch(3, 5))
    assert stored(admission) == (5, [press(5)])
    assert admission.duplicates == 2


def test_a_batch_that_is_all_duplicates_is_acknowledged_again() -> None:
    admission = receiver(4).admit(batch(1, 4))
    assert (admission.records, admission.mark.seq, admission.changed) == ([], 4, False)


def test_a_gap_is_not_stored_but_answered_with_the_watermark() -> None:
    admission = receiver(2).admit(batch(5, 6))
    assert (admission.records, admission.lost, admission.mark.seq) == ([], None, 2)
    assert not admission.changed


def test_what_the_sender_no_longer_holds_is_written_down_as_lost() -> None:
    admission = receiver(2).admit(batch(6, 7, oldest=6))
    assert admission.lost == (3, 5)
    assert stored(admission) == (6, [press(6), press(7)])
    assert admission.mark.seq == 7


def test_a_loss_is_written_down_only_together_with_the_record_after_it() -> None:
    """A watermark that ends in lost numbers has no CRC, and a rolled back card would believe it."""
    admission = receiver(2).admit(batch(7, 7, oldest=6))
    assert (admission.lost, admission.records, admission.changed) == (None, [], False)


def test_a_wiped_card_starts_at_one_and_is_no_conflict() -> None:
    admission = receiver(4).admit(batch(1, 2, epoch=NEW))
    assert stored(admission) == (1, [press(1), press(2)])
    assert not admission.conflict


def test_an_epoch_that_returns_is_a_conflict_announced_once_and_kept_apart() -> None:
    """Two boxes with one name: both are stored, neither moves the other's watermark."""
    office = Receiver([Mark(OLD, 2, crc_of(press(2))), Mark(NEW, 1, crc_of(press(1)))], set())
    first, second = office.admit(batch(3, 3)), office.admit(batch(4, 4))
    assert (first.conflict, first.new_conflict) == (True, True)
    assert (second.conflict, second.new_conflict) == (True, False)
    assert stored(second) == (4, [press(4)])
    assert stored(office.admit(batch(2, 2, epoch=NEW))) == (2, [press(2)])


def test_duplicates_of_an_earlier_epoch_are_no_conflict() -> None:
    office = Receiver([Mark(OLD, 2, crc_of(press(2))), Mark(NEW, 1, crc_of(press(1)))], set())
    assert not office.admit(batch(1, 2)).conflict


def test_a_batch_with_another_record_at_the_watermark_is_not_stored() -> None:
    """It comes from a card that was rolled back; the watermark's CRC will tell it so."""
    office = Receiver([Mark(OLD, 3, crc_of(b"what was there before"))], set())
    admission = office.admit(batch(2, 5))
    assert (admission.records, admission.mark.seq, admission.changed) == ([], 3, False)


# ---- the sender ---------------------------------------------------------------------------------
def test_no_more_batches_are_under_way_than_the_window_allows() -> None:
    box = sender(card(9), batch_records=2, window=2)
    assert send_all(box) == [(1, 2), (3, 4)]


def test_an_acknowledged_batch_makes_room_for_the_next() -> None:
    disk = card(9)
    box = sender(disk)
    send_all(box)
    box.on_mark(mark(disk, 2), now=10)
    assert send_all(box, now=10) == [(5, 6)]
    assert (box.pending, disk.oldest) == (7, 3)


def test_silence_makes_it_send_again_after_the_retry_time() -> None:
    box = sender(card(2))
    send_all(box, now=100)
    assert (send_all(box, now=99 + RETRY), box.wait_ms(99 + RETRY)) == ([], 1)
    assert send_all(box, now=100 + RETRY) == [(1, 2)]


def test_while_nobody_answers_it_repeats_itself_ever_more_slowly() -> None:
    one = sender(card(2))
    sent: "list[int]" = []
    now = 0
    while len(sent) < 7:
        if one.next_batch(now) is not None:
            sent.append(now)
        wait = one.wait_ms(now)
        assert wait is not None
        now += max(wait, 1)
    gaps = [sent[i + 1] - sent[i] for i in range(6)]
    assert gaps == [RETRY, 2 * RETRY, 4 * RETRY, 5 * RETRY, 5 * RETRY, 5 * RETRY]
    one.on_mark(Mark(one.log.epoch, 0, 0), now)  # somebody is there again
    assert one.next_batch(now) is not None
    assert one.wait_ms(now) == RETRY


def test_there_is_nothing_to_wait_for_when_all_is_acknowledged() -> None:
    disk = card(2)
    box = sender(disk)
    assert box.wait_ms(0) == 0
    send_all(box)
    box.on_mark(mark(disk, 2), now=0)
    assert (box.pending, box.next_batch(0), box.wait_ms(0)) == (0, None, None)


def test_a_watermark_said_again_sends_it_back_once() -> None:
    """The receiver saw a gap; every batch behind the gap says so, but one repeat is enough."""
    disk = card(6)
    box = sender(disk, window=3)
    send_all(box)
    box.on_mark(mark(disk, 2), now=0)
    box.on_mark(mark(disk, 2), now=0)
    assert send_all(box) == [(3, 4), (5, 6)]
    box.on_mark(mark(disk, 2), now=0)
    assert send_all(box) == []


def test_a_new_link_sends_what_was_under_way_again() -> None:
    box = sender(card(4))
    send_all(box)
    box.restart()
    assert send_all(box) == [(1, 2), (3, 4)]


def test_a_broker_that_cuts_the_link_at_a_large_batch_is_given_smaller_ones() -> None:
    mine = card(64)
    one = Sender(mine, BOOT, batch_records=64, batch_bytes=1_000, window=1)
    limit = 120  # bytes of records that the broker lets pass
    links, sizes = 0, []
    while one.pending:
        batch = one.next_batch(0)
        assert batch is not None and links < 20
        size = sum(map(len, batch.records))
        if size > limit:
            links += 1
            one.restart()
        else:
            sizes.append(size)
            one.on_mark(mark(mine, batch.last), 0)
    assert max(sizes) <= limit and links == 8  # 1,000 is halved to 500, 250, 125, 62


def test_a_retained_watermark_on_each_new_link_does_not_hide_that_nothing_got_through() -> None:
    """It says what was known before, and the sender goes back by it."""
    mine = card(64)
    one = Sender(mine, BOOT, batch_records=64, batch_bytes=1_000, window=1)
    for _ in range(2):
        one.next_batch(0)
        one.on_mark(Mark(mine.epoch, 0, 0), 0)
        one.restart()
    batch = one.next_batch(0)
    assert batch is not None and sum(map(len, batch.records)) < 600


def test_a_broker_that_drops_a_large_batch_without_a_word_is_given_smaller_ones() -> None:
    """But not ever smaller ones: most often the silence has another reason."""
    mine = card(4_000)
    one = Sender(mine, BOOT, batch_records=10_000, batch_bytes=16_000, window=1)
    sizes, now = [], 0
    for _ in range(14):
        batch = one.next_batch(now)
        assert batch is not None
        sizes.append(sum(map(len, batch.records)))
        now += 100_000
    assert sizes[0] == sizes[1] > 15_000 > 10_000 > sizes[2]
    assert 4_000 < sizes[-1] < 5_000


def test_a_link_that_breaks_now_and_then_does_not_make_batches_smaller() -> None:
    mine = card(40)
    one = Sender(mine, BOOT, batch_records=4, batch_bytes=1_000, window=1)
    for _ in range(10):
        one.next_batch(0)
        one.restart()
        batch = one.next_batch(0)
        assert batch is not None and len(batch.records) == 4
        one.on_mark(mark(mine, batch.last), 0)


def test_after_much_that_got_through_a_larger_batch_is_tried() -> None:
    mine = card(200)
    one = Sender(mine, BOOT, batch_records=200, batch_bytes=60, window=1)
    for _ in range(2):
        one.next_batch(0)
        one.restart()
    counts = []
    while one.pending:
        batch = one.next_batch(0)
        assert batch is not None
        counts.append(len(batch.records))
        one.on_mark(mark(mine, batch.last), 0)
    assert counts[:32] == [2] * 32 and counts[32] > 2


def test_a_restarted_sender_resumes_from_the_retained_watermark() -> None:
    disk = card(4)
    box = sender(disk)
    box.on_mark(mark(disk, 3), now=0)
    assert send_all(box) == [(4, 4)]


def test_a_watermark_of_another_epoch_changes_nothing() -> None:
    disk = card(2)
    box = sender(disk)
    box.on_mark(Mark(NEW, 9, 1), now=0)
    assert (disk.renewed, box.pending, send_all(box)) == ([], 2, [(1, 2)])


# ---- a card that was rolled back ----------------------------------------------------------------
def test_a_watermark_beyond_the_last_record_renews_the_epoch() -> None:
    disk = card(3)
    epoch = disk.epoch
    box = sender(disk)
    box.on_mark(mark(disk, 5), now=0)
    assert (disk.renewed, box.renewals) == ([epoch], 1)
    assert send_all(box) == [(1, 2), (3, 3)]


def test_a_watermark_with_another_crc_renews_the_epoch() -> None:
    """It wrote on after the rollback, and its record 3 is not the one that is stored."""
    disk = card(4)
    epoch = disk.epoch
    box = sender(disk)
    box.on_mark(Mark(epoch, 3, crc_of(b"what was there before")), now=0)
    assert disk.renewed == [epoch]


def test_only_what_was_not_acknowledged_moves_to_the_new_epoch() -> None:
    disk = card(4)
    box = sender(disk)
    box.on_mark(mark(disk, 3), now=0)
    box.on_mark(mark(disk, 9), now=0)
    assert disk.read(1, 9, 999) == [press(4)]


def test_a_rolled_back_card_loses_nothing_when_its_first_batches_are_dropped() -> None:
    """The batch right behind the watermark must not pass for a continuation of what is stored."""
    disk = card(3)
    office = Receiver([Mark(disk.epoch, 2, crc_of(b"what was there before"))], set())
    box = sender(disk)
    dropped, arrives = box.next_batch(0), box.next_batch(0)
    assert dropped is not None and arrives is not None
    admission = office.admit(arrives)
    assert (arrives.first, admission.records) == (3, [])
    box.on_mark(admission.mark, now=0)
    assert (box.renewals, box.pending) == (1, 3)
