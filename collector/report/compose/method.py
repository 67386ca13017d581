"""What another person needs to come to the same figures, and what these cannot say."""

from collector.report.document import Block, Cell, Column, Items, Section, Table, Text
from collector.report.model import Method, Report
from collector.report.words import Words

_LIMITS = ("limits_voluntary", "limits_cause", "limits_buckets", "limits_many", "limits_hidden")
_HOW = (
    "how_share",
    "how_change",
    "how_chart",
    "how_rows",
    "how_waits",
    "how_spent",
    "how_complaints",
)


def method(w: Words, report: Report) -> Section:
    """Formulas, source, limits, corrections, checksum."""
    found = report.method
    values = {
        "confidence": w.level(found.confidence),
        "fdr": w.level(found.false_discovery_rate),
        "months": w.count("months", found.baseline_months),
        "least": w.count("less_votes", found.least_votes),
    }
    blocks: tuple[Block, ...] = (
        _facts(w, found),
        Text(text=w("method_how")),
        Items(items=tuple(w(key, **values) for key in _HOW)),
        Text(text=w("method_limits")),
        Items(items=tuple(w(key, **values) for key in _LIMITS)),
        *_corrections(w, found),
    )
    return Section(id="method", title=w("method_title"), blocks=blocks)


def _facts(w: Words, found: Method) -> Table:
    rows = (
        (w("method_formulas"), w.number(found.formulas)),
        (w("method_source"), w.name("source", found.source)),
        (w("method_timezone"), found.timezone),
        (w("method_hours"), w.number(found.hours)),
        (w("method_confidence"), w.level(found.confidence)),
        (w("method_fdr"), w.level(found.false_discovery_rate)),
        (w("method_least"), w.number(found.least_votes)),
        (w("method_checksum"), found.checksum),
    )
    columns = (Column(w("what")), Column(w("value")))
    cells = tuple((Cell(name), Cell(value)) for name, value in rows)
    return Table(caption=w("method_facts"), columns=columns, rows=cells)


def _corrections(w: Words, found: Method) -> tuple[Block, ...]:
    if not found.corrections:
        return (Text(text=w("corrections_none")),)
    heads = ("day", "site", "correction_what", "correction_reason", "entered", "by")
    said = [(w.date(c.day), c.site, c.what, c.reason, c.entered, c.by) for c in found.corrections]
    shown = [i for i in range(len(heads)) if any(row[i] for row in said)]  # public: not by whom
    rows = tuple(tuple(Cell(row[i]) for i in shown) for row in said)
    columns = tuple(Column(w(heads[i])) for i in shown)
    return (Table(caption=w("corrections_table"), columns=columns, rows=rows),)
