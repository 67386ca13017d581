"""Thousands of virtual cities, each with its own mishaps, each checked at every step.

    python -m tests.faults.simulation --seeds 1000 --jobs 2     a thousand cities
    python -m tests.faults.simulation --seeds 500 --first 2000  from seed 2000 on
    python -m tests.faults.simulation --seed 1234 --trace       one of them, line by line

Everything in a city comes from its seed: what fails once fails again. Exit status 1: something that
must never happen has happened.
"""

import argparse
import logging
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from simulator.microcosm.clockwork import Trace
from simulator.microcosm.mishaps import Mishaps
from simulator.microcosm.store import Shelf
from simulator.microcosm.world import World
from tests.faults.checks import Checks

SHOWN = 40  # trace lines of a failure
_AT_ONCE = 25  # seeds handed to a process


class Outcome(NamedTuple):
    """One run. `steps`: things that happened in it; `failure`: empty if all was well."""

    seed: int
    steps: int
    digest: str
    failure: str


def run(seed: int, shelf: Shelf, tell: Callable[[str], None] | None = None) -> Outcome:
    """Live through one city's day, from its seed. `tell`: gets every line of the trace."""
    trace = Trace(tell)
    checks = Checks()
    world = World(seed, shelf, checks, trace)
    failure = ""
    try:
        Mishaps(world).schedule()
        world.start()
        world.clockwork.run_until(world.ends)
        world.heal()
        checks.all_is_well(world)
    except Exception as error:  # noqa: BLE001 - whatever a program raises here is a finding
        failure = _explain(seed, world, trace, error)
    finally:
        checks.close()
        world.close()
    return Outcome(seed, world.clockwork.steps, trace.digest, failure)


def run_many(seeds: Iterable[int]) -> list[Outcome]:
    """Run after run in this process; what is logged about the mishaps is left out."""
    logging.disable(logging.CRITICAL)
    try:
        with Shelf() as shelf:
            return [run(seed, shelf) for seed in seeds]
    finally:
        logging.disable(logging.NOTSET)


def run_all(seeds: range, jobs: int) -> Iterator[Outcome]:
    """Runs in several processes, in the order of the seeds."""
    portions = [seeds[i : i + _AT_ONCE] for i in range(0, len(seeds), _AT_ONCE)]
    with ProcessPoolExecutor(jobs) as pool:
        for outcomes in pool.map(run_many, portions):
            yield from outcomes


def _explain(seed: int, world: World, trace: Trace, error: Exception) -> str:
    where = traceback.format_tb(error.__traceback__)[-1].strip().replace("\n", ": ")
    lines = list(trace.lines)[-SHOWN:]
    return "\n".join(
        [
            f"seed {seed}, step {world.clockwork.steps}: {type(error).__name__}: {error}",
            where,
            *lines,
            f"replay: python -m tests.faults.simulation --seed {seed} --trace",
        ]
    )


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.simulation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seeds", type=int, default=1000, help="how many cities (1000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (2)")
    parser.add_argument("--seed", type=int, help="this one only")
    parser.add_argument("--trace", action="store_true", help="with --seed: show all that happens")
    given = parser.parse_args()
    if given.seed is not None:
        return _one(given.seed, given.trace)
    return _many(range(given.first, given.first + given.seeds), given.jobs)


def _one(seed: int, traced: bool) -> int:
    tell = (lambda line: print(line)) if traced else None  # noqa: T201
    with Shelf() as shelf:
        outcome = run(seed, shelf, tell)
    print(outcome.failure or f"seed {seed}: well, {outcome.steps} steps, {outcome.digest}")  # noqa: T201
    return 1 if outcome.failure else 0


def _many(seeds: range, jobs: int) -> int:
    begin = time.monotonic()
    failures = steps = 0
    for done, outcome in enumerate(run_all(seeds, jobs), 1):
        steps += outcome.steps
        if outcome.failure:
            failures += 1
            print(f"\n{outcome.failure}", flush=True)  # noqa: T201
        seconds = time.monotonic() - begin
        sys.stderr.write(
            f"\r{done} of {len(seeds)} seeds, {failures} failed,"
            f" {done / seconds * 60:.0f} seeds a minute, {steps / done:.0f} steps a seed "
        )
        sys.stderr.flush()
    sys.stderr.write("\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
