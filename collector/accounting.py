"""The accounting: is every number that a device ever wrote explained? Pure.

End to end: what the device says it wrote, what its gateway says it stored, what lies here.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from wire.account import Account, LostRange


class OriginFacts(NamedTuple):
    """What the ledger holds of one epoch of one device.

    `written`: as the device says; `stored`: the gateway's watermark, as that says; `told`: whether
    the gateway's journal of today said so, not one before it. `followed`: another epoch of the
    device came after this one, which has been silent since. `top`: highest number here, stored or
    lost. `lost`: (first, last, reason, at) of lost ranges; `gaps`: (first, last) of ranges below
    `top` of which there is nothing. `events`: how many there are, and were, by (kind, status,
    clock).
    """

    site: str
    node: str
    epoch: str
    written: int
    stored: int
    seen: int
    duplicates: int
    told: bool
    followed: bool
    top: int
    lost: Sequence[tuple[int, int, str, int]]
    gaps: Sequence[tuple[int, int]]
    conflict: bool
    events: Mapping[tuple[str, str, str], int]


class SiteFacts(NamedTuple):
    """What went wrong between a gateway and here: records lost, and quarantined, on the uplink."""

    lost: int
    quarantined: int
    duplicates: int


def account(
    origins: Iterable[OriginFacts],
    sites: Mapping[str, SiteFacts],
    not_taken: Mapping[tuple[str, str], int],
) -> tuple[list[Account], list[str]]:
    """Accounts of all devices, in order, and what does not balance, in words.

    Numbers of which there is nothing, although their gateway had them, are `lost` on the uplink if
    that many records are known to be lost or quarantined on that office's uplink; else `missing`.
    `not_taken`: presses that a (site, node) could not take.
    """
    accounts: dict[tuple[str, str], Account] = {}
    gaps: dict[str, list[tuple[Account, LostRange]]] = {}
    for facts in origins:
        key = (facts.site, facts.node)
        mine = accounts.setdefault(key, Account(site=facts.site, node=facts.node))
        _add(mine, facts)
        gaps.setdefault(facts.site, []).extend(
            (mine, LostRange(facts.epoch, *gap, "uplink")) for gap in facts.gaps
        )
    for site, found in gaps.items():
        _explain_by_uplink(found, sites.get(site, SiteFacts(0, 0, 0)))
    for key, count in not_taken.items():
        if key in accounts:
            accounts[key].not_taken = count
    done = [accounts[key] for key in sorted(accounts)]
    problems = [
        f"{a.site}/{a.node}: {a.missing} of {a.written} numbers are unexplained"
        for a in done
        if not a.balanced
    ]
    return done, problems


def _add(mine: Account, facts: OriginFacts) -> None:
    top = max(facts.top, facts.stored)
    written = max(facts.written, top)
    mine.written += written
    mine.lose(LostRange(facts.epoch, *lost) for lost in facts.lost)
    if facts.told:
        mine.pending_uplink += top - facts.top
    elif top > facts.top:  # that journal is no more
        mine.lose([LostRange(facts.epoch, facts.top + 1, top, "gateway")])
    if not facts.followed:
        mine.pending_device += written - top
    elif written > top:
        mine.lose([LostRange(facts.epoch, top + 1, written, "card")])
    # What nothing explains. More than there are numbers would be as wrong as less.
    mine.missing += (
        facts.top - sum(facts.events.values()) - sum(b - a + 1 for a, b, *_ in facts.lost)
    )
    mine.duplicates += facts.duplicates
    mine.conflict |= facts.conflict
    mine.epochs += 1
    mine.seen = max(mine.seen, facts.seen)
    for (kind, status, clock), number in facts.events.items():
        mine.count(kind, status, clock, number)


def _explain_by_uplink(gaps: Sequence[tuple[Account, LostRange]], facts: SiteFacts) -> None:
    if sum(len(gap) for _, gap in gaps) > facts.lost + facts.quarantined:
        return
    for mine, gap in gaps:
        mine.missing -= len(gap)
        mine.lose([gap])
