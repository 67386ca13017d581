"""The sums that a report is made of, asked of a source. Pure but for what the source does.

How many sums that are depends on months, services, offices and desks, not on how many tallies or
events there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from collector.report.asker import Asker, Months, add
from collector.report.facts import (
    ALL,
    BOXES,
    HISTORY,
    NO_HOUR,
    Cell,
    Facts,
    Key,
    Minutes,
    Times,
)
from collector.report.period import Period, months_between, shift
from collector.report.setting import Decision, Setting
from collector.source import Dimension, Source, Sum
from collector.tally import BUCKETS, FIELDS, NONE, REASONS, SPENT
from wire.records import OUTCOMES, REFUSALS, VALUES

_VOTES = ("satisfied", "unsatisfied")
_MONTH: tuple[Dimension, ...] = ("month",)
_ISSUED = ("issued",)
_RATING = (*_VOTES, *REFUSALS)
_VISIT = ("issued", "own_number", "unclocked", *OUTCOMES)
_DEVICE = ("counted", "refused", "quarantined", "missed", "lost")


def gather(source: Source, period: Period, setting: Setting) -> Facts:
    """The facts for a report on `period`. Raises what the source raises."""
    asker = Asker(source, setting.zone, setting.site)
    now = period.months
    every = _history(period, setting.decisions, setting.baseline)
    votes = asker.ask("rating", every, ("month", "channel"), _VOTES)
    visits = {month: issued for (month,), (issued,) in asker.ask("visit", every, _MONTH, _ISSUED)}
    complaints = asker.ask("complaint", every, _MONTH, ("received",))
    months = _since_the_first(every, {key[0] for key, _ in votes} | {*visits})
    rated = asker.ask("rating", now, ("month", "service", "channel"), _RATING)
    tickets = asker.ask("visit", now, ("month", "service"), _VISIT)
    channels = _channels(votes, rated)
    desks = asker.ask("rating", now, ("month", "site", "desk", "channel"), _RATING)
    return Facts(
        source=source.name,
        months=months,
        total={month: _total(channels, month, visits.get(month, 0)) for month in months},
        channels=channels,
        complaints={month: received for (month,), (received,) in complaints},
        services=_services(rated, tickets, setting, now)
        | _rows(asker, "service", _others(months, period, setting, "service"), setting.services),
        sites={}
        if setting.site
        else _sites(asker, desks, now, setting)
        | _rows(asker, "site", _others(months, period, setting, "site"), setting.sites),
        desks=_desks(desks),
        load=_load(asker, now),
        reasons=_reasons(asker, now),
        waits=_times(asker, "wait", now),
        serving=_times(asker, "serve", now),
        spent=_spent(asker, now),
        tickets=_by_month(tickets, _VISIT),
        refusals=_by_month([(key, sums[2:]) for key, sums in rated], REFUSALS),
        devices=_devices(asker, now),
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


def _others(months: Iterable[str], period: Period, setting: Setting, what: str) -> tuple[str, ...]:
    """Other months of which votes by row are wanted: the period before, and what is compared."""
    wanted = {*period.before.months}
    for decision in setting.decisions:
        if getattr(decision, what):
            for span in filter(None, (decision.before, decision.since)):
                wanted |= {*months_between(*span)}
    return tuple(month for month in months if month in wanted and month not in period.months)


def _by_month(sums: Iterable[Sum], fields: Sequence[str]) -> dict[str, dict[str, int]]:
    """Added up by the first part of their keys, the month."""
    table: dict[str, dict[str, int]] = {}
    for (month, *_), counts in sums:
        mine = table.setdefault(month, dict.fromkeys(fields, 0))
        for field, count in zip(fields, counts, strict=True):
            mine[field] += count
    return table


def _channels(votes: Iterable[Sum], rated: Iterable[Sum]) -> dict[Key, Cell]:
    """Votes of every month; what was refused only of the period's (by service and channel)."""
    table: dict[Key, Cell] = {}
    for (month, channel), sums in votes:
        add(table, month, channel, _rated(sums))
    for (month, _, channel), sums in rated:
        add(table, month, channel, Cell(refused=sum(sums[2:])))
    return table


def _total(channels: Mapping[Key, Cell], month: str, visits: int) -> Cell:
    total = Cell(visits=visits)
    for channel in BOXES:
        total += channels.get((month, channel), Cell())
    return total


def _services(
    rated: Iterable[Sum], tickets: Iterable[Sum], setting: Setting, now: Months
) -> dict[Key, Cell]:
    """Of the period: by service and channel what was rated, by service the tickets."""
    table = _empty_rows(now, setting.services)
    for (month, service, channel), sums in rated:
        _add_rated(table, month, service, channel, sums)
    for (month, service), sums in tickets:
        _add_visits(table, month, service, sums[0])
    return table


def _sites(asker: Asker, desks: Iterable[Sum], now: Months, setting: Setting) -> dict[Key, Cell]:
    """Of the period: out of what was rated by desk and channel."""
    table = _empty_rows(now, setting.sites)
    for (month, site, _, channel), sums in desks:
        _add_rated(table, month, site, channel, sums)
    for (month, site), (issued,) in asker.ask("visit", now, ("month", "site"), _ISSUED):
        _add_visits(table, month, site, issued)
    return table


def _empty_rows(months: Months, named: Iterable[str]) -> dict[Key, Cell]:
    return {(month, key): Cell() for month in months for key in named}


def _add_rated(
    table: dict[Key, Cell], month: str, key: str, channel: str, sums: Sequence[int]
) -> None:
    """A row is of the boxes' channels, and there for any vote in them, refused or not."""
    if channel in BOXES:
        add(table, month, key, _rated(sums))


def _add_visits(table: dict[Key, Cell], month: str, key: str, issued: int) -> None:
    if issued:
        add(table, month, key, Cell(visits=issued))


def _rows(
    asker: Asker, what: Literal["service", "site"], months: Months, named: Iterable[str]
) -> dict[Key, Cell]:
    """Votes and visits of months that are only compared with."""
    table = _empty_rows(months, named)
    for (month, key, channel), sums in asker.ask(
        "rating", months, ("month", what, "channel"), _VOTES
    ):
        _add_rated(table, month, key, channel, sums)
    for (month, key), (issued,) in asker.ask("visit", months, ("month", what), _ISSUED):
        _add_visits(table, month, key, issued)
    return table


def _desks(sums: Iterable[Sum]) -> dict[Key, Cell]:
    table: dict[Key, Cell] = {}
    for (month, site, desk, channel), counts in sums:
        if channel == "desk" and desk != NONE:
            add(table, month, f"{site}/{desk}", _rated(counts))
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


def _spent(asker: Asker, months: Months) -> dict[Key, Minutes]:
    """The tally has the fields of one answer after those of the other."""
    table: dict[Key, Minutes] = {}
    for (month, channel), sums in asker.ask("spent", months, ("month", "channel"), FIELDS["spent"]):
        if channel == "desk":
            for i, value in enumerate(VALUES):
                first = i * (1 + len(SPENT))
                votes, waited, waited2, served, served2 = sums[first : first + 1 + len(SPENT)]
                table[month, value] = Minutes(votes, waited, waited2, served, served2)
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
