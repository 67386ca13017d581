"""The sums that a report is made of, asked of a source. Pure but for what the source does.

How many sums that are depends on months, services, offices and desks, not on how many tallies or
events there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from collector.report.asker import Asker, Months, add
from collector.report.facts import ALL, BOXES, HISTORY, NO_HOUR, Cell, Facts, Key, Times
from collector.report.period import Period, months_between, shift
from collector.report.setting import Decision, Setting
from collector.source import Dimension, Source
from collector.tally import BUCKETS, NONE, REASONS
from wire.records import OUTCOMES, REFUSALS

_VOTES = ("satisfied", "unsatisfied")
_RATING = (*_VOTES, *REFUSALS)
_VISIT = ("issued", "own_number", "unclocked", *OUTCOMES)
_DEVICE = ("counted", "refused", "quarantined", "missed", "lost")


def gather(source: Source, period: Period, setting: Setting) -> Facts:
    """The facts for a report on `period`. Raises what the source raises."""
    asker = Asker(source, setting.zone, setting.site)
    every = _history(period, setting.decisions, setting.baseline)
    channels = _channels(asker, every, period.months)
    visits = _by_month(asker, "visit", every, ("issued",))
    complaints = _by_month(asker, "complaint", every, ("received",))
    months = _since_the_first(every, {month for month, _ in channels} | {*visits})
    services = _compared(months, period, setting.decisions, "service")
    sites = () if setting.site else _compared(months, period, setting.decisions, "site")
    return Facts(
        source=source.name,
        months=months,
        total={m: _total(channels, m, visits.get(m, {"issued": 0})["issued"]) for m in months},
        channels=channels,
        complaints={month: fields["received"] for month, fields in complaints.items()},
        services=_rows(asker, "service", services, setting.services),
        sites=_rows(asker, "site", sites, setting.sites),
        desks=_desks(asker, period.months),
        load=_load(asker, period.months),
        reasons=_reasons(asker, period.months),
        waits=_times(asker, "wait", period.months),
        serving=_times(asker, "serve", period.months),
        tickets=_by_month(asker, "visit", period.months, _VISIT),
        refusals=_by_month(asker, "rating", period.months, REFUSALS),
        devices=_devices(asker, period.months),
        effects=_effects(asker, setting.decisions),
        checksum=asker.checksum(),
    )


def _history(
    period: Period, decisions: Iterable[Decision], baseline: tuple[str, str] | None
) -> tuple[str, ...]:
    """Months to ask for: those of each chart, of the year before, and what is compared."""
    firsts = [shift(period.months[0], 1 - HISTORY), period.year_before.months[0]]
    firsts += [first for d in decisions for first, _ in filter(None, (d.before, d.since))]
    firsts += [baseline[0]] if baseline else []
    return months_between(min(firsts), period.months[-1])


def _since_the_first(every: Sequence[str], known: Iterable[str]) -> tuple[str, ...]:
    """Without the months before there was anything; the last one stays in any case."""
    first = min([*known, every[-1]])
    return tuple(month for month in every if month >= first)


def _compared(
    months: Iterable[str], period: Period, decisions: Iterable[Decision], what: str
) -> tuple[str, ...]:
    """Months of which rows are wanted: the period, the one before it, and what is compared."""
    wanted = {*period.months, *period.before.months}
    for decision in decisions:
        if getattr(decision, what):
            for span in filter(None, (decision.before, decision.since)):
                wanted |= {*months_between(*span)}
    return tuple(month for month in months if month in wanted)


def _by_month(
    asker: Asker, measurement: str, months: Months, fields: Sequence[str]
) -> dict[str, dict[str, int]]:
    found = asker.ask(measurement, months, ("month",), fields)
    return {month: dict(zip(fields, sums, strict=True)) for (month,), sums in found}


def _channels(asker: Asker, every: Months, period: Months) -> dict[Key, Cell]:
    """Votes of every month; what was refused only of the period's."""
    table: dict[Key, Cell] = {}
    for (month, channel), sums in asker.ask("rating", every, ("month", "channel"), _VOTES):
        add(table, month, channel, _rated(sums))
    for (month, channel), sums in asker.ask("rating", period, ("month", "channel"), REFUSALS):
        add(table, month, channel, Cell(refused=sum(sums)))
    return table


def _total(channels: Mapping[Key, Cell], month: str, visits: int) -> Cell:
    total = Cell(visits=visits)
    for channel in BOXES:
        total += channels.get((month, channel), Cell())
    return total


def _rows(
    asker: Asker, what: Literal["service", "site"], months: Months, named: Iterable[str]
) -> dict[Key, Cell]:
    table = {(month, key): Cell() for month in months for key in named}
    for (month, key, channel), sums in asker.ask(
        "rating", months, ("month", what, "channel"), _RATING
    ):
        if channel in BOXES:
            add(table, month, key, _rated(sums))
    for (month, key), (issued,) in asker.ask("visit", months, ("month", what), ("issued",)):
        if issued or (month, key) in table:
            add(table, month, key, Cell(visits=issued))
    return table


def _desks(asker: Asker, months: Months) -> dict[Key, Cell]:
    table: dict[Key, Cell] = {}
    by: tuple[Dimension, ...] = ("month", "site", "desk", "channel")
    for (month, site, desk, channel), sums in asker.ask("rating", months, by, _RATING):
        if channel == "desk" and desk != NONE:
            add(table, month, f"{site}/{desk}", _rated(sums))
    return table


def _load(asker: Asker, months: Months) -> dict[Key, Cell]:
    table: dict[Key, Cell] = {}
    by: tuple[Dimension, ...] = ("month", "weekday", "hour", "channel")
    fields = (*_VOTES, "unclocked")
    for (month, day, hour, channel), sums in asker.ask("rating", months, by, fields):
        if channel in BOXES:
            add(table, month, f"{day}-{hour}", Cell(votes=sums[0] + sums[1] - sums[2]))
            add(table, month, NO_HOUR, Cell(votes=sums[2]))
    for (month, day, hour), (issued, unclocked) in asker.ask(
        "visit", months, ("month", "weekday", "hour"), ("issued", "unclocked")
    ):
        add(table, month, f"{day}-{hour}", Cell(visits=issued - unclocked))
        add(table, month, NO_HOUR, Cell(visits=unclocked))
    return table


def _reasons(asker: Asker, months: Months) -> dict[Key, Cell]:
    table = {(month, reason): Cell() for month in months for reason in REASONS}
    for (month, reason), (named,) in asker.ask("reason", months, ("month", "reason"), ("named",)):
        add(table, month, reason, Cell(votes=named))
        add(table, month, ALL, Cell(votes=named))
    return table


def _times(asker: Asker, measurement: str, months: Months) -> dict[Key, Times]:
    table: dict[Key, Times] = {}
    for (month, service), counts in asker.ask(measurement, months, ("month", "service"), BUCKETS):
        table[month, service] = Times(counts)
        table[month, ALL] = table.get((month, ALL), Times()) + Times(counts)
    return table


def _devices(asker: Asker, months: Months) -> dict[str, dict[Key, dict[str, int]]]:
    table: dict[str, dict[Key, dict[str, int]]] = {month: {} for month in months}
    for (month, site, node), sums in asker.ask(
        "device", months, ("month", "site", "node"), _DEVICE
    ):
        table[month][site, node] = dict(zip(_DEVICE, sums, strict=True))
    return table


def _effects(asker: Asker, decisions: Iterable[Decision]) -> dict[Key, Cell]:
    """Of actions that are about one service of one office."""
    table: dict[Key, Cell] = {}
    for decision in decisions:
        if not decision.site or not decision.service:
            continue
        for when, span in (("before", decision.before), ("since", decision.since)):
            months = months_between(*span) if span else ()
            by: tuple[Dimension, ...] = ("service", "channel")
            add(table, str(decision.id), when, Cell())
            for (service, channel), sums in asker.ask(
                "rating", months, by, _VOTES, [decision.site]
            ):
                if service == decision.service and channel in BOXES:
                    add(table, str(decision.id), when, _rated(sums))
    return table


def _rated(sums: Sequence[int]) -> Cell:
    """A cell out of satisfied, unsatisfied, and how many were refused for what."""
    return Cell(votes=sums[0] + sums[1], satisfied=sums[0], refused=sum(sums[2:]))
