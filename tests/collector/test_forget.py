"""Retention at the collector: events go, what is known of them stays."""

import sqlite3
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.audit import audit_lines
from collector.ledger import settled, without
from collector.month import first_kept
from tests.collector.bench import (
    NOON,
    OTHER_GATEWAY,
    Bench,
    Gateway,
    lost,
    origin,
    rating,
)
from wire.account import Account
from wire.records import Quarantined

DAY = 86_400_000
LATER = NOON + 40 * DAY


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def events(bench: Bench) -> list[int]:
    return [row[0] for row in bench.ledger._db.execute("SELECT seq FROM event ORDER BY seq")]


def account(bench: Bench) -> Account:
    found = bench.audit()
    assert found.problems == []
    return found.accounts[0]


def test_old_events_go_and_tallies_and_accounts_stay(bench: Bench) -> None:
    bench.take(rating(1), rating(2, status="repeat"), rating(3, at=LATER))
    before, tallies = account(bench), bench.sum("rating", "satisfied")
    assert bench.ledger.forget(LATER) == 2
    assert events(bench) == [3]
    assert account(bench) == before
    assert bench.sum("rating", "satisfied") == tallies
    assert bench.ledger.forget(LATER) == 0


def test_what_comes_again_after_it_went_is_a_duplicate(bench: Bench) -> None:
    bench.take(rating(1), rating(2))
    bench.ledger.forget(LATER)
    for _ in range(2):
        bench.take(rating(1), rating(2), rating(3), epoch=OTHER_GATEWAY)
        bench.restart()
    assert bench.sum("rating", "satisfied") == 3 and events(bench) == [3]


def test_nothing_goes_beyond_a_number_of_which_there_is_nothing(bench: Bench) -> None:
    bench.take(rating(1), rating(3))
    assert bench.ledger.forget(LATER) == 1
    bench.take(rating(2), epoch=OTHER_GATEWAY)
    assert bench.sum("rating", "satisfied") == 3 and events(bench) == [2, 3]
    assert bench.ledger.forget(LATER) == 2
    assert account(bench).counted == 3


def test_what_was_lost_may_still_come_after_its_neighbours_went(bench: Bench) -> None:
    bench.take(rating(1), lost(2, 4), rating(5))
    assert bench.ledger.forget(LATER) == 2
    bench.take(rating(3), epoch=OTHER_GATEWAY)
    mine = account(bench)
    assert (mine.counted, mine.lost, bench.sum("device", "lost")) == (3, 2, 2)
    assert [(span.first, span.last) for span in mine.lost_ranges] == [(2, 2), (4, 4)]


def test_what_came_after_it_was_lost_stays_counted_when_it_goes(bench: Bench) -> None:
    bench.take(lost(1, 4), rating(5))
    bench.take(rating(2), rating(3), epoch=OTHER_GATEWAY)
    before = account(bench)
    assert bench.ledger.forget(LATER) == 3
    assert account(bench) == before
    assert (before.lost, bench.sum("device", "lost")) == (2, 2)


def test_a_loss_that_is_told_of_what_was_let_go_is_none(bench: Bench) -> None:
    """A gateway with a new disk tells of all that the device no longer holds."""
    bench.take(*map(rating, range(1, 11)))
    assert bench.ledger.forget(LATER) == 10
    bench.take(lost(1, 12), rating(13), rating(7), epoch=OTHER_GATEWAY)
    mine = account(bench)
    assert (mine.counted, mine.lost, bench.sum("device", "lost")) == (11, 2, 2)
    assert bench.sum("rating", "satisfied") == 11


def test_losses_that_overlap_stop_no_retention(bench: Bench) -> None:
    bench.take(rating(1), rating(2), lost(3, 4), rating(5), rating(6))
    bench.take(lost(1, 5), rating(3), epoch=OTHER_GATEWAY)
    before = account(bench)
    while bench.ledger.forget(LATER):
        pass
    assert account(bench) == before and events(bench) == []


def test_quarantined_records_alone_do_not_stop_it(bench: Bench) -> None:
    bad = [Quarantined(**origin(n, clock="unknown"), reason="bad", raw=b"x") for n in range(1, 8)]
    bench.take(*bad, rating(8), rating(9))
    gone = [bench.ledger.forget(LATER, most=3) for _ in range(4)]
    assert sum(gone) == 2 and events(bench) == list(range(1, 8))


def test_what_is_in_quarantine_stays(bench: Bench) -> None:
    bad = Quarantined(**origin(2, clock="unknown"), reason="bad", raw=b"x")
    bench.take(rating(1), bad, rating(3))
    assert bench.ledger.forget(LATER) == 2
    assert events(bench) == [2] and account(bench).quarantined == 1
    bench.take(rating(2), epoch=OTHER_GATEWAY)  # readmitted
    assert (account(bench).counted, account(bench).quarantined) == (3, 0)
    assert bench.sum("device", "quarantined") == 0


def test_a_month_whose_events_are_gone_is_not_computed_anew_and_says_so(bench: Bench) -> None:
    bench.take(rating(1), rating(2, at=LATER))
    bench.ledger.forget(LATER)
    assert (bench.audit("2026-10").recounted, bench.audit("2026-12").recounted) == (False, True)
    bench.change("UPDATE tally_rating SET satisfied=satisfied+1 WHERE hour > 1795000000")
    assert bench.audit("2026-12").problems != []


def test_a_forget_that_fails_changes_nothing(bench: Bench) -> None:
    bench.take(*map(rating, range(1, 9)))
    db = bench.ledger._db
    db.execute("CREATE TRIGGER no BEFORE UPDATE ON origin BEGIN SELECT raise(ABORT, 'no'); END")
    before = bench.all()
    with pytest.raises(sqlite3.Error):
        bench.ledger.forget(LATER)
    assert bench.all() == before


def test_a_few_at_a_time(bench: Bench) -> None:
    bench.take(*map(rating, range(1, 9)))
    assert [bench.ledger.forget(LATER, most=3) for _ in range(4)] == [3, 3, 2, 0]
    assert account(bench).counted == 8


def test_months_are_kept_from_their_first_moment_in_the_office() -> None:
    kyiv = ZoneInfo("Europe/Kyiv")
    assert first_kept(NOON, kyiv, 10) == 1_764_540_000_000  # 2025-12-01 00:00 in Kyiv
    assert first_kept(NOON, kyiv, 0) == 1_790_802_000_000  # 2026-10-01 00:00, summer time


numbers = st.sets(st.integers(1, 30))


@given(numbers, st.integers(0, 30), st.integers(1, 31))
def test_settled_is_the_longest_prefix_that_is_explained_and_old(
    here: set[int], lost_from: int, young: int
) -> None:
    gaps = [(lost_from, lost_from + 3)] if lost_from else []
    seen = [(seq, 0 if seq < young else 9) for seq in sorted(here)]
    upto = settled(0, seen, gaps, before=5)
    excused = {seq for first, last in gaps for seq in range(first, last + 1)}
    assert all(seq in here | excused for seq in range(1, upto + 1))
    assert all(at < 5 for seq, at in seen if seq <= upto)
    following = [(seq, at) for seq, at in seen if seq > upto]
    if following:
        seq, at = following[0]
        between = set(range(upto + 1, seq))
        assert at >= 5 or not between <= excused


@given(st.integers(1, 9), st.integers(0, 9), st.sets(st.integers(1, 20)))
def test_without_leaves_exactly_the_rest(first: int, more: int, out: set[int]) -> None:
    last = first + more
    inside = sorted(seq for seq in out if first <= seq <= last)
    left = [seq for a, b in without(first, last, inside) for seq in range(a, b + 1)]
    assert left == [seq for seq in range(first, last + 1) if seq not in out]


# ---- disks that were replaced -------------------------------------------------------------------
def test_what_a_replaced_gateway_took_with_it_shows_as_lost_ranges(bench: Bench) -> None:
    bench.take(rating(1), rating(2))
    bench.handle(Gateway().state(written=9, stored=6))
    assert (account(bench).pending_uplink, account(bench).pending_device) == (4, 3)
    bench.handle(Gateway(epoch=OTHER_GATEWAY).state(node="box-2", written=1, stored=1))
    mine = account(bench)
    assert [(span.first, span.last, span.reason) for span in mine.lost_ranges] == [
        (3, 6, "gateway")
    ]
    assert (mine.lost, mine.pending_uplink, mine.pending_device) == (4, 0, 3)


def test_what_the_device_still_held_comes_back_and_only_the_rest_is_lost(bench: Bench) -> None:
    bench.take(rating(1), rating(2))
    bench.handle(Gateway().state(written=9, stored=6))
    fresh = Gateway(epoch=OTHER_GATEWAY).write(lost(1, 4), *map(rating, range(5, 10)))
    bench.handle(fresh.batch(), fresh.state(written=9, stored=9))
    mine = account(bench)
    assert [(span.first, span.last, span.reason) for span in mine.lost_ranges] == [(3, 4, "gap")]
    assert (mine.counted, mine.written, mine.pending) == (7, 9, 0)


def test_a_gateway_of_which_nothing_is_here_is_asked_to_send_again(bench: Bench) -> None:
    gateway = Gateway().write(rating(1))
    (told,) = bench.handle(gateway.state(written=1, stored=1, last=1, acked=1))
    assert b'"seq":0' in told.payload and told.topic.endswith("/gateway/ack")
    bench.handle(gateway.batch())
    assert bench.handle(gateway.state(written=1, stored=1, last=1, acked=1)) == []


def test_a_gateways_clock_and_fault_are_shown(bench: Bench) -> None:
    bench.handle(Gateway().state(written=0, stored=0, at=NOON - 3 * 3_600_000, fault="store: full"))
    (office,) = bench.audit().offices
    assert (office.ahead_ms, office.fault) == (-3 * 3_600_000, "store: full")
    said = audit_lines(bench.audit(), NOON + 60_000, influx=True)
    assert "ITS CLOCK IS 3.00 h BEHIND; store: full" in said
    assert "InfluxDB lacks 0 tallies, and has refused 0" in said
