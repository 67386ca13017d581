"""Does the gateway know what time it is? Pure.

A Raspberry Pi 4 has no battery for its clock: after a power cut it goes on from a date on its card
until the network sets it. While the time is in doubt, what arrives is stored and acknowledged, but
held back from the city and placed in time later; no numbers are given. If the doubt does not end,
the gateway goes on by its best estimate, and every time that rests on it is `unknown`.
"""

from typing import Literal, NamedTuple

import msgspec

CLOCK_WAIT_MS = 600_000  # how long the network may take to set the clock
UNSET_BEFORE = 1_767_225_600_000  # 2026-01-01: an earlier date is a clock that was never set
BACK_MS = 60_000  # a clock may be set back by so much without being asked why
STEP_MS = 2_000  # a change that is no drift
SHOWN_MS = 3_600_000  # how long a step is shown
LONGEST_CUT_MS = 31 * 86_400_000  # a gateway that does not know the time was not off for longer

Certainty = Literal["sure", "waiting", "accepted"]


class ClockMemory(msgspec.Struct):
    """What the journal remembers of the clock.

    `floor`: the newest time that was gone by, when the gateway's boot `boot` was `up` ms old.
    `synced`: the network has set the clock in that boot. `since`: `up` at which the present doubt
    began. `numbered`: when the first ticket number was given at an unknown time, of those whose
    day is not known yet.
    """

    floor: int = 0
    boot: str = ""
    up: int = 0
    synced: bool = False
    since: int | None = None
    numbered: int | None = None


class Verdict(NamedTuple):
    """What time it is, in Unix ms: between `now` and `latest`, which are equal if it is known.

    `waiting`: it may soon be known. `accepted`: that took too long. `reason`: of the doubt.
    `stepped`: by how many ms the clock has stepped since the last look.
    """

    certainty: Certainty
    now: int
    latest: int
    reason: str = ""
    stepped: int = 0


class Watch:
    """Looks at the machine's clocks from time to time. `memory`: as stored; it moves on."""

    def __init__(self, memory: ClockMemory) -> None:
        self.memory = memory
        self._offset: int | None = None
        self._step: tuple[int, int] | None = None  # (by how much, `up` then)

    def look(self, now: int, up: int, boot: str, synced: bool | None) -> Verdict:
        """Judge what the clocks show: Unix ms, ms since `boot`, and `wire.clock`'s `synced`."""
        memory = self.memory
        if boot != memory.boot:
            # The floor was there before this boot began, so since then `up` has passed at least.
            memory.boot, memory.up, memory.synced, memory.since = boot, 0, False, None
        stepped = self._note_step(now, up)
        memory.synced = memory.synced or synced is True
        gone_by = memory.floor + max(0, up - memory.up) if memory.floor else 0
        reason = self._doubt(now, gone_by, synced)
        if not reason:
            memory.since = None
            memory.floor, memory.up = now, up
            return Verdict("sure", now, now, "", stepped)
        if memory.since is None:
            memory.since = up
        best = max(now, gone_by)
        latest = best + LONGEST_CUT_MS
        # Without any date no month would be right: then it waits for somebody to set the clock.
        if up - memory.since < CLOCK_WAIT_MS or best < UNSET_BEFORE:
            return Verdict("waiting", best, latest, reason, stepped)
        memory.floor, memory.up = best, up
        return Verdict("accepted", best, latest, reason, stepped)

    def fault(self, verdict: Verdict, up: int, held: int) -> str:
        """What a technician should know; empty: nothing. `held`: records held back."""
        if verdict.certainty == "waiting":
            return f"clock: {verdict.reason}; holding {held} records, giving no numbers"
        if verdict.certainty == "accepted":
            return f"clock: {verdict.reason}; records count without a time of day"
        if self._step is not None and up - self._step[1] < SHOWN_MS:
            return f"clock: stepped by {self._step[0] / 1000:+.0f} s"
        return ""

    def _doubt(self, now: int, gone_by: int, synced: bool | None) -> str:
        if now < UNSET_BEFORE:
            return "never set"
        if synced:
            return ""
        if synced is False and not self.memory.synced:
            return "not set since the power came back"
        if now < gone_by - BACK_MS:
            return f"{(gone_by - now) // 1000} s behind what the journal has seen"
        return ""

    def _note_step(self, now: int, up: int) -> int:
        before, self._offset = self._offset, now - up
        stepped = 0 if before is None else self._offset - before
        if abs(stepped) <= STEP_MS:
            return 0
        self._step = (stepped, up)
        return stepped
