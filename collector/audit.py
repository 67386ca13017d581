"""The audit: reads a ledger beside the running collector and checks that all of it adds up.

Three checks: every device's numbers are explained; the month's tallies are what its events add up
to, computed anew; and InfluxDB, if there is one, holds the same tallies.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from collector.accounting import OriginFacts, SiteFacts, account
from collector.entry import standing
from collector.ledger import count_dirty, lost_ranges, read_tallies
from collector.ledger.days import wrong_days
from collector.paper import count_paper
from collector.refusal import Unavailable
from collector.register import read_paper_of_hours
from collector.tally import TAGS, Key, Tallies, TallyRow
from wire.account import Account, account_json, account_lines, age
from wire.records import OfficeRecord

_record: msgspec.json.Decoder[OfficeRecord] = msgspec.json.Decoder(OfficeRecord)

TOLERANCE_MS = 120_000  # by which a gateway's clock may differ from ours

ReadTallies = Callable[[str, int, int], list[TallyRow]]
"""(measurement, begin, end in Unix seconds) to tallies; InfluxDB's or the ledger's."""


class Office(msgspec.Struct, frozen=True):
    """What a gateway said of itself last. `ahead_ms`: its clock against ours; None: it has none."""

    site: str
    seen: int
    ahead_ms: int | None
    version: str
    fault: str


class Mirrored(msgspec.Struct, frozen=True):
    """How InfluxDB stands. `lacks`: tallies that it does not have yet; `refused`: the lines it
    would not take, each with its reason."""

    lacks: int
    refused: dict[str, str]


class Audit(msgspec.Struct):
    """What an audit found. `problems`: empty if all adds up. `unchecked`: what could not be looked
    at, and why. `recounted`: whether the events of the
    month are still held, so that its tallies could be computed anew."""

    month: str
    accounts: list[Account]
    sites: dict[str, SiteFacts]
    offices: list[Office]
    tallies: int
    recounted: bool
    compared: str
    mirrored: Mirrored
    quarantined: int
    problems: list[str]
    unchecked: list[str] = []


def audit(
    db: sqlite3.Connection, month: str, begin: int, end: int, influx: ReadTallies | None
) -> Audit:
    """Audit a ledger: accounts over all time, tallies with begin ≤ hour < end (Unix seconds)."""
    db.execute("BEGIN")  # one consistent picture, however busy the collector is
    sites = _sites(db)
    accounts, problems = account(_origins(db), sites, _not_taken(db))
    problems += [
        f"{a.site}/{a.node}: two devices speak with this name" for a in accounts if a.conflict
    ]
    stored = {name: read_tallies(db, name, begin, end) for name in TAGS}
    recounted = _holds(db, begin)
    changed = _check_events(db, begin, end, stored) if recounted else []
    # of tallies that are wrong it goes without saying that their sums are
    problems += changed or _check_days(db, begin, end)
    offices, mirrored = _offices(db), _mirrored(db)
    quarantined = db.execute("SELECT count(*) FROM quarantine").fetchone()[0]
    db.execute("COMMIT")
    compared = "ledger"
    unchecked: list[str] = []
    if influx is not None:
        compared = "ledger and InfluxDB"
        problems += _refusals(mirrored)
        try:
            problems += _check_influx(influx, begin, end, stored)
        except Unavailable as error:
            unchecked.append(f"InfluxDB could not be compared: {error}")
    return Audit(
        month=month,
        accounts=accounts,
        sites=sites,
        offices=offices,
        tallies=sum(len(rows) for rows in stored.values()),
        recounted=recounted,
        compared=compared,
        mirrored=mirrored,
        quarantined=quarantined,
        problems=problems,
        unchecked=unchecked,
    )


def _check_days(db: sqlite3.Connection, begin: int, end: int) -> list[str]:
    return [
        f"{name}: the sums by the day are not those of its tallies"
        for name in wrong_days(db, begin, end)
    ]


def _origins(db: sqlite3.Connection) -> Iterable[OriginFacts]:
    events: dict[int, dict[tuple[str, str, str], int]] = defaultdict(lambda: defaultdict(int))
    for table, count in (("event", "count(*)"), ("forgotten", "sum(count)")):
        for origin, kind, status, clock, number in db.execute(
            f"SELECT origin, kind, status, clock, {count} FROM {table} GROUP BY 1, 2, 3, 4"
        ):
            events[origin][kind, status, clock] += number
    for id_, site, node, epoch, written, stored, seen, again, *more in db.execute(
        "SELECT id, site, node, epoch, written, stored, seen, duplicates,"
        " told_by = coalesce((SELECT epoch FROM office f WHERE f.site=o.site), told_by),"
        " EXISTS (SELECT 1 FROM origin n WHERE n.site=o.site AND n.node=o.node AND n.id>o.id"
        "  AND n.seen>o.seen), forgotten,"
        " EXISTS (SELECT 1 FROM conflict WHERE origin=o.id),"
        " max((SELECT coalesce(max(seq), 0) FROM event WHERE origin=o.id),"
        "     (SELECT coalesce(max(last), 0) FROM lost WHERE origin=o.id), forgotten)"
        " FROM origin o"
    ).fetchall():
        told, followed, forgotten, conflict, top = more
        lost = lost_ranges(db, id_)
        held = sum(events[id_].values()) + sum(last - first + 1 for first, last, *_ in lost)
        yield OriginFacts(
            site,
            node,
            epoch,
            written,
            stored,
            seen,
            again,
            told=bool(told),
            followed=bool(followed) and not conflict,
            top=top,
            lost=lost,
            gaps=_gaps(db, id_, forgotten, top, lost) if held < top else [],
            conflict=bool(conflict),
            events=events[id_],
        )


def _gaps(
    db: sqlite3.Connection,
    origin: int,
    forgotten: int,
    top: int,
    lost: Iterable[tuple[int, int, str, int]],
) -> list[tuple[int, int]]:
    """Ranges of an origin up to `top` of which there is nothing."""
    here = db.execute("SELECT seq, seq FROM event WHERE origin=? AND seq>?", (origin, forgotten))
    gaps = []
    upto = forgotten
    for first, last in sorted([*here.fetchall(), *(span[:2] for span in lost), (top + 1, top + 1)]):
        if first > upto + 1:
            gaps.append((upto + 1, first - 1))
        upto = max(upto, last)
    return gaps


def _not_taken(db: sqlite3.Connection) -> dict[tuple[str, str], int]:
    """Presses that devices could not take, by (site, node)."""
    rows = db.execute("SELECT site, node, sum(missed) FROM tally_device GROUP BY site, node")
    return {(site, node): count for site, node, count in rows}


def _offices(db: sqlite3.Connection) -> list[Office]:
    rows = db.execute("SELECT site, seen, at, version, fault FROM office ORDER BY site")
    return [
        Office(site, seen, at - seen if at else None, version, fault)
        for site, seen, at, version, fault in rows
    ]


def _mirrored(db: sqlite3.Connection) -> Mirrored:
    refused = db.execute("SELECT line, reason FROM refused_line ORDER BY at, line")
    return Mirrored(count_dirty(db), dict(refused.fetchall()))


def _holds(db: sqlite3.Connection, begin: int) -> bool:
    """Whether no event from `begin` (Unix seconds) on has been let go."""
    newest = db.execute("SELECT coalesce(max(newest), -1) FROM forgotten").fetchone()[0]
    return bool(newest < begin * 1000)


def _sites(db: sqlite3.Connection) -> dict[str, SiteFacts]:
    rows = db.execute(
        "SELECT s.site,"
        " (SELECT coalesce(sum(last - first + 1), 0) FROM uplink_lost u WHERE u.site=s.site),"
        " (SELECT count(*) FROM quarantine q WHERE q.site=s.site), sum(s.duplicates)"
        " FROM stream s GROUP BY s.site ORDER BY s.site"
    )
    return {site: SiteFacts(lost, bad, again) for site, lost, bad, again in rows}


def _check_events(
    db: sqlite3.Connection, begin: int, end: int, stored: dict[str, list[TallyRow]]
) -> list[str]:
    """Compute the tallies anew from the events, and from what people entered. `lost` counts ranges,
    not events: left out."""
    fresh = Tallies()
    for site, body in db.execute(
        "SELECT site, body FROM event JOIN origin ON id=origin WHERE at>=? AND at<?",
        (begin * 1000, end * 1000),
    ):
        fresh.add(site, _record.decode(body))
    for entry in standing(read_paper_of_hours(db, begin, end)):
        count_paper(fresh, entry.body)
    found: dict[Key, tuple[int, ...]] = {
        (name, hour, tags): sums for name, rows in stored.items() for hour, tags, sums in rows
    }
    made = {key: tuple(sums) for key, sums in fresh.sums.items()}
    return [
        f"tally {key}: the ledger says {found.get(key)},"
        f" its events and entries add up to {made.get(key)}"
        for key in sorted(found.keys() | made.keys())
        if _without_lost(key, found.get(key)) != _without_lost(key, made.get(key))
    ][:20]


def _without_lost(key: Key, sums: tuple[int, ...] | None) -> tuple[int, ...]:
    kept = sums or ()
    if key[0] == "device":
        kept = kept[:-1]  # the field `lost` is the last
    return kept if any(kept) else ()


def _refusals(mirrored: Mirrored) -> list[str]:
    if not mirrored.refused:
        return []
    line, why = next(iter(mirrored.refused.items()))
    return [
        f"InfluxDB refused {len(mirrored.refused)} tallies, e.g. {line}: {why}. Mend the cause,"
        " then write them again: talon-collector rebuild"
    ]


def _check_influx(
    influx: ReadTallies, begin: int, end: int, stored: dict[str, list[TallyRow]]
) -> list[str]:
    problems = []
    for name, rows in stored.items():
        mine, theirs = set(rows), set(influx(name, begin, end))
        if mine != theirs:
            example = min(mine ^ theirs)
            problems.append(
                f"{name}: {len(mine - theirs)} tallies of the ledger are not in InfluxDB, "
                f"{len(theirs - mine)} in InfluxDB are not in the ledger, e.g. {example}"
            )
    return problems


def audit_json(found: Audit) -> dict[str, Any]:
    """An audit as plain values."""
    plain: dict[str, Any] = msgspec.to_builtins(found)
    plain["balanced"] = not found.problems
    plain["accounts"] = [account_json(mine) for mine in found.accounts]
    plain["sites"] = {site: facts._asdict() for site, facts in found.sites.items()}
    return plain


def audit_lines(found: Audit, now: int, influx: bool) -> str:
    """An audit for people. `now`: Unix ms; `influx`: whether there is an InfluxDB to be written."""
    lines = account_lines(found.accounts, now)
    lines += [_office_line(office, now) for office in found.offices]
    for site, facts in found.sites.items():
        if facts.lost or facts.quarantined:
            lines.append(
                f"uplink of {site}: {facts.lost} records lost, {facts.quarantined} in quarantine"
            )
    if found.quarantined:
        lines.append("in quarantine: see talon-collector quarantine")
    if influx:
        lines.append(_mirror_line(found.mirrored))
        lines += [f"  refused: {line}: {why}" for line, why in found.mirrored.refused.items()]
    if not found.recounted:
        lines.append(f"the events of {found.month} are no longer held: tallies not computed anew")
    verdict = "IT DOES NOT BALANCE" if found.problems else "balances: every number is explained"
    if found.unchecked and not found.problems:
        verdict = "what could be checked balances"
    if not found.tallies:
        lines.append(f"{found.month} IS EMPTY: no tallies lie here; the accounts are of all time")
    lines.append(f"{found.month}: {found.tallies} tallies checked ({found.compared}); {verdict}")
    doubts = [*found.problems, *found.unchecked]
    return "\n".join([*lines, *(f"  ! {doubt}" for doubt in doubts)])


def _office_line(office: Office, now: int) -> str:
    version = f" (version {office.version})" if office.version else ""
    words = [f"gateway of {office.site}{version}: heard {age(office.seen, now)} ago"]
    if office.ahead_ms is None:
        words.append("its clock is not set")
    elif abs(office.ahead_ms) > TOLERANCE_MS:
        hours = office.ahead_ms / 3_600_000
        words.append(f"ITS CLOCK IS {abs(hours):.2f} h {'AHEAD' if hours > 0 else 'BEHIND'}")
    if office.fault:
        words.append(office.fault)
    return "; ".join(words)


def _mirror_line(mirrored: Mirrored) -> str:
    return f"InfluxDB lacks {mirrored.lacks} tallies, and has refused {len(mirrored.refused)}"
