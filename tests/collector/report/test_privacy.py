"""What the public edition hides cannot be had from what it shows."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collector.report.assemble import make_report
from collector.report.facts import ALL, Cell
from collector.report.gather import gather
from collector.report.period import read_period
from collector.report.privacy import LEAST_VOTES, hidden, public
from collector.report.setting import Setting
from tests.collector.report.attacker import attack, read
from tests.collector.report.heap import KYIV, LATER, Heap

VISITS = {"a": 7, "b": 5, "c": 9, "d": 1}


def cells(**votes: int) -> dict[str, Cell]:
    """Cells of so many votes, half of them satisfied."""
    return {k: Cell(votes=n, satisfied=n // 2, visits=VISITS[k]) for k, n in votes.items()}


@pytest.mark.parametrize(
    ("table", "gone"),
    [
        (cells(), ""),
        (cells(a=10, b=30), ""),
        (cells(a=10, b=30, c=0), ""),  # nobody voted: nobody to protect
        (cells(a=9, b=30, c=40), "ab"),  # b: the fewest visits of those that are left
        (cells(a=9, b=40, c=30), "ab"),  # so whatever their votes are
        (cells(a=9, d=30, c=40), "ad"),
        (cells(a=6, b=6, c=40), "abc"),  # one of ten and more is always among them
        (cells(a=1, b=18, c=40), "ab"),  # 1 and 18: from 9 and 10 to 1 and 18
        (cells(a=1, b=17, c=40), "abc"),  # 1 and 17: the one could not be 9
        (cells(a=1, b=10, c=10, d=0), "abcd"),  # all there is: then also what nobody voted on
        (cells(a=9), "a"),
        (cells(a=6, b=5, c=0), "abc"),
    ],
)
def test_a_cell_below_ten_votes_takes_its_complement_with_it(
    table: Mapping[str, Cell], gone: str
) -> None:
    """What is hidden, by hand."""
    assert hidden(table) == set(gone)


def test_hidden_cells_hold_both_answers_if_the_table_does() -> None:
    """Else it would be known of every one of the few that they were satisfied."""
    table = {
        "a": Cell(votes=4, satisfied=4, visits=1),
        "b": Cell(votes=20, satisfied=20, visits=2),
        "c": Cell(votes=20, satisfied=19, visits=3),
        "d": Cell(votes=20, satisfied=18, visits=4),
    }
    assert hidden(table) == {"a", "b", "c"}
    assert hidden(table, is_split=False) == {"a", "b"}
    unanimous = {key: Cell(votes=c.votes, satisfied=c.votes) for key, c in table.items()}
    assert hidden(unanimous) == {"a", "b"}  # the total says so of everybody


@pytest.mark.parametrize("size", [2, 3, 4])
def test_who_knows_the_rule_and_everything_published_cannot_tell_a_hidden_cell(size: int) -> None:
    """Every table there can be: of all that look the same from outside, a hidden cell has at least
    nine different counts of votes."""
    names = "abcd"[:size]
    most = 45 if size == 2 else 40 if size == 3 else 24
    alike: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for votes in product(range(most + 1), repeat=size):
        if not LEAST_VOTES <= sum(votes) <= most:
            continue  # below ten the total is hidden, and with it everything
        gone = hidden(cells(**dict(zip(names, votes, strict=True))), is_split=False)
        seen = tuple(None if k in gone else n for k, n in zip(names, votes, strict=True))
        alike[sum(votes), seen].append(votes)
    tried = 0
    for (_, seen), tables in alike.items():  # type: ignore[misc]
        for place, shown in enumerate(seen):
            if shown is None:
                tried += 1
                found = {table[place] for table in tables}
                assert len(found) >= 9, (seen, tables)
    assert tried > 70


DAY = "2026-10-05"
SERVICES = ("land", "passport", "subsidy")
SITES = ("center", "north", "south")
SETTING = Setting(
    zone=KYIV,
    now_s=LATER,
    services={key: key for key in SERVICES},
    sites={key: key for key in SITES},
)
MONTHS = ("2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026-12")
SPANS = {month: (month,) for month in (*MONTHS, "2025-10", "2025-11", "2025-12")} | {
    "2026Q3": MONTHS[:3],
    "2026Q4": MONTHS[3:],
    "2025Q4": ("2025-10", "2025-11", "2025-12"),
}

counts = st.one_of(st.integers(0, 4), st.integers(0, 12), st.integers(0, 60))
votes = st.tuples(
    st.sampled_from(MONTHS),
    st.sampled_from(("05 09", "06 10", "12 09")),
    st.sampled_from(SERVICES),
    st.sampled_from(SITES),
    st.sampled_from(("desk", "exit", "web", "paper")),
    counts,
    counts,
)
heaps = st.lists(votes, min_size=1, max_size=25)


def heap_of(drawn: list[tuple[str, str, str, str, str, int, int]]) -> Heap:
    """Votes as drawn; as many visits; the boxes count what they took; one in three says why."""
    heap = Heap()
    for month, hour, service, site, channel, good, bad in drawn:
        at = f"{month}-{hour}"
        heap.votes(at, good, bad, service, site, channel, desk="1" if channel == "desk" else "-")
        heap.visits(at, good + 2 * bad, service, site)
        if site == "center" and channel == "desk":  # of its desks every visit is known
            heap.spent(at, [(good, 1)] * good, [(bad, 2)] * bad)
        heap.named(at, "respect" if bad % 2 else "openness", bad // 3)
        if channel != "paper":
            heap.add("device", at, {"site": site, "node": "box-1"}, counted=good + bad)
    return heap


@pytest.mark.parametrize("period", ["2026-10", "2026Q4"])
@settings(max_examples=60, deadline=None)
@given(drawn=heaps)
@example(
    drawn=[
        ("2026-10", "05 09", "land", "center", "desk", 6, 0),
        ("2026-10", "05 09", "passport", "center", "exit", 30, 9),
    ]
)
@example(
    drawn=[
        ("2026-10", "05 09", "land", "center", "desk", 20, 5),
        ("2026-10", "05 09", "land", "center", "web", 2, 1),
    ]
)
@example(
    drawn=[
        (m, "05 09", s, "center", "desk", n, 3)
        for m, s, n in (
            ("2026-10", "land", 4),
            ("2026-11", "land", 44),
            ("2026-12", "land", 44),
            ("2026-10", "passport", 44),
            ("2026-11", "passport", 44),
        )
    ]
)
@example(  # the office with the queue is hidden beside a small one without
    drawn=[
        ("2026-10", "05 09", "passport", "center", "desk", 30, 10),
        ("2026-10", "05 09", "passport", "north", "desk", 5, 1),
        ("2026-10", "05 09", "passport", "south", "desk", 40, 20),
    ]
)
def test_a_public_report_does_not_give_away_what_it_hides(
    period: str, drawn: list[tuple[str, str, str, str, str, int, int]]
) -> None:
    """From all of its figures together, each hidden count of votes may be anything from 1 to 10,
    and that of the satisfied ones is not certain, unless all of the month were of one mind."""
    heap = heap_of(drawn)
    shown, secret = make_report(heap, read_period(period), SETTING, "public"), secrets(heap, period)
    bounds = attack(read(shown, SPANS, satisfied=False))
    for cell in secret & bounds.keys():
        low, high = bounds[cell]
        assert low <= 1 and (high is None or high >= LEAST_VOTES), (cell, low, high)
    known = read(shown, SPANS, satisfied=True)
    votes_of = read(shown, SPANS, satisfied=False).shown
    satisfied = attack(known)
    for cell in secret & satisfied.keys():
        total = (cell[0], "total", "")
        if 0 < known.shown.get(total, 0) < votes_of.get(total, 0):
            low, high = satisfied[cell]
            assert high is None or low < high, (cell, low, high)


def secrets(heap: Heap, period: str) -> set[tuple[str, str, str]]:
    """The cells with votes that the rule hides, as the attacker names them."""
    facts = gather(heap, read_period(period), SETTING)
    left = public(facts)
    tables = {
        "service": (facts.services, left.services),
        "site": (facts.sites, left.sites),
        "channel": (facts.channels, left.channels),
        "load": (facts.load, left.load),
        "reason": (facts.reasons, left.reasons),
    }
    found = {
        (month, name, key)
        for name, (every, shown) in tables.items()
        for (month, key), cell in shown.items()
        if cell.hidden and every[month, key].votes and key != ALL
    }
    return found | {(month, "total", "") for month, cell in left.total.items() if cell.hidden}


TEN = [(12, 5)] * 10


@pytest.mark.parametrize(
    ("heap", "shown"),
    [
        (Heap().votes(DAY, 30, 10).spent(DAY, TEN * 3, TEN), (30, 10)),
        (Heap().votes(DAY, 30, 9).spent(DAY, TEN * 3, TEN[1:]), None),  # few dissatisfied
        (Heap().votes(DAY, 9, 30).spent(DAY, TEN[1:], TEN * 3), None),  # few satisfied
        (Heap().votes(DAY, 30, 0).spent(DAY, TEN * 3), (30, 0)),  # nobody to protect
        (Heap().votes(DAY, 30, 19).spent(DAY, TEN * 3, TEN), None),  # few whose visit is not known
        (Heap().votes(DAY, 39, 20).spent(DAY, TEN * 3, TEN), None),
        (Heap().votes(DAY, 40, 20).spent(DAY, TEN * 3, TEN), (30, 10)),
        (Heap().votes(DAY, 40, 10).spent(DAY, TEN * 3, TEN), (30, 10)),
        # the desks' channel is hidden, for the exit's sake: so the known ones of it are
        (Heap().votes(DAY, 30, 10).votes(DAY, 1, 1, channel="exit").spent(DAY, TEN * 3, TEN), None),
        # a service is hidden, of which every visit is known: nothing that the desks do not say
        (
            Heap().votes(DAY, 30, 10).votes(DAY, 3, 1, service="land")
            .spent(DAY, [*TEN * 3, *TEN[:3]], [*TEN, TEN[0]]),
            (33, 11),
        ),
        # one that has no queue: those whose visit is not known would be its votes, and others'
        (
            Heap().votes(DAY, 30, 10).votes(DAY, 5, 1, service="land")
            .votes(DAY, 15, 15, service="subsidy").spent(DAY, TEN * 3, TEN),
            None,
        ),
        (
            Heap().votes(DAY, 30, 10).votes(DAY, 5, 1, site="north")
            .votes(DAY, 15, 15, site="south").spent(DAY, TEN * 3, TEN),
            None,
        ),
    ],
)  # fmt: skip
def test_minutes_are_shown_where_no_group_is_small_and_nothing_else_is_given_away(
    heap: Heap, shown: tuple[int, int] | None
) -> None:
    """Both answers, or neither; the internal edition has them all the same."""
    good, bad = heap.report("2026-10", "public").spent
    if shown is None:
        nothing = (None, None, None, True)
        assert [(s.votes, s.waited, s.served, s.hidden) for s in (good, bad)] == [nothing] * 2
    else:
        assert (good.votes, bad.votes) == shown
        assert good.waited is not None and good.waited.value == 12.0
    assert all(not one.hidden for one in heap.report("2026-10").spent)


def test_a_quarter_hides_the_minutes_that_one_of_its_months_hides() -> None:
    """Else the quarter less the two others would be that month."""
    heap = Heap().votes(DAY, 30, 10).spent(DAY, TEN * 3, TEN)
    heap.votes("2026-11-05", 30, 3).spent("2026-11-05", TEN * 3, TEN[:3])
    quarter = heap.report("2026Q4", "public")
    assert [one.hidden for one in quarter.spent] == [True, True]
    assert [[one.hidden for one in month.spent] for month in quarter.months] == [
        [False, False],
        [True, True],
        [],
    ]


@settings(max_examples=40, deadline=None)
@given(drawn=heaps)
def test_no_cell_of_one_to_nine_votes_is_in_a_public_report(
    drawn: list[tuple[str, str, str, str, str, int, int]],
) -> None:
    """In no table, of no month; and no desk and no single device."""
    shown = make_report(heap_of(drawn), read_period("2026Q4"), SETTING, "public")
    for report in (shown, *shown.months):
        assert report.desks == ()
        assert {outage.node for outage in report.coverage.outages} <= {""}
    known = read(shown, SPANS, satisfied=False)
    few = {c: n for c, n in known.shown.items() if 0 < n < LEAST_VOTES}
    assert {c for c in few if c[1] != "reasons"} == set()
    for report in (shown, *shown.months):
        for spent in report.spent:
            assert spent.votes is None or not 0 < spent.votes < LEAST_VOTES


def test_the_attacker_finds_what_a_naive_report_gives_away() -> None:
    """He is worth something: the total less the rest, and a quarter less two of its months."""
    heap = heap_of(
        [
            ("2026-10", "05 09", "land", "center", "desk", 4, 3),
            ("2026-10", "05 09", "passport", "center", "desk", 40, 3),
            ("2026-11", "05 09", "land", "north", "desk", 40, 3),
            ("2026-12", "05 09", "land", "north", "desk", 40, 3),
        ]
    )
    known = read(heap.report("2026Q4"), SPANS, satisfied=False)
    few = ("2026-10", "service", "land")
    del known.shown[few]
    assert attack(known)[few] == (7, 7)
    known.shown.pop(("2026-10", "service", "passport"))
    assert attack(known)[few] == (7, 7)  # by the quarter
    known.sums = [one for one in known.sums if one[0][0][1] != "service"]
    assert attack(known)[few] == (0, 50)
