"""What time it is in the office, and what the journal remembers of that."""

import logging
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from gateway.clockwork import Verdict, Watch
from gateway.journal import Journal
from wire.clock import OfficeClock

log = logging.getLogger("talon.gateway")

FLOOR_EVERY_MS = 60_000  # how often the time is stored, that it may not go back unnoticed


class OfficeTime:
    """The machine's clock, and whether it may be believed (`gateway.clockwork`). `verdict`: as it
    was looked at last."""

    def __init__(self, clock: OfficeClock, journal: Journal, timezone: str) -> None:
        self.clock = clock
        self.zone = ZoneInfo(timezone)
        self._journal = journal
        self._watch = Watch(journal.clock_memory())
        self._kept = journal.clock_memory()
        self._told = "sure"
        self.verdict = self._look()

    @property
    def numbered(self) -> int | None:
        """When the first number was given at an unknown time, of those whose day is not known yet;
        Unix ms."""
        return self._watch.memory.numbered

    def look(self, held: int) -> Verdict:
        """Look at the clock, and say so when something about it has changed. `held`, here and
        below: records held back."""
        verdict = self.verdict = self._look()
        if verdict.certainty != self._told:
            self._told = verdict.certainty
            log.warning("%s", self.fault(held) or "clock: the time is known")
        if verdict.stepped:
            log.warning("the clock has stepped by %.0f s", verdict.stepped / 1000)
        return verdict

    def fault(self, held: int) -> str:
        """What is wrong with the time; empty: nothing."""
        return self._watch.fault(self.verdict, self.clock.up(), held)

    def day_of(self, at: int) -> str:
        """The office's date at a time in Unix ms, YYYY-MM-DD."""
        return self.local(at).date().isoformat()

    def local(self, at: int) -> datetime:
        """A time in Unix ms in the office's time zone."""
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(self.zone)

    def keep_news(self) -> None:
        """Store what is new about the clock: the floor alone is not worth every write."""
        memory, kept = self._watch.memory, self._kept
        is_young = abs(memory.floor - kept.floor) < FLOOR_EVERY_MS
        if is_young and msgspec.structs.replace(memory, floor=kept.floor, up=kept.up) == kept:
            return
        with self._journal.transaction():
            self._journal.keep_clock(memory)
        self._kept = msgspec.structs.replace(memory)

    def note_numbered(self, now: int) -> None:
        """A number was given at an unknown time; within the caller's transaction."""
        memory = self._watch.memory
        if memory.numbered is None:
            self._journal.keep_clock(msgspec.structs.replace(memory, numbered=now))
            memory.numbered = now

    def settle(self, since: int) -> None:
        """The time is known: the numbers that were given since (Unix ms) may all be of today."""
        settled = msgspec.structs.replace(self._watch.memory, numbered=None)
        with self._journal.transaction():
            self._journal.redate(since, self.day_of(self.verdict.now))
            self._journal.keep_clock(settled)
        self._watch.memory.numbered = None
        self._kept = settled

    def _look(self) -> Verdict:
        clock = self.clock
        return self._watch.look(clock.now(), clock.up(), clock.boot, clock.synced())
