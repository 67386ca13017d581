"""What `talon-gateway status` shows, read beside the running gateway."""

from pathlib import Path
from typing import Any

from wire.store import open_reader


def read_status(path: Path) -> dict[str, Any]:
    """Devices with their watermarks, numbers given per day, and what the city lacks.

    Raises wire.store.StoreError if there is no journal at `path`.
    """
    db = open_reader(path)
    try:
        epoch, base, acked = db.execute("SELECT epoch, base, acked FROM sending").fetchone()
        last = db.execute("SELECT max(n) FROM journal").fetchone()[0] or base
        devices = [
            dict(
                zip(
                    ("node", "epoch", "stored", "pending", "duplicates", "conflict", "seen"),
                    row,
                    strict=True,
                )
            )
            for row in db.execute(
                "SELECT node, epoch, seq, max(written - seq, 0), duplicates, conflict, seen"
                " FROM stream ORDER BY node, id"
            )
        ]
        days = db.execute("SELECT day, count(*) FROM given GROUP BY day ORDER BY day DESC LIMIT 7")
        return {
            "uplink": {"epoch": epoch, "written": last - base, "acknowledged_at_least": acked},
            "devices": devices,
            "numbers_given": dict(days.fetchall()),
        }
    finally:
        db.close()


def status_lines(found: dict[str, Any]) -> str:
    """The status as a table for people."""
    head = f"{'device':<20} {'stored':>8} {'pending':>8} {'duplicates':>10}  remark"
    lines = [head]
    for device in found["devices"]:
        remark = "CONFLICT: two devices with this name" if device["conflict"] else ""
        lines.append(
            f"{device['node']:<20} {device['stored']:>8} {device['pending']:>8}"
            f" {device['duplicates']:>10}  {remark}".rstrip()
        )
    uplink = found["uplink"]
    lines.append(
        f"to the city: {uplink['written']} written, "
        f"at least {uplink['acknowledged_at_least']} acknowledged"
    )
    return "\n".join(lines)
