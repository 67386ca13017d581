"""The mirror: nothing lost, nothing marked as written that was not, whatever InfluxDB answers."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector import mirror as mirror_module
from collector.ledger import Ledger, read_tallies
from collector.mirror import Mirror
from collector.refusal import Missing, Refused, Unavailable
from collector.tally import TAGS, Tallies, lines
from wire.records import Rating

HOUR = 1_790_000_000 // 3600 * 3600
NEVER = 1 << 40


class StepClock:
    """Time stands still until told."""

    boot = "00000001"

    def __init__(self) -> None:
        self.ms = 1_000

    def now(self) -> int:
        """Unix milliseconds."""
        return HOUR * 1000 + self.ms

    def up(self) -> int:
        """Monotonic milliseconds."""
        return self.ms


class PretendInflux:
    """Keeps the newest line of every point; fails as it is told to."""

    def __init__(self) -> None:
        self.points: dict[str, str] = {}  # series and time: the line
        self.requests: list[int] = []  # lines in each
        self.bad: set[str] = set()  # what a line must not contain
        self.trouble: Unavailable | None = None
        self.late = False  # whether it writes before the trouble
        self.largest = NEVER
        self.exists = True
        self.may_create = True

    def create(self) -> None:
        """Make the database if it is missing."""
        if not self.may_create:
            raise Unavailable("not yours to make")
        self.exists = True

    def write(self, lines: str) -> None:
        """All or, if it refuses, the good ones, as InfluxDB's partial write."""
        rows = lines.split("\n")
        self.requests.append(len(rows))
        if not self.exists:
            raise Missing("no such database")
        if self.trouble is not None and not self.late:
            raise self.trouble
        if len(rows) > self.largest:
            raise Refused("413", too_many=True)
        good = [row for row in rows if not any(bad in row for bad in self.bad)]
        self.points |= {f"{row.split()[0]} {row.split()[2]}": row for row in good}
        if self.trouble is not None:
            raise self.trouble
        if len(good) < len(rows):
            raise Refused(f"partial write: dropped={len(rows) - len(good)}")

    def drop(self) -> None:
        """Somebody drops the database."""
        self.points.clear()
        self.exists = False


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    one = Ledger(tmp_path / "ledger.db")
    yield one
    one.close()


class Bench:
    """A mirror between a ledger and a pretended InfluxDB."""

    def __init__(self, ledger: Ledger, most_lines: int = mirror_module.MOST_LINES) -> None:
        self.ledger = ledger
        self.influx = PretendInflux()
        self.clock = StepClock()
        self.mirror = Mirror(ledger, self.influx, self.clock, most_lines)

    def rate(self, count: int = 1, desk: str = "d", hour: int = HOUR) -> None:
        """Count one rating at each of `count` desks: that many dirty tallies and one more."""
        tallies = Tallies()
        for i in range(count):
            tallies.add("s", rating(f"{desk}{i}", hour))
        with self.ledger.transaction():
            self.ledger.add_tallies(tallies)

    def step(self) -> float:
        """Wait until the next round is due, and do it."""
        self.clock.ms += round(self.mirror.wait_s * 1000)
        return self.mirror.step()

    def run(self) -> None:
        """Rounds until nothing is dirty."""
        for _ in range(1000):
            if self.mirror.lag == 0:
                return
            self.step()
        raise AssertionError(f"{self.mirror.lag} tallies stay dirty: {self.mirror.trouble}")

    def expected(self) -> set[str]:
        """All lines of the ledger."""
        db = self.ledger.marks._db
        return {
            line
            for name in TAGS
            for row in read_tallies(db, name, 0, NEVER)
            for line in [lines(name, [row])]
        }

    def clean(self) -> set[str]:
        """Lines that the ledger holds to be written."""
        dirty = {lines(n, [row]) for n in TAGS for row, _ in self.ledger.dirty(n, NEVER)}
        return self.expected() - dirty

    def refused(self) -> list[tuple[str, str]]:
        """(line, reason) of those set aside."""
        query = "SELECT line, reason FROM refused_line ORDER BY line"
        return list(self.ledger.marks._db.execute(query))


def rating(desk: str, hour: int = HOUR) -> Rating:
    """One counted rating."""
    return Rating(
        node="box",
        epoch="0" * 16,
        seq=1,
        at=hour * 1000,
        clock="set",
        value="satisfied",
        status="counted",
        channel="desk",
        service="-",
        desk=desk,
    )


@pytest.fixture
def bench(ledger: Ledger) -> Bench:
    """With requests of full size."""
    return Bench(ledger)


def test_what_is_counted_gets_to_influxdb_in_one_request(bench: Bench) -> None:
    """All measurements together."""
    bench.rate(3)
    assert bench.mirror.lag == 4
    assert bench.mirror.step() == mirror_module.PAUSE_S
    assert bench.mirror.lag == 0
    assert set(bench.influx.points.values()) == bench.expected()
    assert bench.influx.requests == [4]


def test_nothing_dirty_is_no_request(bench: Bench) -> None:
    """InfluxDB may sleep when the offices do."""
    assert bench.mirror.step() == mirror_module.PAUSE_S
    assert bench.influx.requests == []


def test_more_than_a_request_holds_goes_on_at_once(bench: Bench) -> None:
    """5,000 lines at a time."""
    bench.rate(12_000)
    assert bench.mirror.step() == 0
    assert bench.mirror.step() == 0
    assert bench.mirror.step() == mirror_module.PAUSE_S
    assert bench.influx.requests == [5000, 5000, 2001]
    assert set(bench.influx.points.values()) == bench.expected()


def test_a_round_before_its_time_does_nothing(bench: Bench) -> None:
    """An app that wakes too often does not press InfluxDB."""
    bench.mirror.step()
    bench.rate()
    assert bench.mirror.step() == mirror_module.PAUSE_S
    assert bench.influx.requests == []


def test_a_change_while_a_write_is_under_way_stays_dirty(bench: Bench) -> None:
    """The next round writes the newer value."""
    bench.rate()
    work = bench.mirror.take()
    assert work is not None
    result = bench.mirror.send(work)
    bench.rate()
    bench.mirror.settle(result)
    assert bench.mirror.lag == 2
    assert set(bench.influx.points.values()).isdisjoint(bench.expected())
    bench.run()
    assert set(bench.influx.points.values()) == bench.expected()


def test_sending_needs_no_ledger(bench: Bench) -> None:
    """So that it may run in a thread that does not own it."""
    bench.rate()
    work = bench.mirror.take()
    assert work is not None
    bench.ledger.close()
    try:
        assert len(bench.mirror.send(work).written) == 2
    finally:
        bench.ledger.__init__(bench.ledger._database.path)  # type: ignore[misc]


def test_one_bad_line_among_5000_is_set_aside_alone(bench: Bench) -> None:
    """With its reason, in one round, and it blocks nobody."""
    bench.rate(4999)
    bench.influx.bad = {"desk=d1234,"}
    assert bench.mirror.step() == 0
    assert bench.mirror.lag == 0
    [(line, reason)] = bench.refused()
    assert "desk=d1234," in line
    assert reason == "partial write: dropped=1"
    assert set(bench.influx.points.values()) == bench.expected() - {line}
    assert len(bench.influx.requests) <= 27


def test_a_refused_tally_that_changes_is_tried_again(bench: Bench) -> None:
    """What InfluxDB refused once it may take in another shape."""
    bench.influx.bad = {"satisfied=1i"}
    bench.rate()
    bench.run()
    bench.rate()
    bench.run()
    assert set(bench.influx.points.values()) == bench.expected()
    assert bench.refused() == []


def test_of_a_refused_tally_the_newest_line_is_kept(bench: Bench) -> None:
    """And no other's: neither of another hour, nor of a desk whose name begins alike."""
    bench.influx.bad = {"desk=d0"}
    for hour in (HOUR, HOUR + 3600):
        bench.rate(1, "d", hour)
        bench.rate(1, "d0x", hour)
    bench.run()
    before = bench.refused()
    assert len(before) == 4
    bench.rate(1, "d", HOUR)
    bench.run()
    after = bench.refused()
    assert len(after) == 4 and len(set(before) & set(after)) == 3
    assert {line for line, _ in after} <= bench.expected()


def test_if_all_lines_are_bad_all_are_set_aside(ledger: Ledger) -> None:
    """Round after round, each of limited length."""
    bench = Bench(ledger, most_lines=100)
    bench.rate(300)
    bench.influx.bad = {"rating"}
    before = 0
    while bench.mirror.lag:
        bench.step()
        assert len(bench.influx.requests) - before <= mirror_module.MOST_REQUESTS
        before = len(bench.influx.requests)
    assert len(bench.refused()) == 300
    assert len(bench.influx.points) == 1  # the device's own


def test_too_many_lines_are_sent_in_parts(bench: Bench) -> None:
    """A proxy with a small limit slows, and loses nothing."""
    bench.rate(4999)
    bench.influx.largest = 1300
    bench.run()
    assert bench.refused() == []
    assert set(bench.influx.points.values()) == bench.expected()


def test_a_server_that_finds_one_line_too_much_is_in_trouble_itself(bench: Bench) -> None:
    """No tally is that long: none is set aside for it."""
    bench.rate(10)
    bench.influx.largest = 0
    bench.step()
    assert bench.refused() == []
    assert bench.mirror.lag == 11
    assert "limit" in bench.mirror.trouble


def test_a_401_holds_everything_until_the_login_works(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Said once when it starts, and once when it ends."""
    caplog.set_level(logging.INFO)
    bench.rate(10)
    bench.influx.trouble = Unavailable("http://db answered 401: Check `token`")
    waits = [bench.step() for _ in range(9)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert bench.mirror.lag == 11
    assert bench.clean() == set()
    assert bench.mirror.trouble == "http://db answered 401: Check `token`"
    bench.influx.trouble = None
    assert bench.step() == mirror_module.PAUSE_S
    assert bench.mirror.trouble == ""
    assert set(bench.influx.points.values()) == bench.expected()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "Check `token`" in caplog.text
    assert caplog.messages[1] == "InfluxDB takes tallies again, after 243 s"
    bench.influx.trouble = Unavailable("down")
    bench.rate()
    assert bench.step() == 1  # the back-off begins anew


@pytest.mark.parametrize(("asked", "waited"), [(7, 7), (120, 120), (10**9, 3600)])
def test_a_429_is_obeyed(bench: Bench, asked: int, waited: int) -> None:
    """Within reason."""
    bench.rate()
    bench.influx.trouble = Unavailable("429", retry_after_s=asked)
    assert bench.mirror.step() == waited


def test_a_write_that_was_confirmed_too_late_is_done_again(bench: Bench) -> None:
    """It counts as not written, and changes nothing the second time."""
    bench.rate(5)
    bench.influx.trouble, bench.influx.late = Unavailable("timeout"), True
    bench.step()
    assert len(bench.influx.points) == bench.mirror.lag == 6
    bench.influx.trouble = None
    bench.run()
    assert set(bench.influx.points.values()) == bench.expected()


def test_an_old_value_that_arrives_after_a_newer_one_does_not_stay(bench: Bench) -> None:
    """A write without an answer is still on its way when the next one has been confirmed."""
    bench.clock.ms += round(mirror_module.LATE_S * 1000)  # nobody before us
    bench.rate()
    old = bench.expected()
    bench.influx.trouble = Unavailable("timeout")
    bench.step()
    bench.influx.trouble = None
    bench.rate()
    bench.run()
    assert set(bench.influx.points.values()) == bench.expected()
    bench.influx.write("\n".join(old))
    assert set(bench.influx.points.values()) == old
    before = len(bench.influx.requests)
    bench.clock.ms += round(mirror_module.LATE_S * 1000)
    bench.step()
    assert set(bench.influx.points.values()) == bench.expected()
    for _ in range(100):
        bench.step()
    assert len(bench.influx.requests) == before + 1  # once, and no more


def test_what_was_under_way_when_the_collector_was_killed_does_not_stay(bench: Bench) -> None:
    """Its successor reckons with it."""
    bench.rate()
    old = bench.expected()
    assert bench.mirror.take() is not None  # sent, and killed
    bench.mirror = Mirror(bench.ledger, bench.influx, bench.clock)
    bench.rate()
    bench.run()
    bench.influx.write("\n".join(old))
    bench.mirror = Mirror(bench.ledger, bench.influx, bench.clock)  # killed once more
    bench.clock.ms += round(mirror_module.LATE_S * 1000)
    bench.step()
    assert set(bench.influx.points.values()) == bench.expected()


def test_what_was_said_no_to_is_written_once(bench: Bench) -> None:
    """A 401 has no sequel."""
    bench.clock.ms += round(mirror_module.LATE_S * 1000)
    bench.rate()
    bench.influx.trouble = Unavailable("401", unclear=False)
    bench.step()
    bench.influx.trouble = None
    bench.run()
    before = len(bench.influx.requests)
    bench.clock.ms += round(mirror_module.LATE_S * 1000)
    bench.step()
    assert len(bench.influx.requests) == before


def test_trouble_in_the_middle_keeps_what_was_written(bench: Bench) -> None:
    """Only the rest is held."""
    bench.rate(4999)
    bench.influx.bad = {"desk=d4,"}
    work = bench.mirror.take()
    assert work is not None
    whole = bench.influx.write

    def fail_after_four(lines: str) -> None:
        if len(bench.influx.requests) == 4:
            raise Unavailable("down")
        whole(lines)

    bench.influx.write = fail_after_four  # type: ignore[method-assign]
    bench.mirror.settle(bench.mirror.send(work))
    assert 0 < bench.mirror.lag < 5000
    assert bench.clean() <= set(bench.influx.points.values())


def test_a_missing_database_is_made_and_gets_everything(bench: Bench) -> None:
    """Also the tallies that the one before it had."""
    bench.rate(10)
    bench.run()
    bench.influx.drop()
    bench.rate(1, "new")
    bench.run()
    assert set(bench.influx.points.values()) == bench.expected()
    assert len(bench.influx.points) == 12


def test_a_database_that_is_gone_is_noticed_when_there_is_nothing_to_write(bench: Bench) -> None:
    bench.rate(10)
    bench.run()
    bench.influx.drop()
    for _ in range(round(mirror_module.PULSE_S / mirror_module.PAUSE_S) + 3):
        bench.step()
    bench.run()
    assert set(bench.influx.points.values()) == bench.expected()


def test_a_look_at_the_database_changes_no_tally(bench: Bench) -> None:
    bench.rate(10)
    bench.run()
    before = dict(bench.influx.points)
    for _ in range(600):
        bench.step()
    assert bench.influx.points == before and bench.mirror.lag == 0


def test_a_bad_line_does_not_hide_that_the_database_was_missing(bench: Bench) -> None:
    """Both at once."""
    bench.rate(10)
    bench.run()
    bench.influx.drop()
    bench.influx.bad = {"new0"}
    bench.rate(1, "new")
    bench.run()
    assert set(bench.influx.points.values()) == {x for x in bench.expected() if "new0" not in x}


def test_a_database_that_others_must_make_is_waited_for(bench: Bench) -> None:
    """A bucket of 2.x: once it is there again, it gets everything."""
    bench.rate(10)
    bench.run()
    bench.influx.drop()
    bench.influx.may_create = False
    bench.rate(1, "new")
    assert [bench.step() for _ in range(3)] == [0, 1, 2]
    assert bench.mirror.trouble == "not yours to make"
    bench.influx.exists = True
    bench.run()
    assert set(bench.influx.points.values()) == bench.expected()


def test_a_round_that_never_settled_changes_nothing(bench: Bench) -> None:
    """The process was killed between the write and its note."""
    bench.rate(3)
    work = bench.mirror.take()
    assert work is not None
    bench.mirror.send(work)
    again = Mirror(bench.ledger, bench.influx, bench.clock)
    assert again.lag == 4
    again.step()
    assert again.lag == 0


def _late(influx: PretendInflux) -> None:
    influx.trouble, influx.late = Unavailable("late"), True


FAULTS: dict[str, Callable[[PretendInflux], None]] = {
    "down": lambda i: setattr(i, "trouble", Unavailable("down")),
    "late": _late,
    "small": lambda i: setattr(i, "largest", 3),
    "picky": lambda i: i.bad.add("desk=d2,"),
    "dropped": PretendInflux.drop,
    "well": lambda i: None,
}


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(FAULTS)),
            st.integers(0, 9),
            st.integers(0, 2),
            st.sampled_from(["settle", "lose", "change"]),
        ),
        max_size=12,
    )
)
def test_whatever_happens_nothing_is_lost_nor_marked_that_was_not_written(
    story: list[tuple[str, int, int, str]],
) -> None:
    """In any order of ratings, faults, kills and changes under way."""
    with TemporaryDirectory() as folder:
        bench = Bench(Ledger(Path(folder) / "ledger.db"), most_lines=5)
        for fault, count, hour, end in story:
            bench.rate(count, hour=HOUR + 3600 * hour)
            _heal(bench.influx)
            FAULTS[fault](bench.influx)
            _one_round(bench, end)
            if bench.influx.exists:
                aside = {line for line, _ in bench.refused()}
                assert bench.clean() <= set(bench.influx.points.values()) | aside
        _heal(bench.influx)
        bench.ledger.soil()  # what was refused in its time is no longer
        bench.run()
        assert set(bench.influx.points.values()) == bench.expected()
        bench.ledger.close()


def _heal(influx: PretendInflux) -> None:
    influx.trouble, influx.late, influx.largest = None, False, NEVER
    influx.bad.clear()


def _one_round(bench: Bench, end: str) -> None:
    bench.clock.ms += round(bench.mirror.wait_s * 1000)
    work = bench.mirror.take()
    if work is None:
        return
    result = bench.mirror.send(work)
    if end == "change":
        bench.rate(3)
    if end != "lose":
        bench.mirror.settle(result)
