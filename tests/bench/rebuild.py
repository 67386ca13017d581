"""A restart in the middle of a day: the queue is made anew from the journal, turn by turn."""

import random
import time
from contextlib import closing, nullcontext

from gateway.config import OfficeConfig, read_office
from gateway.journal import Journal
from gateway.office import Office as Rules
from gateway.queue.visit import Kind
from gateway.queue_config import rules_of
from gateway.reception import Reception
from gateway.turns import Ticket
from tests.bench.full import DESKS, full
from tests.bench.rig import Rig
from wire.clock import SystemClock, random_epoch

DAY, EIGHT = "2026-10-26", 1_792_990_800_000  # a Monday, 8 o'clock in Kyiv, as Unix ms
GAP_MS = 15_000  # between two tickets: 2,000 in a long day
STEP_MS = 1_000
_CLERK = "c0"
# What becomes of a visitor at a desk, and how often; each ends with the desk free.
_WAYS: tuple[tuple[int, tuple[Kind, ...]], ...] = (
    (80, ("served", "finished")),
    (6, ("recalled", "served", "finished")),
    (4, ("recalled", "recalled", "missed")),
    (3, ("recalled", "recalled", "missed", "returned")),
    (3, ("served", "held", "resumed")),
    (2, ("served", "transferred")),
    (2, ("left",)),
)


def rebuild(rig: Rig, visits: int) -> dict[str, float]:
    """Seconds from the journal of a day of `visits` to the hall as it was, in a new gateway."""
    with closing(rig.office(full())) as office:
        config = read_office(office.folder / "office.toml")
        before = fill(config, visits)
        begun = time.perf_counter()
        with closing(Journal(config.journal_path(), random_epoch)) as journal:
            reception = Rules(config, journal, SystemClock(), random.Random(1)).reception
            lasted = time.perf_counter() - begun
            assert reception is not None
            after = {visit.id: visit.state for visit in reception.hall.visits()}
    assert after == before, "the hall is not as it was"
    return {"rebuild": lasted}


def fill(config: OfficeConfig, visits: int) -> dict[str, str]:
    """A day's tickets and turns into the journal of an office that does not run, by the gateway's
    own code; half of those who came still wait. Returns the state of each visit."""
    draw = random.Random(1)
    ways = [way for often, way in _WAYS for _ in range(often)]
    services = [service.id for service in config.service]
    rules = rules_of(config.service, config.desk, config.queue)
    with closing(Journal(config.journal_path(), random_epoch)) as journal:
        with journal.transaction():  # one for all: it is not the writing that is measured
            reception = Reception(rules, journal.turns, nullcontext, lambda at: DAY, EIGHT)
            for n in range(visits):
                now = EIGHT + n * GAP_MS
                ticket = Ticket(random_epoch(), f"A{n:04d}", draw.choice(services), now)
                reception.join(reception.store_tickets([ticket], now))
                if n % 2:
                    _work(reception, n // 2 % DESKS + 1, draw.choice(ways), now, services)
        return {visit.id: visit.state for visit in reception.hall.visits()}


def _work(
    reception: Reception, n: int, way: tuple[Kind, ...], now: int, services: list[str]
) -> None:
    """The next visitor comes to a desk, and goes one of the ways."""
    desk = str(n)
    visit = reception.call_next(desk, _CLERK, now)
    assert visit is not None, "nobody waited"
    for kind in way:
        now += STEP_MS
        at = reception.hall.visit(visit.id).desk
        to = services[n % len(services)] if kind == "transferred" else ""
        reception.act(kind, visit.id, _CLERK, now, at, to)
