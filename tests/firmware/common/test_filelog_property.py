"""The log against a list in memory, in any order of writes, cuts, full and worn disks."""

from collections.abc import Callable
from contextlib import suppress

import hypothesis.strategies as st
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from firmware.common.filelog import FileLog
from firmware.common.logline import DAMAGED
from simulator.disk import PowerCut, SimDisk

PRESSES = st.builds(
    lambda at, boot, up, button: (
        f'{{"kind":"press","at":{at},"boot":"0a1b2c3{boot}","up":{up},"button":"{button}"}}'.encode()
    ),
    st.sampled_from(["null", "1790000000000", "1790000000001"]),
    st.integers(0, 1),
    st.integers(5_000, 5_040),
    st.sampled_from(["satisfied", "unsatisfied"]),
)
RECORDS = PRESSES | st.binary(max_size=60).map(lambda record: record.replace(b"\n", b" "))
LENGTHS = st.integers(0, 90)


class LogOnABadCard(RuleBasedStateMachine):
    """`records` are 1, 2, … of the present epoch as promised; those up to `pruned` may be gone.

    `maybe`: what the next boot may find instead, as (records, renewed): the disk may have done a
    write that it refused.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tokens = 0
        self.records: list[bytes] = []
        self.pruned = 0
        self.maybe: list[tuple[list[bytes], bool]] = []

    @initialize(
        segment_bytes=st.integers(60, 400),
        limit=st.none() | st.integers(300, 2_000),
        short=st.booleans(),
    )
    def first_boot(self, segment_bytes: int, limit: int | None, short: bool) -> None:
        self.segment_bytes = segment_bytes
        self.short = short
        self.limit = limit
        self.disk = SimDisk()
        self.boot()

    def boot(self) -> None:
        self.log = FileLog(self.disk, self.token, self.segment_bytes, self.limit, self.short)

    def token(self) -> str:
        self.tokens += 1
        return f"{self.tokens:016x}"

    @rule(record=RECORDS, note=st.booleans())
    def append(self, record: bytes, note: bool) -> None:
        size = self.log.size
        self.attempt(lambda: self.log.append(record, note), [*self.records, record])
        assert self.limit is None or self.log.size <= max(size, self.limit)

    @rule(part=st.floats(0, 1))
    def prune(self, part: float) -> None:
        upto = int(part * len(self.records))
        self.pruned = max(upto, self.pruned)  # whatever comes of it
        with suppress(OSError):
            self.unless_power_fails(lambda: self.log.prune(upto))

    @rule(part=st.floats(0, 1))
    def renew(self, part: float) -> None:
        first = self.log.oldest - 1
        after = first + int(part * (len(self.records) - first))
        self.attempt(lambda: self.log.renew(after), self.records[after:], renewed=True)

    def attempt(
        self, write: Callable[[], object], records: list[bytes], renewed: bool = False
    ) -> None:
        """Write; what ends well settles all doubt, what fails leaves it to the next boot."""
        epoch = self.log.epoch
        self.maybe.append((records, renewed))
        try:
            if not self.unless_power_fails(write):
                return
        except OSError:
            assert self.log.epoch == epoch
        else:
            assert (self.log.epoch != epoch) == renewed
            self.records, self.maybe = records, []
            self.pruned = 0 if renewed else self.pruned

    def unless_power_fails(self, write: Callable[[], object]) -> bool:
        """Whether `write` was done; if not, the device has booted meanwhile."""
        try:
            write()
        except PowerCut:
            self.power_returns()
            return False
        return True

    @rule()
    def power_returns(self) -> None:
        self.disk = self.disk.restore()
        self.disk.make_room()
        self.boot()
        for records, renewed in self.maybe:
            pruned = 0 if renewed else self.pruned
            if not self.holds(self.records, self.pruned) and self.holds(records, pruned):
                self.records, self.pruned = records, pruned
        self.maybe = []

    @rule(writes=st.integers(0, 3), keep=LENGTHS)
    def power_will_fail(self, writes: int, keep: int) -> None:
        self.disk.cut_power_after(writes, keep)

    @rule(left=LENGTHS)
    def disk_fills_up(self, left: int) -> None:
        self.disk.fill_up(left)

    @rule()
    def disk_has_room(self) -> None:
        self.disk.make_room()

    @rule(keep=LENGTHS, after=st.integers(0, 2))
    def disk_will_stumble(self, keep: int, after: int) -> None:
        self.disk.stumble(keep, after)

    def holds(self, records: list[bytes], pruned: int) -> bool:
        oldest, last = self.log.oldest, self.log.last
        if last != len(records) or oldest > pruned + 1:
            return False
        found = self.log.read(oldest, last, 1 << 20) if oldest <= last else []
        return found == records[oldest - 1 :]

    @invariant()
    def it_holds_what_it_promised(self) -> None:
        if hasattr(self, "log"):
            assert self.holds(self.records, self.pruned)


TestLogOnABadCard = LogOnABadCard.TestCase
TestLogOnABadCard.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


@given(
    records=st.lists(RECORDS, min_size=1, max_size=30),
    segment_bytes=st.integers(60, 600),
    place=st.floats(0, 1, exclude_max=True),
    mask=st.integers(1, 255),
)
@settings(deadline=None)
def test_whatever_happens_to_one_byte_no_record_is_invented_or_moved(
    records: list[bytes], segment_bytes: int, place: float, mask: int
) -> None:
    """What is read under a number is what was written under it, or says that it is damaged."""
    disk = SimDisk()
    log = FileLog(disk, lambda: "0" * 16, segment_bytes, short=True)
    for record in records:
        log.append(record)
    image = disk.snapshot()
    bytes_of_the_card = [(name, offset) for name in image for offset in range(len(image[name]))]
    disk.flip(*bytes_of_the_card[int(place * len(bytes_of_the_card))], mask)
    found = FileLog(disk, lambda: "1" * 16, segment_bytes)
    read = found.read(found.oldest, len(records), 1 << 20) if found.last >= found.oldest else []
    assert found.last <= len(records)
    for number, record in enumerate(read, found.oldest):
        assert record in (records[number - 1], DAMAGED)


@given(
    parts=st.lists(
        st.tuples(st.lists(RECORDS, max_size=8), st.floats(0, 1)), min_size=2, max_size=4
    ),
    segment_bytes=st.integers(60, 600),
    place=st.floats(0, 1, exclude_max=True),
    mask=st.integers(1, 255),
)
@settings(deadline=None)
def test_whatever_happens_to_one_byte_each_epoch_has_the_records_it_was_given(
    parts: list[tuple[list[bytes], float]], segment_bytes: int, place: float, mask: int
) -> None:
    """Over renewals: a number never stands for another record than it did in its epoch."""
    disk = SimDisk()
    tokens = iter(range(1, 99))
    log = FileLog(disk, lambda: f"{next(tokens):016x}", segment_bytes, short=True)
    written: list[bytes] = []
    epochs: dict[str, list[bytes]] = {}
    for records, part in parts:
        for record in records:
            log.append(record)
        written = [*written, *records]
        epochs[log.epoch] = written
        after = log.oldest - 1 + int(part * (log.last - log.oldest + 1))
        log.renew(after)
        written = written[after:]
        epochs[log.epoch] = written
    image = disk.snapshot()
    bytes_of_the_card = [(name, offset) for name in image for offset in range(len(image[name]))]
    disk.flip(*bytes_of_the_card[int(place * len(bytes_of_the_card))], mask)
    found = FileLog(disk, lambda: "f" * 16, segment_bytes)
    given_ = epochs.get(found.epoch, [])
    read = found.read(found.oldest, 99, 1 << 20) if found.last >= found.oldest else []
    assert found.last <= len(given_)
    for number, record in enumerate(read, found.oldest):
        assert record in (given_[number - 1], DAMAGED)
