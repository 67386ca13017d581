"""The mirror: keeps InfluxDB equal to the ledger's tallies, however long InfluxDB is away.

A tally is marked as written only after InfluxDB has said so; what changed meanwhile stays dirty.
One round is `take` (ledger), `send` (HTTP, may last minutes) and `settle` (ledger). `take`,
`settle` and `lag` belong to the thread that owns the ledger; `send` touches no ledger and nothing
that changes, so that an app may run it elsewhere:

    work = await in_store(mirror.take)
    if work is not None:
        result = await in_another_thread(mirror.send, work)
        await in_store(mirror.settle, result)
    await asyncio.sleep(mirror.wait_s)

A write without an answer may still be done, later than the next one, and would then put an old
value back. What is written while that may be so is in doubt, and is written once more afterwards.

One round at a time: the next `take` after the `settle`.
"""

import logging
from dataclasses import dataclass, field
from typing import Protocol

from collector.ledger import Ledger
from collector.refusal import Missing, Refused, Unavailable
from collector.tally import TAGS, TallyRow, lines
from wire.clock import Clock

log = logging.getLogger("talon.mirror")

MOST_LINES = 5000  # in one request: what InfluxDB recommends, about 1 MB
MOST_REQUESTS = 64  # in one round; one bad line among 5,000 is found with 25
PAUSE_S = 5.0  # between rounds when all is written
BACK_OFF_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
PULSE_S = 600.0
LATE_S = 200.0  # how long a write that was given up may still be on its way
LONGEST_WAIT_S = 3600.0  # whatever a Retry-After says


class Target(Protocol):
    """Where the lines go: `collector.influx.Influx`, with its exceptions."""

    def create(self) -> None:
        """Create the database if it is missing."""

    def write(self, lines: str) -> None:
        """Write line protocol, all of it or raise."""


@dataclass(frozen=True)
class Entry:
    """One tally as it was when taken. `changes`: the ledger's count of its changes then."""

    measurement: str
    row: TallyRow
    changes: int
    line: str


@dataclass(frozen=True)
class Work:
    """What one round is to write. `more`: the ledger may have more that is dirty.

    `create`: first make the database, which was missing the last time. `doubt`: an older write may
    still come after this one.
    """

    entries: tuple[Entry, ...]
    more: bool
    create: bool
    doubt: bool = False


@dataclass(frozen=True)
class Result:
    """What became of it. What is in neither list is still to be written.

    `left`: there is more to write at once. `doubt`: as in the work.
    """

    written: tuple[Entry, ...]
    refused: tuple[tuple[Entry, str], ...]
    trouble: Unavailable | None
    left: bool
    doubt: bool = False


class Mirror:
    """Writes dirty tallies to `influx`, round by round. It neither sleeps nor starts threads.

    `late_s`: seconds for which a write that was given up may still be on its way. `pulse_s`: when
    nothing was written for so long, a tally is written again to see that the database is there.
    """

    def __init__(
        self,
        ledger: Ledger,
        influx: Target,
        clock: Clock,
        most_lines: int = MOST_LINES,
        late_s: float = LATE_S,
        pulse_s: float = PULSE_S,
    ) -> None:
        self._ledger = ledger
        self._influx = influx
        self._clock = clock
        self._most_lines = most_lines
        self._late_ms = round(late_s * 1000)
        self._pulse_ms = round(pulse_s * 1000)
        self._due = clock.up()
        self._doubt_until = self._due + self._late_ms  # who ran before us may have been cut short
        self._failures = 0
        self._missing = False
        self._trouble = ""
        self._since = 0
        self._pulse_due = clock.up() + self._pulse_ms

    @property
    def trouble(self) -> str:
        """Why tallies are held back now; empty if they are not."""
        return self._trouble

    @property
    def lag(self) -> int:
        """How many tallies InfluxDB lacks. Asks the ledger."""
        return self._ledger.count_dirty()

    @property
    def wait_s(self) -> float:
        """Seconds until the next round is due."""
        return max(0.0, (self._due - self._clock.up()) / 1000)

    def step(self) -> float:
        """One whole round, if it is due; returns the seconds until the next.

        Raises sqlite3.Error if the ledger's disk fails: what was not marked is written again.
        """
        work = self.take()
        if work is not None:
            self.settle(self.send(work))
        return self.wait_s

    def take(self) -> Work | None:
        """Tallies to write; None if there are none, or while it is not time yet."""
        if self.wait_s > 0:
            return None
        doubt = self._clock.up() < self._doubt_until
        entries: list[Entry] = []
        for read in (self._ledger.dirty,) if doubt else (self._ledger.dirty, self._ledger.doubtful):
            for name in TAGS:
                for row, changes in read(name, self._most_lines - len(entries)):
                    entries.append(Entry(name, row, changes, lines(name, [row])))
        if not entries and self._clock.up() >= self._pulse_due:
            entries = self._pulse()
        if not entries:
            self._wait(PAUSE_S)
            return None
        more = len(entries) == self._most_lines
        return Work(tuple(entries), more, create=self._missing, doubt=doubt)

    def _pulse(self) -> list[Entry]:
        """A tally that is written already: by it a database that is gone is noticed."""
        newest = self._ledger.newest("device")
        return [Entry("device", row, 0, lines("device", [row])) for row in newest]

    def send(self, work: Work) -> Result:
        """Write, halving what is refused until the lines at fault are alone. HTTP only.

        Some of what was refused may have been written: writing it again changes nothing.
        """
        round_ = _Round(parts=[work.entries])
        if work.create:
            self._create(round_)
        for _ in range(MOST_REQUESTS):
            if not round_.parts or round_.trouble is not None:
                break
            self._send_part(round_)
        return Result(
            tuple(round_.written),
            tuple(round_.refused),
            round_.trouble,
            left=bool(round_.parts) or work.more,
            doubt=work.doubt,
        )

    def settle(self, result: Result) -> None:
        """Put down in the ledger what became of the work, and when to go on."""
        self._set_aside(result.refused)
        self._ledger.accepted([entry.line for entry in result.written])
        self._mark((*result.written, *(entry for entry, _ in result.refused)), result.doubt)
        if result.written:
            self._pulse_due = self._clock.up() + self._pulse_ms
        if result.trouble is not None and result.trouble.unclear:
            self._doubt_until = self._clock.up() + self._late_ms
        if isinstance(result.trouble, Missing) and not self._missing:
            self._start_anew()
        elif result.trouble is not None:
            self._hold(result.trouble)
        else:
            self._missing = False
            self._release()
            self._wait(0 if result.left else PAUSE_S)

    def _send_part(self, round_: "_Round") -> None:
        part = round_.parts.pop()
        try:
            self._influx.write("\n".join(entry.line for entry in part))
            round_.written += part
        except Refused as error:
            round_.refuse(part, error)
        except Missing as error:
            round_.trouble = round_.not_made or error
        except Unavailable as error:
            round_.trouble = error

    def _create(self, round_: "_Round") -> None:
        try:
            self._influx.create()
        except Unavailable as error:  # maybe we may not, and somebody else has: the write will tell
            round_.not_made = error

    def _start_anew(self) -> None:
        """The database is gone, with what it had. That is put down before another one is made.

        The other way round, a kill in between would leave a new one that lacks the past.
        """
        count = self._ledger.soil()
        self._missing = True
        log.warning("InfluxDB has no such database: making it, and writing all %d tallies", count)

    def _set_aside(self, refused: tuple[tuple[Entry, str], ...]) -> None:
        if not refused:
            return
        with self._ledger.transaction():
            for entry, reason in refused:
                self._ledger.set_aside(entry.line, reason, self._clock.now())
        log.error(
            "%d tallies are set aside in the ledger's refused_line, first %r: %s",
            len(refused),
            refused[0][0].line,
            refused[0][1],
        )

    def _mark(self, entries: tuple[Entry, ...], doubt: bool = False) -> None:
        for name in TAGS:
            rows = [(e.row, e.changes) for e in entries if e.measurement == name]
            if rows:
                self._ledger.written(name, rows, doubt)

    def _hold(self, trouble: Unavailable) -> None:
        if not self._trouble:
            self._since = self._clock.up()
            log.warning("tallies are held back, and tried again: %s", trouble.reason)
        self._trouble = trouble.reason
        back_off = BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
        self._failures += 1
        self._wait(min(trouble.retry_after_s or back_off, LONGEST_WAIT_S))

    def _release(self) -> None:
        if self._trouble:
            seconds = (self._clock.up() - self._since) // 1000
            log.info("InfluxDB takes tallies again, after %d s", seconds)
        self._trouble = ""
        self._failures = 0

    def _wait(self, seconds: float) -> None:
        self._due = self._clock.up() + round(seconds * 1000)


@dataclass
class _Round:
    """How far one `send` has got."""

    parts: list[tuple[Entry, ...]]
    written: list[Entry] = field(default_factory=list)
    refused: list[tuple[Entry, str]] = field(default_factory=list)
    trouble: Unavailable | None = None
    not_made: Unavailable | None = None  # why the database could not be made

    def refuse(self, part: tuple[Entry, ...], error: Refused) -> None:
        """Halve it, or know the line that is at fault."""
        if len(part) > 1:
            middle = len(part) // 2
            self.parts += [part[middle:], part[:middle]]
        elif error.too_many:  # no line is that long: it is not the line's fault
            self.trouble = Unavailable(f"{error.reason}. Raise its limit for a request's size")
        else:
            self.refused.append((part[0], error.reason))
