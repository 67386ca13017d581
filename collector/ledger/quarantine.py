"""What did not validate, read beside the owner of the ledger."""

import sqlite3

import msgspec

from wire.records import OfficeRecord, Quarantined

_record: msgspec.json.Decoder[OfficeRecord] = msgspec.json.Decoder(OfficeRecord)


def read_quarantine(db: sqlite3.Connection) -> list[tuple[str, bytes, str]]:
    """Uplink records that did not validate here: (where, record, reason), oldest first."""
    rows = db.execute("SELECT site, n, raw, reason FROM quarantine ORDER BY at, site, n")
    return [(f"uplink of {site} {n}", raw, reason) for site, n, raw, reason in rows]


def read_setbacks(db: sqlite3.Connection) -> list[tuple[str, bytes, str]]:
    """Device records that did not validate at their gateways: (where, record, reason)."""
    rows = db.execute(
        "SELECT site, node, seq, body FROM event JOIN origin ON id=origin"
        " WHERE kind='quarantined' ORDER BY at, site, node, seq"
    )
    found = [(f"{site}/{node} {seq}", _record.decode(body)) for site, node, seq, body in rows]
    return [
        (where, record.raw, record.reason)
        for where, record in found
        if isinstance(record, Quarantined)
    ]
