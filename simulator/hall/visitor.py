"""What a visitor is going to do, drawn from the visit's id: the same seed, the same fates. Pure."""

import math
import random
from typing import NamedTuple

from simulator import profile

SECOND_MS = 1_000
MINUTE_MS = 60_000


class Fate(NamedTuple):
    """One visitor's intentions, in ms.

    `patience`: from the ticket on; who is not called by then goes home and tells nobody. `away`:
    has stepped out, and is back so long after being missed; 0: is there. `walk`: from the call to
    the desk. `serve`: at the desk, in all. `fetch`: gone for a paper in between; 0: has them all.
    `tidy`: from the end until the clerk calls the next one.
    """

    patience: int
    away: int
    walk: int
    serve: int
    fetch: int
    tidy: int


class Push(NamedTuple):
    """A button of a box is pushed. `at`: Unix ms; `hold_ms`: how long it stays down, 0 for
    a push like any other."""

    at: int
    box: str
    button: str
    hold_ms: int = 0


def fate_of(visit: str, seed: int) -> Fate:
    """What the visitor with that visit's ticket is going to do."""
    chance = random.Random(f"fate/{seed}/{visit}")
    away, fetch = chance.random() < profile.STEPS_OUT, chance.random() < profile.LACKS_A_PAPER
    return Fate(
        patience=_about(chance, profile.PATIENCE_MINUTES, 0.5),
        away=away * _about(chance, 9, 0.5),
        walk=chance.randrange(8, 40) * SECOND_MS,
        serve=_about(chance, profile.SERVICE_MINUTES, 0.45),
        fetch=fetch * _about(chance, 6, 0.4),
        tidy=chance.randrange(25, 60) * SECOND_MS,
    )


def pushes_of(visit: str, service: str, desk: str, done: int, seed: int) -> list[Push]:
    """What the visitor presses who was finished at `desk` at `done` (Unix ms); most of those who
    do press once."""
    chance = random.Random(f"votes/{seed}/{visit}")
    if chance.random() >= profile.VOTES:
        return []
    box, after = _box(desk, chance)
    at = done + after
    pleased = next(s.pleased for s in profile.SERVICES if s.id == service)
    button = "satisfied" if chance.random() < pleased else "unsatisfied"
    dice = chance.random()
    if dice < profile.HAMMER:
        fast = chance.random() < 0.7  # the others stuff the ballot box, steadily
        span = (400, 3_000) if fast else (3_050, 3_600)
        gaps = [chance.randrange(*span) for _ in range(chance.randrange(20, 45))]
        return [Push(at + sum(gaps[:i]), box, button) for i in range(len(gaps))]
    if dice < profile.HAMMER + profile.AGAIN:
        return [Push(at, box, button), Push(at + chance.randrange(300, 2_500), box, button)]
    if dice > 0.9997:
        return [Push(at, box, button, hold_ms=60_000)]  # leant on it
    return [Push(at, box, button)]


def _box(desk: str, chance: random.Random) -> tuple[str, int]:
    """Where somebody who was served at a desk votes, and after how many ms."""
    here = profile.BOX_AT.get(desk)
    if here is not None and chance.random() < profile.AT_DESK:
        return here, round(9 * SECOND_MS * chance.lognormvariate(0, 0.7))  # a few are too late
    if chance.random() < profile.ON_WEB:
        return profile.WEB, chance.randrange(2, 60) * MINUTE_MS
    return chance.choice(profile.EXITS), chance.randrange(30, 240) * SECOND_MS


def _about(chance: random.Random, minutes: float, spread: float) -> int:
    """A time whose median is that; its logarithm is normal, with that deviation."""
    return round(chance.lognormvariate(math.log(minutes), spread) * MINUTE_MS)
