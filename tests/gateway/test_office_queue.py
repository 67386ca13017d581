"""The queue in the office: tickets come by the hop, ratings find their visits, the city hears."""

import random
from pathlib import Path

import msgspec
import pytest

from gateway.queue.hall import Desk, QueueError
from gateway.queue_config import Queue
from gateway.reception import Reception
from tests.gateway.bench import NOON, Bench, Box, StepClock
from wire.records import Rating, Served

MIN = 60_000
DAY = 24 * 60 * MIN


class UnsetClock(StepClock):
    """The network has not set it since the power came back."""

    def synced(self) -> bool | None:
        """It says so."""
        return False


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An office with two desks; box-1 is at desk 1, box-2 at the exit."""
    return Bench(tmp_path, desk=[Desk("1"), Desk("2")], queue=Queue(most_calls=1))


def reception(bench: Bench) -> Reception:
    assert bench.office.reception is not None
    return bench.office.reception


def issue(bench: Bench, *visits: str) -> None:
    """disp-1 tells of tickets that were issued a second ago, in one batch."""
    box = Box("disp-1", epoch=f"{visits[0]:0>16}")
    for n, visit in enumerate(visits):
        box.say(
            "issued",
            at=bench.clock.ms - 1_000 + n,
            visit=f"{visit:0>16}",
            service="subsidy",
            number=f"Б{n + 1:03d}",
            by="gateway",
        )
    bench.handle(box.batch())


def serve(bench: Bench, desk: str = "1", minutes: int = 5) -> str:
    """The next visitor is called at once, comes at once, and is served so long."""
    now = bench.clock.ms
    visit = reception(bench).call_next(desk, "olena", now)
    assert visit is not None
    reception(bench).act("served", visit.id, "olena", now, desk)
    bench.clock.ms += minutes * MIN
    reception(bench).act("finished", visit.id, "olena", bench.clock.ms, desk)
    return visit.id


def press(bench: Bench, node: str, *ats: int) -> None:
    """A rating box tells of presses at these times."""
    box = Box(node)
    for at in ats:
        box.press(at=at)
    bench.handle(box.batch())


def ratings(bench: Bench) -> list[tuple[str, str, str]]:
    """Status, service and desk of each rating on its way to the city."""
    return [(r.status, r.service, r.desk) for r in bench.records() if hasattr(r, "value")]


def test_a_ticket_waits_once_its_record_is_stored(bench: Bench) -> None:
    """And once only, though the batch comes again; also after a restart."""
    issue(bench, "a1", "a2")
    issue(bench, "a1", "a2")
    assert [visit.number for visit in reception(bench).hall.waiting()] == ["Б001", "Б002"]
    bench.restart()
    assert [visit.number for visit in reception(bench).hall.waiting()] == ["Б001", "Б002"]


def test_the_vote_of_a_visit_counts_once_and_has_its_service(bench: Bench) -> None:
    """The box says nothing of services; the visit does."""
    issue(bench, "a1")
    serve(bench)
    done = bench.clock.ms
    bench.clock.ms += 2 * MIN
    press(bench, "box-1", done - 1, done + 5_000, done + 20_000, done + MIN)
    assert ratings(bench) == [
        ("unarmed", "passport", "1"),
        ("counted", "subsidy", "1"),
        ("repeat", "subsidy", "1"),
        ("late", "subsidy", "1"),
    ]


def test_a_rating_takes_whole_minutes_to_the_city_and_no_visit(bench: Bench) -> None:
    """Of the vote that counts; of all other presses nothing of the kind is sent."""
    issue(bench, "a1")
    bench.clock.ms += 11 * MIN  # with the second that the ticket is older, 11:01
    serve(bench, minutes=5)
    done = bench.clock.ms
    bench.clock.ms += 2 * MIN
    press(bench, "box-1", done - 1, done + 5_000, done + 20_000, done + MIN)
    press(bench, "box-2", NOON)
    found = [record for record in bench.records() if isinstance(record, Rating)]
    assert [(r.status, r.waited_min, r.served_min) for r in found] == [
        ("unarmed", None, None),
        ("counted", 11, 5),
        ("repeat", None, None),
        ("late", None, None),
        ("counted", None, None),
    ]
    plain = [msgspec.to_builtins(record) for record in found]
    assert ["waited_min" in said or "served_min" in said for said in plain] == [
        status == "counted" and channel == "desk"
        for status, channel in ((r.status, r.channel) for r in found)
    ]
    assert not any("visit" in said for said in plain)


def test_while_the_time_is_not_known_a_vote_counts_without_minutes(tmp_path: Path) -> None:
    """As `served` is then in no waiting figure."""
    bench = Bench(tmp_path, UnsetClock(), desk=[Desk("1")], queue=Queue(most_calls=1))
    issue(bench, "a1")
    serve(bench)
    press(bench, "box-1", bench.clock.ms)
    found = bench.records()
    assert [r.clock for r in found if isinstance(r, Served)] == ["unknown"]
    votes = [(r.status, r.clock, r.waited_min) for r in found if isinstance(r, Rating)]
    assert votes == [("counted", "set", None)]


def test_an_exit_box_is_open_to_everybody(bench: Bench) -> None:
    """Whoever is at the desks."""
    press(bench, "box-2", NOON)
    assert ratings(bench) == [("counted", "-", "-")]


def test_a_press_at_an_unknown_time_is_nobodys(bench: Bench) -> None:
    """It is kept, and says so."""
    issue(bench, "a1")
    serve(bench)
    box = Box("box-1")
    box.press(at=None)
    box.boot = "b0000009"  # what it sends now is of another boot: nobody can place that press
    bench.handle(box.batch())
    assert ratings(bench) == [("unarmed", "passport", "1")]


def test_the_city_hears_of_each_finished_visit_with_its_times(bench: Bench) -> None:
    """Numbered without a gap, under the journal's epoch, also after a restart."""
    issue(bench, "a1", "a2")
    bench.clock.ms += 3 * MIN
    serve(bench, minutes=5)
    bench.restart()
    serve(bench, minutes=2)
    served = [record for record in bench.records() if isinstance(record, Served)]
    epoch = bench.journal.log.epoch
    assert [(s.node, s.epoch, s.seq, s.service, s.desk) for s in served] == [
        ("gateway", epoch, 1, "subsidy", "1"),
        ("gateway", epoch, 2, "subsidy", "1"),
    ]
    assert [(s.wait_ms, s.serve_ms) for s in served] == [
        (3 * MIN + 1_000, 5 * MIN),
        (8 * MIN + 999, 2 * MIN),
    ]


def test_the_evening_closes_what_is_open(bench: Bench) -> None:
    """At the time that the config says, and whatever comes later then, too."""
    issue(bench, "a1")
    bench.clock.ms = NOON + 10 * 60 * MIN + 59 * MIN  # 22:59 in Kyiv
    bench.office.tend()
    assert len(reception(bench).hall.waiting()) == 1
    bench.clock.ms += MIN
    bench.office.tend()
    assert [visit.state for visit in reception(bench).hall.visits()] == ["left"]


def test_a_new_day_begins_by_itself(bench: Bench) -> None:
    """With the first message, or the next look at the clock."""
    issue(bench, "a1")
    bench.clock.ms += DAY
    bench.office.tend()
    assert reception(bench).hall.visits() == []


def test_an_office_without_desks_has_no_queue(tmp_path: Path) -> None:
    """And every box is open, as before."""
    bench = Bench(tmp_path)
    assert bench.office.reception is None
    press(bench, "box-1", NOON)
    assert ratings(bench) == [("counted", "passport", "1")]


def restart_with(bench: Bench, *desks: Desk) -> None:
    """The config is changed, and the gateway restarted."""
    bench.config = msgspec.structs.replace(bench.config, desk=list(desks))
    bench.restart()


@pytest.mark.parametrize("desks", [[Desk("1")], [Desk("1"), Desk("2а")]])
def test_a_desk_that_leaves_the_config_ends_neither_the_gateway_nor_a_visit(
    bench: Bench, desks: list[Desk]
) -> None:
    """Taken out or renamed, with clerks logged in and a visitor there: dispensers are answered,
    and who was at it waits again, by a rule, and is finished at another desk."""
    issue(bench, "a", "b")
    for desk, clerk in (("1", "olena"), ("2", "petro")):
        reception(bench).post("opened", desk, clerk, bench.clock.ms)
    called = reception(bench).call_next("2", "petro", bench.clock.ms)
    assert called is not None
    reception(bench).act("served", called.id, "petro", bench.clock.ms, "2")
    bench.clock.ms += MIN
    restart_with(bench, *desks)
    assert bench.ask(service="subsidy")["number"] == "Б001"
    assert reception(bench).posts.open() == ["1"]
    with pytest.raises(QueueError, match="'2' is no desk of this office"):
        reception(bench).call_next("2", "petro", bench.clock.ms)
    rows = bench.journal._db.execute("SELECT clerk, desk FROM turn WHERE kind='requeued'")
    assert rows.fetchall() == [("", "")]
    assert serve(bench) == called.id
    (served,) = [record for record in bench.records() if isinstance(record, Served)]
    assert (served.visit, served.desk, served.serve_ms) == (called.id, "1", 6 * MIN)
    bench.restart()
    assert reception(bench).hall.visit(called.id).state == "finished"


def test_a_desk_that_nobody_was_called_to_may_leave_the_config(bench: Bench) -> None:
    """Its clerk had logged in; a dispenser that asks is answered, and told of the wait."""
    for _ in range(5):
        issue(bench, f"{_:x}")
        serve(bench)
    reception(bench).post("opened", "2", "petro", bench.clock.ms)
    restart_with(bench, Desk("1"))
    assert bench.ask(service="subsidy")["number"] == "Б001"
    assert reception(bench).expect("subsidy", bench.clock.ms, random.Random(1)) is None
