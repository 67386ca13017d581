"""What the made-up office's people enter by hand in a month, and what its queue would have said.

Written into the ledger by the collector's own code, while no collector runs.
"""

import random
import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from collector.action import Action
from collector.annotation import Annotation
from collector.config import read_collector
from collector.entering import PaperOrder, enter_action, enter_annotation, enter_paper
from collector.entry import Signature
from collector.known import Known
from collector.ledger import LAYOUT
from collector.paper import Draft
from collector.tally import REASONS
from simulator import profile
from wire.store import write_beside

MANAGER = "Коваль О. П."
_ZONE = ZoneInfo(profile.ZONE)
_encode = msgspec.json.Encoder().encode


def add_entries(config: Path, days: Sequence[date], seed: int) -> None:
    """What the quality manager enters for these days: ballots, complaints, a measure, an event."""
    chance = random.Random(f"paper/{seed}")
    city = read_collector(config)
    path = city.ledger_path()
    with write_beside(path, LAYOUT) as db:
        known = Known(db, city.site, 0)
        for day in days:
            now = _evening(day)
            draft = Draft(_ballots(chance), day.isoformat(), profile.SITE)
            enter_paper(db, PaperOrder(draft), known, now)
        if days:
            _measure(db, known, _evening(days[-1]), days[0])


def _ballots(chance: random.Random) -> dict[str, int]:
    """What lies in the two paper boxes in the evening, and what the questionnaires name."""
    unsatisfied = chance.choices((0, 1, 2, 3, 5), (3, 5, 4, 2, 1))[0]
    counts = {"satisfied": chance.randrange(8, 26), "unsatisfied": unsatisfied, "complaints": 0}
    named = chance.choices(REASONS, (4, 9, 3, 5, 2, 3, 2), k=unsatisfied)
    for reason in named:
        counts[reason] = counts.get(reason, 0) + 1
    if chance.random() < 0.12:
        counts["complaints"] = 1
    return counts


def _measure(db: sqlite3.Connection, known: Known, now: Signature, begin: date) -> None:
    """A measure of the quarter before, and the day on which the month's change began."""
    quarter = (begin.month - 1) // 3
    decided = f"{begin.year}Q{quarter}" if quarter else f"{begin.year - 1}Q4"
    action = Action(
        number=0,
        point="Черга до земельних питань понад пів години",
        measure="Друге вікно із 9:00 до 12:00, попередній запис по вівторках",
        owner="Начальник відділу земельних питань",
        deadline=now.today.isoformat(),
        decided=decided,
        service="land",
        criterion="timeliness",
        state="under_way",
    )
    enter_action(db, action, known, now)
    event = Annotation(begin.isoformat(), "Електронні скриньки оцінок", "Electronic rating boxes")
    enter_annotation(db, event, known, now)


def _evening(day: date) -> Signature:
    """The manager, when the boxes have been emptied."""
    at = int(datetime.combine(day, time(20, 30), _ZONE).astimezone(UTC).timestamp() * 1000)
    return Signature(at, MANAGER, "koval", _ZONE)
