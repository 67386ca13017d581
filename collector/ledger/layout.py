"""What the ledger's file holds: its tables, their version, and how older files are led on."""

from collector.ledger.days import DAYS_SCHEMA, FILL_DAYS
from collector.ledger.entries import ENTRIES_SCHEMA
from collector.tally import FIELDS, TAGS
from wire.store import MARKS_SCHEMA, Layout

VERSION = 6


def _tally_table(name: str) -> str:
    tags = "".join(f"{tag} TEXT NOT NULL, " for tag in TAGS[name])
    fields = "".join(f'"{field}" INTEGER NOT NULL, ' for field in FIELDS[name])
    return (
        f"CREATE TABLE IF NOT EXISTS tally_{name} (hour INTEGER NOT NULL, {tags}{fields}"
        # changes that InfluxDB does not have yet; -1: it has all, but must be told once more
        f"dirty INTEGER NOT NULL, PRIMARY KEY (hour, {', '.join(TAGS[name])})) WITHOUT ROWID;\n"
        f"CREATE INDEX IF NOT EXISTS dirty_{name} ON tally_{name} (dirty) WHERE dirty > 0;\n"
        f"CREATE INDEX IF NOT EXISTS doubt_{name} ON tally_{name} (dirty) WHERE dirty < 0;\n"
    )


SCHEMA = (
    MARKS_SCHEMA
    + """
CREATE TABLE IF NOT EXISTS origin (     -- one epoch of one device
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL, node TEXT NOT NULL, epoch TEXT NOT NULL,
    written INTEGER NOT NULL DEFAULT 0, -- highest number the device says it wrote
    stored INTEGER NOT NULL DEFAULT 0,  -- the gateway's watermark, as it says
    seen INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    told_by TEXT NOT NULL DEFAULT '',   -- epoch of the gateway's journal that said so
    forgotten INTEGER NOT NULL DEFAULT 0, -- events up to this number are no longer held
    UNIQUE (site, node, epoch)
);
CREATE TABLE IF NOT EXISTS event (
    origin INTEGER NOT NULL, seq INTEGER NOT NULL,
    at INTEGER NOT NULL,                -- Unix ms
    kind TEXT NOT NULL, status TEXT NOT NULL,
    body BLOB NOT NULL,                 -- the record as received
    clock TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (origin, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS forgotten (  -- how many events there were of those no longer held
    origin INTEGER NOT NULL,
    kind TEXT NOT NULL, status TEXT NOT NULL, clock TEXT NOT NULL,
    count INTEGER NOT NULL, newest INTEGER NOT NULL, -- `at` of the newest of them
    PRIMARY KEY (origin, kind, status, clock)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS office (     -- what each gateway said of itself last
    site TEXT PRIMARY KEY,
    epoch TEXT NOT NULL,                -- of its journal
    at INTEGER NOT NULL, seen INTEGER NOT NULL, -- its clock, and ours then: Unix ms
    version TEXT NOT NULL, fault TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lost (       -- ranges of device records that nobody holds
    origin INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    at INTEGER NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (origin, first)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS conflict (
    origin INTEGER PRIMARY KEY, seq INTEGER NOT NULL, at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS uplink_lost ( -- ranges of a gateway's journal that it no longer holds
    site TEXT NOT NULL, epoch TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (site, epoch, first)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarantine ( -- uplink records that did not validate here, as received
    site TEXT NOT NULL, epoch TEXT NOT NULL, n INTEGER NOT NULL,
    at INTEGER NOT NULL, reason TEXT NOT NULL, raw BLOB NOT NULL,
    PRIMARY KEY (site, epoch, n)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused_line ( -- tallies that InfluxDB refused
    line TEXT PRIMARY KEY, reason TEXT NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID;
"""
    + ENTRIES_SCHEMA
    + DAYS_SCHEMA
    + "".join(_tally_table(name) for name in TAGS)
)
UPGRADES = {
    1: """
ALTER TABLE origin ADD COLUMN duplicates INTEGER NOT NULL DEFAULT 0;
ALTER TABLE origin ADD COLUMN told_by TEXT NOT NULL DEFAULT '';
ALTER TABLE origin ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tally_device ADD COLUMN missed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN clock TEXT NOT NULL DEFAULT '';
UPDATE event SET clock = json_extract(CAST(body AS TEXT), '$.clock')
""",
    2: """
ALTER TABLE tally_visit ADD COLUMN served INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tally_device ADD COLUMN served INTEGER NOT NULL DEFAULT 0
""",
    3: DAYS_SCHEMA + FILL_DAYS,
    4: """
ALTER TABLE tally_visit ADD COLUMN declined_closed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tally_visit ADD COLUMN declined_limit INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tally_device ADD COLUMN declined INTEGER NOT NULL DEFAULT 0
""",
    5: "",  # the table tally_spent is new: no rating told of minutes before
}
LAYOUT = Layout("ledger", SCHEMA, VERSION, UPGRADES)
