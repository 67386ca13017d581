"""Tables of the whole period: the answer, coverage, devices, complaints, actions, corrections."""

from collections.abc import Iterable

from collector.report.data.fields import (
    ALL,
    CHANGE,
    HIDDEN,
    SHARE,
    VISITS,
    DataTable,
    Field,
    Value,
    change_fields,
    change_values,
    ends,
    key,
    share_values,
    table,
)
from collector.report.model import Report


def answer(reports: Iterable[Report]) -> DataTable:
    """The first page, and what is needed to check it."""
    fields = (
        Field("edition", "string", "Видання", "Edition"),
        Field("site", "string", "Підрозділ", "Office"),
        Field("open", "boolean", "Період триває", "Period still open"),
        Field("channels", "string", "Канали", "Channels"),
        VISITS,
        *SHARE,
        Field("response", "number", "Голосів на відвідування", "Votes per visit"),
        Field("of_visits_low", "share", "Серед відвідувань: від", "Of visits: from"),
        Field("of_visits_high", "share", "Серед відвідувань: до", "Of visits: to"),
        Field("at_worst_low", "share", "Без припущень: від", "Without assumptions: from"),
        Field("at_worst_high", "share", "Без припущень: до", "Without assumptions: to"),
        *change_fields("step", "Попередній період", "Period before"),
        *change_fields("year", "Рік тому", "Year before"),
        Field("formulas", "integer", "Версія формул", "Version of the formulas"),
        Field("source", "string", "Джерело", "Source"),
        Field("checksum", "string", "Контрольна сума", "Checksum"),
    )
    return table("answer", ("Головне", "In short"), fields, reports, _answers)


def _answers(report: Report) -> Iterable[tuple[Value, ...]]:
    found, method = report.answer, report.method
    yield (
        report.edition,
        report.site,
        report.is_open,
        " ".join(found.channels),
        found.visits,
        *share_values(found.share),
        found.response,
        *ends(found.of_visits),
        *ends(found.at_worst),
        *change_values(found.month_before),
        *change_values(found.year_before),
        method.formulas,
        method.source,
        method.checksum,
    )


def coverage(reports: Iterable[Report]) -> DataTable:
    """Counts by their names, one a row."""
    fields = (
        key("what", "Показник", "Figure"),
        Field("count", "integer", "Кількість", "Count"),
        HIDDEN,
    )
    return table("coverage", ("Охоплення", "Coverage"), fields, reports, _coverages)


def _coverages(report: Report) -> Iterable[tuple[Value, ...]]:
    found = report.coverage
    for name in ("visits", "votes", "own_number", "unclocked"):
        count: int | None = getattr(found, name)
        yield (name, count, count is None)
    for kind, counts in (("refused", found.refused), ("print", found.prints)):
        for each in counts:
            yield (f"{kind}_{each.key}", each.count, each.hidden)
    for name in ("counted", "refused", "quarantined", "missed", "lost"):
        count = getattr(found.accounting, name)
        yield (f"account_{name}", count, count is None)


def outages(reports: Iterable[Report]) -> DataTable:
    """What is missing, by device."""
    fields = (
        key("site", "Підрозділ", "Office"),
        key("node", "Пристрій (* — усі разом)", "Device (*: all together)"),
        Field("quarantined", "integer", "У карантині", "In quarantine"),
        Field("missed", "integer", "Не прийнято", "Not taken"),
        Field("lost", "integer", "Втрачено", "Lost"),
    )
    titles = ("Пристрої", "Devices")
    return table(
        "outages",
        titles,
        fields,
        reports,
        lambda report: (
            (found.site, found.node or ALL, found.quarantined, found.missed, found.lost)
            for found in report.coverage.outages
        ),
    )


def complaints(reports: Iterable[Report]) -> DataTable:
    """Per 1,000 visits; no row if nobody entered any."""
    fields = (
        Field("count", "integer", "Скарг", "Complaints"),
        VISITS,
        Field("per_1000", "number", "На 1000 відвідувань", "Per 1,000 visits"),
        Field("low", "number", "Інтервал: від", "Interval: from"),
        Field("high", "number", "Інтервал: до", "Interval: to"),
    )
    titles = ("Скарги", "Complaints")
    return table("complaints", titles, fields, reports, _complaint)


def _complaint(report: Report) -> Iterable[tuple[Value, ...]]:
    found = report.complaints
    if found is not None:
        rate = found.rate
        ends = (None,) * 3 if rate is None else (rate.per_1000, rate.low, rate.high)
        yield (found.count, found.visits, *ends)


def actions(reports: Iterable[Report]) -> DataTable:
    """The register: one, whatever the period."""
    fields = (
        key("id", "№", "No.", "integer"),
        Field("point", "string", "Точка", "Point"),
        Field("measure", "string", "Захід", "Measure"),
        Field("owner", "string", "Відповідальний", "Owner"),
        Field("decided", "string", "Ухвалено (квартал)", "Decided (quarter)"),
        Field("deadline", "date", "Строк", "Deadline"),
        Field("state", "string", "Стан", "State"),
        Field("overdue", "boolean", "Прострочено", "Overdue"),
        Field("effect", "string", "Наслідок", "Effect"),
        Field("share_before", "share", "Частка до", "Share before"),
        Field("share_since", "share", "Частка після", "Share since"),
        *CHANGE,
    )
    titles = ("Заходи", "Actions")
    return table(
        "actions",
        titles,
        fields,
        list(reports)[:1],  # the register is one, not one a month
        lambda report: (
            (
                a.id,
                a.point,
                a.measure,
                a.owner,
                a.decided,
                a.deadline,
                a.state,
                a.is_overdue,
                a.effect,
                a.before.share if a.before is not None else None,
                a.since.share if a.since is not None else None,
                *change_values(a.change),
            )
            for a in report.actions
        ),
    )


def corrections(reports: Iterable[Report]) -> DataTable:
    """Correcting entries."""
    fields = (
        Field("day", "date", "День", "Day"),
        Field("site", "string", "Підрозділ", "Office"),
        Field("what", "string", "Що", "What"),
        Field("reason", "string", "Причина", "Reason"),
        Field("entered", "string", "Внесено", "Entered"),
        Field("by", "string", "Хто", "By"),
    )
    titles = ("Виправлення", "Corrections")
    return table(
        "corrections",
        titles,
        fields,
        reports,
        lambda report: (
            (c.day, c.site, c.what, c.reason, c.entered, c.by) for c in report.method.corrections
        ),
    )
