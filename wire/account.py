"""One device's account: what became of each number it ever wrote. Pure; gateway and collector.

    written = counted + refused + visits + prints + declined + served + notes + quarantined + lost
        + pending

`written` is what the device itself says, by its gapless numbers. `missing` is what nothing
explains: it must be 0.
"""

from collections.abc import Iterable, Sequence
from typing import Any, get_args

import msgspec

from wire.records import REFUSALS, Clock

NOT_TAKEN = "not taken"
"""Kind under which presses are counted that a device could not take: they have no numbers."""

_CLOCKS: tuple[Clock, ...] = get_args(Clock)


class LostRange(msgspec.Struct, frozen=True):
    """Numbers that nobody holds. `reason`: `gap` (its sender no longer held them), `damaged` (the
    card), `uplink` (the gateway no longer held them), `card` or `gateway` (replaced before they
    were delivered; they come back if it does). `at`: Unix ms when it was noticed, 0 if not known.
    """

    epoch: str
    first: int
    last: int
    reason: str
    at: int = 0

    def __len__(self) -> int:
        return self.last - self.first + 1


class Account(msgspec.Struct):
    """The account of a device, over all its epochs. `clocks`: of its records that are placed in
    time, how; `not_taken`: presses that got neither lamp nor ticket: their record could not be
    written, or the printer could not print. `seen`: Unix ms."""

    site: str
    node: str
    written: int = 0
    counted: int = 0
    refused: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(REFUSALS, 0))
    visits: int = 0
    prints: int = 0
    served: int = 0
    declined: int = 0
    notes: int = 0
    quarantined: int = 0
    lost: int = 0
    pending_device: int = 0
    pending_uplink: int = 0
    missing: int = 0
    not_taken: int = 0
    duplicates: int = 0
    conflict: bool = False
    epochs: int = 0
    seen: int = 0
    clocks: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(_CLOCKS, 0))
    lost_ranges: list[LostRange] = msgspec.field(default_factory=list)

    @property
    def balanced(self) -> bool:
        """Whether every number is explained."""
        return self.missing == 0

    @property
    def pending(self) -> int:
        """Numbers that are written but have not arrived."""
        return self.pending_device + self.pending_uplink

    def count(self, kind: str, status: str, clock: str, number: int) -> None:
        """Enter `number` records of a kind (tag of a wire.records.OfficeRecord)."""
        if kind == NOT_TAKEN:
            self.not_taken += number
            return
        if kind == "quarantined":
            self.quarantined += number
        elif kind == "device":
            self.notes += number
        elif status != "counted":
            self.refused[status] += number
        elif kind == "missed":
            self.notes += number
        elif kind == "rating":
            self.counted += number
        elif kind == "visit":
            self.visits += number
        elif kind == "served":
            self.served += number
        elif kind == "declined":
            self.declined += number
        else:
            self.prints += number
        if clock and kind != "quarantined":
            self.clocks[clock] += number

    def lose(self, ranges: Iterable[LostRange]) -> None:
        """Enter ranges that nobody holds."""
        for lost in ranges:
            self.lost_ranges.append(lost)
            self.lost += len(lost)


_COLUMNS = (
    ("written", "written"),
    ("counted", "counted"),
    ("refused", "refused"),
    ("visits", "tickets"),
    ("prints", "prints"),
    ("declined", "declined"),
    ("served", "served"),
    ("notes", "notes"),
    ("quarantined", "quarant."),
    ("lost", "lost"),
    ("pending", "pending"),
    ("missing", "missing"),
    ("duplicates", "dupl."),
)
_NO_LAMP = "no lamp and no ticket, as its card or its printer could not"
_MOST_RANGES = 5  # lines per device; JSON has them all


def account_json(mine: Account) -> dict[str, Any]:
    """An account as plain values."""
    plain: dict[str, Any] = msgspec.to_builtins(mine)
    return plain | {"pending": mine.pending, "balanced": mine.balanced}


def account_lines(accounts: Sequence[Account], now: int) -> list[str]:
    """Accounts as a table for people, and under it what wants a word. `now`: Unix ms."""
    rows = [["device", *(head for _, head in _COLUMNS), "seen"]]
    for mine in accounts:
        cells = [str(_value(mine, key)) for key, _ in _COLUMNS]
        rows.append([_name(mine), *cells, age(mine.seen, now)])
    totals = [str(sum(_value(mine, key) for mine in accounts)) for key, _ in _COLUMNS]
    rows.append(["all", *totals, ""])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join([f"{row[0]:<{widths[0]}}", *(_right(row[1:], widths[1:]))]).rstrip()
        for row in rows
    ]
    for mine in accounts:
        lines += [f"{_name(mine)}: {words}" for words in _remarks(mine)]
    return lines


def age(then: int, now: int) -> str:
    """How long ago, roughly, for people; `then` and `now` in Unix ms."""
    if not then:
        return "never"
    seconds = (now - then) // 1000
    if seconds < 0:
        return "in future"
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


def _remarks(mine: Account) -> list[str]:
    words = []
    refused = [f"{status} {number}" for status, number in mine.refused.items() if number]
    if refused:
        words.append(f"refused: {', '.join(refused)}")
    if mine.clocks["placed"] or mine.clocks["unknown"]:
        clocks = [f"{name} {number}" for name, number in mine.clocks.items() if number]
        words.append(f"clock: {', '.join(clocks)}")
    for lost in mine.lost_ranges[:_MOST_RANGES]:
        words.append(f"lost: {lost.first} to {lost.last} of {lost.epoch} ({lost.reason})")
    if len(mine.lost_ranges) > _MOST_RANGES:
        words.append(f"lost: {len(mine.lost_ranges) - _MOST_RANGES} more ranges, see --json")
    if mine.not_taken:
        presses = "press was" if mine.not_taken == 1 else "presses were"
        words.append(f"{mine.not_taken} {presses} not taken there: {_NO_LAMP}")
    if mine.conflict:
        words.append("CONFLICT: two devices speak with this name")
    return words


def _name(mine: Account) -> str:
    return f"{mine.site}/{mine.node}"


def _value(mine: Account, key: str) -> int:
    value = sum(mine.refused.values()) if key == "refused" else getattr(mine, key)
    return int(value)


def _right(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)]
