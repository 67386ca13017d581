"""Typed tables, and the fields that several of them have. Pure."""

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from collector.analysis.interval import Interval
from collector.report.model import Change, Report, Share

Datatype = Literal["string", "integer", "number", "share", "points", "boolean", "date"]
"""`share`: 0 to 1. `points`: a difference of shares, -1 to 1. `number`: 0 or more."""
Value = str | int | float | bool | None
ALL = "*"
"""The key of a row that is of all services, or of all devices of an office."""


class Field(msgspec.Struct, frozen=True):
    """A column. `is_key`: with the others that are it tells the rows apart."""

    name: str
    datatype: Datatype
    uk: str
    en: str
    is_key: bool = False


class DataTable(msgspec.Struct, frozen=True):
    """Rows under fields. A None does not exist, unless the row's field `hidden` is true."""

    name: str
    uk: str
    en: str
    fields: tuple[Field, ...]
    rows: tuple[tuple[Value, ...], ...]


PERIOD = Field("period", "string", "Період", "Period", True)
HIDDEN = Field("hidden", "boolean", "Приховано", "Hidden")
KEY_UK, KEY_EN = "Ключ (* — усі разом, - — невідомо)", "Key (*: all together, -: not known)"
VISITS = Field("visits", "integer", "Відвідувань", "Visits")
REFUSED = Field("refused", "integer", "Відхилено", "Refused")
TITLE = Field("title", "string", "Назва", "Title")
SHARE = (
    Field("satisfied", "integer", "Задоволених голосів", "Satisfied votes"),
    Field("votes", "integer", "Голосів", "Votes"),
    Field("share", "share", "Частка задоволених", "Share of satisfied"),
    Field("low", "share", "Інтервал: від", "Interval: from"),
    Field("high", "share", "Інтервал: до", "Interval: to"),
    HIDDEN,
)
LIMITS = (
    Field("limit_low", "share", "Нижня межа", "Lower limit"),
    Field("limit_high", "share", "Верхня межа", "Upper limit"),
    Field("against_limits", "string", "Щодо меж", "Against limits"),
)


def change_fields(name: str, uk: str, en: str) -> tuple[Field, ...]:
    """The fields of a change; `name` stands before each."""
    return (
        Field(f"{name}_before", "string", f"{uk}: порівняно з", f"{en}: compared with"),
        Field(f"{name}_difference", "points", f"{uk}: різниця", f"{en}: difference"),
        Field(f"{name}_low", "points", f"{uk}: від", f"{en}: from"),
        Field(f"{name}_high", "points", f"{uk}: до", f"{en}: to"),
        Field(f"{name}_verdict", "string", f"{uk}: висновок", f"{en}: verdict"),
    )


CHANGE = change_fields("change", "Зміна", "Change")


def key(name: str, uk: str, en: str, datatype: Datatype = "string") -> Field:
    """A field that tells rows apart."""
    return Field(name, datatype, uk, en, True)


def ends(interval: Interval | None) -> tuple[Value, Value]:
    """Both ends of an interval, or none."""
    return (None, None) if interval is None else (interval.low, interval.high)


def share_values(share: Share) -> tuple[Value, ...]:
    """The values under `SHARE`."""
    interval = share.interval if share.share is not None else None
    return (share.satisfied, share.votes, share.share, *ends(interval), share.hidden)


def change_values(change: Change | None) -> tuple[Value, ...]:
    """The values under `change_fields`."""
    if change is None:
        return (None,) * 5
    return (change.before, change.difference, *ends(change.interval), change.verdict)


def table(
    name: str,
    titles: tuple[str, str],
    fields: tuple[Field, ...],
    reports: Iterable[Report],
    rows: Callable[[Report], Iterable[tuple[Value, ...]]],
) -> DataTable:
    """The rows of all reports, each with its period."""
    found = tuple((report.period, *row) for report in reports for row in rows(report))
    return DataTable(name, *titles, (PERIOD, *fields), found)
