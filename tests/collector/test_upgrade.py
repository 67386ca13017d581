"""A ledger of a version before is led on with all that is in it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from collector.ledger import LAYOUT, read_tallies
from collector.tally import FIELDS, TAGS
from tests.collector.bench import Bench, rating, visit
from wire.store import StoreError, open_reader

BACK_TO_5 = """
DROP TABLE tally_spent;
PRAGMA user_version=5;
"""
BACK_TO_4 = (
    BACK_TO_5
    + """
ALTER TABLE tally_visit DROP COLUMN declined_closed;
ALTER TABLE tally_visit DROP COLUMN declined_limit;
ALTER TABLE tally_device DROP COLUMN declined;
PRAGMA user_version=4;
"""
)
BACK_TO_3 = (
    BACK_TO_4
    + """
DROP TABLE day_rating; DROP TABLE day_visit;
PRAGMA user_version=3;
"""
)
BACK_TO_2 = (
    BACK_TO_3
    + """
DROP TABLE entry;
DROP TABLE tally_wait; DROP TABLE tally_serve; DROP TABLE tally_reason; DROP TABLE tally_complaint;
ALTER TABLE tally_visit DROP COLUMN served;
ALTER TABLE tally_device DROP COLUMN served;
PRAGMA user_version=2;
"""
)
BACK_TO_1 = (
    BACK_TO_2
    + """
DROP TABLE forgotten; DROP TABLE office;
ALTER TABLE origin DROP COLUMN duplicates;
ALTER TABLE origin DROP COLUMN told_by;
ALTER TABLE origin DROP COLUMN forgotten;
ALTER TABLE event DROP COLUMN clock;
ALTER TABLE tally_device DROP COLUMN missed;
PRAGMA user_version=1;
PRAGMA application_id=0;
"""
)
WRITTEN_BY_2 = Path(__file__).with_name("ledger_2.sql")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A ledger as version 1 left it."""
    bench = Bench(tmp_path)
    bench.take(rating(1), rating(2, clock="unknown"), rating(3, status="repeat", clock="placed"))
    bench.ledger.close()
    with sqlite3.connect(bench.path) as db:
        db.executescript(BACK_TO_1)
    db.close()
    return tmp_path


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """A ledger that version 2 wrote."""
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as db:
        db.executescript(WRITTEN_BY_2.read_text(encoding="utf-8"))
    return tmp_path


def test_an_older_ledger_is_led_on(old: Path) -> None:
    """From version 1, through all later ones."""
    bench = Bench(old)
    bench.take(rating(4), epoch="2" * 16)
    found = bench.audit()
    assert found.problems == []
    mine = found.accounts[0]
    assert (mine.counted, mine.refused["repeat"]) == (3, 1)
    assert mine.clocks == {"set": 2, "placed": 1, "unknown": 1}


def test_a_ledger_of_version_2_keeps_its_tallies_and_its_accounts(second: Path) -> None:
    """The events of that file add up to its tallies, in the fields of today."""
    bench = Bench(second)
    found = bench.audit()
    assert (found.problems, found.quarantined) == ([], 1)
    ((_, tags, fields),) = read_tallies(bench.ledger._db, "visit", 0, 1 << 40)
    assert dict(zip(FIELDS["visit"], fields, strict=True)) == {
        "issued": 1,
        "own_number": 0,
        "printed": 1,
        "failed": 0,
        "unknown": 0,
        "unclocked": 0,
        "served": 0,
        "declined_closed": 0,
        "declined_limit": 0,
    }
    assert tags == ("kyiv-1", "passport", "-", "-")
    box = next(account for account in found.accounts if account.node == "box-1")
    assert (box.counted, box.lost, box.written) == (3, 5, 9)
    assert [bench.sum("device", name) for name in ("served", "lost")] == [0, 5]


def test_the_sums_by_the_day_are_made_of_the_tallies_that_are_there(tmp_path: Path) -> None:
    """A ledger of version 3 had none."""
    bench = Bench(tmp_path)
    bench.take(rating(1), rating(2, "unsatisfied"), rating(3, channel="exit"), visit(1))
    before = _days(bench)
    bench.ledger.close()
    with closing(sqlite3.connect(bench.path)) as db:
        db.executescript(BACK_TO_3)
    bench.open()
    assert _days(bench) == before
    assert [row[3:] for row in before] == [(1, 1), (1, 0), ()]
    assert bench.audit().problems == []
    bench.ledger.close()


def test_a_ledger_of_version_5_begins_to_sum_what_voters_spent(tmp_path: Path) -> None:
    """Its ratings told of no minutes; those that come do, and all of it adds up."""
    bench = Bench(tmp_path)
    bench.take(rating(1), rating(2, "unsatisfied"))
    bench.ledger.close()
    with closing(sqlite3.connect(bench.path)) as db:
        db.executescript(BACK_TO_5)
    bench.open()
    assert read_tallies(bench.ledger._db, "spent", 0, 1 << 40) == []
    assert bench.audit().problems == []
    bench.take(rating(3, "unsatisfied", waited_min=25, served_min=6), epoch="2" * 16)
    names = ("unsatisfied", "unsatisfied_waited", "unsatisfied_served", "satisfied")
    assert [bench.sum("spent", name) for name in names] == [1, 25, 6, 0]
    assert bench.sum("rating", "unsatisfied") == 2
    assert bench.audit().problems == []
    bench.ledger.close()


def test_a_ledger_that_was_led_on_has_the_layout_of_a_new_one(second: Path, tmp_path: Path) -> None:
    """Every table and column of a new file, whatever the order."""
    Bench(second).ledger.close()
    Bench(tmp_path / "new").ledger.close()
    assert _columns(second / "ledger.db") == _columns(tmp_path / "new" / "ledger.db")
    assert {f"tally_{name}" for name in TAGS} <= _columns(second / "ledger.db").keys()


def test_a_reader_is_told_to_have_an_older_ledger_led_on(second: Path) -> None:
    """A report beside a collector that was not yet started anew changes nothing."""
    with pytest.raises(StoreError, match=r"schema 2, here 6\). Run the program once"):
        open_reader(second / "ledger.db", LAYOUT)


def test_a_ledger_of_a_later_version_is_refused(old: Path) -> None:
    with sqlite3.connect(old / "ledger.db") as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(StoreError, match="schema 99, here 6"):
        Bench(old)


def _days(bench: Bench) -> list[tuple[object, ...]]:
    rows = bench.ledger._db.execute("SELECT * FROM day_rating").fetchall()
    return [*rows, *bench.ledger._db.execute("SELECT day, site, issued FROM day_visit").fetchall()]


def _columns(path: Path) -> dict[str, set[tuple[object, ...]]]:
    """Of every table: its columns with type, not-null and place in the key."""
    with closing(sqlite3.connect(path)) as db:
        tables = db.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()
        return {
            name: {(*row[1:4], row[5]) for row in db.execute(f"PRAGMA table_info({name})")}
            for (name,) in tables
        }
