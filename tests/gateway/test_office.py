"""One office at work: one transaction, and nothing confirmed before it."""

import json
import sqlite3
from pathlib import Path

import pytest

from gateway.heads import SHOWN_MS
from gateway.office import MAX_LOG
from gateway.roster import Service
from gateway.streams import MOST_STRANGERS
from tests.gateway.bench import HOUR, NOON, SITE, VISIT, Bench, Box, ask, marks, pressed
from wire import topics
from wire.batch import MAX_BATCH, Batch, decode_mark, encode_batch
from wire.link import Incoming

OTHER = "00000000000000b2"
BOX_LOG = f"talon/v1/{SITE}/box-1/log"
STATE = f"talon/v1/{SITE}/box-1/state"
ASK = f"talon/v1/{SITE}/disp-1/ask"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def fill_disk(bench: Bench) -> None:
    """No page more than there are now."""
    db = bench.journal._db
    db.execute(f"PRAGMA max_page_count={db.execute('PRAGMA page_count').fetchone()[0]}")


def free_disk(bench: Bench) -> None:
    bench.journal._db.execute("PRAGMA max_page_count=1000000")


# ---- batches ------------------------------------------------------------------------------------
def test_a_batch_is_acknowledged_with_its_last_number(bench: Bench) -> None:
    found = marks(bench.handle(pressed(3).batch()))
    assert (found["box-1"].seq, len(bench.records())) == (3, 3)


def test_a_batch_that_comes_again_is_acknowledged_and_not_stored_again(bench: Bench) -> None:
    box = pressed(3)
    bench.handle(box.batch())
    assert marks(bench.handle(box.batch(), box.batch()))["box-1"].seq == 3
    assert len(bench.records()) == 3


def test_a_gap_is_not_stored_and_the_watermark_said_again(bench: Bench) -> None:
    box = pressed(4)
    bench.handle(box.batch(1, 1))
    assert marks(bench.handle(box.batch(3)))["box-1"].seq == 1
    assert len(bench.records()) == 1


def test_a_group_of_messages_gives_one_watermark_a_box(bench: Bench) -> None:
    one, two = pressed(2), pressed(2, "box-2")
    out = bench.handle(one.batch(1, 1), two.batch(), one.batch(2))
    assert {node: mark.seq for node, mark in marks(out).items()} == {"box-1": 2, "box-2": 2}


def test_what_the_rules_remember_of_a_box_survives_a_restart(bench: Bench) -> None:
    box = pressed(1)
    box.press(after=1_000)
    bench.handle(box.batch(1, 1))
    bench.restart()
    bench.handle(box.batch(2))
    assert bench.statuses() == ["counted", "repeat"]


def test_the_greeting_after_a_restart_says_every_watermark(bench: Bench) -> None:
    bench.handle(pressed(2).batch(), pressed(3, "box-2").batch())
    bench.restart()
    found = marks(bench.office.greetings())
    assert {node: mark.seq for node, mark in found.items()} == {"box-1": 2, "box-2": 3}


# ---- a transaction that does not come about -----------------------------------------------------
def test_a_full_disk_confirms_nothing_and_leaves_all_as_stored(bench: Bench) -> None:
    box = pressed(400)
    bench.handle(box.batch(1, 1))
    before = bench.raw(), bench.office.heads(), bench.office.greetings()
    fill_disk(bench)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        bench.handle(ask(), box.batch(2))
    assert (bench.raw(), bench.office.heads(), bench.office.greetings()) == before
    free_disk(bench)
    assert marks(bench.handle(box.batch(2)))["box-1"].seq == 400
    assert bench.ask()["number"] == "А001"
    assert [r.seq for r in bench.records()] == list(range(1, 401))


def test_a_failure_after_the_records_undoes_the_records(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = pressed(2)
    box.press(after=1_000)

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(bench.journal, "give", fail)
        with pytest.raises(sqlite3.OperationalError):
            bench.handle(box.batch())
    assert bench.raw() == [] and bench.office.greetings() == []
    bench.handle(box.batch())
    assert bench.statuses() == ["counted", "counted", "repeat"]


def test_a_number_whose_commit_failed_is_given_to_the_next_who_asks(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(bench.journal, "give", fail)
        with pytest.raises(sqlite3.OperationalError):
            bench.ask()
    assert bench.ask(OTHER)["number"] == "А001"
    assert bench.ask(VISIT)["number"] == "А002"


# ---- numbers ------------------------------------------------------------------------------------
def test_an_answer_is_out_only_when_its_number_is_stored(bench: Bench) -> None:
    assert bench.ask() == {"v": 1, "visit": VISIT, "number": "А001"}
    stored = bench.journal._db.execute("SELECT visit, count FROM given").fetchall()
    assert stored == [(VISIT, 1)]


@pytest.mark.parametrize("restarts", [False, True])
def test_the_same_visit_gets_the_same_number(bench: Bench, restarts: bool) -> None:
    bench.ask()
    bench.ask(OTHER)
    if restarts:
        bench.restart()
    assert bench.ask()["number"] == "А001"
    assert bench.ask("00000000000000c3")["number"] == "А003"


def test_asking_twice_in_one_group_gives_one_number(bench: Bench) -> None:
    out = bench.handle(ask(), ask())
    assert [json.loads(message.payload)["number"] for message in out] == ["А001", "А001"]


def test_a_new_day_in_the_office_begins_at_one(bench: Bench) -> None:
    bench.ask()
    bench.clock.ms = NOON + 12 * HOUR  # midnight in Kyiv, 22:00 UTC
    assert bench.ask(OTHER)["number"] == "А001"


def test_a_visit_that_asks_again_after_midnight_keeps_its_number(bench: Bench) -> None:
    bench.ask(OTHER)
    bench.ask()
    bench.clock.ms = NOON + 12 * HOUR
    out = bench.handle(ask(), pressed(1).batch(), ask("00000000000000c3"))
    answers = [json.loads(m.payload)["number"] for m in out if m.topic.endswith("answer")]
    assert answers == ["А002", "А001"]
    assert marks(out)["box-1"].seq == 1


def test_an_unknown_service_is_answered_with_an_error(bench: Bench) -> None:
    answer = bench.ask(service="pension")
    assert "number" not in answer and answer["error"] == "no service pension here"


@pytest.mark.parametrize("node", ["box-1", "disp-9"])
def test_who_is_no_dispenser_is_answered_with_an_error(bench: Bench, node: str) -> None:
    answer = bench.ask(node=node)
    assert "number" not in answer and answer["error"] == f"{node} is not a dispenser here"


def test_a_service_that_left_the_config_does_not_spoil_the_day(bench: Bench) -> None:
    bench.ask()
    bench.config = type(bench.config)(
        **{
            **{f: getattr(bench.config, f) for f in bench.config.__struct_fields__},
            "service": [Service("subsidy", "Б", "Субсидії")],
        }
    )
    bench.restart()
    assert bench.ask(OTHER, "subsidy")["number"] == "Б001"


# ---- strays -------------------------------------------------------------------------------------
def _line(size: int) -> bytes:
    return encode_batch(Batch("a" * 16, 1, 1, "b0000001", 0, [b"x" * size]))


@pytest.mark.parametrize(
    "message",
    [
        (BOX_LOG, b""),
        (BOX_LOG, b"no batch\n"),
        (BOX_LOG, b"\xff\xfe\n"),
        (BOX_LOG, b"[" * 500 + b"\n"),
        (BOX_LOG, _line(MAX_LOG)),
        (BOX_LOG, _line(MAX_BATCH)),
        (BOX_LOG, pressed(2).batch()[1][:-5]),
        (ASK, b"{}"),
        (ASK, b"\xff"),
        (ASK, b"[" * 4_000),
        (ASK, b'{"v":1,"visit":"00000000000000a1","service":"passport"}' + b" " * 4_096),
        (ASK, b'{"v":1,"visit":"1","service":"passport"}'),
        (STATE, b"[" * 100_000),
        (STATE, b'{"v":2,"online":true}'),
        ("talon/v1/kyiv-2/box-1/log", pressed(1).batch()[1]),
        ("talon/v2/kyiv-1/box-1/log", pressed(1).batch()[1]),
        ("talon/v1/kyiv-1/Box 1/log", pressed(1).batch()[1]),
        ("talon/v1/kyiv-1/box-1/dance", b"{}"),
        ("elsewhere", b"{}"),
    ],
    ids=lambda message: f"{message[0][-12:]}-{len(message[1])}",
)
def test_a_stray_stores_nothing_and_stops_nobody(bench: Bench, message: Incoming) -> None:
    out = bench.handle(message, pressed(1, "box-2").batch())
    assert list(marks(out)) == ["box-2"] and len(out) == 1
    assert bench.office.strays.reasons.total() == 1
    assert [r.node for r in bench.records()] == ["box-2"]


def test_a_batch_of_rubbish_goes_on_to_the_city_in_one_batch(bench: Bench) -> None:
    box = Box()
    box.log = [b"x" * (MAX_LOG - 500)]
    bench.handle(box.batch())
    assert len(bench.raw()[0]) < MAX_BATCH - 250_000


def test_what_the_gateway_hears_of_itself_is_let_pass(bench: Bench) -> None:
    assert bench.handle((f"talon/v1/{SITE}/gateway/state", b"rubbish")) == []
    assert bench.office.strays.reasons.total() == 0


@pytest.mark.parametrize("restarts", [False, True])
def test_strangers_are_kept_up_to_a_limit(bench: Bench, restarts: bool) -> None:
    names = [f"new-{i}" for i in range(MOST_STRANGERS + 1)]
    for name in names[:-1]:
        assert marks(bench.handle(pressed(1, name).batch()))
    if restarts:
        bench.restart()
    assert bench.handle(pressed(1, names[-1]).batch()) == []
    assert marks(bench.handle(pressed(2, names[0]).batch()))[names[0]].seq == 2
    assert marks(bench.handle(pressed(1).batch()))["box-1"].seq == 1
    assert bench.office.strays.reasons.total() == 1


# ---- heads --------------------------------------------------------------------------------------
def test_a_state_says_how_much_is_pending_at_the_device(bench: Bench) -> None:
    box = pressed(5)
    bench.handle(box.batch(1, 2), box.state())
    bench.restart()
    (head,) = bench.office.heads()
    assert (head.node, head.written, head.stored) == ("box-1", 5, 2)


def test_a_state_never_takes_back_what_is_stored(bench: Bench) -> None:
    box = pressed(5)
    bench.handle(box.batch(), box.state(last=1))
    (head,) = bench.office.heads()
    assert (head.written, head.stored) == (5, 5)


def test_a_state_of_a_device_that_has_written_nothing_is_nothing_yet(bench: Bench) -> None:
    assert bench.handle(pressed(0).state()) == []
    assert bench.office.heads() == []


def test_a_device_of_whose_records_nothing_is_here_is_asked_to_send_them_again(
    bench: Bench,
) -> None:
    box = pressed(3)
    assert bench.handle(box.state()) == []  # it will send them anyway
    (told,) = bench.handle(box.state(acked=2))
    mark = decode_mark(told.payload)
    assert (told.topic, mark.epoch, mark.seq) == (f"talon/v1/{SITE}/box-1/ack", box.epoch, 0)
    assert bench.office.heads() == []
    bench.handle(box.batch())
    assert bench.handle(box.state(acked=3)) == []


def test_a_device_that_heard_an_old_watermark_after_a_newer_one_is_told(bench: Bench) -> None:
    """It would be silent until its next record."""
    box = pressed(5)
    bench.handle(box.batch(1, 3))
    assert marks(bench.handle(box.state(acked=5)))["box-1"].seq == 3
    assert bench.handle(box.state(acked=3)) == []


def test_nobody_asks_a_stranger_to_send_again(bench: Bench) -> None:
    assert bench.handle(pressed(3, node="box-9").state(acked=3)) == []


def test_the_state_tells_of_old_epochs_for_a_month(bench: Bench) -> None:
    bench.handle(pressed(1, epoch="a" * 16).batch())
    bench.handle(pressed(1, epoch="b" * 16).batch())
    assert [head.epoch for head in bench.office.heads()] == ["a" * 16, "b" * 16]
    bench.clock.ms += SHOWN_MS + 1
    assert [head.epoch for head in bench.office.heads()] == ["b" * 16]


def test_heads_count_what_came_again(bench: Bench) -> None:
    box = pressed(3)
    bench.handle(box.batch(), box.batch())
    bench.handle(box.batch())
    assert bench.office.heads()[0].duplicates == 6
    bench.restart()
    assert bench.office.heads()[0].duplicates == 6


def test_messages_on_other_channels_are_nothing_to_the_office(bench: Bench) -> None:
    assert bench.handle((topics.topic(SITE, "box-1", topics.CONFIG), b"{}")) == []
