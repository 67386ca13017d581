"""What a report says, as values: every figure, and which of them are hidden. No words, no formats.

`collector.report.assemble` makes a `Report` out of sums; for the public edition,
`collector.report.privacy` first takes out of the sums what is to be hidden. Each format is a
function from a `Report` to bytes. Shares are from 0 to 1. A figure that is None does not exist (0
of 0); one that is `hidden` (its fields are then None, too) exists and is not for this edition.
"""

from typing import Literal

import msgspec

from collector.analysis.histogram import Percentile
from collector.analysis.interval import Interval
from collector.analysis.mean import Mean
from collector.analysis.poisson import Rate

Edition = Literal["public", "internal"]
Verdict = Literal["better", "worse", "no_grounds", "no_data"]
Clue = Literal["above", "inside", "below"]
"""Where a share lies against its limits."""

FORMULAS = 1
"""Version of the formulas. It rises when the same tallies would give another figure."""


class _Value(msgspec.Struct, frozen=True, kw_only=True):
    """What follows cannot change: an edition is made anew, never altered."""


# ---- figures ------------------------------------------------------------------------------------
class Share(_Value, frozen=True):
    """Satisfied of counted votes with Wilson's interval; None everywhere if hidden."""

    satisfied: int | None
    votes: int | None
    share: float | None
    interval: Interval | None
    hidden: bool = False


class Change(_Value, frozen=True):
    """A share against an earlier one: Newcombe's interval of the difference (now − before)."""

    before: str  # the month or quarter compared with
    earlier: Share
    difference: float | None
    interval: Interval | None
    p_value: float | None
    verdict: Verdict


class Count(_Value, frozen=True):
    """How many of what; `hidden` as of a share."""

    key: str
    count: int | None
    hidden: bool = False


# ---- sections -----------------------------------------------------------------------------------
class Answer(_Value, frozen=True):
    """The page's first answer, over `channels`, which are named wherever it is shown.

    `of_visits`: interval for all visitors, if those who voted are a random part of them;
    `at_worst`: bounds that assume nothing of those who did not vote."""

    channels: tuple[str, ...]
    share: Share
    visits: int
    response: float | None  # votes per visit; above 1 if not every voter had a ticket
    of_visits: Interval | None
    at_worst: Interval | None
    month_before: Change
    year_before: Change
    # of a quarter: against the quarter before, and the same quarter of the year before


class Outage(_Value, frozen=True):
    """What is known to be missing of a device in the month. Counts of records and presses.

    `node` is empty in the public edition: there they are of an office's devices together."""

    site: str
    node: str
    quarantined: int
    missed: int
    lost: int


class Accounting(_Value, frozen=True):
    """The month's devices summed: pressed = counted + refused + quarantined + lost + missed.

    `counted` is of all channels that have devices; None: it would give a hidden one away."""

    counted: int | None
    refused: int
    quarantined: int
    missed: int
    lost: int
    problems: tuple[str, ...]  # of the audit; empty: it balances


class Coverage(_Value, frozen=True):
    """From visits to votes (over the answer's channels), and what is not in the figures.

    `unclocked`: visits and votes that are in no hour of the day; None: it would give one away."""

    visits: int
    votes: int | None
    own_number: int
    unclocked: int | None
    refused: tuple[Count, ...]  # by reason
    prints: tuple[Count, ...]  # by outcome
    outages: tuple[Outage, ...]
    accounting: Accounting


class Point(_Value, frozen=True):
    """A month on the chart, against the limits that the baseline gives for so many votes."""

    month: str
    share: Share
    limits: Interval | None
    clue: Clue
    visits: int | None
    is_open: bool = False


class Annotation(_Value, frozen=True):
    """An event that may explain a change."""

    day: str
    uk: str
    en: str


class Chart(_Value, frozen=True):
    """Laney's p′-chart. `baseline`: first and last month that the limits are frozen on."""

    points: tuple[Point, ...]
    centre: float | None
    sigma_z: float
    baseline: tuple[str, str] | None
    events: tuple[Annotation, ...]
    trend_p: float | None  # Cochran–Armitage over the points; None: not defined


class LoadCell(_Value, frozen=True):
    """An hour of a weekday. `hours`: how often it came in the month; sums over all of them."""

    weekday: int  # 1: Monday
    hour: int
    hours: int
    visits: int
    votes: int | None
    hidden: bool = False


class Row(_Value, frozen=True):
    """A service, an office, or a desk (internal edition only).

    `shrunk`: drawn to the mean of its like as far as its votes are few; never an order of rank.
    `is_change`: the change stands out after Benjamini–Hochberg over all rows of the table.
    """

    key: str
    title: str
    visits: int | None
    share: Share
    shrunk: Interval | None
    limits: Interval | None  # of the funnel, for so many votes
    clue: Clue
    change: Change | None
    is_change: bool
    refused: int | None = None


class Reason(_Value, frozen=True):
    """How often dissatisfied visitors named a criterion. `share`: of all namings (its `satisfied`
    is the count, its `votes` all namings); a ballot may name several criteria."""

    key: str
    count: Count
    share: Share


class Complaints(_Value, frozen=True):
    """Complaints per 1,000 visits with Garwood's exact interval; None: nobody entered any."""

    count: int
    visits: int
    rate: Rate | None


class Channel(_Value, frozen=True):
    """One way votes come. They stand side by side and are never added up."""

    key: str
    share: Share
    refused: int | None


class Wait(_Value, frozen=True):
    """Waiting (or service) times of a service in seconds; `key` empty: of all."""

    key: str
    title: str
    count: int | None
    median: Percentile | None
    p90: Percentile | None
    hidden: bool = False


class Spent(_Value, frozen=True):
    """How long the voters of one answer (`key`) had waited and been served until then: means of
    whole minutes, each rounded down, of those votes at desks whose visit is known."""

    key: str
    votes: int | None
    waited: Mean | None
    served: Mean | None
    hidden: bool = False


class Action(_Value, frozen=True):
    """An entry of the action register, as it stood when the report was made.

    `before`, `since`: the share of what it concerns before it was decided and since it was done.
    """

    id: int
    point: str
    measure: str
    owner: str
    deadline: str
    decided: str
    state: Literal["planned", "under_way", "done", "dropped"]
    is_overdue: bool
    effect: str
    before: Share | None
    since: Share | None
    change: Change | None


class Correction(_Value, frozen=True):
    """A correcting entry that the month's figures contain."""

    day: str
    site: str
    what: str
    reason: str
    entered: str
    by: str


class Method(_Value, frozen=True):
    """What another person needs to come to the same figures.

    `checksum`: SHA-256 of the sums of tallies that the report is made of, in a stated order, the
    same whatever they were read from; `baseline_months`: of the chart.
    """

    formulas: int
    confidence: float
    false_discovery_rate: float
    least_votes: int  # below it a cell is not published
    baseline_months: int
    source: str
    checksum: str
    timezone: str
    hours: int  # of the period; a DST night makes one more or less
    corrections: tuple[Correction, ...]


# ---- the whole ----------------------------------------------------------------------------------
class Report(_Value, frozen=True):
    """A month or a quarter, of one office or of all, in one edition."""

    period: str  # 2026-10 or 2026Q4
    edition: Edition
    site: str  # empty: all
    place: str  # its title
    is_open: bool
    answer: Answer
    coverage: Coverage
    chart: Chart
    load: tuple[LoadCell, ...]
    services: tuple[Row, ...]
    sites: tuple[Row, ...]
    desks: tuple[Row, ...]  # empty in the public edition
    reasons: tuple[Reason, ...]
    complaints: Complaints | None
    channels: tuple[Channel, ...]
    waits: tuple[Wait, ...]
    serving: tuple[Wait, ...]
    spent: tuple[Spent, ...]  # satisfied, unsatisfied; empty: no vote whose visit is known
    actions: tuple[Action, ...]
    method: Method
    months: tuple["Report", ...] = ()  # of a quarter: its three months side by side
