"""A report's figures as typed tables: what workbook, CSV files and their schema are made of.

One table for each section, one row for each thing, the period in the first column (of a quarter
also those of its months), so that reports of many months can be put together. Pure.
"""

from collections.abc import Callable, Iterable

from collector.report.data import groups, overall
from collector.report.data.fields import DataTable
from collector.report.model import Report


def tables(report: Report) -> tuple[DataTable, ...]:
    """Everything that the report says, hidden cells marked; tables without rows are left in."""
    reports = (report, *report.months)
    return tuple(make(reports) for make in _TABLES)


_TABLES: tuple[Callable[[Iterable[Report]], DataTable], ...] = (
    overall.answer,
    overall.coverage,
    overall.outages,
    groups.months,
    groups.events,
    groups.load,
    groups.rows("services", ("Послуги", "Services")),
    groups.rows("sites", ("Підрозділи", "Offices")),
    groups.rows("desks", ("Вікна", "Desks")),
    groups.reasons,
    overall.complaints,
    groups.channels,
    groups.waits("waits", ("Очікування", "Waiting")),
    groups.waits("serving", ("Обслуговування", "Service times")),
    groups.spent,
    overall.actions,
    overall.corrections,
)
