"""Hundreds of halls in which printers, programs and power fail; then paper against visits.

    python -m tests.faults.paper --faults 1000           a thousand random faults
    python -m tests.faults.paper --seed 12 --trace       one hall, line by line

Everything in a hall comes from its seed: what fails once fails again. Exit status 1: paper and
visits do not agree.
"""

import argparse
import logging
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from simulator.microcosm.clockwork import Trace
from simulator.microcosm.hall import Hall
from tests.faults.paper_checks import NOTICED_MS, Reconciliation, Violation
from tests.faults.paper_mishaps import FAULTS, LENGTH_MS, Mishaps

SHOWN = 40  # trace lines of a failure
_SETTLE_MS = 5_000
_PATIENCE = 60  # times that


class Outcome(NamedTuple):
    """One hall. `totals`: how many visits, papers, copies, and visits of each outcome."""

    seed: int
    totals: Counter[str]
    faults: list[str]
    digest: str
    failure: str


def run(seed: int, tell: Callable[[str], None] | None = None) -> Outcome:
    """Live through one hall's four minutes, from its seed. `tell`: gets every line of the trace."""
    trace = Trace(tell)
    checks = Reconciliation()
    hall = checks.hall = Hall(seed, trace, checks, checks.changed)
    mishaps = Mishaps(hall)
    totals, failure = Counter[str](), ""
    try:
        mishaps.schedule()
        hall.dispenser.power_up()
        hall.clockwork.run_until(hall.clockwork.now + LENGTH_MS)
        mishaps.mend()
        hall.clockwork.run_until(hall.clockwork.now + NOTICED_MS)
        _settle(hall)
        hall.dispenser.push(hall.dispenser.buttons[0])
        _settle(hall)
        checks.ends_well(hall.office.records)
        totals = checks.reconcile(hall.office.records)
    except (Exception, Violation) as error:  # noqa: BLE001 - what a program raises is a finding
        failure = _explain(seed, trace, error)
    totals["presses"] = mishaps.presses
    return Outcome(seed, totals, mishaps.told, trace.digest, failure)


def run_all(seeds: Iterable[int]) -> list[Outcome]:
    """Hall after hall; what is logged about the mishaps is left out."""
    logging.disable(logging.CRITICAL)
    try:
        return [run(seed) for seed in seeds]
    finally:
        logging.disable(logging.NOTSET)


def seeds_for(faults: int, first: int = 0) -> range:
    """As many halls as it takes for so many faults."""
    return range(first, first - -faults // FAULTS)


def _settle(hall: Hall) -> None:
    """Until no doubt is open and the office knows all."""
    for _ in range(_PATIENCE):
        hall.clockwork.run_until(hall.clockwork.now + _SETTLE_MS)
        dispenser = hall.dispenser
        at_rest = dispenser.on and dispenser.counter.due(dispenser.clock.up()) is None
        if at_rest and not dispenser.node.sender.pending:
            return
    raise Violation("it does not come to rest")


def _explain(seed: int, trace: Trace, error: BaseException) -> str:
    where = traceback.format_tb(error.__traceback__)[-1].strip().replace("\n", ": ")
    return "\n".join(
        [
            f"seed {seed}: {type(error).__name__}: {error}",
            where,
            *list(trace.lines)[-SHOWN:],
            f"replay: python -m tests.faults.paper --seed {seed} --trace",
        ]
    )


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.paper",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--faults", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--seed", type=int, help="this hall only")
    parser.add_argument("--trace", action="store_true", help="with --seed: show all that happens")
    given = parser.parse_args()
    if given.seed is not None:
        outcomes = [run(given.seed, print if given.trace else None)]
    else:
        outcomes = run_all(seeds_for(given.faults, given.first))
    totals, faults = Counter[str](), 0
    for outcome in outcomes:
        totals += outcome.totals
        faults += len(outcome.faults)
        if outcome.failure:
            sys.stdout.write(f"\n{outcome.failure}\n")
    counts = ", ".join(f"{count} {what}" for what, count in sorted(totals.items()))
    failed = sum(bool(outcome.failure) for outcome in outcomes)
    sys.stdout.write(f"{faults} faults in {len(outcomes)} halls, {failed} failed; {counts}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
