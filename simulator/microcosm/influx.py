"""An InfluxDB in memory: takes line protocol, overwrites by key, answers as badly as a real one."""

from collections.abc import Callable
from typing import Literal

from collector.refusal import Missing, Refused, Unavailable
from collector.tally import FIELDS, TAGS, TallyRow

Mood = Literal["well", "down", "no answer", "lost request", "picky", "too big"]
MOODS: tuple[Mood, ...] = ("down", "no answer", "lost request", "picky", "too big")


class VirtualInflux:
    """Implements `collector.mirror.Target`.

    `mood`: `down`: nobody is there; `no answer`: the lines are written, but nobody hears of it;
    `lost request`: the other way round; `picky`: refuses every line with an odd hash, for no
    reason; `too big`: takes one line at a time.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.mood: Mood = "well"
        self.exists = True
        self.has_refused = False  # a line, for good
        self.points: dict[str, str] = {}  # fields by measurement, tags and time
        self._tell = tell

    def create(self) -> None:
        """Create the database if it is missing."""
        if self.mood == "down":
            raise Unavailable("no route to host")
        self.exists = True

    def write(self, lines: str) -> None:
        """Take lines, or raise as collector.influx.Influx does."""
        self._tell(f"influx, {self.mood}: {lines.count(chr(10)) + 1} lines")
        if self.mood in ("down", "lost request"):
            raise Unavailable("no route to host")
        if not self.exists:
            raise Missing("no such database")
        each = lines.split("\n")
        if self.mood == "too big" and len(each) > 1:
            raise Refused("413", too_many=True)
        if self.mood == "picky" and any(sum(line.encode()) % 2 for line in each):
            self.has_refused = True
            raise Refused("400: a line is wrong")
        for line in each:
            head, fields, time = line.split(" ")
            self.points[f"{head} {time}"] = fields
        if self.mood == "no answer":
            raise Unavailable("timed out")

    def drop(self) -> None:
        """Somebody deletes the database."""
        self.exists = False
        self.points.clear()

    def read(self, measurement: str, begin: int, end: int) -> list[TallyRow]:
        """All tallies of a measurement, as collector.influx.Influx gives them."""
        rows = []
        for key, fields in sorted(self.points.items()):
            head, time = key.split(" ")
            name, *tags = head.split(",")
            if name == measurement and begin <= int(time) < end:
                rows.append((int(time), _values(tags, TAGS[name]), _sums(fields, FIELDS[name])))
        return rows


def _values(pairs: list[str], names: tuple[str, ...]) -> tuple[str, ...]:
    found = dict(pair.split("=", 1) for pair in pairs)
    return tuple(found[name] for name in names)


def _sums(fields: str, names: tuple[str, ...]) -> tuple[int, ...]:
    found = dict(pair.split("=", 1) for pair in fields.split(","))
    return tuple(int(found[name].removesuffix("i")) for name in names)
