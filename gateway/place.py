"""When did it happen? Places records in time by the device's clocks and the gateway's. Pure.

A device's monotonic clock cannot be wrong by more than its crystal is. Whoever knows the time at
one of its moments (a `Fix`) knows it at all moments of that boot. In order of trust:

1. The batch itself: the device said `up` when it sent, and that was now. Delay in the pipe only
   makes it later, so `now - (sent_up - up)` is an upper bound of the truth.
2. The batch before it, for records of a boot that has ended since.
3. For a boot that was never heard of while it lasted: the last time of day that it wrote itself.

A device's own time of day is `set` where it agrees with the fix. A wrong one does no harm then:
the fix places the record. Without any fix it is believed if it lies between what was placed before
it and the device's boot after it. Decision 0006 gives the reasons for the figures.
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

import msgspec

from wire.records import Clock

NOT_BEFORE = 1_735_689_600_000  # 2025-01-01, before the first Talon: no press is older
AHEAD_MS = 120_000  # a sound clock may be this far ahead of a fix
BEHIND_MS = 2_700_000  # and this far behind: less than an hour, the error of a wrong summer time
_DRIFT = 5_000  # a crystal is wrong by less than one in so many: 200 ppm


class Said(Protocol):
    """What every device record says of its time."""

    @property
    def at(self) -> int | None: ...
    @property
    def boot(self) -> str: ...
    @property
    def up(self) -> int: ...


class Fix(NamedTuple):
    """A device's monotonic clock said `up` when it was `at`."""

    up: int
    at: int


class Trace(msgspec.Struct, frozen=True):
    """What is remembered of a device's clock from batch to batch.

    When it last sent, its boot `boot` was `up` ms old and it was `at` here; `last`: when the newest
    record of its log `epoch` happened that was placed by a fix.
    """

    boot: str = ""
    up: int = 0
    at: int = 0
    last: int = 0
    epoch: str = ""


class Sending(NamedTuple):
    """Who sent a batch, and when by its own clock: `up` ms after its boot."""

    epoch: str
    boot: str
    up: int


class Placer:
    """Places the records of one batch.

    `arrived`, `latest`: the batch came between these two (Unix ms); they are equal if the gateway
    knows the time, which `is_sure` says. `said`: the records of the batch.
    """

    def __init__(
        self,
        trace: Trace,
        sending: Sending,
        arrived: int,
        latest: int,
        said: Iterable[Said],
    ) -> None:
        epoch, boot, up = sending
        self._trace = trace
        self._sent = Fix(up, arrived)
        self._epoch = epoch
        self._boot = boot
        self._latest = latest
        self._last = trace.last if trace.epoch == epoch else 0
        self.is_sure = arrived == latest
        # Where there is no fix: after what came before it, before the boot that came after it.
        self._from = max(NOT_BEFORE, self._last - BEHIND_MS)
        self._until = latest - up + AHEAD_MS + up // _DRIFT
        self._fixes = {
            one.boot: Fix(one.up, one.at)
            for one in said
            if one.at is not None and one.boot != boot and self._from <= one.at <= self._until
        }
        if trace.boot:
            self._fixes[trace.boot] = Fix(trace.up, trace.at)
        self._is_vague = not self.is_sure and boot != trace.boot
        if boot != trace.boot or self.is_sure:
            self._fixes[boot] = self._sent

    def place(self, said: Said) -> tuple[int, Clock]:
        """Unix ms of a record, and how it is known; never later than `latest`.

        `unknown`: the best estimate there is, and no more than that.
        """
        fix = self._fixes.get(said.boot)
        if fix is None:
            if said.at is not None and self._from <= said.at <= self._until:
                return min(said.at, self._latest), "set"
            return self._sent.at, "unknown"
        vague = self._is_vague and said.boot == self._boot
        at, clock = self._by_fix(said, fix, vague)
        if clock != "unknown" and said.boot in (self._boot, self._trace.boot):
            self._last = at
        return at, clock

    def _by_fix(self, said: Said, fix: Fix, vague: bool) -> tuple[int, Clock]:
        placed = fix.at + said.up - fix.up
        drift = abs(said.up - fix.up) // _DRIFT
        # The batch before this one may have come late: its fix is late by as much.
        late = 0 if said.boot == self._boot else AHEAD_MS
        if not NOT_BEFORE <= placed <= self._latest + drift + late:
            return self._sent.at, "unknown"
        low = placed - drift - BEHIND_MS
        high = placed + drift + AHEAD_MS + (self._latest - self._sent.at if vague else 0)
        if said.at is not None and max(low, NOT_BEFORE) <= said.at <= high:
            return min(said.at, self._latest), "set"
        return min(placed, self._latest), "unknown" if vague else "placed"

    def trace(self) -> Trace:
        """What to remember after this batch; of one that came at an unknown time, nothing new."""
        if not self.is_sure:
            return self._trace
        return Trace(self._boot, *self._sent, self._last, self._epoch)
