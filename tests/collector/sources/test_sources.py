"""Sums out of the ledger are what adding up tally by tally gives, in the office's local time."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.ledger import LAYOUT, Ledger
from collector.month import bounds
from collector.source import DIMENSIONS, Dimension, Sum
from collector.sources.ledger import LedgerSource
from collector.tally import FIELDS, TAGS, Tallies
from tests.collector.bench import KYIV, Bench, rating
from wire.store import open_reader

HOUR_S = 3600
AUTUMN = int(datetime(2026, 10, 25, tzinfo=KYIV).timestamp())  # it has 03:00 twice
SPRING = int(datetime(2026, 3, 29, tzinfo=KYIV).timestamp())  # it has none
Row = tuple[int, tuple[str, ...], int, int]

rows_ = st.lists(
    st.tuples(
        st.one_of(
            st.integers(0, 30).map(lambda h: AUTUMN + h * HOUR_S),
            st.integers(0, 30).map(lambda h: SPRING + h * HOUR_S),
            st.integers(-800, 800).map(lambda h: AUTUMN + h * HOUR_S),
        ),
        st.tuples(
            st.sampled_from(("a", "b")),
            st.sampled_from(("passport", "-")),
            st.sampled_from(("1", "-")),
            st.sampled_from(("desk", "web")),
        ),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    max_size=12,
    unique_by=lambda row: row[:2],
)
dimensions = st.lists(
    st.sampled_from([d for d in DIMENSIONS if d not in ("node", "reason")]), unique=True, max_size=4
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One ledger for all examples."""
    return tmp_path_factory.mktemp("ledger") / "ledger.db"


def fill(path: Path, rows: Sequence[Row]) -> None:
    """The ledger holds these ratings and no others."""
    with closing(Ledger(path)) as ledger, ledger.transaction():
        ledger._db.execute("DELETE FROM tally_rating")
        ledger._db.execute("DELETE FROM day_rating")
        made = Tallies()
        for hour, tags, satisfied, unsatisfied in rows:
            made.sums["rating", hour, tags] = [satisfied, unsatisfied] + [0] * (
                len(FIELDS["rating"]) - 2
            )
        ledger.add_tallies(made)


def source(path: Path, zone: ZoneInfo = KYIV) -> "closing[Reading]":
    """The ledger, open until the block ends."""
    return closing(Reading(path, zone))


class Reading(LedgerSource):
    """A source that closes its file."""

    def __init__(self, path: Path, zone: ZoneInfo) -> None:
        self._reader = open_reader(path, LAYOUT)
        super().__init__(self._reader, zone)

    def close(self) -> None:
        """Give the file back."""
        self._reader.close()


def added_up(
    rows: Sequence[Row], span: tuple[int, int], by: Sequence[Dimension], zone: ZoneInfo
) -> list[Sum]:
    """The same, as slowly and plainly as can be."""
    found: dict[tuple[str, ...], list[int]] = {}
    for hour, tags, *sums in rows:
        if not span[0] <= hour < span[1]:
            continue
        local = datetime.fromtimestamp(hour, UTC).astimezone(zone)
        said = dict(zip(TAGS["rating"], tags, strict=True)) | {
            "month": local.isoformat()[:7],
            "day": local.isoformat()[:10],
            "weekday": str(local.weekday() + 1),
            "hour": local.isoformat()[11:13],
        }
        mine = found.setdefault(tuple(said[d] for d in by), [0, 0])
        mine[0] += sums[0]
        mine[1] += sums[1]
    return sorted((key, (sums[0], sums[1])) for key, sums in found.items())


@settings(max_examples=150, deadline=None)
@given(
    rows=rows_,
    by=dimensions,
    cut=st.integers(-900, 900),
    zone=st.sampled_from(["Europe/Kyiv", "UTC", "Asia/Kathmandu", "America/St_Johns"]),
)
def test_sums_are_those_of_its_tallies_by_whatever_they_are_grouped(
    path: Path, rows: list[Row], by: list[Dimension], cut: int, zone: str
) -> None:
    """By any dimensions in any order, over any stretch, in any zone."""
    fill(path, rows)
    span = (AUTUMN - 5_000 * HOUR_S, AUTUMN + cut * HOUR_S)
    with source(path, ZoneInfo(zone)) as one:
        found = one.sums("rating", *span, by, ("satisfied", "unsatisfied"))
    assert found == added_up(rows, span, by, ZoneInfo(zone))


@pytest.mark.parametrize(("month", "night", "hours"), [("2026-03", 29, 23), ("2026-10", 25, 25)])
def test_a_night_in_which_the_clocks_are_changed_keeps_all_of_its_hours(
    path: Path, month: str, night: int, hours: int
) -> None:
    """One vote in each hour of the month: the day has 23 or 25, its 03:00 none or two."""
    begin, end = bounds(month, KYIV)
    fill(path, [(h, ("a", "-", "-", "desk"), 1, 0) for h in range(begin, end, HOUR_S)])
    with source(path) as one:
        days = dict(one.sums("rating", begin, end, ["day"], ["satisfied"]))
        (total,) = one.sums("rating", begin, end, ["month"], ["satisfied"])
        by_hour = dict(one.sums("rating", begin, end, ["day", "hour"], ["satisfied"]))
    assert days.pop((f"{month}-{night}",)) == (hours,)
    assert set(days.values()) == {(24,)}
    assert total == ((month,), ((end - begin) // HOUR_S,))
    assert by_hour.get((f"{month}-{night}", "03"), (0,)) == ((hours - 24) + 1,)


def test_only_the_offices_and_fields_that_are_asked_for(path: Path) -> None:
    """In the order in which they are asked for."""
    tags = ("passport", "1", "desk")
    fill(path, [(AUTUMN, ("a", *tags), 3, 1), (AUTUMN, ("b", *tags), 5, 2)])
    with source(path) as one:
        span = (AUTUMN, AUTUMN + HOUR_S)
        assert one.sums("rating", *span, (), ["unsatisfied", "satisfied"]) == [((), (3, 8))]
        assert one.sums("rating", *span, (), ["satisfied"], ["b"]) == [((), (5,))]
        assert one.sums("rating", *span, (), ["satisfied"], ["none"]) == []
        (every,) = one.sums("rating", *span, ("channel", "site"), sites=["a"])
        assert every == (("desk", "a"), (3, 1, *[0] * (len(FIELDS["rating"]) - 2)))
        assert one.sums("rating", AUTUMN, AUTUMN, ()) == []


@pytest.mark.parametrize(
    ("measurement", "by", "fields", "said"),
    [
        ("rating", ["node"], [], "rating cannot be grouped by 'node'"),
        ("device", ["service"], [], "device cannot be grouped by 'service'"),
        ("visit", [], ["satisfied"], "visit has no field 'satisfied'"),
        ("vote", [], [], "there is no measurement 'vote'; there are rating"),
    ],
)
def test_what_a_measurement_lacks_is_refused(
    path: Path, measurement: str, by: list[Dimension], fields: list[str], said: str
) -> None:
    """Before anything is read."""
    fill(path, [])
    with source(path) as one, pytest.raises(ValueError, match=said):
        one.sums(measurement, 0, 1 << 40, by, fields)


def test_all_sums_of_a_source_are_of_one_moment(tmp_path: Path) -> None:
    """Votes that come between two questions are in neither answer."""
    bench = Bench(tmp_path)
    bench.take(rating(1))
    with source(bench.path) as one:
        before = one.sums("rating", 0, 1 << 40, ["channel"], ["satisfied"])
        bench.take(rating(2), epoch="eeeeeeeeeeeeeeee")
        after = one.sums("rating", 0, 1 << 40, ["site"], ["satisfied"])
        assert [sums for _, sums in before] == [sums for _, sums in after] == [(1,)]
    with source(bench.path) as again:
        assert again.sums("rating", 0, 1 << 40, (), ["satisfied"]) == [((), (2,))]
    bench.ledger.close()
