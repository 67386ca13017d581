"""Tables with a row for each month, hour, service, office, desk, reason or channel."""

from collections.abc import Callable, Iterable

from collector.analysis.histogram import Percentile
from collector.analysis.mean import Mean
from collector.report.data.fields import (
    ALL,
    CHANGE,
    HIDDEN,
    KEY_EN,
    KEY_UK,
    LIMITS,
    REFUSED,
    SHARE,
    TITLE,
    VISITS,
    DataTable,
    Field,
    Value,
    change_values,
    ends,
    key,
    share_values,
    table,
)
from collector.report.model import Report, Row, Wait

_NAMED = (
    Field("count", "integer", "Назвали", "Named by"),
    Field("share", "share", "Частка від усіх названих", "Share of all that were named"),
    *SHARE[3:],
)


def months(reports: Iterable[Report]) -> DataTable:
    """The points of the control chart."""
    fields = (
        key("month", "Місяць", "Month"),
        VISITS,
        *SHARE,
        *LIMITS,
        Field("open", "boolean", "Місяць триває", "Month still open"),
    )
    titles = ("За місяцями", "By month")
    return table(
        "months",
        titles,
        fields,
        reports,
        lambda report: (
            (p.month, p.visits, *share_values(p.share), *ends(p.limits), p.clue, p.is_open)
            for p in report.chart.points
        ),
    )


def events(reports: Iterable[Report]) -> DataTable:
    """What is marked on the chart."""
    fields = (
        key("day", "День", "Day", "date"),
        key("uk", "Подія", "Event, in Ukrainian"),
        Field("en", "string", "Подія, англійською", "Event"),
    )
    titles = ("Події", "Events")
    return table(
        "events",
        titles,
        fields,
        reports,
        lambda report: ((e.day, e.uk, e.en) for e in report.chart.events),
    )


def load(reports: Iterable[Report]) -> DataTable:
    """Each hour of each weekday."""
    fields = (
        key("weekday", "День тижня (1 — понеділок)", "Weekday (1: Monday)", "integer"),
        key("hour", "Година", "Hour", "integer"),
        Field("hours", "integer", "Таких годин", "Such hours"),
        VISITS,
        Field("votes", "integer", "Голосів", "Votes"),
        HIDDEN,
    )
    titles = ("Навантаження", "Load")
    return table(
        "load",
        titles,
        fields,
        reports,
        lambda report: (
            (c.weekday, c.hour, c.hours, c.visits, c.votes, c.hidden) for c in report.load
        ),
    )


def rows(name: str, titles: tuple[str, str]) -> Callable[[Iterable[Report]], DataTable]:
    """Of services, sites or desks: `name` is the report's own."""
    fields = (
        key("key", KEY_UK, KEY_EN),
        TITLE,
        VISITS,
        *SHARE,
        Field("shrunk_low", "share", "Стягнуто: від", "Shrunk: from"),
        Field("shrunk_high", "share", "Стягнуто: до", "Shrunk: to"),
        *LIMITS,
        *CHANGE,
        Field("is_change", "boolean", "Зміна вирізняється", "Change stands out"),
        REFUSED,
    )

    def rows(report: Report) -> Iterable[tuple[Value, ...]]:
        found: tuple[Row, ...] = getattr(report, name)
        return (
            (
                row.key,
                row.title,
                row.visits,
                *share_values(row.share),
                *ends(row.shrunk),
                *ends(row.limits),
                row.clue,
                *change_values(row.change),
                row.is_change,
                row.refused,
            )
            for row in found
        )

    return lambda reports: table(name, titles, fields, reports, rows)


def reasons(reports: Iterable[Report]) -> DataTable:
    """What dissatisfied visitors named."""
    fields = (key("reason", "Критерій", "Criterion"), *_NAMED)
    titles = ("Причини", "Reasons")
    return table(
        "reasons",
        titles,
        fields,
        reports,
        lambda report: (
            (
                r.key,
                r.count.count,
                r.share.share,
                *ends(r.share.interval if r.share.share is not None else None),
                r.count.hidden or r.share.hidden,
            )
            for r in report.reasons
        ),
    )


def channels(reports: Iterable[Report]) -> DataTable:
    """Each channel for itself."""
    fields = (
        key("channel", "Канал", "Channel"),
        *SHARE,
        REFUSED,
        Field("in_answer", "boolean", "У головному показнику", "In the first figure"),
    )
    titles = ("Канали", "Channels")
    return table(
        "channels",
        titles,
        fields,
        reports,
        lambda report: (
            (c.key, *share_values(c.share), c.refused, c.key in report.answer.channels)
            for c in report.channels
        ),
    )


def waits(name: str, titles: tuple[str, str]) -> Callable[[Iterable[Report]], DataTable]:
    """Of waits or serving: `name` is the report's own. Seconds."""
    fields = (
        key("key", KEY_UK, KEY_EN),
        TITLE,
        Field("count", "integer", "Кількість", "Count"),
        *(
            Field(f"{point}_{end}", "number", f"{uk}, с: {end_uk}", f"{en}, s: {end_en}")
            for point, uk, en in (("median", "Медіана", "Median"), ("p90", "90 %", "90%"))
            for end, end_uk, end_en in (
                ("value", "оцінка", "estimate"),
                ("low", "не менше", "at least"),
                ("high", "менше ніж", "below"),
            )
        ),
        HIDDEN,
    )

    def rows(report: Report) -> Iterable[tuple[Value, ...]]:
        found: tuple[Wait, ...] = getattr(report, name)
        return (
            (w.key or ALL, w.title, w.count, *_percentile(w.median), *_percentile(w.p90), w.hidden)
            for w in found
        )

    return lambda reports: table(name, titles, fields, reports, rows)


def spent(reports: Iterable[Report]) -> DataTable:
    """Of those who voted, by their answer. Minutes."""
    fields = (
        key("answer", "Оцінка", "Answer"),
        Field("votes", "integer", "Голосів, візит яких відомий", "Votes whose visit is known"),
        *(
            Field(f"{way}_{end}", "number", f"{uk}, хв: {end_uk}", f"{en}, min: {end_en}")
            for way, uk, en in (
                ("waited", "Очікування", "Waiting"),
                ("served", "Біля вікна", "At the desk"),
            )
            for end, end_uk, end_en in (
                ("mean", "середнє", "mean"),
                ("low", "інтервал від", "interval from"),
                ("high", "інтервал до", "interval to"),
            )
        ),
        HIDDEN,
    )
    titles = ("Час тих, хто голосував", "Times of voters")
    return table(
        "spent",
        titles,
        fields,
        reports,
        lambda report: (
            (s.key, s.votes, *_mean(s.waited), *_mean(s.served), s.hidden) for s in report.spent
        ),
    )


def _mean(found: Mean | None) -> tuple[Value, ...]:
    return (None,) * 3 if found is None else (found.value, *ends(found.interval))


def _percentile(found: Percentile | None) -> tuple[Value, ...]:
    return (None,) * 3 if found is None else (found.value, found.low, found.high)
