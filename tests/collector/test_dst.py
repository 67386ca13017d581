"""The two nights in which the clocks are changed, from the press to the report.

In Kyiv 2026-03-29 has no 03:00–04:00; 2026-10-25 has it twice.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.ledger import read_tallies
from collector.month import Month, bounds, summarise
from collector.tally import FIELDS, TAGS, Tallies, TallyRow
from tests.collector.bench import KYIV, Bench, rating, visit
from wire.records import OfficeRecord

HOUR_S = 3600
QUARTER_MS = 900_000
NIGHTS = [("2026-03-29", 23), ("2026-10-25", 25)]
ZONES = ("Europe/Kyiv", "UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns")


def midnight(day: str, zone: ZoneInfo = KYIV, later: int = 0) -> int:
    """Unix ms of a day's begin, or of one so many days later."""
    then = date.fromisoformat(day) + timedelta(days=later)
    return int(datetime(then.year, then.month, then.day, tzinfo=zone).timestamp() * 1000)


def tallied(records: list[OfficeRecord]) -> dict[str, list[TallyRow]]:
    """The tallies of some records."""
    made = Tallies()
    for record in records:
        made.add("kyiv-1", record)
    rows: dict[str, list[TallyRow]] = {name: [] for name in TAGS}
    for (name, hour, tags), sums in made.sums.items():
        rows[name].append((hour, tags, tuple(sums)))
    return rows


def month(records: list[OfficeRecord], name: str, zone: ZoneInfo = KYIV) -> Month:
    """The month of some records, as the command reads it."""
    begin, end = bounds(name, zone)
    rows = {m: [r for r in rows if begin <= r[0] < end] for m, rows in tallied(records).items()}
    return summarise(name, rows["rating"], rows["visit"], zone, 1 << 40, "test")


@pytest.mark.parametrize(("night", "hours"), NIGHTS)
def test_a_press_every_quarter_of_the_night_is_in_the_ledger_and_in_its_day(
    tmp_path: Path, night: str, hours: int
) -> None:
    bench = Bench(tmp_path)
    begin, end = midnight(night), midnight(night, later=1)
    times = range(begin - QUARTER_MS, end + QUARTER_MS, QUARTER_MS)
    bench.take(*(rating(seq, at=at) for seq, at in enumerate(times, 1)))
    rows = read_tallies(bench.ledger._db, "rating", *bounds(night[:7], KYIV))
    satisfied = FIELDS["rating"].index("satisfied")
    inside = [row for row in rows if begin <= row[0] * 1000 < end]
    assert [row[2][satisfied] for row in inside] == [4] * hours
    assert [row[0] for row in inside] == list(range(begin // 1000, end // 1000, HOUR_S))
    found = summarise(night[:7], rows, [], KYIV, 1 << 40, "test")
    assert (end - begin) == hours * HOUR_S * 1000
    assert [figures.votes for figures in found.by["day"].values()] == [1, 4 * hours, 1]
    assert found.total.votes == len(times) == 4 * hours + 2
    assert bench.audit(night[:7]).problems == []
    bench.ledger.close()


@pytest.mark.parametrize(("night", "presses"), [("2026-03-29", 0), ("2026-10-25", 2)])
def test_the_hour_that_is_missing_or_comes_twice(night: str, presses: int) -> None:
    """One press at half past of every hour of that day: 03:00 has none, or two."""
    times = range(midnight(night) + 2 * QUARTER_MS, midnight(night, later=1), 4 * QUARTER_MS)
    found = month([rating(seq, at=at) for seq, at in enumerate(times, 1)], night[:7])
    assert {hour: load.votes for hour, load in found.load.items()} == {
        f"{hour:02d}:00": presses if hour == 3 else 1 for hour in range(24)
    }
    assert found.load["03:00"].hours == 30 + presses
    assert {load.hours for hour, load in found.load.items() if hour != "03:00"} == {31}


def test_the_two_hours_of_one_name_are_two_tallies() -> None:
    first = int(datetime(2026, 10, 25, 3, 30, tzinfo=KYIV, fold=0).timestamp() * 1000)
    second = int(datetime(2026, 10, 25, 3, 30, tzinfo=KYIV, fold=1).timestamp() * 1000)
    assert second - first == HOUR_S * 1000
    rows = tallied([rating(1, at=first), rating(2, "unsatisfied", at=second)])["rating"]
    assert [row[0] for row in rows] == [first // 1000 - 1800, second // 1000 - 1800]
    found = month([rating(1, at=first), rating(2, "unsatisfied", at=second)], "2026-10")
    assert (found.load["03:00"].votes, found.by["day"]["2026-10-25"].votes) == (2, 2)


def test_what_has_no_time_of_day_is_of_the_day_and_of_no_hour() -> None:
    at = midnight("2026-10-25") + 5 * HOUR_S * 1000
    records: list[OfficeRecord] = [
        rating(1, at=at, clock="unknown"),
        rating(2, "unsatisfied", at=at),
        visit(1, at=at, clock="unknown"),
        visit(2, at=at, clock="placed"),
    ]
    found = month(records, "2026-10")
    day = found.by["day"]["2026-10-25"]
    assert (day.votes, day.visits, day.unclocked) == (2, 2, 2)
    assert sum(load.votes for load in found.load.values()) == 1
    assert sum(load.visits for load in found.load.values()) == 1


@pytest.mark.parametrize("zone", ZONES)
def test_every_hour_of_a_year_is_in_one_month_one_day_and_one_hour(zone: str) -> None:
    """Where a zone is not whole hours from UTC, too."""
    there = ZoneInfo(zone)
    names = [f"2026-{m:02d}" for m in range(1, 13)]
    edges = [bounds(name, there) for name in names]
    assert [end for _, end in edges[:-1]] == [begin for begin, _ in edges[1:]]
    hours = range(-(-edges[0][0] // HOUR_S) * HOUR_S, edges[-1][1], HOUR_S)
    assert len(hours) == 8760
    records: list[OfficeRecord] = [rating(i, at=h * 1000) for i, h in enumerate(hours, 1)]
    votes, lengths = 0, Counter[int]()
    for name in names:
        found = month(records, name, there)
        assert all(load.votes == load.hours for load in found.load.values())
        assert all(day.startswith(name) for day in found.by["day"])
        lengths.update(figures.votes for figures in found.by["day"].values())
        votes += found.total.votes
    assert votes == 8760
    changes = 0 if zone in ("UTC", "Asia/Kathmandu") else 1
    assert lengths == Counter({24: 365 - 2 * changes, 23: changes, 25: changes})


def test_a_half_hour_change_makes_a_day_of_whole_tallies() -> None:
    """Lord Howe goes back half an hour on 2026-04-05: that day has 24½ hours. The last half of its
    25th tally is of the next day by the clock on the wall, and counts for the day it begins in."""
    zone = ZoneInfo("Australia/Lord_Howe")
    begin, end = midnight("2026-04-05", zone), midnight("2026-04-05", zone, later=1)
    assert end - begin == 24.5 * HOUR_S * 1000
    times = range(begin, end + 4 * QUARTER_MS, QUARTER_MS)
    found = month([rating(i, at=at) for i, at in enumerate(times, 1)], "2026-04", zone)
    votes = {day: figures.votes for day, figures in found.by["day"].items()}
    assert votes == {"2026-04-05": 4 * 25, "2026-04-06": 2}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.sampled_from(("2026-03", "2026-04", "2026-10", "2026-11")),
    st.lists(
        st.tuples(
            st.integers(0, 32 * 24 * 4),
            st.sampled_from(("set", "placed", "unknown")),
            st.booleans(),
        ),
        max_size=60,
    ),
)
def test_days_hours_and_total_say_the_same(
    zone: str, name: str, events: list[tuple[int, str, bool]]
) -> None:
    """What the hours lack is what has no time of day, and that is said."""
    there = ZoneInfo(zone)
    begin, end = bounds(name, there)
    first = -(-begin // HOUR_S) * HOUR_S
    records: list[OfficeRecord] = []
    for seq, (quarter, clock, is_visit) in enumerate(events, 1):
        at = min(first * 1000 + quarter * QUARTER_MS, end // HOUR_S * HOUR_S * 1000 - 1)
        make = visit if is_visit else rating
        records.append(make(seq, at=at, clock=clock))
    found = month(records, name, there)
    days, hours = found.by["day"].values(), found.load.values()
    visits = sum(is_visit for _, _, is_visit in events)
    assert found.total.visits == sum(day.visits for day in days) == visits
    assert found.total.votes == sum(day.votes for day in days) == len(events) - visits
    clocked = sum(load.visits + load.votes for load in hours)
    assert clocked + found.total.unclocked == len(events)
    assert found.total.unclocked == sum(clock == "unknown" for _, clock, _ in events)
    assert sum(load.hours for load in hours) == len(range(first, end, HOUR_S))
    assert found.by["day"].keys() <= {_local(at, there) for at in range(first, end, HOUR_S)}


def _local(at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(zone).date().isoformat()
