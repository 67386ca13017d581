"""From visits to votes: what is in the figures, and what is not. Pure."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from collector.report.facts import NO_HOUR, Facts, Key, add_up, keys_of, over
from collector.report.model import Accounting, Channel, Count, Coverage, LoadCell, Outage
from collector.report.period import Period, hours_of
from collector.report.sections.answer import total_of
from collector.report.sections.figures import share_of
from wire.records import OUTCOMES, REFUSALS

CHANNELS = ("desk", "exit", "web", "paper", "poll", "mystery")
"""In the order in which they are shown."""

_DEVICE = ("counted", "refused", "quarantined", "missed", "lost")


def coverage_of(facts: Facts, period: Period, problems: Sequence[str]) -> Coverage:
    """Over the period. `problems`: of the audit."""
    months = period.months
    total = total_of(facts, months)
    unclocked = over(facts.load, months, NO_HOUR)
    return Coverage(
        visits=total.visits,
        votes=None if total.hidden else total.votes,
        own_number=_sum(facts.tickets, months, "own_number"),
        unclocked=None if unclocked.hidden else unclocked.votes + unclocked.visits,
        refused=_counts(facts.refusals, months, REFUSALS),
        prints=_counts(facts.tickets, months, OUTCOMES),
        outages=outages_of(facts, period),
        accounting=_accounting(facts, period, problems),
    )


def outages_of(facts: Facts, period: Period) -> tuple[Outage, ...]:
    """Those devices, in order, of which anything is known to be missing."""
    sums = _device_sums(facts, period)
    return tuple(
        Outage(site=site, node=node, quarantined=bad, missed=missed, lost=lost)
        for (site, node), (_, _, bad, missed, lost) in sorted(sums.items())
        if bad or missed or lost
    )


def channels_of(facts: Facts, period: Period) -> tuple[Channel, ...]:
    """Those by which anything came, side by side."""
    found = []
    for channel in CHANNELS:
        cell = add_up(
            facts.channels[month, channel]
            for month in period.months
            if (month, channel) in facts.channels
        )
        if cell.votes or cell.refused or cell.hidden:
            refused = None if cell.hidden else cell.refused
            found.append(Channel(key=channel, share=share_of(cell), refused=refused))
    return tuple(found)


def load_of(facts: Facts, period: Period, zone: ZoneInfo) -> tuple[LoadCell, ...]:
    """The hours of the week in which anybody came or voted, with how often each of them came."""
    hours = hours_of(*period.bounds(zone), zone)
    found = []
    for key in keys_of(facts.load, period.months):
        if key == NO_HOUR:
            continue
        cell = over(facts.load, period.months, key)
        weekday, hour = (int(part) for part in key.split("-"))
        if cell.visits or cell.votes or cell.hidden:
            found.append(
                LoadCell(
                    weekday=weekday,
                    hour=hour,
                    hours=hours[weekday, hour],
                    visits=cell.visits,
                    votes=None if cell.hidden else cell.votes,
                    hidden=cell.hidden,
                )
            )
    return tuple(found)


def _accounting(facts: Facts, period: Period, problems: Sequence[str]) -> Accounting:
    every = list(_device_sums(facts, period).values()) or [[0] * len(_DEVICE)]
    counted, refused, quarantined, missed, lost = map(sum, zip(*every, strict=True))
    # all channels together, less those that are shown, would be the one that is not
    told = [facts.total.get(month) for month in period.months]
    told += [cell for (month, _), cell in facts.channels.items() if month in period.months]
    is_secret = any(cell is not None and cell.hidden for cell in told)
    return Accounting(
        counted=None if is_secret else counted,
        refused=refused,
        quarantined=quarantined,
        missed=missed,
        lost=lost,
        problems=tuple(problems),
    )


def _device_sums(facts: Facts, period: Period) -> dict[Key, list[int]]:
    """The fields `_DEVICE` of each device over the period."""
    found: dict[Key, list[int]] = {}
    for month in period.months:
        for key, fields in facts.devices.get(month, {}).items():
            mine = found.setdefault(key, [0] * len(_DEVICE))
            for i, field in enumerate(_DEVICE):
                mine[i] += fields[field]
    return found


def _counts(
    table: Mapping[str, Mapping[str, int]], months: Sequence[str], fields: Sequence[str]
) -> tuple[Count, ...]:
    return tuple(Count(key=field, count=_sum(table, months, field)) for field in fields)


def _sum(table: Mapping[str, Mapping[str, int]], months: Sequence[str], field: str) -> int:
    return sum(table[month][field] for month in months if month in table)
