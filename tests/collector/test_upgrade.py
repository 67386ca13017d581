"""A ledger of the version before is led on with all that is in it."""

import sqlite3
from pathlib import Path

import pytest

from tests.collector.bench import Bench, rating
from wire.store import StoreError

BACK_TO_1 = """
DROP TABLE forgotten; DROP TABLE office;
ALTER TABLE origin DROP COLUMN duplicates;
ALTER TABLE origin DROP COLUMN told_by;
ALTER TABLE origin DROP COLUMN forgotten;
ALTER TABLE event DROP COLUMN clock;
ALTER TABLE tally_device DROP COLUMN missed;
PRAGMA user_version=1;
PRAGMA application_id=0;
"""


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


def test_an_older_ledger_is_led_on(old: Path) -> None:
    bench = Bench(old)
    bench.take(rating(4), epoch="2" * 16)
    found = bench.audit()
    assert found.problems == []
    mine = found.accounts[0]
    assert (mine.counted, mine.refused["repeat"]) == (3, 1)
    assert mine.clocks == {"set": 2, "placed": 1, "unknown": 1}


def test_a_ledger_of_a_later_version_is_refused(old: Path) -> None:
    with sqlite3.connect(old / "ledger.db") as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(StoreError, match="schema 99, here 2"):
        Bench(old)
