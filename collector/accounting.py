"""The accounting: is every number that a device ever wrote explained? Pure.

    written = counted + refused + visits + prints + notes + quarantined + lost + pending

`written` is what the device itself says, by its gapless numbers; the rest is what lies in the
ledger. `missing` is what neither side explains: it must be 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from wire.records import REFUSALS


class OriginFacts(NamedTuple):
    """What the ledger holds of one epoch of one device.

    `written`: as the device says; `stored`: the gateway's watermark, as that says; `top`: highest
    number here, stored or lost. `lost`: numbers in lost ranges that did not come after all.
    `events`: how many there are by (kind, status).
    """

    site: str
    node: str
    epoch: str
    written: int
    stored: int
    seen: int
    top: int
    lost: int
    conflict: bool
    unclocked: int
    events: Mapping[tuple[str, str], int]


class SiteFacts(NamedTuple):
    """What went wrong between a gateway and here: records lost, and quarantined, on the uplink."""

    lost: int
    quarantined: int
    duplicates: int


class Account(msgspec.Struct):
    """One device's account, over all its epochs."""

    site: str
    node: str
    written: int = 0
    counted: int = 0
    refused: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(REFUSALS, 0))
    visits: int = 0
    prints: int = 0
    notes: int = 0
    quarantined: int = 0
    lost: int = 0
    pending_device: int = 0
    pending_uplink: int = 0
    missing: int = 0
    conflict: bool = False
    unclocked: int = 0
    epochs: int = 0
    seen: int = 0

    @property
    def balanced(self) -> bool:
        """Whether every number is explained."""
        return self.missing == 0


def account(
    origins: Iterable[OriginFacts], sites: Mapping[str, SiteFacts]
) -> tuple[list[Account], list[str]]:
    """Accounts of all devices, in order, and what does not balance, in words.

    Numbers that are missing although their gateway had them are explained as `lost` if that many
    records are known to be lost or quarantined on that office's uplink.
    """
    accounts: dict[tuple[str, str], Account] = {}
    for facts in origins:
        key = (facts.site, facts.node)
        mine = accounts.setdefault(key, Account(site=facts.site, node=facts.node))
        _add(mine, facts)
    done = [accounts[key] for key in sorted(accounts)]
    for site, facts_ in sites.items():
        _explain_by_uplink([a for a in done if a.site == site], facts_)
    problems = [
        f"{a.site}/{a.node}: {a.missing} of {a.written} numbers are unexplained"
        for a in done
        if not a.balanced
    ]
    return done, problems


def _add(mine: Account, facts: OriginFacts) -> None:
    present = sum(facts.events.values())
    top = max(facts.top, facts.stored)
    written = max(facts.written, top)
    mine.written += written
    mine.lost += facts.lost
    mine.pending_device += written - top
    mine.pending_uplink += top - facts.top
    mine.missing += facts.top - present - facts.lost
    mine.conflict |= facts.conflict
    mine.unclocked += facts.unclocked
    mine.epochs += 1
    mine.seen = max(mine.seen, facts.seen)
    for (kind, status), count in facts.events.items():
        _count(mine, kind, status, count)


def _count(mine: Account, kind: str, status: str, count: int) -> None:
    if kind == "quarantined":
        mine.quarantined += count
    elif kind == "device":
        mine.notes += count
    elif status != "counted":
        mine.refused[status] += count
    elif kind == "rating":
        mine.counted += count
    elif kind == "visit":
        mine.visits += count
    else:
        mine.prints += count


def _explain_by_uplink(accounts: Sequence[Account], facts: SiteFacts) -> None:
    known = facts.lost + facts.quarantined
    missing = sum(max(a.missing, 0) for a in accounts)
    if 0 < missing <= known:
        for mine in accounts:
            mine.lost += mine.missing
            mine.missing = 0
