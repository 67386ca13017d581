"""Ticket numbers a second, and how long a dispenser waits for one."""

import statistics
from contextlib import closing

from tests.bench.askers import Asker, ask_for
from tests.bench.rig import DISPENSERS, SERVICES, Rig

CLIENTS = (1, 4, 32)
_MOST_S = 2.5


def tickets(rig: Rig, numbers: int) -> dict[str, float]:
    """Numbers/s and median wait (ms) with 1, 4 and 32 dispensers; no number is given twice."""
    figures: dict[str, float] = {}
    given: list[str] = []
    with closing(rig.office()) as office:
        office.start_gateway()
        office.wait_for_gateway()
        for clients in CLIENTS:
            askers = [
                Asker(rig.port, office.site, node, list(SERVICES)[i % len(SERVICES)])
                for i, node in enumerate(DISPENSERS[:clients])
            ]
            figures[f"tickets {clients}"] = ask_for(askers, numbers * clients // 32, _MOST_S)
            waits = [wait for asker in askers for wait in asker.waits]
            figures[f"wait {clients}"] = statistics.median(waits) * 1000
            for asker in askers:
                given += asker.numbers
                asker.client.close()
    assert all(given), "an answer without a number"
    twice = len(given) - len(set(given))
    assert not twice, f"{twice} of {len(given)} numbers were given twice"
    return figures
