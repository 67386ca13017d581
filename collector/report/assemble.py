"""A report out of facts: every section, for one edition. Pure."""

from datetime import UTC, datetime

import msgspec

from collector.report.facts import Cell, Facts, over
from collector.report.gather import gather
from collector.report.model import FORMULAS, Edition, Method, Report
from collector.report.period import HOUR_S, Period
from collector.report.privacy import LEAST_VOTES, public
from collector.report.sections.actions import action_of
from collector.report.sections.answer import answer_of, total_of
from collector.report.sections.chart import BASELINE, chart_of
from collector.report.sections.coverage import channels_of, coverage_of, load_of
from collector.report.sections.figures import CONFIDENCE
from collector.report.sections.reasons import complaints_of, reasons_of
from collector.report.sections.rows import FALSE_DISCOVERIES, rows_of
from collector.report.sections.spent import spent_of
from collector.report.sections.waits import waits_of
from collector.report.setting import Setting
from collector.source import Source


def make_report(source: Source, period: Period, setting: Setting, edition: Edition) -> Report:
    """The report on a period, as `source` has it. Raises what the source raises."""
    return assemble(gather(source, period, setting), period, setting, edition)


def assemble(facts: Facts, period: Period, setting: Setting, edition: Edition) -> Report:
    """The report of facts as they were gathered; a quarter's has its months' reports, too.

    For the public edition, what is to be hidden is taken out of the facts before anything is
    computed of them."""
    shown = public(facts) if edition == "public" else facts
    report = _report(shown, period, setting, edition)
    if not period.is_quarter:
        return report
    months = (Period(month, (month,)) for month in period.months)
    return msgspec.structs.replace(
        report, months=tuple(_report(shown, month, setting, edition) for month in months)
    )


def _report(facts: Facts, period: Period, setting: Setting, edition: Edition) -> Report:
    zone = setting.zone
    begin, end = period.bounds(zone)
    now = datetime.fromtimestamp(setting.now_s, UTC).astimezone(zone)
    total = total_of(facts, period.months)
    return Report(
        period=period.name,
        edition=edition,
        site=setting.site,
        place=setting.place,
        is_open=setting.now_s < end,
        answer=answer_of(facts, period),
        coverage=coverage_of(facts, period, setting.problems),
        chart=chart_of(facts, period.months[-1], f"{now:%Y-%m}", setting.baseline, setting.events),
        load=load_of(facts, period, zone),
        services=rows_of(facts.services, period, total, setting.services),
        sites=rows_of(facts.sites, period, total, setting.sites),
        desks=rows_of(facts.desks, period, _desk_total(facts, period), {}, has_visits=False),
        reasons=reasons_of(facts, period),
        complaints=complaints_of(facts, period),
        channels=channels_of(facts, period),
        waits=waits_of(facts.waits, period, setting.services),
        serving=waits_of(facts.serving, period, setting.services),
        spent=spent_of(facts.spent, period),
        actions=tuple(action_of(d, facts, now.date()) for d in setting.decisions),
        method=_method(facts, setting, (end - begin) // HOUR_S, period, edition),
    )


def _desk_total(facts: Facts, period: Period) -> Cell:
    """The funnel of desks is drawn around the share of the boxes at desks."""
    return over(facts.channels, period.months, "desk")


def _method(facts: Facts, setting: Setting, hours: int, period: Period, edition: Edition) -> Method:
    corrections = [c for c in setting.corrections if c.day[:7] in period.months]
    if edition == "public":  # whose entry it was, and what it said, is for those who keep the books
        corrections = [msgspec.structs.replace(c, what="", by="") for c in corrections]
    return Method(
        formulas=FORMULAS,
        confidence=CONFIDENCE,
        false_discovery_rate=FALSE_DISCOVERIES,
        least_votes=LEAST_VOTES,
        baseline_months=BASELINE,
        source=facts.source,
        checksum=facts.checksum,
        timezone=setting.zone.key,
        hours=hours,
        corrections=tuple(corrections),
    )
