"""From what a device said to the office record, kind by kind."""

from pathlib import Path

import pytest

from tests.gateway.bench import BOOT, NOON, VISIT, Bench, Box, pressed
from wire.records import (
    Conflict,
    DeviceNote,
    Lost,
    PressesMissed,
    Quarantined,
    Rating,
    TicketPrinted,
    VisitBegan,
)

EPOCH = "a" * 16


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def taken(bench: Bench, box: Box) -> list[object]:
    bench.handle(box.batch())
    return bench.records()


def test_a_press_becomes_a_rating_of_its_desk_and_service(bench: Bench) -> None:
    assert taken(bench, pressed(1)) == [
        Rating(
            node="box-1",
            epoch=EPOCH,
            seq=1,
            at=NOON,
            clock="set",
            got=NOON,
            value="satisfied",
            status="counted",
            channel="desk",
            service="passport",
            desk="1",
        )
    ]


def test_issued_and_printed_become_a_visit_and_its_ticket(bench: Bench) -> None:
    box = Box("disp-1")
    box.say("issued", visit=VISIT, service="passport", number="А001", by="gateway")
    box.say("printed", visit=VISIT, service="passport", outcome="failed", detail="paper")
    assert taken(bench, box) == [
        VisitBegan(
            node="disp-1",
            epoch=EPOCH,
            seq=1,
            at=NOON,
            clock="set",
            got=NOON,
            visit=VISIT,
            service="passport",
            number="А001",
            by="gateway",
        ),
        TicketPrinted(
            node="disp-1",
            epoch=EPOCH,
            seq=2,
            at=NOON,
            clock="set",
            got=NOON,
            visit=VISIT,
            service="passport",
            outcome="failed",
            detail="paper",
        ),
    ]


def test_starts_and_buttons_become_notes(bench: Bench) -> None:
    box = Box()
    box.say("started", version="0.1.0")
    box.say("button", button="satisfied", state="stuck")
    first, second = taken(bench, box)
    assert isinstance(first, DeviceNote) and isinstance(second, DeviceNote)
    assert (first.event, first.detail) == ("started", "0.1.0")
    assert (second.event, second.detail) == ("stuck", "satisfied")


def test_an_opened_lid_becomes_a_note(bench: Bench) -> None:
    box = Box()
    box.say("lid", state="opened")
    box.say("lid", state="closed")
    notes = [note for note in taken(bench, box) if isinstance(note, DeviceNote)]
    assert [(note.event, note.detail) for note in notes] == [("opened", "lid"), ("closed", "lid")]


def test_a_button_that_came_free_while_the_box_was_off_counts_again(bench: Bench) -> None:
    box = Box()
    box.say("started", version="1")
    box.say("button", button="satisfied", state="stuck")
    box.press()
    box.boot = "b0000002"
    box.say("started", version="1")
    box.press()
    bench.handle(box.batch())
    assert bench.statuses() == ["stuck", "counted"]


def test_what_is_remembered_of_a_box_outlives_a_renewed_epoch(bench: Bench) -> None:
    box = pressed(1)
    box.say("button", button="satisfied", state="stuck")
    bench.handle(box.batch())
    bench.restart()
    renewed = Box(epoch="b" * 16)
    renewed.up = box.up
    renewed.press()
    renewed.press(button="unsatisfied", after=500)
    bench.handle(renewed.batch())
    assert bench.statuses() == ["counted", "stuck", "repeat"]


def test_missed_presses_are_passed_on_with_their_count(bench: Bench) -> None:
    box = Box()
    box.say("missed", count=17)
    (missed,) = taken(bench, box)
    assert isinstance(missed, PressesMissed)
    assert (missed.seq, missed.count, missed.status) == (1, 17, "counted")


def test_a_damaged_record_is_lost_under_its_number(bench: Bench) -> None:
    box = pressed(1)
    box.say("damaged", at=None)
    lost = taken(bench, box)[1]
    assert isinstance(lost, Lost)
    assert (lost.seq, lost.last, lost.reason) == (2, 2, "damaged")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\xfe",
        b"not json",
        b"[" * 100_000,
        b'{"kind":"press"}',
        b'{"kind":"dance","at":null,"boot":"b0000001","up":1}',
        b'{"kind":"press","at":null,"boot":"b0000001","up":1,"button":"satisfied","mood":1}',
    ],
)
def test_an_invalid_record_is_quarantined_as_received_and_the_rest_counts(
    bench: Bench, line: bytes
) -> None:
    box = pressed(3)
    box.log[1] = line
    before, bad, after = taken(bench, box)
    assert isinstance(before, Rating) and isinstance(after, Rating)
    assert isinstance(bad, Quarantined)
    assert (bad.seq, bad.raw, after.seq, after.status) == (2, line, 3, "counted")


def test_records_of_an_unknown_device_are_kept_but_do_not_count(bench: Bench) -> None:
    assert taken(bench, pressed(1, node="box-9"))[0].status == "unknown"  # type: ignore[attr-defined]


def test_two_devices_with_one_name_are_a_conflict_and_kept_apart(bench: Bench) -> None:
    old, new = pressed(2), Box(epoch="b" * 16, boot="b0000002")
    new.press()
    bench.handle(old.batch(1, 1))
    bench.handle(new.batch())
    bench.handle(old.batch(2))
    new.press()
    bench.handle(new.batch(2))
    records = bench.records()
    assert [type(r).__name__ for r in records] == ["Rating"] * 2 + ["Conflict"] + ["Rating"] * 2
    assert isinstance(records[2], Conflict) and records[2].epoch == EPOCH
    assert bench.statuses() == ["counted", "counted", "conflict", "counted"]


def test_what_no_card_holds_any_more_is_lost_with_its_range(bench: Bench) -> None:
    box = pressed(6)
    bench.handle(box.batch(1, 2))
    bench.handle(box.batch(5, oldest=5))
    lost = bench.records()[2]
    assert isinstance(lost, Lost) and (lost.seq, lost.last, lost.reason) == (3, 4, "gap")
    assert [r.seq for r in bench.records()] == [1, 2, 3, 5, 6]


@pytest.mark.parametrize("restarts", [False, True])
def test_after_a_rolled_back_card_every_press_counts_exactly_once(
    bench: Bench, restarts: bool
) -> None:
    box = pressed(4)
    bench.handle(box.batch())
    # The card shows an image of when there were two records; it knows that none was acknowledged.
    back = Box(epoch="b" * 16)
    back.log = box.log[:2]
    back.boot, back.up = "b0000002", 0
    back.press()
    if restarts:
        bench.restart()
    bench.handle(back.batch())
    assert bench.statuses() == ["counted"] * 4 + ["resent", "resent", "counted"]


def test_a_ticket_that_comes_again_under_a_renewed_epoch_does_not_count(bench: Bench) -> None:
    box = Box("disp-1")
    box.say("issued", visit=VISIT, service="passport", number="А001", by="gateway")
    bench.handle(box.batch())
    box.epoch = "b" * 16
    bench.handle(box.batch())
    assert [r.status for r in bench.records()] == ["counted", "resent"]


def test_equal_presses_of_two_boots_are_two_presses(bench: Bench) -> None:
    for epoch, boot in (("a" * 16, BOOT), ("b" * 16, "b0000002")):
        box = Box(epoch=epoch, boot=boot)
        box.press()
        bench.handle(box.batch())
    assert bench.statuses() == ["counted", "counted"]


def test_missed_presses_sent_again_by_a_rolled_back_card_do_not_count_twice(bench: Bench) -> None:
    box = pressed(1)
    box.say("missed", count=5)
    bench.handle(box.batch())
    again = Box(epoch="b" * 16)
    again.log, again.up = box.log, box.up
    bench.handle(again.batch())
    found = [r for r in bench.records() if isinstance(r, PressesMissed)]
    assert [r.status for r in found] == ["counted", "resent"]
