"""Who is killed when: a plan that one seed makes, and its execution with SIGKILL."""

import random
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

CYCLE_S = 2.5  # from kill to kill of one program, on average


class Victim(NamedTuple):
    """A program. `kill` ends it by SIGKILL and fails if it has ended by itself; `start` does not
    wait until it works."""

    name: str
    kill: Callable[[], None]
    start: Callable[[], None]


class Deed(NamedTuple):
    """What is done `at` seconds from the beginning."""

    at: float
    victim: str
    kills: bool


def plan(victims: Sequence[str], kills: int, chance: random.Random) -> list[Deed]:
    """Each victim is killed that often, at random, and started after a random while.

    A life takes from an eighth of the cycle, in which a program hardly gets up, to one and a half.
    """
    deeds = []
    for victim in victims:
        at = chance.uniform(0.5, CYCLE_S)
        for _ in range(kills):
            deeds.append(Deed(at, victim, True))
            at += chance.choice((0.0, chance.uniform(0, CYCLE_S / 3)))
            deeds.append(Deed(at, victim, False))
            at += CYCLE_S * chance.uniform(0.125, 1.5)
    return sorted(deeds, key=lambda deed: deed.at)


def carry_out(deeds: Sequence[Deed], victims: Sequence[Victim]) -> None:
    """Do it all, in time. The moments are random for the programs: nothing is waited for."""
    by_name = {victim.name: victim for victim in victims}
    begun = time.monotonic()
    for deed in deeds:
        time.sleep(max(0.0, begun + deed.at - time.monotonic()))
        victim = by_name[deed.victim]
        (victim.kill if deed.kills else victim.start)()
