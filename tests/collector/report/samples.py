"""Reports made by hand, for the formats: a rich month, a public one, an empty, an open, a quarter.

Figures come from counts by the real formulas, so that nothing in a picture can be impossible."""

import random

import msgspec

from collector.analysis.control import laney_chart
from collector.analysis.funnel import funnel_limits
from collector.analysis.histogram import Percentile
from collector.analysis.interval import Interval, newcombe, wilson, wilson_finite
from collector.analysis.mean import Mean
from collector.analysis.nonresponse import satisfied_of_visits
from collector.analysis.poisson import rate_per_1000
from collector.report.model import (
    FORMULAS,
    Accounting,
    Action,
    Annotation,
    Answer,
    Change,
    Channel,
    Chart,
    Clue,
    Complaints,
    Correction,
    Count,
    Coverage,
    LoadCell,
    Method,
    Outage,
    Point,
    Reason,
    Report,
    Row,
    Share,
    Spent,
    Verdict,
    Wait,
)

SERVICES = (
    ("passport", "Паспорт громадянина України"),
    ("residence", "Реєстрація місця проживання"),
    ("land", "Відомості з Державного земельного кадастру"),
    ("birth", "Державна реєстрація народження та її наслідків"),
    ("business", "Реєстрація фізичної особи — підприємця"),
    ("subsidy", "Субсидія на житлово-комунальні послуги"),
    ("property", "Державна реєстрація речових прав на нерухоме майно"),
    ("driver", "Обмін посвідчення водія"),
    ("veteran", "Послуги для ветеранів і членів їхніх сімей"),
    ("pension", "Пенсійні послуги"),
)
REASONS = (
    ("timeliness", 61),
    ("respect", 24),
    ("convenience", 19),
    ("accessibility", 12),
    ("professionalism", 11),
)
CHECKSUM = "3f8a1c5de0b94e6fa72d1908c45b6e7730aa54d2c1f08b9e6d7c5a4b32e1f099"
HIDDEN = Share(satisfied=None, votes=None, share=None, interval=None, hidden=True)


def share(satisfied: int, votes: int) -> Share:
    """A share out of counts."""
    if not votes:
        return Share(satisfied=0, votes=0, share=None, interval=None)
    interval = wilson(satisfied, votes)
    return Share(satisfied=satisfied, votes=votes, share=satisfied / votes, interval=interval)


def change(before: str, now: Share, earlier: Share) -> Change:
    """A change out of two shares."""
    counts = (now.satisfied, now.votes, earlier.satisfied, earlier.votes)
    if now.share is None or earlier.share is None or None in counts:
        none = {"difference": None, "interval": None, "p_value": None}
        return Change(before=before, earlier=earlier, verdict="no_data", **none)
    found = newcombe(*(count or 0 for count in counts))
    verdict: Verdict = "no_grounds"
    if not found.low <= 0 <= found.high:
        verdict = "better" if found.low > 0 else "worse"
    difference = now.share - earlier.share
    return Change(
        before=before,
        earlier=earlier,
        difference=difference,
        interval=found,
        p_value=0.04,
        verdict=verdict,
    )


def city(services: int = 30, sites: int = 19, seed: int = 6) -> Report:
    """A month of a city, internal edition: October 2026."""
    dice = random.Random(seed)
    rows = [_row(dice, *_service(i)) for i in range(services)]
    offices = [_row(dice, f"kyiv-{i}", f"ЦНАП № {i}") for i in range(1, sites + 1)]
    desks = [_row(dice, f"kyiv-1/{i}", f"ЦНАП № 1, вікно {i}", few=True) for i in range(1, 6)]
    total = share(4511, 4783)
    return Report(
        period="2026-10",
        edition="internal",
        site="",
        place="усі підрозділи міста",
        is_open=False,
        answer=_answer(total),
        coverage=_coverage(),
        chart=_chart(dice),
        load=_load(dice),
        services=(_low(rows[0]), _worse(rows[1]), *rows[2:]),
        sites=tuple(offices),
        desks=tuple(desks),
        reasons=tuple(
            Reason(key=k, count=Count(key=k, count=n), share=share(n, 127)) for k, n in REASONS
        ),
        complaints=Complaints(count=7, visits=21_404, rate=rate_per_1000(7, 21_404)),
        channels=(
            Channel(key="desk", share=share(3900, 4101), refused=212),
            Channel(key="exit", share=share(611, 682), refused=77),
            Channel(key="web", share=share(38, 61), refused=4),
            Channel(key="paper", share=share(150, 171), refused=None),
            Channel(key="mystery", share=share(5, 6), refused=None),
        ),
        waits=_waits(dice, 3),
        serving=_waits(dice, 2),
        spent=(
            Spent(
                key="satisfied",
                votes=3_655,
                waited=Mean(11.4132, Interval(11.0207, 11.8057)),
                served=Mean(7.0304, Interval(6.8611, 7.1997)),
            ),
            Spent(
                key="unsatisfied",
                votes=188,
                waited=Mean(24.9627, Interval(22.4013, 27.5241)),
                served=Mean(9.5319, Interval(8.4127, 10.6511)),
            ),
        ),
        actions=_actions(),
        method=Method(
            formulas=FORMULAS,
            confidence=0.95,
            false_discovery_rate=0.1,
            least_votes=10,
            baseline_months=12,
            source="ledger",
            checksum=CHECKSUM,
            timezone="Europe/Kyiv",
            hours=745,
            corrections=(
                Correction(
                    day="2026-10-14",
                    site="kyiv-3",
                    what="паперові бюлетені: 41 → 14",
                    reason="переставлено цифри",
                    entered="2026-10-15",
                    by="Олена Коваль",
                ),
            ),
        ),
    )


def public(services: int = 30, sites: int = 19) -> Report:
    """The same as everybody may see it: two services, a channel, a reason and a month hidden."""
    found = city(services, sites)
    rows = list(found.services)
    rows[4] = _hide(rows[4])
    rows[7] = _hide(rows[7])
    points = list(found.chart.points)
    points[5] = msgspec.structs.replace(points[5], share=HIDDEN, limits=None, clue="inside")
    channels = list(found.channels)
    channels[-1] = Channel(key="mystery", share=HIDDEN, refused=None)
    reasons = list(found.reasons)
    reasons[-1] = Reason(
        key="professionalism",
        count=Count(key="professionalism", count=None, hidden=True),
        share=HIDDEN,
    )
    coverage = msgspec.structs.replace(
        found.coverage,
        unclocked=None,
        outages=tuple(msgspec.structs.replace(o, node="") for o in found.coverage.outages),
        accounting=msgspec.structs.replace(found.coverage.accounting, counted=None),
    )
    return msgspec.structs.replace(
        found,
        edition="public",
        desks=(),
        services=tuple(rows),
        chart=msgspec.structs.replace(found.chart, points=tuple(points)),
        channels=tuple(channels),
        reasons=tuple(reasons),
        coverage=coverage,
        waits=(*found.waits[:-1], _hidden_wait(found.waits[-1])),
        spent=tuple(
            Spent(key=s.key, votes=None, waited=None, served=None, hidden=True) for s in found.spent
        ),
    )


def open_month() -> Report:
    """A month that runs, internal."""
    found = city()
    points = list(found.chart.points)
    points[-1] = msgspec.structs.replace(points[-1], is_open=True)
    chart = msgspec.structs.replace(found.chart, points=tuple(points))
    return msgspec.structs.replace(found, is_open=True, chart=chart)


def empty() -> Report:
    """A month in which nothing happened, at an office that has just opened."""
    none = share(0, 0)
    nothing = change("2026-09", none, none)
    year = change("2025-10", none, none)
    found = public()
    return msgspec.structs.replace(
        found,
        site="kyiv-9",
        place="ЦНАП № 9",
        answer=Answer(
            channels=(),
            share=none,
            visits=0,
            response=None,
            of_visits=None,
            at_worst=None,
            month_before=nothing,
            year_before=year,
        ),
        coverage=Coverage(
            visits=0,
            votes=0,
            own_number=0,
            unclocked=0,
            refused=tuple(Count(key=key, count=0) for key in ("repeat", "flood", "unarmed")),
            prints=(),
            outages=(),
            accounting=Accounting(
                counted=0, refused=0, quarantined=0, missed=0, lost=0, problems=()
            ),
        ),
        chart=Chart(points=(), centre=None, sigma_z=1.0, baseline=None, events=(), trend_p=None),
        load=(),
        services=(),
        sites=(),
        reasons=(),
        complaints=None,
        channels=(),
        waits=(),
        serving=(),
        spent=(),
        actions=(),
        method=msgspec.structs.replace(found.method, corrections=()),
    )


def quarter() -> Report:
    """The fourth quarter of 2026, public, with its three months."""
    october = public()
    months = tuple(
        msgspec.structs.replace(october, period=f"2026-{month}", answer=_answer(total, visits))
        for month, total, visits in (
            (10, share(4511, 4783), 21_404),
            (11, share(4102, 4401), 19_870),
            (12, share(3320, 3688), 17_015),
        )
    )
    whole = share(11_933, 12_872)
    answer = msgspec.structs.replace(
        _answer(whole, 58_289),
        month_before=change("2026Q3", whole, share(11_702, 12_400)),
        year_before=change("2025Q4", whole, share(10_950, 11_900)),
    )
    method = msgspec.structs.replace(october.method, hours=2209)
    return msgspec.structs.replace(
        october, period="2026Q4", answer=answer, months=months, method=method
    )


def country(sites: int = 4000) -> Report:
    """A month of a country, public."""
    return public(sites=sites)


SAMPLES = {
    "public": public,
    "internal": city,
    "open": open_month,
    "empty": empty,
    "quarter": quarter,
}


def _service(i: int) -> tuple[str, str]:
    key, title = SERVICES[i % len(SERVICES)]
    return (key, title) if i < len(SERVICES) else (f"{key}-{i}", f"{title}, вид {i}")


def _answer(total: Share, visits: int = 21_404) -> Answer:
    satisfied, votes = total.satisfied or 0, total.votes or 0
    return Answer(
        channels=("desk", "exit"),
        share=total,
        visits=visits,
        response=votes / visits,
        of_visits=wilson_finite(satisfied, votes, visits),
        at_worst=satisfied_of_visits(satisfied, votes, visits),
        month_before=change("2026-09", total, share(4360, 4655)),
        year_before=change("2025-10", total, share(3702, 4011)),
    )


def _coverage() -> Coverage:
    refused = (("repeat", 141), ("flood", 52), ("unarmed", 0), ("late", 18), ("stuck", 3))
    others = (("test", 31), ("conflict", 0), ("unknown", 0), ("resent", 44))
    return Coverage(
        visits=21_404,
        votes=4783,
        own_number=312,
        unclocked=41,
        refused=tuple(Count(key=key, count=count) for key, count in (*refused, *others)),
        prints=tuple(
            Count(key=key, count=count)
            for key, count in (("printed", 21_231), ("failed", 48), ("unknown", 125))
        ),
        outages=(
            Outage(site="kyiv-3", node="box-2", quarantined=0, missed=0, lost=17),
            Outage(site="kyiv-11", node="box-1", quarantined=2, missed=9, lost=0),
        ),
        accounting=Accounting(
            counted=4783, refused=289, quarantined=2, missed=9, lost=17, problems=()
        ),
    )


def _chart(dice: random.Random) -> Chart:
    names = [f"{2024 + i // 12}-{i % 12 + 1:02d}" for i in range(10, 34)]
    counts = []
    for i, _ in enumerate(names):
        votes = dice.randint(3400, 5200)
        level = 0.925 if i < 18 else 0.94
        level = 0.885 if i == 14 else level
        counts.append((round(votes * (level + dice.uniform(-0.008, 0.008))), votes))
    counts[-13], counts[-2], counts[-1] = (3702, 4011), (4360, 4655), (4511, 4783)  # of the answer
    drawn = laney_chart(counts, baseline=12)
    points = []
    for name, (satisfied, votes), point in zip(names, counts, drawn.points, strict=True):
        clue: Clue = "inside"
        if point.is_outside and point.share is not None:
            clue = "above" if point.share > point.limits.high else "below"
        points.append(
            Point(
                month=name,
                share=share(satisfied, votes),
                limits=point.limits,
                clue=clue,
                visits=votes * 4,
            )
        )
    return Chart(
        points=tuple(points),
        centre=drawn.centre,
        sigma_z=drawn.sigma_z,
        baseline=(names[0], names[11]),
        events=(
            Annotation(day="2026-01-12", uk="відключення світла", en="power cuts"),
            Annotation(
                day="2026-05-04", uk="електронна черга в усіх підрозділах", en="queue everywhere"
            ),
            Annotation(day="2026-05-20", uk="новий зал", en="a new hall"),
        ),
        trend_p=0.0004,
    )


def _load(dice: random.Random) -> tuple[LoadCell, ...]:
    return tuple(
        LoadCell(
            weekday=day,
            hour=hour,
            hours=4 + (day in (4, 5, 6)),
            visits=round(
                (200 - 14 * abs(hour - 11)) * (1.3 if day == 1 else 1) * dice.uniform(0.7, 1.3)
            ),
            votes=20,
        )
        for day in range(1, 7)
        for hour in range(8, 19 if day < 6 else 15)
    )


def _row(dice: random.Random, key: str, title: str, few: bool = False) -> Row:
    votes = dice.randint(8, 40) if few else dice.randint(15, 420)
    found = share(min(votes, round(votes * dice.uniform(0.9, 0.985))), votes)
    earlier = share(min(votes, round(votes * dice.uniform(0.9, 0.98))), votes)
    limits = funnel_limits(0.943, votes, 0.998)
    clue: Clue = "inside"
    if found.share is not None and not limits.low <= found.share <= limits.high:
        clue = "below" if found.share < limits.low else "above"
    return Row(
        key=key,
        title=title,
        visits=votes * 4,
        share=found,
        shrunk=found.interval,
        limits=limits,
        clue=clue,
        change=change("2026-09", found, earlier),
        is_change=False,
    )


def _low(row: Row) -> Row:
    found = share(331, 401)
    return msgspec.structs.replace(
        row,
        share=found,
        limits=funnel_limits(0.943, 401, 0.998),
        clue="below",
        change=change("2026-09", found, share(380, 412)),
        is_change=True,
    )


def _worse(row: Row) -> Row:
    found = share(290, 318)
    return msgspec.structs.replace(
        row,
        share=found,
        limits=funnel_limits(0.943, 318, 0.998),
        clue="inside",
        change=change("2026-09", found, share(321, 330)),
        is_change=True,
    )


def _hide(row: Row) -> Row:
    none: Clue = "inside"
    return msgspec.structs.replace(
        row, share=HIDDEN, shrunk=None, limits=None, clue=none, change=None, is_change=False
    )


def _waits(dice: random.Random, factor: int) -> tuple[Wait, ...]:
    rows = [("", ""), *SERVICES]
    return tuple(
        Wait(
            key=key,
            title=title,
            count=dice.randint(200, 4000),
            median=Percentile(factor * 187.0 + 11 * i, factor * 180.0, factor * 300.0),
            p90=Percentile(3600.0, 3600.0, None) if i == 3 else Percentile(1480.0, 1200.0, 1800.0),
        )
        for i, (key, title) in enumerate(rows)
    )


def _hidden_wait(wait: Wait) -> Wait:
    return msgspec.structs.replace(wait, count=None, median=None, p90=None, hidden=True)


def _actions() -> tuple[Action, ...]:
    before, since = share(371, 428), share(801, 866)
    return (
        Action(
            id=3,
            point="Реєстрація місця проживання: довге очікування",
            measure="Друге вікно з 09:00 до 13:00",
            owner="Петренко І. В.",
            deadline="2026-07-01",
            decided="2026Q2",
            state="done",
            is_overdue=False,
            effect="",
            before=before,
            since=since,
            change=change("2026-06", since, before),
        ),
        Action(
            id=4,
            point="ЦНАП № 3: зрозумілість написів",
            measure="Нові таблички й піктограми в залі",
            owner="Шевчук О. М.",
            deadline="2026-09-30",
            decided="2026Q3",
            state="under_way",
            is_overdue=True,
            effect="",
            before=None,
            since=None,
            change=None,
        ),
    )
