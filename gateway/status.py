"""What `talon-gateway status` shows, read beside the running gateway."""

import json
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

from gateway.journal import LAYOUT
from wire.account import NOT_TAKEN, Account, LostRange, account_json, account_lines
from wire.store import Size, open_reader, size_of


class GatewayStatus(NamedTuple):
    """How an office stands. `problems`: what does not balance, in words; empty if all does.

    `written`, `acked`: of the uplink's epoch, `acked` at least; `held`: rows in the journal.
    `in_doubt`: whether the time is not known; `held_back`: rows that wait for it.
    """

    accounts: list[Account]
    epoch: str
    written: int
    acked: int
    held: int
    quarantined: int
    numbers_given: dict[str, int]
    size: Size
    problems: list[str]
    in_doubt: bool
    held_back: int


def read_status(path: Path) -> GatewayStatus:
    """Accounts of the devices, numbers given per day, and what the city lacks.

    Raises wire.store.StoreError if there is no journal at `path`.
    """
    db = open_reader(path, LAYOUT)
    try:
        db.execute("BEGIN")  # one consistent picture, however busy the gateway is
        accounts, problems = _accounts(db)
        epoch, base, acked = db.execute("SELECT epoch, base, acked FROM sending").fetchone()
        low, high = db.execute("SELECT min(n), max(n) FROM journal").fetchone()
        days = db.execute("SELECT day, count(*) FROM given GROUP BY day ORDER BY day DESC LIMIT 7")
        waiting = db.execute("SELECT count(*) FROM quarantine WHERE readmitted=0").fetchone()[0]
        return GatewayStatus(
            accounts,
            epoch,
            (high or base) - base,
            acked,
            high - low + 1 if high else 0,
            waiting,
            dict(days.fetchall()),
            size_of(db),
            problems,
            *_clock(db),
        )
    finally:
        db.close()


def status_json(found: GatewayStatus, limit_mb: int) -> dict[str, Any]:
    """A status as plain values."""
    return {
        "balanced": not found.problems,
        "problems": found.problems,
        "uplink": {
            "epoch": found.epoch,
            "written": found.written,
            "acknowledged_at_least": found.acked,
        },
        "store": {
            "rows": found.held,
            "bytes": found.size.bytes,
            "free": found.size.free,
            "limit_bytes": limit_mb << 20,
        },
        "quarantined": found.quarantined,
        "numbers_given": found.numbers_given,
        "clock": {"in_doubt": found.in_doubt, "held_back": found.held_back},
        "devices": [account_json(mine) for mine in found.accounts],
    }


def status_lines(found: GatewayStatus, limit_mb: int, now: int) -> str:
    """A status for people. `now`: Unix ms."""
    lines = account_lines(found.accounts, now)
    lines.append(f"to the city: {found.written} written, at least {found.acked} acknowledged")
    used = (found.size.bytes - found.size.free) / (1 << 20)
    lines.append(f"journal: {found.held} rows, {used:.1f} of {limit_mb} MB")
    if found.in_doubt:
        lines.append(f"THE TIME IS NOT KNOWN; held back from the city: {found.held_back}")
    if found.quarantined:
        lines.append(f"in quarantine: {found.quarantined}; see talon-gateway quarantine")
    verdict = "IT DOES NOT BALANCE" if found.problems else "balances: every number is explained"
    return "\n".join([*lines, verdict, *(f"  ! {problem}" for problem in found.problems)])


def _clock(db: sqlite3.Connection) -> tuple[bool, int]:
    row = db.execute("SELECT said FROM clock WHERE n=0").fetchone()
    held: int = db.execute("SELECT count(*) FROM clock WHERE n > 0").fetchone()[0]
    return row is not None and json.loads(row[0])["since"] is not None, held


def _accounts(db: sqlite3.Connection) -> tuple[list[Account], list[str]]:
    accounts: dict[str, Account] = {}
    problems = []
    streams = db.execute(
        "SELECT site, node, epoch, seq, written, seen, duplicates, conflict FROM stream ORDER BY id"
    ).fetchall()
    for site, node, epoch, seq, written, seen, duplicates, conflict in streams:
        mine = accounts.setdefault(node, Account(site, node))
        mine.written += max(written, seq)
        mine.pending_device += max(written - seq, 0)
        mine.duplicates += duplicates
        mine.conflict |= bool(conflict)
        mine.epochs += 1
        mine.seen = max(mine.seen, seen)
        explained = _enter(db, mine, node, epoch)
        mine.missing += seq - explained
        if seq != explained:
            problems.append(f"{site}/{node}: {seq} numbers of {epoch}, {explained} explained")
    return sorted(accounts.values(), key=lambda mine: mine.node), problems


def _enter(db: sqlite3.Connection, mine: Account, node: str, epoch: str) -> int:
    """Enter what became of one epoch's numbers; returns how many that explains."""
    where = (node, epoch)
    explained = 0
    for kind, status, clock, count in db.execute(
        "SELECT kind, status, clock, count FROM account WHERE node=? AND epoch=?", where
    ):
        if kind == "lost":
            mine.lost += count
        else:
            mine.count(kind, status, clock, count)
        if kind != NOT_TAKEN:  # they have no numbers
            explained += count
    mine.lost_ranges += [
        LostRange(epoch, *row)
        for row in db.execute(
            "SELECT first, last, reason, at FROM lost WHERE node=? AND epoch=? ORDER BY first",
            where,
        )
    ]
    return explained
