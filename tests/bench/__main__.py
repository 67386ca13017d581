"""`python -m tests.bench`: measures Talon on this machine and prints what it found as a table."""

import argparse
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import NamedTuple, NoReturn

from simulator.country import OFFICES
from tests.bench.backlog import backlog
from tests.bench.city import city
from tests.bench.country import country
from tests.bench.day import day
from tests.bench.devices import devices
from tests.bench.flow import flow
from tests.bench.hall import hall, touched
from tests.bench.lamp import lamp
from tests.bench.limits import limits
from tests.bench.naive import naive
from tests.bench.paper import paper
from tests.bench.rebuild import rebuild
from tests.bench.rig import Rig
from tests.bench.stall import stall
from tests.bench.table import table
from tests.bench.tickets import tickets

ROUNDS = 3
COUNTRY_S = 3_600  # with a country of another size, which is drawn before it is measured
LIMIT_S = 295  # the whole run
_EXAMPLES = """examples:
  python -m tests.bench
  python -m tests.bench --short
  python -m tests.bench --only flow --only limits
  make bench ARGS='--only lamp'
  make bench ARGS='--only country --country full'
"""


class Measurement(NamedTuple):
    """One measurement. `size`, `short`, `tiny`: records, presses or numbers in a round.

    `once`: in the first round only, because it takes long and what it finds hardly varies.
    """

    run: Callable[[Rig, int], dict[str, float]]
    size: int
    short: int
    tiny: int
    text: str
    once: bool = False


MEASUREMENTS = {
    "flow": Measurement(
        flow, 200_000, 80_000, 1_600, "records/s into journal and ledger, memory of both servers"
    ),
    "backlog": Measurement(
        backlog, 100_000, 100_000, 1_600, "seconds in which a week's backlog drains to the ledger"
    ),
    "naive": Measurement(naive, 3_000, 1_000, 20, "the yardstick: a message and a commit a press"),
    "limits": Measurement(
        limits, 100_000, 50_000, 2_000, "SQLite alone and the broker alone, same bytes"
    ),
    "lamp": Measurement(lamp, 500, 150, 5, "from the press to the lamp against a bare fsync"),
    "tickets": Measurement(tickets, 8_000, 3_000, 96, "ticket numbers/s with 1, 4, 32 dispensers"),
    "country": Measurement(
        country,
        100,
        40,
        2,
        "a country's month report: 100 offices, --country full: 4,000",
        once=True,
    ),
    "hall": Measurement(hall, 9, 6, 2, "from Next to the boards of a busy hall, load, memory"),
    "touched": Measurement(
        touched, 9, 6, 2, "the same hall with 4 touch pages; touch to number", once=True
    ),
    "rebuild": Measurement(rebuild, 2_000, 2_000, 40, "a day's queue out of the journal"),
    "devices": Measurement(devices, 1, 1, 1, "memory of a rating box's and a dispenser's program"),
    "city": Measurement(
        city, 26, 6, 2, "a city's month from two years of tallies to the page", once=True
    ),
    "paper": Measurement(paper, 60, 12, 2, "from the press to the printer's first byte", once=True),
    "stall": Measurement(stall, 150, 50, 20, "how long a button waits while the printer is busy"),
    "day": Measurement(day, 1_500, 150, 3, "memory over a day of tickets", once=True),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code, 130 after Ctrl+C."""
    chosen = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGALRM, _late)
    signal.alarm(COUNTRY_S if chosen.country else LIMIT_S)
    begun = time.monotonic()
    names = chosen.only or list(MEASUREMENTS)
    try:
        with closing(Rig()) as rig:
            _say(_heading(rig))
            rounds = measure(rig, names, chosen.short, chosen.country or 0)
    except KeyboardInterrupt:
        _say("stopped; so is all that was started")
        return 130
    except TimeoutError as error:
        _say(f"stopped: {error}")
        return 1
    finally:
        signal.alarm(0)
    for line in table(rounds):
        _say(line)
    once = ", ".join(name for name in names if MEASUREMENTS[name].once)
    rounds_of = f"median of {ROUNDS} interleaved rounds{once and f' ({once}: of one)'}"
    _say(f"{rounds_of}; {time.monotonic() - begun:.0f} s")
    return 0


def measure(
    rig: Rig, names: Sequence[str], short: bool, offices: int = 0
) -> list[dict[str, float]]:
    """The figures of each round. In a round every measurement has its turn, so that whatever
    else the machine does meets all of them alike. `offices`: of the country, if not as usual."""
    rounds: list[dict[str, float]] = []
    for number in range(1, ROUNDS + 1):
        figures: dict[str, float] = {}
        for name in names:
            _tell(f"round {number} of {ROUNDS}: {name} …")
            what = MEASUREMENTS[name]
            size = what.short if short else what.size
            if not (what.once and number > 1):
                figures |= what.run(rig, (name == "country" and offices) or size)
        rounds.append(figures)
    _tell("")
    return rounds


def _heading(rig: Rig) -> str:
    return (
        f"broker: {rig.broker}; disk: {rig.folder.parent}; Python {platform.python_version()}; "
        f"{os.cpu_count()} CPUs, which load and servers share"
    )


def _parser() -> argparse.ArgumentParser:
    names = "\n".join(f"  {name:<10} {what.text}" for name, what in MEASUREMENTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=f"Measures Talon on this machine, on loopback.\n\nmeasurements:\n{names}",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=MEASUREMENTS,
        metavar="NAME",
        help="this measurement; may be given several times",
    )
    parser.add_argument(
        "--country",
        type=_offices,
        metavar="OFFICES",
        help=f"how many offices the country has; full: {OFFICES}",
    )
    parser.add_argument("--short", action="store_true", help="less of each; below a minute")
    return parser


def _offices(said: str) -> int:
    if said == "full":
        return OFFICES
    if said.isdecimal() and 1 <= int(said) <= OFFICES:
        return int(said)
    raise argparse.ArgumentTypeError(f"{said!r} is neither full nor from 1 to {OFFICES}")


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _late(*_: object) -> NoReturn:
    raise TimeoutError(f"the whole run is to take {LIMIT_S} s at most: try --short, or --only NAME")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _tell(line: str) -> None:
    """Progress, in a place of its own on a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
