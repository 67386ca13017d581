"""How right a day's tickets were about the wait: out of the journal, for people and programs."""

from datetime import date
from typing import Any

import msgspec

from gateway.queue.calibration import Calibration, calibrate
from gateway.queue.visit import Visit, begin, follow
from gateway.turns import Ticket, Turns

LANGUAGES = ("uk", "en")
_WORDS = {
    "uk": {
        "told": "талонів, що кажуть про очікування: {told}, з них без часу: {unknown}",
        "none": "порівнювати ще нічого: нікого з часом на талоні не викликали",
        "share": "очікування збулося: {inside} з {n} ({share} %; має бути близько 80 %)",
        "other": "чекали менше: {sooner}, більше: {later}; медіана проміжку: {width} хв",
    },
    "en": {
        "told": "tickets that speak of the wait: {told}, of them without a time: {unknown}",
        "none": "there is nothing to compare yet: nobody with a wait on the ticket was called",
        "share": "the wait was as told: {inside} of {n} ({share} %; about 80 % is right)",
        "other": "waited less: {sooner}, more: {later}; median range: {width} min",
    },
}


def read_calibration(turns: Turns, day: str) -> Calibration:
    """Of a day (YYYY-MM-DD). Visits are followed one by one: what desks there are is no matter."""
    visits: dict[str, Visit] = {}
    for what in turns.of(day):
        if isinstance(what, Ticket):
            visits[what.visit] = begin(what.visit, what.number, what.service, what.at)
        else:
            visits[what.visit] = follow(visits[what.visit], what)
    return calibrate(turns.told_of(day), visits)


def calibration_json(found: Calibration, day: date) -> dict[str, Any]:
    """As plain values; `n`: how many could be compared."""
    return {"day": day.isoformat(), **msgspec.structs.asdict(found), "n": found.n}


def calibration_lines(found: Calibration, day: date, lang: str) -> str:
    """For people, in `uk` or `en`."""
    words = _WORDS[lang]
    values = {**msgspec.structs.asdict(found), "n": found.n}
    lines = [f"{day}: {words['told'].format(**values)}"]
    if found.share is None or found.width is None:
        return "\n".join([*lines, words["none"]])
    values |= {"share": f"{100 * found.share:.0f}", "width": f"{found.width:g}"}
    return "\n".join([*lines, words["share"].format(**values), words["other"].format(**values)])
