"""The device's log under power cuts, full and rotting cards. Runs under MicroPython too."""

import binascii

from firmware.common.filelog import MAX_RECORD, FileLog, LogFull
from firmware.common.logline import DAMAGED
from simulator.disk import PowerCut, SimDisk

RUNS_ON_MICROPYTHON = True

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Step = tuple[str, object]

SEGMENT = 160  # bytes: a head and four or five of the records below

_epochs = [0]


def new_epoch() -> str:
    """Another one each time, over all boots."""
    _epochs[0] += 1
    return "%016x" % _epochs[0]


def boot(disk: SimDisk, segment_bytes: int = SEGMENT) -> FileLog:
    """The device's program starts and opens its log."""
    return FileLog(disk, new_epoch, segment_bytes)


def press(number: int) -> bytes:
    """A record of which no other has the bytes."""
    return b'{"press":%d}' % number


def presses(first: int, last: int) -> "list[bytes]":
    """Several of them."""
    return [press(number) for number in range(first, last + 1)]


def plus(records: "list[bytes]", record: bytes) -> "list[bytes]":
    """`records` and one more; MicroPython has no star in a list."""
    out = list(records)
    out.append(record)
    return out


def write(log: FileLog, first: int, last: int) -> None:
    """Append presses whose contents are their numbers."""
    for number in range(first, last + 1):
        assert log.append(press(number)) == number


def held(log: FileLog) -> "list[bytes]":
    """Every record the log holds, read in small batches as a sender would."""
    out: "list[bytes]" = []
    while log.oldest + len(out) <= log.last:
        out.extend(log.read(log.oldest + len(out), 3, 1000))
    return out


def raises(kind: "type[BaseException]", call: "Callable[[], object]") -> bool:
    """Whether `call` is refused with an error of this kind."""
    try:
        call()
    except kind:
        return True
    return False


class State:
    """What a log owes: `records` 1, 2, … of an epoch, of which those up to `pruned` may be gone."""

    def __init__(self, records: "list[bytes]", pruned: int, epoch: str) -> None:
        self.records = records
        self.pruned = pruned
        self.epoch = epoch  # empty: a new one

    def after(self, verb: str, what: "object") -> "State":
        """What it owes once a step is done."""
        if isinstance(what, bytes):
            return State(plus(self.records, what), self.pruned, self.epoch)
        assert isinstance(what, int)
        if verb == "prune":
            return State(self.records, what, self.epoch)
        return State(self.records[what:], 0, "")

    def is_in(self, log: FileLog, past: "set[str]") -> bool:
        """Whether this is what the log holds, no more and no less."""
        epoch_fits = log.epoch == self.epoch if self.epoch else log.epoch not in past
        return (
            epoch_fits
            and log.last == len(self.records)
            and log.oldest <= self.pruned + 1
            and held(log) == self.records[log.oldest - 1 :]
        )


class Device:
    """Goes through steps on a disk and remembers what it was promised, and what is under way."""

    def __init__(self) -> None:
        self.past: "set[str]" = set()
        self.sure = State([], 0, "")
        self.under_way = self.sure

    def live(self, disk: SimDisk, steps: "list[Step]") -> None:
        """Run until the steps or the power end."""
        log = boot(disk)
        self._keep(self.sure, log)
        for verb, what in steps:
            self.under_way = self.sure.after(verb, what)
            getattr(log, verb)(what)
            self._keep(self.under_way, log)

    def has_kept_its_word(self, log: FileLog) -> bool:
        """All that was done is there, and of what was under way all or nothing."""
        return self.sure.is_in(log, self.past) or self.under_way.is_in(log, self.past)

    def _keep(self, state: State, log: FileLog) -> None:
        self.past.add(log.epoch)
        self.sure = self.under_way = State(state.records, state.pruned, log.epoch)


def appends(first: int, last: int) -> "list[Step]":
    """Steps that write presses."""
    return [("append", press(number)) for number in range(first, last + 1)]


def a_busy_day() -> "list[Step]":
    """A bit of everything."""
    steps = appends(1, 9)
    steps.append(("prune", 4))
    steps.extend(appends(10, 14))
    steps.extend([("prune", 14), ("renew", 12)])
    steps.extend(appends(15, 20))
    steps.extend([("renew", 0), ("prune", 5)])
    steps.extend(appends(21, 22))
    return steps


def cut_everywhere(steps: "list[Step]", check: "Callable[[Device, SimDisk], None]") -> int:
    """Live through `steps` with the power cut in each write, with each length of it kept."""
    writes = keep = cuts = 0
    while True:
        disk = SimDisk()
        disk.cut_power_after(writes, keep)
        device = Device()
        try:
            device.live(disk, steps)
        except PowerCut as cut:
            cuts += 1
            check(device, disk.restore())
            whole = cut.kept == cut.size
            writes, keep = (writes + 1, 0) if whole else (writes, keep + 1)
            continue
        return cuts


def test_a_power_cut_at_any_byte_loses_nothing_promised_and_invents_nothing() -> None:
    """Appends, rollovers, prunes and renewals: each is done or not, and the numbers are gapless."""

    def check(device: Device, disk: SimDisk) -> None:
        log = boot(disk)
        assert device.has_kept_its_word(log)
        records = held(log)
        assert log.append(b"and on it goes") == log.last
        log = boot(disk.restore())
        assert held(log) == plus(records, b"and on it goes")

    assert cut_everywhere(a_busy_day(), check) > 500


def test_a_second_power_cut_while_the_first_is_being_mended_changes_nothing() -> None:
    """Booting writes too: it makes the first segment and clears away what a renewal left."""

    cut_boots = [0]

    def check(device: Device, disk: SimDisk) -> None:
        image = disk.snapshot()
        for writes in (0, 1, 2):
            again = SimDisk()
            again.roll_back(image)
            again.cut_power_after(writes)
            cut_boots[0] += raises(PowerCut, lambda again=again: boot(again))  # type: ignore[misc]
            assert device.has_kept_its_word(boot(again.restore()))

    cut_everywhere(a_busy_day(), check)
    assert cut_boots[0] > 5


def test_after_a_torn_tail_writing_goes_on_in_a_new_segment() -> None:
    """Nothing is written behind bytes that cannot be trusted."""
    disk = SimDisk()
    log = boot(disk)
    write(log, 1, 2)
    disk.cut_power_after(0, 10)
    assert raises(PowerCut, lambda: log.append(press(3)))
    disk = disk.restore()
    torn = disk.read("00000001.log")
    log = boot(disk)
    assert log.append(b"another") == 3
    assert disk.read("00000001.log") == torn
    assert sorted(disk.names()) == ["00000001.log", "00000002.log"]
    assert held(boot(disk)) == plus(presses(1, 2), b"another")


def test_a_flipped_bit_spoils_its_own_record_which_keeps_its_number() -> None:
    """The records before and after are read as they were written."""
    disk = SimDisk()
    write(boot(disk), 1, 3)
    disk.flip("00000001.log", disk.read("00000001.log").find(press(2)) + 3)
    assert held(boot(disk)) == [press(1), DAMAGED, press(3)]
    assert boot(disk).append(press(4)) == 4
    assert sorted(disk.names()) == ["00000001.log"]  # its end is sound


def test_a_flipped_bit_anywhere_invents_no_record_and_moves_none() -> None:
    """Heads, numbers, checksums, line ends: what is read is as written, damaged, or cut off."""
    disk = SimDisk()
    log = boot(disk)
    write(log, 1, 11)
    assert len(disk.names()) == 3
    image = disk.snapshot()
    for name in image:
        for offset in range(len(image[name])):
            for mask in (0x01, 0x40, 0x80):
                disk.roll_back(image)
                disk.flip(name, offset, mask)
                rotten = boot(disk)
                records = held(rotten)
                wanted = presses(rotten.oldest, rotten.last)
                assert len(records) == len(wanted) >= 6, (name, offset)
                for found, written in zip(records, wanted):  # noqa: B905 - not in MicroPython
                    assert found in (written, DAMAGED), (name, offset)
                assert rotten.append(b"next") == rotten.last
                assert held(boot(disk)) == plus(records, b"next"), (name, offset)


def test_an_unreadable_file_is_never_written_to() -> None:
    """Not by a renewal either: a technician may want to look at it."""
    disk = SimDisk()
    write(boot(disk), 1, 6)
    disk.flip("00000002.log", 0)
    unreadable = disk.read("00000002.log")
    log = boot(disk)
    log.renew(0)
    write(log, log.last + 1, log.last + 9)
    assert disk.read("00000002.log") == unreadable
    assert boot(disk).epoch == log.epoch
    assert held(boot(disk)) == held(log)


def test_a_file_that_is_unreadable_only_once_takes_no_later_record_with_it() -> None:
    """A loose card reads well again at the next boot, and its old numbers come back with it."""
    disk = SimDisk()
    log = boot(disk)
    write(log, 1, 2)
    log.append(b"x" * 100)  # no longer fits into the first file, a short one would
    disk.flip("00000002.log", 0)
    assert boot(disk).append(b"short") == 3
    disk.flip("00000002.log", 0)
    assert held(boot(disk)) == plus(presses(1, 2), b"short")


def test_a_full_disk_refuses_a_record_and_takes_the_next_when_there_is_room() -> None:
    """Whatever part of it was written, no number is given twice and no record is put together."""
    size = len(b"3 01234567 " + press(3) + b"\n")
    for left in range(size):
        disk = SimDisk()
        log = boot(disk)
        write(log, 1, 2)
        disk.fill_up(left)
        assert raises(OSError, lambda log=log: log.append(press(3)))  # type: ignore[misc]
        assert raises(OSError, lambda log=log: log.append(press(4)))  # type: ignore[misc]
        assert (log.last, held(log)) == (2, presses(1, 2))
        disk.make_room()
        assert log.append(press(5)) == 3
        assert log.append(press(6)) == 4
        for look in (log, boot(disk)):
            assert held(look) == [press(1), press(2), press(5), press(6)]


class StarvedDisk(SimDisk):
    """The `at`th call from now on ends for want of memory, before or after it is `done`."""

    def __init__(self) -> None:
        super().__init__()
        self.at = -1
        self.done = False

    def names(self) -> "list[str]":
        return self._starve(super().names)  # type: ignore[no-any-return]

    def create(self, name: str, data: bytes) -> None:
        self._starve(lambda: SimDisk.create(self, name, data))

    def append(self, name: str, data: bytes) -> None:
        self._starve(lambda: SimDisk.append(self, name, data))

    def remove(self, name: str) -> None:
        self._starve(lambda: SimDisk.remove(self, name))

    def readinto(self, name: str, buffer: bytearray) -> int:
        return self._starve(lambda: SimDisk.readinto(self, name, buffer))  # type: ignore[no-any-return]

    def _starve(self, call: "Callable[[], object]") -> "Any":
        self.at -= 1
        if self.at == -1 and not self.done:
            raise MemoryError
        told = call()
        if self.at == -1:
            raise MemoryError
        return told


def test_memory_that_runs_out_at_any_call_of_the_disk_takes_no_record_and_invents_none() -> None:
    """What `append` returned for is held, and nothing else, now and after the next boot."""
    for at in range(11):
        for done in (False, True):
            disk = StarvedDisk()
            log = boot(disk)
            disk.at, disk.done = at, done
            kept = write_what_can_be(log, 1, 11)
            assert len(kept) == 10
            log.append(press(12))
            for look in (log, boot(disk)):
                assert held(look) == plus(kept, press(12)), (at, done)


def test_memory_that_runs_out_in_a_renewal_leaves_one_epoch_or_the_other() -> None:
    """All or nothing, and what comes after it is held."""
    for at in range(8):
        for done in (False, True):
            disk = StarvedDisk()
            log = boot(disk)
            write(log, 1, 9)
            before = log.epoch
            disk.at, disk.done = at, done
            was_told = raises(MemoryError, lambda log=log: log.renew(7))  # type: ignore[misc]
            assert (log.epoch == before) == was_told
            kept = presses(log.oldest, 9) if was_told else presses(8, 9)
            disk.at = -1
            log.append(press(10))
            for look in (log, boot(disk)):
                assert look.epoch == log.epoch
                assert held(look) == plus(kept, press(10)), (at, done)


def write_what_can_be(log: FileLog, first: int, last: int) -> "list[bytes]":
    """Append presses; those for which there was memory."""
    kept: "list[bytes]" = []
    for number in range(first, last + 1):
        try:
            log.append(press(number))
        except MemoryError:
            continue
        kept.append(press(number))
    return kept


def test_pruning_makes_room_on_a_full_disk() -> None:
    """An office that was cut off for a year starts to write again with the first watermark."""
    disk = SimDisk()
    log = boot(disk)
    write(log, 1, 9)
    disk.fill_up(0)
    assert raises(OSError, lambda: log.append(press(10)))
    log.prune(5)
    write(log, 10, 11)
    assert held(boot(disk)) == presses(log.oldest, 11)


def test_a_write_that_failed_after_it_was_done_gives_way_to_the_next() -> None:
    """A worn card reports an error though all bytes are there: of two with one number, the record
    whose append returned is the one."""
    for size in (5, 150):  # in the middle of a segment, and where a new one would have begun
        for filled in range(1, 10):
            disk = SimDisk()
            log = boot(disk)
            write(log, 1, filled)
            disk.stumble(1000)
            ghost = b"x" * size
            assert raises(OSError, lambda log=log, ghost=ghost: log.append(ghost))  # type: ignore[misc]
            assert log.append(b"y") == filled + 1
            for look in (log, boot(disk)):
                assert held(look) == plus(presses(1, filled), b"y")


def test_a_renewal_that_failed_after_it_was_done_takes_no_later_record_with_it() -> None:
    """The file of the new epoch is there, yet the log goes on in the old one."""
    disk = SimDisk()
    log = boot(disk)
    write(log, 1, 3)
    epoch = log.epoch
    disk.stumble(1000)
    assert raises(OSError, lambda: log.renew(1))
    write(log, 4, 5)
    for look in (log, boot(disk)):
        assert (look.epoch, held(look)) == (epoch, presses(1, 5))


def test_a_renewal_stands_though_the_old_files_could_not_be_deleted() -> None:
    """Its sender must not be told otherwise: it would go on counting in the old epoch."""
    disk = SimDisk()
    log = boot(disk)
    write(log, 1, 9)
    disk.stumble(after=1)
    log.renew(7)
    for look in (log, boot(disk)):
        assert (look.epoch, held(look)) == (log.epoch, presses(8, 9))


def test_files_that_a_renewal_could_not_delete_are_deleted_at_the_next_boot() -> None:
    """Which sees by their numbers that they are of the past."""
    disk = SimDisk()
    log = boot(disk)
    write(log, 1, 14)
    image = disk.snapshot()
    log.renew(12)
    kept = sorted(disk.names())
    assert "00000001.log" not in kept
    disk.roll_back(dict(image, **disk.snapshot()))  # as if the old files had stayed
    assert held(boot(disk)) == presses(13, 14)
    assert sorted(disk.names()) == kept


def test_a_renewal_writes_one_small_file_however_much_it_carries() -> None:
    """There may be no room for a copy, nor memory for one."""
    disk = SimDisk()
    log = boot(disk)
    write(log, 1, 500)
    before = disk.snapshot()
    disk.fill_up(100)
    log.renew(3)
    disk.make_room()
    assert [name for name in disk.names() if disk.snapshot()[name] != before.get(name)] == [
        max(disk.names())
    ]
    write_more = [log.append(press(number)) for number in (501, 502)]
    assert write_more == [498, 499]
    for look in (log, boot(disk)):
        assert (look.oldest, held(look)) == (1, presses(4, 502))


def test_a_renewal_of_a_renewal_carries_what_both_carried() -> None:
    """Each file counts from the epoch in which it was written, and is read in the present one."""
    disk = SimDisk()
    log = boot(disk)
    write(log, 1, 9)
    for after in (2, 3, 0, 1):
        log.renew(after)
        log.append(b"after %d" % after)
        assert held(boot(disk)) == held(log)
    assert held(log)[:3] == presses(7, 9)
    assert held(log)[3:] == [b"after 2", b"after 3", b"after 0", b"after 1"]
    assert (log.oldest, log.last) == (1, 7)


def test_what_a_renewal_nobody_can_read_carried_is_missing_and_is_not_deleted() -> None:
    """How it counts is not known any more; the numbers say how many are missing."""
    disk = SimDisk()
    log = boot(disk)
    write(log, 1, 9)
    log.renew(2)
    log.renew(1)
    log.append(b"next")
    disk.flip("00000003.log", 0)
    kept = sorted(disk.names())
    again = boot(disk)
    assert (again.epoch, again.oldest, again.last) == (log.epoch, 7, 7)
    assert held(again) == [b"next"]
    assert sorted(disk.names()) == kept


def test_pruning_deletes_only_what_is_acknowledged_and_never_the_newest() -> None:
    """Whole segments, as far as they go."""
    for upto in range(15):
        log = boot(SimDisk())
        write(log, 1, 14)
        log.prune(upto)
        assert log.oldest <= upto + 1
        assert held(log) == presses(log.oldest, 14)
        assert log.append(press(15)) == 15


def test_pruning_that_failed_leaves_what_can_be_read() -> None:
    """The file may be gone all the same: its records no longer count as held."""
    disk = SimDisk()
    log = boot(disk)
    write(log, 1, 14)
    disk.stumble()
    assert raises(OSError, lambda: log.prune(9))
    assert 1 < log.oldest <= 10
    assert held(log) == presses(log.oldest, 14)
    log.prune(9)
    assert held(boot(disk)) == presses(log.oldest, 14)


def test_a_deleted_file_that_comes_back_is_deleted_again() -> None:
    """The numbers between it and the others stay what they were."""
    disk = SimDisk()
    log = boot(disk)
    write(log, 1, 14)
    first = disk.read("00000001.log")
    log.prune(9)
    disk.create("00000001.log", first)
    again = boot(disk)
    assert (again.oldest, again.last) == (1, 14)
    assert again.read(log.oldest, 99, 10_000) == presses(log.oldest, 14)
    again.prune(9)
    assert held(again) == presses(log.oldest, 14)
    assert "00000001.log" not in disk.names()


def test_a_log_of_which_all_is_acknowledged_remembers_its_last_number() -> None:
    """Or the gateway would take what comes for duplicates."""
    disk = SimDisk()
    log = boot(disk)
    write(log, 1, 8)
    log.prune(8)
    assert boot(disk).last == 8
    assert boot(disk).epoch == log.epoch


def test_a_renewal_carries_over_what_is_not_acknowledged() -> None:
    """As 1, 2, … of another epoch; of the old one nothing else can be read."""
    disk = SimDisk()
    log = boot(disk)
    write(log, 1, 9)
    old = log.epoch
    log.renew(7)
    assert log.epoch != old
    for look in (log, boot(disk)):
        assert (look.epoch, look.oldest, look.last) == (log.epoch, 1, 2)
        assert held(look) == presses(8, 9)
    assert log.append(press(10)) == 3
    log.prune(3)
    assert len(disk.names()) == 1


def test_a_segment_never_outgrows_its_size() -> None:
    """What no longer fits begins the next one, and every file stands for itself."""
    disk = SimDisk()
    log = boot(disk)
    write(log, 1, 50)
    assert len(disk.names()) > 10
    assert all(len(disk.read(name)) <= SEGMENT for name in disk.names())
    assert held(boot(disk)) == presses(1, 50)


def fill(log: FileLog, note: bool = False) -> int:
    """Append until the log is full; returns how many it took."""
    first = log.last + 1
    while not raises(LogFull, lambda: log.append(press(log.last + 1), note)):
        continue
    return log.last + 1 - first


def bytes_on(disk: SimDisk) -> int:
    """Bytes of all files."""
    return sum([len(data) for data in disk.snapshot().values()])


def test_at_its_limit_a_log_takes_no_more_and_keeps_what_it_has() -> None:
    """Whatever the limit: it is never outgrown, and a refusal changes no byte."""
    for limit in range(1_300, 1_800, 7):
        disk = SimDisk()
        log = FileLog(disk, new_epoch, SEGMENT, limit)
        assert not log.full
        taken = fill(log)
        assert log.full
        assert limit - 200 < log.size == bytes_on(disk) <= limit
        image = disk.snapshot()
        assert raises(OSError, lambda log=log: log.append(b"x" * 60))
        assert disk.snapshot() == image
        again = FileLog(disk, new_epoch, SEGMENT, limit)
        assert again.full
        assert (again.size, held(again)) == (log.size, presses(1, taken))


def test_the_last_sixteenth_of_the_limit_is_for_notes() -> None:
    """So that what could not be taken can be put on record; then that ends, too."""
    disk = SimDisk()
    log = FileLog(disk, new_epoch, SEGMENT, 16_000)
    fill(log)
    assert 14_850 < log.size <= 15_000
    assert fill(log, note=True) > 20
    assert 15_850 < bytes_on(disk) <= 16_000


def test_what_is_acknowledged_makes_room_for_what_comes() -> None:
    """For as much as was deleted."""
    disk = SimDisk()
    log = FileLog(disk, new_epoch, SEGMENT, 2_000)
    taken = fill(log)
    log.prune(taken // 2)
    assert not log.full
    more = fill(log)
    assert taken // 2 - 12 < more < taken // 2 + 12
    assert held(log) == presses(log.oldest, log.last)
    assert bytes_on(disk) == log.size <= 2_000


def test_a_log_that_is_full_can_be_renewed() -> None:
    """A card that was rolled back and is full must not stay silent for ever."""
    disk = SimDisk()
    log = FileLog(disk, new_epoch, SEGMENT, 800)
    taken = fill(log)
    fill(log, note=True)
    log.renew(1)
    assert held(log)[: taken - 1] == presses(2, taken)
    log.prune(log.last)
    assert log.append(b"next") == log.last


def test_a_full_log_of_which_all_is_acknowledged_has_room_however_large_its_files_may_be() -> None:
    """The newest file stays, so it must not be all that the limit allows."""
    disk = SimDisk()
    log = FileLog(disk, new_epoch, 65_536, 4_000)
    taken = fill(log)
    fill(log, note=True)
    log.prune(log.last)
    assert fill(log) > taken // 2


class CountingDisk(SimDisk):
    """Counts the bytes that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes_read = 0

    def read(self, name: str, size: int = -1) -> bytes:
        data = super().read(name, size)
        self.bytes_read += len(data)
        return data


def test_a_start_reads_of_each_file_its_head_and_of_the_newest_all() -> None:
    """Or a box that was offline for a quarter would take a minute to come up."""
    disk = CountingDisk()
    write(boot(disk, 4_096), 1, 3_000)
    files = len(disk.names())
    disk.bytes_read = 0
    assert boot(disk, 4_096).last == 3_000
    assert disk.bytes_read <= files * 120 + 4_096 < bytes_on(disk) / 5


def test_a_record_larger_than_a_segment_has_one_of_its_own() -> None:
    """It is not refused: it happened."""
    disk = SimDisk()
    log = boot(disk)
    large = b"x" * MAX_RECORD
    for record in (press(1), large, press(3)):
        log.append(record)
    assert held(boot(disk)) == [press(1), large, press(3)]


def test_a_record_that_is_not_one_line_is_refused() -> None:
    """And leaves no trace."""
    disk = SimDisk()
    log = boot(disk)
    assert raises(ValueError, lambda: log.append(b"two\nlines"))
    assert raises(ValueError, lambda: log.append(b"x" * (MAX_RECORD + 1)))
    write(log, 1, 1)
    assert held(boot(disk)) == presses(1, 1)


def test_reading_stops_at_the_count_and_at_the_size_but_gives_one() -> None:
    """A batch fits into memory, and a sender always gets on."""
    log = boot(SimDisk())
    write(log, 1, 12)
    assert log.read(2, 5, 1000) == presses(2, 6)
    assert log.read(2, 5, 0) == presses(2, 2)
    assert log.read(2, 100, 3 * len(press(2))) == presses(2, 4)
    assert log.read(11, 100, 1000) == presses(11, 12)
    assert raises(ValueError, lambda: log.read(13, 1, 1))
    assert raises(ValueError, lambda: log.read(0, 1, 1))


def test_a_backlog_of_10_000_records_is_read_in_order() -> None:
    """After a boot, over all segments, while new ones come in."""
    disk = SimDisk()
    write(boot(disk, 8192), 1, 10_000)
    log = boot(disk, 8192)
    first = 1
    while first <= log.last:
        batch = log.read(first, 200, 32_768)
        assert batch == presses(first, first + len(batch) - 1)
        first += len(batch)
        if log.last < 10_010:
            write(log, log.last + 1, log.last + 1)
        log.prune(first - 1)
    assert first == 10_011
    assert len(disk.names()) == 1


def sealed(number: int, record: bytes) -> bytes:
    """A line with a CRC that is right."""
    said = b"%d " % number + record
    return b"%d %08x " % (number, binascii.crc32(said) & 0xFFFFFFFF) + record + b"\n"


def test_a_number_far_beyond_what_a_file_can_hold_does_not_fill_the_memory() -> None:
    """Its checksum may be right: it is no number of ours all the same."""
    for far in (10**6, 10**15, 10**40):
        disk = SimDisk()
        write(boot(disk), 1, 2)
        disk.append("00000001.log", sealed(far, b"x"))
        log = boot(disk)
        assert held(log) == presses(1, 2)
        write(log, 3, 4)
        assert held(boot(disk)) == presses(1, 4)


def test_a_file_of_lower_numbers_among_later_ones_takes_none_with_it() -> None:
    """Somebody copied an old card's file onto this one, under a later name."""
    disk = SimDisk()
    write(boot(disk), 1, 12)
    old = disk.read("00000001.log")
    log = boot(disk)
    log.prune(12)
    kept = held(log)
    disk.create("00000009.log", old)
    log = boot(disk)
    assert (log.last, held(log)) == (12, kept)
    write(log, 13, 14)
    assert held(boot(disk)) == kept + presses(13, 14)
    assert disk.read("00000009.log") == old


def old_segment(epoch: str, first: int, records: "list[bytes]") -> bytes:
    """A file as the first version wrote it: its head says nothing of an epoch before."""
    lines = [("talon 1 %s %d" % (epoch, first)).encode()]
    lines += [b"%d " % (first + i) + record for i, record in enumerate(records)]
    out: "list[bytes]" = []
    for line in lines:
        crc = ("%08x" % (binascii.crc32(line) & 0xFFFFFFFF)).encode()
        if not out:
            out.append(line + b" " + crc)
        else:
            number, record = line.split(b" ", 1)
            out.append(number + b" " + crc + b" " + record)
    return b"\n".join(out + [b""])  # noqa: RUF005 - not on MicroPython's list


def test_a_log_of_the_first_version_is_read_and_goes_on() -> None:
    disk = SimDisk()
    disk.create("00000001.log", old_segment("a" * 16, 4, presses(4, 6)))
    disk.create("00000002.log", old_segment("a" * 16, 7, presses(7, 8)))
    log = boot(disk)
    assert (log.epoch, log.oldest, log.last) == ("a" * 16, 4, 8)
    assert log.read(4, 99, 1 << 30) == presses(4, 8)
    write(log, 9, 60)
    again = boot(disk)
    assert (again.epoch, again.last) == ("a" * 16, 60)
    assert again.read(4, 99, 1 << 30) == presses(4, 60)
    again.renew(50)
    assert boot(disk).read(1, 99, 1 << 30) == presses(51, 60)


def test_a_log_that_the_first_version_renewed_begins_with_the_new_epoch() -> None:
    disk = SimDisk()
    disk.create("00000001.log", old_segment("a" * 16, 1, presses(1, 6)))
    disk.create("00000002.log", old_segment("b" * 16, 1, presses(5, 6)))
    log = boot(disk)
    assert (log.epoch, log.oldest, log.last) == ("b" * 16, 1, 2)
    assert log.read(1, 99, 1 << 30) == presses(5, 6)


def test_after_renewals_a_log_knows_how_large_it_is() -> None:
    disk = SimDisk()
    log = boot(disk)
    for _ in range(5):
        write(log, log.last + 1, log.last + 40)
        log.renew(log.last)
        assert log.size == sum([disk.size(name) for name in disk.names()])
    assert boot(disk).size == log.size
