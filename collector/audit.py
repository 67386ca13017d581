"""The audit: reads a ledger beside the running collector and checks that all of it adds up.

Three checks: every device's numbers are explained; the month's tallies are what its events add up
to, computed anew; and InfluxDB, if there is one, holds the same tallies.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from collector.accounting import Account, OriginFacts, SiteFacts, account
from collector.ledger import count_lost, read_tallies
from collector.tally import TAGS, Key, Tallies, TallyRow
from wire.records import OfficeRecord

_record: msgspec.json.Decoder[OfficeRecord] = msgspec.json.Decoder(OfficeRecord)

ReadTallies = Callable[[str, int, int], list[TallyRow]]
"""(measurement, begin, end in Unix seconds) to tallies; InfluxDB's or the ledger's."""


class Audit(msgspec.Struct):
    """What an audit found. `problems`: empty if all adds up."""

    month: str
    accounts: list[Account]
    sites: dict[str, SiteFacts]
    tallies: int
    compared: str
    problems: list[str]


def audit(
    db: sqlite3.Connection, month: str, begin: int, end: int, influx: ReadTallies | None
) -> Audit:
    """Audit a ledger: accounts over all time, tallies with begin ≤ hour < end (Unix seconds)."""
    db.execute("BEGIN")  # one consistent picture, however busy the collector is
    sites = _sites(db)
    accounts, problems = account(_origins(db), sites)
    problems += [
        f"{a.site}/{a.node}: two devices speak with this name" for a in accounts if a.conflict
    ]
    stored = {name: read_tallies(db, name, begin, end) for name in TAGS}
    problems += _check_events(db, begin, end, stored)
    db.execute("COMMIT")
    if influx is not None:
        problems += _check_influx(influx, begin, end, stored)
    return Audit(
        month=month,
        accounts=accounts,
        sites=sites,
        tallies=sum(len(rows) for rows in stored.values()),
        compared="ledger and InfluxDB" if influx else "ledger",
        problems=problems,
    )


def _origins(db: sqlite3.Connection) -> Iterable[OriginFacts]:
    events: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    for origin, kind, status, count in db.execute(
        "SELECT origin, kind, status, count(*) FROM event GROUP BY origin, kind, status"
    ):
        events[origin][kind, status] = count
    for id_, site, node, epoch, written, stored, seen, top, conflict, unclocked in db.execute(
        "SELECT id, site, node, epoch, written, stored, seen,"
        " max((SELECT coalesce(max(seq), 0) FROM event WHERE origin=o.id),"
        "     (SELECT coalesce(max(last), 0) FROM lost WHERE origin=o.id)),"
        " EXISTS (SELECT 1 FROM conflict WHERE origin=o.id),"
        " (SELECT count(*) FROM event WHERE origin=o.id"
        '  AND instr(body, CAST(\'"clock":"unknown"\' AS BLOB)) > 0)'
        " FROM origin o"
    ).fetchall():
        yield OriginFacts(
            site,
            node,
            epoch,
            written,
            stored,
            seen,
            top,
            count_lost(db, id_),
            bool(conflict),
            unclocked,
            events[id_],
        )


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
    """Compute the tallies anew from the events. `lost` counts ranges, not events: left out."""
    fresh = Tallies()
    for site, body in db.execute(
        "SELECT site, body FROM event JOIN origin ON id=origin WHERE at>=? AND at<?",
        (begin * 1000, end * 1000),
    ):
        fresh.add(site, _record.decode(body))
    found: dict[Key, tuple[int, ...]] = {
        (name, hour, tags): sums for name, rows in stored.items() for hour, tags, sums in rows
    }
    made = {key: tuple(sums) for key, sums in fresh.sums.items()}
    return [
        f"tally {key}: the ledger says {found.get(key)}, its events add up to {made.get(key)}"
        for key in sorted(found.keys() | made.keys())
        if _without_lost(key, found.get(key)) != _without_lost(key, made.get(key))
    ][:20]


def _without_lost(key: Key, sums: tuple[int, ...] | None) -> tuple[int, ...]:
    kept = sums or ()
    if key[0] == "device":
        kept = kept[:-1]  # the field `lost` is the last
    return kept if any(kept) else ()


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
    plain["sites"] = {site: facts._asdict() for site, facts in found.sites.items()}
    return plain


_HEADS = (
    ("written", "records"),
    ("counted", "counted"),
    ("refused", "refused"),
    ("visits", "tickets"),
    ("prints", "prints"),
    ("notes", "notes"),
    ("quarantined", "quarant."),
    ("lost", "lost"),
    ("pending", "pending"),
    ("missing", "missing"),
)


def audit_lines(found: Audit) -> str:
    """An audit as a table for people."""
    rows = [["device", *(head for _, head in _HEADS)]]
    for mine in found.accounts:
        rows.append([f"{mine.site}/{mine.node}", *(str(_value(mine, key)) for key, _ in _HEADS)])
    totals = [sum(_value(a, key) for a in found.accounts) for key, _ in _HEADS]
    rows.append(["all", *(str(total) for total in totals)])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(_padded(row, widths)) for row in rows]
    lines += _refusal_lines(found.accounts)
    verdict = "IT DOES NOT BALANCE" if found.problems else "balances: every number is explained"
    lines.append(f"{found.month}: {found.tallies} tallies checked ({found.compared}); {verdict}")
    return "\n".join([*lines, *(f"  ! {problem}" for problem in found.problems)])


def _padded(row: list[str], widths: list[int]) -> list[str]:
    cells = zip(row[1:], widths[1:], strict=True)
    return [f"{row[0]:<{widths[0]}}", *(f"{cell:>{width}}" for cell, width in cells)]


def _value(mine: Account, key: str) -> int:
    if key == "refused":
        return sum(mine.refused.values())
    if key == "pending":
        return mine.pending_device + mine.pending_uplink
    value: int = getattr(mine, key)
    return value


def _refusal_lines(accounts: list[Account]) -> list[str]:
    total: dict[str, int] = defaultdict(int)
    for mine in accounts:
        for status, count in mine.refused.items():
            total[status] += count
    said = ", ".join(f"{status} {count}" for status, count in total.items() if count)
    unclocked = sum(a.unclocked for a in accounts)
    lines = [f"refused: {said}"] if said else []
    return lines + ([f"without a time of day: {unclocked}"] if unclocked else [])
