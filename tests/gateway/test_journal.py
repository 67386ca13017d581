"""The journal over the months: what it lets go, what it keeps, what it was before."""

import json
import sqlite3
import zlib
from pathlib import Path

import pytest

from gateway.intake import ident_of, up_of
from gateway.status import read_status
from tests.gateway.bench import HOUR, NOON, Bench, Box, pressed
from wire.batch import Mark
from wire.hop import Sender

DAY = 24 * HOUR


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def days_of_presses(bench: Bench, days: int, acknowledged: int) -> Box:
    """A box with one press a day; the city has so many of them."""
    box = Box()
    for day in range(days):
        box.press(after=DAY, at=None)
        bench.handle(box.batch(day + 1))
        bench.clock.ms += DAY
    sender = Sender(bench.journal.log, "c0c0c0c0")
    while sender.next_batch(0) is not None:
        pass
    sender.on_mark(Mark(bench.journal.log.epoch, acknowledged, 0), 0)
    return box


def held(bench: Bench) -> list[int]:
    rows = bench.journal._db.execute("SELECT n FROM journal ORDER BY n").fetchall()
    return [row[0] for row in rows]


def forget_all(bench: Bench, before: int) -> None:
    while bench.journal.forget(before):
        pass


def test_what_is_old_and_delivered_goes_and_the_account_stays(bench: Bench) -> None:
    days_of_presses(bench, 6, acknowledged=6)
    forget_all(bench, bench.clock.ms - 3 * DAY)
    assert held(bench) == [4, 5, 6]
    (mine,) = read_status(bench.config.journal_path()).accounts
    assert (mine.counted, mine.written, mine.missing) == (6, 6, 0)


def test_what_the_city_does_not_have_never_goes(bench: Bench) -> None:
    days_of_presses(bench, 6, acknowledged=2)
    forget_all(bench, bench.clock.ms + 100 * DAY)
    assert held(bench) == [3, 4, 5, 6]


def test_the_newest_row_stays_so_that_the_numbering_goes_on(bench: Bench) -> None:
    box = days_of_presses(bench, 3, acknowledged=3)
    forget_all(bench, bench.clock.ms + 100 * DAY)
    assert held(bench) == [3]
    bench.restart()
    assert (bench.journal.log.oldest, bench.journal.log.last) == (3, 3)
    box.press()
    bench.handle(box.batch(4))
    assert held(bench) == [3, 4]


def test_a_clock_that_is_years_ahead_for_a_moment_costs_an_hours_rows(bench: Bench) -> None:
    days_of_presses(bench, 5, acknowledged=5)
    assert bench.journal.forget(bench.clock.ms + 3_000 * DAY) == 1
    assert held(bench) == [2, 3, 4, 5]


def test_after_a_crash_nothing_is_forgotten_that_is_not_known_to_be_delivered(
    bench: Bench,
) -> None:
    days_of_presses(bench, 4, acknowledged=4)
    bench.restart()  # the acknowledgement was not stored: it goes with the next records
    forget_all(bench, bench.clock.ms + DAY)
    assert held(bench) == [1, 2, 3, 4]


def test_a_forget_that_fails_changes_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    days_of_presses(bench, 4, acknowledged=4)

    def fail(upto: int) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(bench.journal.log, "forget", fail)
    with pytest.raises(sqlite3.OperationalError):
        bench.journal.forget(bench.clock.ms)
    assert held(bench) == [1, 2, 3, 4]


def test_a_collector_that_was_restored_is_told_what_is_no_longer_held(bench: Bench) -> None:
    days_of_presses(bench, 6, acknowledged=6)
    forget_all(bench, bench.clock.ms - 3 * DAY)
    sender = Sender(bench.journal.log, "c0c0c0c0", acked=6)
    sender.on_mark(Mark(bench.journal.log.epoch, 1, 0), 0)
    batch = sender.next_batch(0)
    assert batch is not None and (batch.first, batch.oldest) == (4, 4)


def test_a_rolled_back_card_is_known_even_when_its_rows_are_gone(bench: Bench) -> None:
    box = days_of_presses(bench, 4, acknowledged=4)
    forget_all(bench, bench.clock.ms - DAY)
    assert held(bench) == [4]
    again = Box(epoch="b" * 16, boot=box.boot)  # an old image: the same records, another epoch
    again.log, again.up = list(box.log), box.up
    again.press(after=DAY)
    bench.handle(again.batch())
    statuses = [record.status for record in bench.records_after(4)]
    assert statuses == ["resent"] * 4 + ["counted"]


def test_an_ident_holds_17_years_of_a_boot() -> None:
    up = 17 * 365 * DAY
    assert up_of(ident_of(b"x", up)) == up
    assert ident_of(b"x", up) != ident_of(b"y", up)
    assert ident_of(b"x", up) < 1 << 63


def fill(bench: Bench) -> Box:
    """A journal of at most 1 MB, filled to its limit by a box with 100 presses a day."""
    bench.journal.close()
    bench.limit_mb = 1
    bench.open()
    box = Box()
    try:
        for _ in range(200):
            first = len(box.log) + 1
            for _ in range(100):
                box.press(at=None)
            bench.handle(box.batch(first))
            bench.clock.ms += DAY
    except sqlite3.OperationalError as error:
        assert "full" in str(error)  # noqa: PT017 - where in the loop is what we do not know
        return box
    raise AssertionError("it was never full")


def test_at_its_limit_the_journal_takes_nothing_more_and_loses_nothing(bench: Bench) -> None:
    box = fill(bench)
    found = read_status(bench.config.journal_path())
    assert found.accounts[0].counted == len(box.log) - 100
    assert found.problems == [] and found.size.bytes <= 1 << 20
    bench.limit_mb = None
    bench.restart()
    bench.handle(box.batch())
    assert read_status(bench.config.journal_path()).accounts[0].counted == len(box.log)


def test_at_its_limit_what_is_delivered_can_still_go_and_makes_room(bench: Bench) -> None:
    box = fill(bench)
    sender = Sender(bench.journal.log, "c0c0c0c0", batch_records=1_000, window=100)
    while sender.next_batch(0) is not None:
        pass
    sender.on_mark(Mark(bench.journal.log.epoch, bench.journal.log.last, 0), 0)
    # Two days, for one: what stays shares its first page with what went.
    assert [bench.journal.forget(bench.clock.ms) for _ in range(2)] == [100, 100]
    bench.handle(box.batch())
    assert read_status(bench.config.journal_path()).accounts[0].counted == len(box.log)


# ---- the quarantine -----------------------------------------------------------------------------
def test_accounts_count_kinds_statuses_and_clocks(bench: Bench) -> None:
    box = pressed(2)
    box.press(after=500, at=None)
    box.log.append(b"rubbish")
    box.say("started", version="1")
    bench.handle(box.batch(oldest=1))
    found = read_status(bench.config.journal_path())
    (mine,) = found.accounts
    assert (mine.counted, mine.refused["repeat"], mine.quarantined, mine.notes) == (2, 1, 1, 1)
    assert mine.clocks == {"set": 3, "placed": 1, "unknown": 0}
    assert (found.problems, found.quarantined) == ([], 1)


def test_lost_ranges_are_listed(bench: Bench) -> None:
    box = pressed(9)
    bench.handle(box.batch(1, 2), box.batch(6, 9, oldest=6))
    (mine,) = read_status(bench.config.journal_path()).accounts
    ((lost,)) = mine.lost_ranges
    assert (lost.first, lost.last, lost.reason, mine.lost, mine.missing) == (3, 5, "gap", 3, 0)


def test_an_account_that_was_tampered_with_does_not_balance(bench: Bench) -> None:
    bench.handle(pressed(3).batch())
    bench.journal._db.execute("UPDATE account SET count=count-1")
    found = read_status(bench.config.journal_path())
    assert found.accounts[0].missing == 1
    assert found.problems == [f"kyiv-1/box-1: 3 numbers of {'a' * 16}, 2 explained"]


# ---- an older version's file --------------------------------------------------------------------
V1 = """
CREATE TABLE stream (id INTEGER PRIMARY KEY, site TEXT NOT NULL, node TEXT NOT NULL,
    epoch TEXT NOT NULL, seq INTEGER NOT NULL DEFAULT 0, crc INTEGER NOT NULL DEFAULT 0,
    conflict INTEGER NOT NULL DEFAULT 0, duplicates INTEGER NOT NULL DEFAULT 0,
    seen INTEGER NOT NULL DEFAULT 0, written INTEGER NOT NULL DEFAULT 0,
    memory BLOB NOT NULL DEFAULT x'', UNIQUE (site, node, epoch));
CREATE TABLE journal (n INTEGER PRIMARY KEY, node TEXT NOT NULL, boot TEXT NOT NULL,
    ident INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE sending (one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL,
    base INTEGER NOT NULL, acked INTEGER NOT NULL);
CREATE TABLE boot (node TEXT NOT NULL, boot TEXT NOT NULL, epoch TEXT NOT NULL,
    PRIMARY KEY (node, boot, epoch)) WITHOUT ROWID;
CREATE TABLE given (visit TEXT PRIMARY KEY, day TEXT NOT NULL, service TEXT NOT NULL,
    count INTEGER NOT NULL, node TEXT NOT NULL, at INTEGER NOT NULL,
    UNIQUE (day, service, count)) WITHOUT ROWID;
INSERT INTO sending VALUES (1, 'cccccccccccccccc', 0, 0);
INSERT INTO stream (site, node, epoch, seq) VALUES ('kyiv-1', 'box-1', 'aaaaaaaaaaaaaaaa', 6);
PRAGMA user_version=1;
"""


def old_journal(path: Path) -> None:
    """As version 1 wrote it: three presses, one of them a repeat, a start and two lost numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path)
    db.executescript(V1)
    common = {"node": "box-1", "epoch": "a" * 16, "at": NOON, "clock": "set"}
    said: list[dict[str, object]] = [
        {"kind": "rating", "seq": 1, "status": "counted"},
        {"kind": "rating", "seq": 2, "status": "repeat"},
        {"kind": "lost", "seq": 3, "last": 4, "reason": "gap"},
        {"kind": "device", "seq": 5, "event": "started"},
        {"kind": "rating", "seq": 6, "status": "counted"},
    ]
    db.executemany(
        "INSERT INTO journal (node, boot, ident, body) VALUES ('box-1', '', 0, ?)",
        [(json.dumps(common | one).encode(),) for one in said],
    )
    db.commit()
    db.close()


def test_an_older_journal_is_led_on_with_its_accounts(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    old_journal(path)
    bench = Bench(tmp_path)
    (mine,) = read_status(path).accounts
    assert (mine.counted, mine.refused["repeat"], mine.notes, mine.lost) == (2, 1, 1, 2)
    assert (mine.written, mine.missing) == (6, 0)
    assert [(lost.first, lost.last) for lost in mine.lost_ranges] == [(3, 4)]
    bench.restart()
    bench.handle(pressed(1, "box-2", "b" * 16).batch())
    assert read_status(path).problems == []


def test_after_an_upgrade_a_rolled_back_card_is_still_known(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    old_journal(path)
    box = pressed(3, epoch="b" * 16)
    db = sqlite3.connect(path)
    for n, raw in enumerate(box.log, 6):
        old_ident = zlib.crc32(raw) | (json.loads(raw)["up"] & 0x7FFFFFFF) << 32
        body = {"kind": "rating", "node": "box-2", "epoch": "c" * 16, "seq": n, "at": NOON}
        body |= {"status": "counted", "clock": "set"}
        db.execute(
            "INSERT INTO journal VALUES (?,'box-2',?,?,?)",
            (n, box.boot, old_ident, json.dumps(body).encode()),
        )
    db.execute("INSERT INTO boot VALUES ('box-2', ?, ?)", (box.boot, "c" * 16))
    db.commit()
    db.close()
    box.node = "box-2"
    bench = Bench(tmp_path)
    bench.handle(box.batch())
    assert [record.status for record in bench.records_after(8)] == ["resent"] * 3


def test_a_journal_without_a_pace_lets_go_in_steps(bench: Bench) -> None:
    """As version 1 left it, and the first look finds all of it too old."""
    days_of_presses(bench, 6, acknowledged=6)
    bench.journal._db.execute("DELETE FROM pace WHERE n < 6")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wire.store._MOST_FORGOTTEN", 2)
        assert [bench.journal.forget(bench.clock.ms) for _ in range(4)] == [2, 2, 1, 0]
    assert held(bench) == [6]


def test_an_upgrade_that_is_cut_short_has_not_happened(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    old_journal(path)
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE account (mine INTEGER)")  # in the way
    db.commit()
    with pytest.raises(Exception, match="cannot be opened"):
        Bench(tmp_path)
    columns = [row[1] for row in db.execute("PRAGMA table_info(boot)")]
    assert "forgotten" not in columns
    db.execute("DROP TABLE account")
    db.commit()
    db.close()
    Bench(tmp_path)
    assert read_status(path).problems == []
