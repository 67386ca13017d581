"""How long voters had waited: from the hall to the city's report, without a network."""

from contextlib import closing
from pathlib import Path

from collector.analysis.mean import Mean
from collector.ledger import LAYOUT
from collector.report.assemble import make_report
from collector.report.period import read_period
from collector.report.setting import Setting
from collector.sources.ledger import LedgerSource
from gateway.queue.hall import Desk
from gateway.queue_config import Queue
from gateway.reception import Reception
from tests.collector import bench as city
from tests.gateway import bench as office
from wire.store import open_reader

MIN = 60_000
OCTOBER = read_period("2026-10")
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


def test_the_minutes_of_each_vote_are_in_the_citys_tallies_and_its_report(tmp_path: Path) -> None:
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
    with closing(open_reader(town.path, LAYOUT)) as db:
        setting = Setting(zone=city.KYIV, now_s=city.HOUR)
        report = make_report(LedgerSource(db, city.KYIV), OCTOBER, setting, "internal")
    good, bad = report.spent
    assert good.waited is not None and good.served is not None
    assert (good.votes, good.waited.value, good.served.value) == (2, 11.5, 4.5)
    assert (bad.votes, bad.waited, bad.served) == (1, Mean(12.0, None), Mean(7.0, None))
    raw = b"\n".join(body for (body,) in town.ledger._db.execute(RATINGS))
    assert raw.count(b"waited_min") == 3
    assert b"visit" not in raw
