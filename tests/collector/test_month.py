"""A month out of the tallies, in the time of the office."""

import pytest

from collector.month import Month, MonthError, bounds, summarise
from collector.tally import FIELDS, TallyRow
from tests.collector.bench import KYIV

HOUR_S = 3600


def row(
    measurement: str, hour: int, site: str = "kyiv-1", channel: str = "desk", **sums: int
) -> TallyRow:
    tags = (site, "passport", "1", channel) if measurement == "rating" else (site, "x", "-", "-")
    return hour, tags, tuple(sums.get(field, 0) for field in FIELDS[measurement])


def month(ratings: list[TallyRow], visits: list[TallyRow], name: str = "2026-10") -> Month:
    return summarise(name, ratings, visits, KYIV, 1 << 40, "test")


@pytest.mark.parametrize(
    ("name", "hours"),
    [("2026-10", 745), ("2026-03", 743), ("2026-02", 672), ("2028-02", 696), ("2026-12", 744)],
)
def test_a_month_is_as_long_as_its_clocks_say(name: str, hours: int) -> None:
    begin, end = bounds(name, KYIV)
    assert end - begin == hours * HOUR_S


def test_a_month_begins_where_the_one_before_it_ends() -> None:
    ends = [bounds(f"2026-{m:02d}", KYIV) for m in range(1, 13)]
    assert [end for _, end in ends[:-1]] == [begin for begin, _ in ends[1:]]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x",
        "2026",
        "2026-13",
        "2026-00",
        "2026-1",
        "26-10",
        "2026-10-01",
        " 2026-10",
        "9999-12",
        "２０２６-10",
        "0000-01",
        "2026-W10",
    ],
)
def test_what_is_no_month_is_refused(name: str) -> None:
    with pytest.raises(MonthError, match="is not a month; write it as 2026-10"):
        bounds(name, KYIV)


@pytest.mark.parametrize(
    ("name", "night", "hours"), [("2026-10", "2026-10-25", 25), ("2026-03", "2026-03-29", 23)]
)
def test_the_night_of_the_clocks_has_its_own_hours(name: str, night: str, hours: int) -> None:
    begin, end = bounds(name, KYIV)
    found = month([row("rating", h, satisfied=1) for h in range(begin, end, HOUR_S)], [], name)
    days = found.by["day"]
    assert days.pop(night).votes == hours
    assert {figures.votes for figures in days.values()} == {24}
    assert (min(days), max(days)) == (f"{name}-01", f"{name}-31")
    assert found.total.votes == (end - begin) // HOUR_S


def test_the_same_sums_stand_in_every_dimension() -> None:
    begin, _ = bounds("2026-10", KYIV)
    ratings = [
        row("rating", begin, "kyiv-1", "desk", satisfied=3, repeat=2),
        row("rating", begin + 90_000, "kyiv-2", "exit", unsatisfied=1, flood=1, unclocked=1),
    ]
    found = month(ratings, [row("visit", begin, issued=9, own_number=1, printed=8, failed=1)])
    for dimension in ("site", "service", "channel", "day"):
        groups = found.by[dimension].values()
        assert sum(g.votes for g in groups) == found.total.votes == 4
        assert sum(g.refusals for g in groups) == found.total.refusals == 3
    assert list(found.by["channel"]) == ["desk", "exit"]
    assert sum(g.visits for g in found.by["site"].values()) == found.total.visits == 9


def test_shares_are_of_sums_and_not_means_of_shares() -> None:
    begin, _ = bounds("2026-10", KYIV)
    found = month(
        [
            row("rating", begin, "kyiv-1", satisfied=1),
            row("rating", begin, "kyiv-2", satisfied=0, unsatisfied=3),
        ],
        [row("visit", begin, issued=8)],
    )
    assert (found.total.share, found.total.response) == (0.25, 0.5)
    assert found.by["site"]["kyiv-1"].share == 1.0


def test_an_empty_month_has_no_share() -> None:
    found = month([], [])
    assert (found.total.votes, found.total.share, found.total.response) == (0, None, None)
    assert not any(found.by.values())


def test_one_site_can_be_asked_for() -> None:
    begin, _ = bounds("2026-10", KYIV)
    rows = [row("rating", begin, site, satisfied=1) for site in ("kyiv-1", "kyiv-2")]
    found = summarise("2026-10", rows, [], KYIV, 0, "test", "kyiv-2")
    assert list(found.by["site"]) == ["kyiv-2"] and found.total.votes == 1


def test_a_month_is_open_until_its_last_second_is_over() -> None:
    _, end = bounds("2026-10", KYIV)
    open_ = [summarise("2026-10", [], [], KYIV, now, "test").is_open for now in (end - 1, end)]
    assert open_ == [True, False]
