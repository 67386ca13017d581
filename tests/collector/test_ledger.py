"""Every event once, with its tallies, or not at all."""

import sqlite3
from pathlib import Path

import pytest

from tests.collector.bench import OTHER_GATEWAY, Bench, Gateway, lost, origin, rating, visit
from wire.records import Conflict, Quarantined


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_record_is_one_event_and_one_in_its_tally(bench: Bench) -> None:
    bench.take(rating(1), rating(2, "unsatisfied"), visit(1))
    assert len(bench.all()["event"]) == 3
    assert bench.sum("device", "counted") == 2 and bench.sum("visit", "issued") == 1


def test_a_record_that_comes_by_another_journal_changes_nothing(bench: Bench) -> None:
    bench.take(rating(1), rating(2))
    before = bench.all()
    bench.take(rating(2), rating(1), rating(1), epoch=OTHER_GATEWAY)
    after = bench.all()
    assert after.pop("stream") != before.pop("stream")
    assert after == before


def test_a_vote_that_comes_again_adds_its_minutes_once(bench: Bench) -> None:
    """By another journal, and in the place of what had not validated."""
    vote = rating(1, "unsatisfied", waited_min=25, served_min=6)
    bench.take(Quarantined(**origin(1), reason="x", raw=b"x"))
    bench.take(vote, vote, epoch=OTHER_GATEWAY)
    bench.take(vote, epoch="3" * 16)
    names = ("unsatisfied", "unsatisfied_waited", "unsatisfied_waited2", "unsatisfied_served")
    assert [bench.sum("spent", name) for name in names] == [1, 25, 625, 6]
    assert bench.audit().problems == []


def test_the_first_decision_on_a_record_stands(bench: Bench) -> None:
    bench.take(rating(1))
    bench.take(rating(1, status="repeat"), epoch=OTHER_GATEWAY)
    assert (bench.sum("rating", "satisfied"), bench.sum("rating", "repeat")) == (1, 0)


def test_a_record_twice_in_one_batch_is_one_event(bench: Bench) -> None:
    bench.take(rating(2), rating(1), rating(2), rating(1))
    assert bench.sum("rating", "satisfied") == 2


def test_equal_numbers_of_other_devices_and_epochs_are_other_events(bench: Bench) -> None:
    bench.take(rating(1), rating(1, node="box-2"), rating(1, epoch="b" * 16))
    bench.handle(Gateway("kyiv-2").write(rating(1)).batch())
    assert bench.sum("rating", "satisfied") == 4


@pytest.mark.parametrize("broken", ["add_tallies", "save_mark"])
def test_a_commit_that_fails_changes_nothing(
    bench: Bench, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.take(rating(1))
    gateway = Gateway(epoch=OTHER_GATEWAY).write(rating(1), rating(2), lost(3, 9), rating(10))
    before = bench.all()

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(bench.ledger, broken, fail)
        with pytest.raises(sqlite3.OperationalError):
            bench.handle(gateway.batch())
    assert bench.all() == before
    bench.handle(gateway.batch())
    assert bench.sum("rating", "satisfied") == 3 and bench.sum("device", "lost") == 7


def test_a_full_disk_changes_nothing(bench: Bench) -> None:
    db = bench.ledger._db
    db.execute(f"PRAGMA max_page_count={db.execute('PRAGMA page_count').fetchone()[0]}")
    gateway = Gateway().write(*map(rating, range(1, 200)))
    before, greetings = bench.all(), bench.city.greetings()
    with pytest.raises(sqlite3.OperationalError, match="full"):
        bench.handle(gateway.batch())
    assert (bench.all(), bench.city.greetings()) == (before, greetings)
    db.execute("PRAGMA max_page_count=1000000")
    bench.handle(gateway.batch())
    assert bench.sum("rating", "satisfied") == 199


def test_a_lost_range_counts_minus_what_is_here(bench: Bench) -> None:
    bench.take(rating(2), rating(4), lost(1, 5), rating(6))
    assert bench.sum("device", "lost") == 3


def test_a_lost_record_that_comes_after_all_is_given_back(bench: Bench) -> None:
    bench.take(lost(1, 5), rating(6))
    bench.restart()
    bench.take(rating(3), rating(3), epoch=OTHER_GATEWAY)
    assert (bench.sum("device", "lost"), bench.sum("rating", "satisfied")) == (4, 2)


def test_a_loss_that_is_said_twice_counts_once(bench: Bench) -> None:
    bench.take(lost(1, 5))
    bench.take(lost(1, 5), epoch=OTHER_GATEWAY)
    assert bench.sum("device", "lost") == 5


@pytest.mark.parametrize(("first", "last", "all_"), [(1, 9, 9), (3, 9, 9), (2, 4, 5), (7, 9, 8)])
def test_losses_that_overlap_count_each_number_once(
    bench: Bench, first: int, last: int, all_: int
) -> None:
    bench.take(lost(1, 5), lost(first, last), rating(10))
    assert bench.sum("device", "lost") == all_
    (mine,) = bench.audit().accounts
    assert mine.lost == all_


def test_a_conflict_is_noted_once_and_flagged(bench: Bench) -> None:
    bench.take(rating(1), Conflict(**origin(2)), Conflict(**origin(3)), rating(2))
    assert len(bench.all()["conflict"]) == 1
    assert bench.audit().problems == ["kyiv-1/box-1: two devices speak with this name"]


@pytest.mark.parametrize("line", [b"", b"\xff", b"rubbish", b'{"kind":"rating"}', b"[" * 50_000])
def test_an_invalid_record_is_quarantined_as_received(bench: Bench, line: bytes) -> None:
    bench.take(rating(1), line, rating(2))
    ((site, _, n, _, reason, raw),) = bench.all()["quarantine"]
    assert (site, n, raw) == ("kyiv-1", 2, line) and reason
    assert bench.sum("rating", "satisfied") == 2
    assert bench.audit().problems == []
