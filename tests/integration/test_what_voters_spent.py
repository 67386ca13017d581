"""How long voters had waited: from the hall into the city's tallies, without a network."""

from pathlib import Path

from gateway.queue.hall import Desk
from gateway.queue_config import Queue
from gateway.reception import Reception
from tests.collector import bench as city
from tests.gateway import bench as office

MIN = 60_000
SPENT = (
    "SELECT service, desk, channel, satisfied, satisfied_waited, satisfied_served,"
    " unsatisfied, unsatisfied_waited, unsatisfied_served FROM tally_spent ORDER BY service"
)
RATINGS = "SELECT body FROM event WHERE kind='rating'"


def open_office(folder: Path) -> office.Bench:
    """With one desk, where box-1 stands."""
    return office.Bench(folder, desk=[Desk("1")], queue=Queue(most_calls=1))


def reception(bench: office.Bench) -> Reception:
    assert bench.office.reception is not None
    return bench.office.reception


def issue(bench: office.Bench, box: office.Box, visit: str, service: str) -> None:
    """A dispenser tells of a ticket."""
    said = {"visit": f"{visit:0>16}", "service": service, "by": "gateway"}
    box.say("issued", 1_000, bench.clock.ms, number="А001", **said)
    bench.handle(box.batch(first=len(box.log)))


def serve(bench: office.Bench, box: office.Box, minutes: int, button: str) -> None:
    """The next visitor comes at once, is served so long, and votes ten seconds later."""
    at_desk = reception(bench).call_next("1", "olena", bench.clock.ms)
    assert at_desk is not None
    reception(bench).act("served", at_desk.id, "olena", bench.clock.ms, "1")
    bench.clock.ms += minutes * MIN + 30_000
    reception(bench).act("finished", at_desk.id, "olena", bench.clock.ms, "1")
    bench.clock.ms += 10_000
    box.press(button=button, at=bench.clock.ms)
    bench.handle(box.batch(first=len(box.log)))


def test_the_minutes_of_each_vote_are_in_the_citys_tallies(tmp_path: Path) -> None:
    """Satisfied are who waited 3 and 20 minutes, and not who waited 12: in whole
    minutes, at the desk and by the service of the visit; and the gateway was started anew."""
    hall, town = open_office(tmp_path / "office"), city.Bench(tmp_path)
    dispenser, box = office.Box("disp-1", "d" * 16), office.Box("box-1")
    issue(hall, dispenser, "a1", "passport")
    issue(hall, dispenser, "a2", "passport")
    issue(hall, dispenser, "a3", "subsidy")
    hall.clock.ms += 3 * MIN + 59_000
    serve(hall, box, 8, "satisfied")  # to 12:39
    serve(hall, box, 7, "unsatisfied")  # to 20:19
    hall.restart()
    serve(hall, box, 1, "satisfied")
    box.press(at=hall.clock.ms)  # once more: a repeat
    hall.handle(box.batch(first=len(box.log)))
    town.take(*hall.raw())
    assert town.ledger._db.execute(SPENT).fetchall() == [
        ("passport", "1", "desk", 1, 3, 8, 1, 12, 7),
        ("subsidy", "1", "desk", 1, 20, 1, 0, 0, 0),
    ]
    assert town.audit().problems == []
    raw = b"\n".join(body for (body,) in town.ledger._db.execute(RATINGS))
    assert raw.count(b"waited_min") == 3
    assert b"visit" not in raw
