"""The report, section by section, from tallies written by hand."""

from datetime import UTC, datetime

import pytest

from collector.analysis.interval import Interval, newcombe, wilson
from collector.analysis.mean import Mean
from collector.month import MonthError
from collector.report.model import Annotation, Correction, Report
from collector.report.period import read_period
from collector.report.setting import Decision
from tests.collector.report.heap import KYIV, Heap


def every_figure_is_possible(report: Report) -> None:
    """No bound outside 0 to 1, and each share within its own interval."""
    shares = [report.answer.share, *(p.share for p in report.chart.points)]
    rows = [*report.services, *report.sites, *report.desks]
    shares += [row.share for row in rows] + [c.share for c in report.channels]
    intervals = [one.interval for one in shares] + [row.shrunk for row in rows]
    intervals += [row.limits for row in rows] + [p.limits for p in report.chart.points]
    intervals += [report.answer.of_visits, report.answer.at_worst]
    for interval in filter(None, intervals):
        assert 0 <= interval.low <= interval.high <= 1
    for one in shares:
        if one.share is not None and one.interval is not None:
            assert one.interval.low <= one.share <= one.interval.high


def test_the_answer_is_of_the_boxes_and_says_so() -> None:
    """Web and paper stand beside it and are not in it."""
    heap = Heap().visits("2026-10-05", 200)
    heap.votes("2026-10-05", 81, 10).votes("2026-10-06", 9, 0, channel="exit", desk="-")
    heap.votes("2026-10-06", 1, 40, channel="web").votes("2026-10-07", 0, 5, channel="paper")
    report = heap.report("2026-10")
    answer = report.answer
    assert answer.channels == ("desk", "exit")
    assert (answer.share.satisfied, answer.share.votes, answer.share.share) == (90, 100, 0.9)
    assert answer.share.interval == wilson(90, 100)
    assert (answer.visits, answer.response) == (200, 0.5)
    assert answer.at_worst == Interval(0.45, 0.95)
    assert [(c.key, c.share.satisfied, c.share.votes) for c in report.channels] == [
        ("desk", 81, 91),
        ("exit", 9, 9),
        ("web", 1, 41),
        ("paper", 0, 5),
    ]
    (point,) = report.chart.points
    assert (point.share.satisfied, point.share.votes, point.visits) == (90, 100, 200)
    assert [(row.key, row.share.votes) for row in report.services] == [("passport", 100)]
    every_figure_is_possible(report)


@pytest.mark.parametrize(
    ("before", "now", "verdict"),
    [
        ((80, 20), (95, 5), "better"),
        ((95, 5), (80, 20), "worse"),
        ((90, 10), (89, 11), "no_grounds"),
        ((0, 0), (89, 11), "no_data"),
        ((3, 0), (0, 0), "no_data"),
    ],
)
def test_a_verdict_says_whether_the_interval_of_the_change_leaves_out_nought(
    before: tuple[int, int], now: tuple[int, int], verdict: str
) -> None:
    """Against the month before and against the same month of the year before."""
    heap = Heap().votes("2026-09-30", *before).votes("2026-10-01", *now)
    change = heap.report("2026-10").answer.month_before
    assert (change.before, change.verdict) == ("2026-09", verdict)
    year = Heap().votes("2025-10-31", *before).votes("2026-10-01", *now)
    assert year.report("2026-10").answer.year_before.verdict == verdict
    if verdict == "no_data":
        assert (change.difference, change.interval, change.p_value) == (None, None, None)
    else:
        counts = (now[0], sum(now), before[0], sum(before))
        assert change.interval == newcombe(*counts)
        assert change.difference == now[0] / sum(now) - before[0] / sum(before)


@pytest.mark.parametrize(("satisfied", "unsatisfied"), [(0, 0), (1, 0), (0, 1), (7, 0), (0, 7)])
def test_a_month_with_hardly_any_votes_is_reported(satisfied: int, unsatisfied: int) -> None:
    """None, one, none of n, n of n; one month of history."""
    heap = Heap().visits("2026-10-05", 7).votes("2026-10-05", satisfied, unsatisfied)
    for report in (heap.report("2026-10"), heap.report("2026-10", "public")):
        every_figure_is_possible(report)
        assert report.chart.trend_p is None
        assert len(report.chart.points) == 1


def test_nothing_at_all_is_a_report_too() -> None:
    """Empty, and no error."""
    report = Heap().report("2026-10")
    assert (report.answer.share.share, report.answer.share.interval) == (None, None)
    assert not any((report.services, report.sites, report.desks, report.load, report.channels))
    assert (report.chart.baseline, report.chart.centre) == (None, None)
    assert report.complaints is None
    assert [point.month for point in report.chart.points] == ["2026-10"]


def test_a_service_that_nobody_came_for_has_its_row() -> None:
    """As far as its title is known."""
    report = (
        Heap().votes("2026-10-05", 40, 4).report("2026-10", services={"land": "Земля", "x": "Х"})
    )
    empty = report.services[0]
    assert (empty.key, empty.title, empty.visits, empty.share.votes) == ("land", "Земля", 0, 0)
    assert empty.shrunk is empty.limits is None
    assert [row.key for row in report.services] == ["land", "passport", "x"]


def test_the_chart_is_frozen_on_its_first_twelve_months_that_are_over() -> None:
    """What comes after them moves neither centre nor limits; the month that runs is marked."""
    heap = Heap()
    for i in range(30):
        heap.votes(f"{2024 + (i + 4) // 12}-{(i + 4) % 12 + 1:02d}-15", 900 + i % 3, 100 - i % 3)
    now = int(datetime(2026, 10, 20, tzinfo=UTC).timestamp())
    chart = heap.report("2026-10", now_s=now).chart
    assert len(chart.points) == 24
    assert [p.month for p in chart.points if p.is_open] == ["2026-10"]
    assert chart.baseline == ("2024-11", "2025-10")
    assert chart.centre == pytest.approx(0.901)
    heap.votes("2026-03-15", 100, 900)
    other = heap.report("2026-10", now_s=now).chart
    assert (other.centre, other.sigma_z) == (chart.centre, chart.sigma_z)
    assert [p.month for p in other.points if p.clue == "below"] == ["2026-03"]
    fixed = heap.report("2026-10", now_s=now, baseline=("2024-05", "2024-10")).chart
    assert fixed.baseline == ("2024-05", "2024-10")
    assert len(fixed.points) == 24


def test_a_change_is_marked_after_all_services_have_been_looked_at() -> None:
    """Of many services one differs by chance; a large change stands out all the same."""
    heap = Heap()
    for i in range(20):
        heap.votes("2026-09-15", 90, 10, f"s{i}").votes("2026-10-15", 90, 10, f"s{i}")
    heap.votes("2026-09-15", 60, 40, "up").votes("2026-10-15", 95, 5, "up")
    heap.votes("2026-09-15", 82, 18, "luck").votes("2026-10-15", 92, 8, "luck")
    rows = {row.key: row for row in heap.report("2026-10").services}
    assert {key for key, row in rows.items() if row.is_change} == {"up"}
    assert rows["luck"].change is not None
    assert rows["luck"].change.verdict == "better"  # looked at alone


def test_load_says_how_often_an_hour_came_also_in_the_night_of_the_clocks() -> None:
    """October 2026 has four Sundays and the hour from three to four five times on them."""
    heap = Heap().votes("2026-10-25 03", 2, 1).visits("2026-10-25 03", 5)
    heap.votes("2026-10-05 09", 10, 2, unclocked=4).visits("2026-10-12 09", 20, unclocked=5)
    heap.votes("2026-10-05 09", 10, 2, channel="web")
    report = heap.report("2026-10")
    assert [(c.weekday, c.hour, c.hours, c.visits, c.votes) for c in report.load] == [
        (1, 9, 4, 15, 8),
        (7, 3, 5, 5, 3),
    ]
    assert report.coverage.unclocked == 9
    assert report.method.hours == 31 * 24 + 1
    assert Heap().report("2026-03").method.hours == 31 * 24 - 1


def test_waiting_times_are_merged_from_buckets_not_from_percentiles() -> None:
    """With the bucket that they are certain to lie in."""
    heap = Heap().waits("2026-10-05", 9, 0, 1).waits("2026-10-06", 0, 0, 0, 30, service="land")
    every, land, passport = heap.report("2026-10", services={"land": "Земля"}).waits
    assert (every.key, every.count, land.title, passport.count) == ("", 40, "Земля", 10)
    assert every.median is not None and passport.median is not None and passport.p90 is not None
    assert (every.median.low, every.median.high) == (180, 300)
    assert (passport.median.low, passport.median.high) == (0, 60)
    assert (passport.p90.low, passport.p90.high) == (0, 60)
    assert heap.report("2026-10").serving == ()


def test_how_long_voters_had_waited_stands_by_their_answer() -> None:
    """Means and Student's intervals of the month's minutes, in the desks' channel; by hand."""
    heap = Heap().votes("2026-10-05", 4, 3).spent("2026-10-05", [(1, 4), (2, 4)], [(30, 9)])
    heap.spent("2026-10-06", [(3, 4)], [(50, 11)]).spent("2026-09-06", [(99, 99)])
    good, bad = heap.report("2026-10").spent
    assert (good.key, good.votes, bad.key, bad.votes) == ("satisfied", 3, "unsatisfied", 2)
    assert good.waited is not None and good.waited.interval is not None
    assert good.waited.value == 2.0
    # s = 1, n = 3, t = 4.302653
    assert good.waited.interval.high == pytest.approx(2 + 4.302652730 / 3**0.5)
    assert good.served == Mean(4.0, Interval(4.0, 4.0))
    assert bad.waited is not None and bad.served is not None
    assert (bad.waited.value, bad.served.value) == (40.0, 10.0)
    assert heap.report("2026-08").spent == ()


def test_an_answer_that_nobody_gave_has_no_mean_and_one_alone_no_interval() -> None:
    """Nought of nought is no time; of one nobody knows how much they differ."""
    heap = Heap().votes("2026-10-05", 1, 0).spent("2026-10-05", [(7, 2)])
    good, bad = heap.report("2026-10").spent
    assert good.waited == Mean(7.0, None)
    assert (bad.votes, bad.waited, bad.served, bad.hidden) == (0, None, None, False)


def test_a_quarters_means_are_of_the_sums_of_its_months() -> None:
    """Never a mean of means."""
    heap = Heap().votes("2026-10-05", 3, 0).votes("2026-12-05", 1, 0)
    heap.spent("2026-10-05", [(1, 1), (2, 1), (3, 1)]).spent("2026-12-05", [(10, 5)])
    good, _ = heap.report("2026Q4").spent
    assert good.waited is not None and good.served is not None
    assert (good.votes, good.waited.value, good.served.value) == (4, 4.0, 2.0)


def test_reasons_and_complaints() -> None:
    """All seven criteria in their order once one is named; complaints per 1,000 visits."""
    heap = Heap().named("2026-10-05", "respect", 3).named("2026-10-06", "timeliness", 9)
    heap.visits("2026-10-05", 2_000).visits("2026-09-05", 10)
    assert heap.report("2026-10").complaints is None
    heap.add("complaint", "2026-09-05", {"site": "center"}, received=4)
    report = heap.report("2026-10")
    assert [(r.key, r.count.count) for r in report.reasons][:3] == [
        ("effectiveness", 0),
        ("timeliness", 9),
        ("accessibility", 0),
    ]
    assert report.reasons[1].share.share == 0.75
    assert report.complaints is not None and report.complaints.rate is not None
    assert (report.complaints.count, report.complaints.rate.per_1000) == (0, 0.0)
    # no event: the upper limit of the expected count is -ln 0.025 (Garwood 1936)
    assert report.complaints.rate.high == pytest.approx(3.688879454 / 2)


def test_coverage_says_what_is_not_in_the_figures_and_why() -> None:
    """Refusals by reason, outcomes of prints, devices with something missing, the sums of all."""
    heap = Heap().votes("2026-10-05", 50, 5, repeat=4, late=1).visits("2026-10-05", 100, printed=99)
    tags = {"site": "center", "node": "box-1"}
    heap.add("device", "2026-10-05", tags, counted=55, refused=5, missed=2, lost=3)
    heap.add("device", "2026-10-05", {"site": "center", "node": "box-2"}, quarantined=0)
    coverage = heap.report("2026-10", problems=("one",)).coverage
    assert (coverage.visits, coverage.votes) == (100, 55)
    assert {c.key: c.count for c in coverage.refused if c.count} == {"repeat": 4, "late": 1}
    assert {c.key: c.count for c in coverage.prints if c.count} == {"printed": 99}
    assert [(o.node, o.missed, o.lost) for o in coverage.outages] == [("box-1", 2, 3)]
    accounting = coverage.accounting
    assert (accounting.counted, accounting.refused, accounting.lost) == (55, 5, 3)
    assert accounting.problems == ("one",)


def test_a_quarter_is_its_three_months_side_by_side_and_their_sums() -> None:
    """A sum of counts, never a mean of shares; against the quarter before."""
    heap = Heap().votes("2026-10-05", 1, 0).votes("2026-11-05", 50, 50).votes("2026-12-05", 9, 1)
    heap.votes("2026-07-05", 99, 1).votes("2025-11-05", 10, 10)
    report = heap.report("2026Q4")
    assert (report.answer.share.satisfied, report.answer.share.votes) == (60, 111)
    assert [m.period for m in report.months] == ["2026-10", "2026-11", "2026-12"]
    assert [m.answer.share.votes for m in report.months] == [1, 100, 10]
    assert (report.answer.month_before.before, report.answer.year_before.before) == (
        "2026Q3",
        "2025Q4",
    )
    assert report.answer.month_before.earlier.votes == 100
    assert report.answer.year_before.earlier.votes == 20
    assert report.months[1].answer.month_before.earlier.votes == 1
    every_figure_is_possible(report)


def test_an_action_is_measured_by_what_it_is_about() -> None:
    """All, a service, an office, a service of one office; nothing, if it is not done yet."""
    heap = Heap()
    for month, good in (("2026-07", 50), ("2026-10", 90)):
        heap.votes(f"{month}-05", good, 10, "land", "center")
        heap.votes(f"{month}-05", good, 20, "land", "north")
        heap.votes(f"{month}-05", good, 40, "passport", "north")
    spans = {"before": ("2026-06", "2026-07"), "since": ("2026-10", "2026-10")}
    decisions = [
        _decision(1, **spans),
        _decision(2, service="land", **spans),
        _decision(3, site="north", **spans),
        _decision(4, service="land", site="north", **spans),
        _decision(5),
    ]
    actions = heap.report("2026-10", decisions=tuple(decisions)).actions
    found = [(a.before and a.before.votes, a.since and a.since.votes) for a in actions]
    assert found == [(220, 340), (130, 210), (160, 240), (70, 110), (None, None)]
    assert actions[0].change is not None
    assert actions[0].change.verdict == "better"
    assert actions[4].change is None
    assert [a.is_overdue for a in actions] == [True] * 5
    public = heap.report("2026-10", "public", decisions=tuple(decisions)).actions
    assert public[3].since is not None
    assert public[3].since.hidden  # one service of one office: internal only


def test_corrections_are_named_and_events_shown_if_they_are_of_the_time() -> None:
    """Who entered them, and what, is for the internal edition."""
    corrections = tuple(
        Correction(day=day, site="center", what="+3", reason="r", entered=day, by="Олена")
        for day in ("2026-10-05", "2026-09-05")
    )
    events = tuple(
        Annotation(day=day, uk="Ремонт", en="Repair") for day in ("2026-10-05", "2020-01-01")
    )
    heap = Heap().votes("2026-10-05", 50, 5)
    report = heap.report("2026-10", corrections=corrections, events=events)
    assert [(c.day, c.by) for c in report.method.corrections] == [("2026-10-05", "Олена")]
    assert [e.day for e in report.chart.events] == ["2026-10-05"]
    public = heap.report("2026-10", "public", corrections=corrections)
    assert [(c.what, c.by, c.reason) for c in public.method.corrections] == [("", "", "r")]


def test_one_office_is_reported_without_the_others() -> None:
    """Its votes, visits, services and desks; no table of offices."""
    heap = Heap().votes("2026-10-05", 50, 5).votes("2026-10-05", 1, 20, site="north")
    report = heap.report("2026-10", site="north", place="Північ")
    assert (report.site, report.place) == ("north", "Північ")
    assert report.answer.share.votes == 21
    assert report.sites == ()
    assert [(row.key, row.share.votes) for row in report.desks] == [("north/1", 21)]


def test_the_checksum_is_of_the_figures_and_not_of_how_they_came() -> None:
    """The same tallies in another order give the same one; one vote more gives another."""
    heap, other = Heap(), Heap()
    heap.votes("2026-10-05", 50, 5).visits("2026-10-05", 70).votes("2026-10-06", 1, 1)
    other.votes("2026-10-06", 1, 1).votes("2026-10-05", 50, 5).visits("2026-10-05", 70)
    other.votes("2026-10-07", 0, 0, "land")  # a tally of nothing
    first = heap.report("2026-10").method.checksum
    assert len(first) == 64
    assert other.report("2026-10").method.checksum == first
    assert other.votes("2026-10-07", 0, 1).report("2026-10").method.checksum != first


def test_how_many_questions_are_asked_does_not_depend_on_how_many_tallies_there_are() -> None:
    """Sums only."""
    few, many = Heap().votes("2026-10-05", 1, 1), Heap()
    for day in range(1, 29):
        many.votes(f"2026-10-{day:02d}", day, 1, f"s{day}")
    few.report("2026-10"), many.report("2026-10")
    assert few.asked == many.asked


def test_an_open_month_is_marked() -> None:
    """Until its last hour is over, in the office's time."""
    end = int(datetime(2026, 11, 1, tzinfo=KYIV).timestamp())
    assert Heap().report("2026-10", now_s=end - 1).is_open
    assert not Heap().report("2026-10", now_s=end).is_open


@pytest.mark.parametrize("name", ["2026-13", "2026-1", "2026Q5", "2026Q", "Q1", "x", "2026q4", ""])
def test_what_is_no_period_is_refused(name: str) -> None:
    """With the form in which it is written."""
    with pytest.raises(MonthError, match="write it as"):
        read_period(name)


def test_periods_before_cross_the_year() -> None:
    """A month and a quarter."""
    assert read_period("2026-01").before.name == "2025-12"
    assert read_period("2026Q1").before.name == "2025Q4"
    assert read_period("2026Q4").year_before.months == ("2025-10", "2025-11", "2025-12")


def _decision(number: int, **other: object) -> Decision:
    said = {"point": "p", "measure": "m", "owner": "o", "deadline": "2026-09-01"}
    said |= {"decided": "2026Q3", "state": "planned"}
    return Decision(id=number, **said, **other)  # type: ignore[arg-type]
