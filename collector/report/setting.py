"""What a report needs to know besides the tallies. Pure."""

from collections.abc import Mapping
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from collector.report.model import Annotation, Correction

State = Literal["planned", "under_way", "done", "dropped"]
Span = tuple[str, str]
"""First and last month, both included."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the action register.

    `site`, `service`: what it concerns; empty: all. `deadline`: YYYY-MM-DD. `decided`: the quarter,
    as 2026Q3. `before`, `since`: the months to compare, if it has been done for long enough.
    """

    id: int
    point: str
    measure: str
    owner: str
    deadline: str
    decided: str
    state: State
    effect: str = ""
    site: str = ""
    service: str = ""
    before: Span | None = None
    since: Span | None = None


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """The office or city, and what people entered. `now_s`: Unix seconds.

    `site`: the report is of this office only; empty: of all. `place`: its title. `services`,
    `sites`: titles by id; those that are named have a row, even an empty one. `baseline`: the
    months that the chart's limits are frozen on; None: the first twelve that are over of those it
    shows. `problems`: of the audit.
    """

    zone: ZoneInfo
    now_s: int
    site: str = ""
    place: str = ""
    services: Mapping[str, str] = {}
    sites: Mapping[str, str] = {}
    baseline: Span | None = None
    events: tuple[Annotation, ...] = ()
    decisions: tuple[Decision, ...] = ()
    corrections: tuple[Correction, ...] = ()
    problems: tuple[str, ...] = ()
