"""A restore keeps what people entered since the backup."""

from pathlib import Path

import pytest

from collector.carry import Unreadable, carry_entries
from collector.ledger import LAYOUT
from collector.register import read_actions, read_paper
from tests.collector.bench import Bench
from tests.collector.test_add_paper import PLACE, Desk
from tests.collector.test_register import NEW, do
from wire.backup import copy_store


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Two entries were made before the backup, and four since."""
    desk = Desk(tmp_path, monkeypatch)
    desk.add(*PLACE, "--satisfied", "31")
    desk.add(*PLACE, "--satisfied", "2", "--service", "passport")
    copy_store(desk.bench.path, tmp_path / "copy.db", LAYOUT)
    desk.add("--correct", "1", "--satisfied", "13")
    desk.add("--correct", "3", "--satisfied", "14", "--complaints", "1")
    desk.add(*PLACE, "--unsatisfied", "5")
    do(desk, "actions", "add", *NEW)
    return desk


def test_a_restore_keeps_what_was_entered_since_with_its_tallies(
    desk: Desk, tmp_path: Path
) -> None:
    """Who and when stay as they were; the audit counts it, and InfluxDB is to be told."""
    db = desk.bench.ledger._db
    paper, actions = read_paper(db, "2026-10-01", "2026-11-01"), read_actions(db)
    desk.bench.ledger.close()
    result = desk.say("restore", str(tmp_path / "copy.db"))
    assert result.exit_code == 0, result.output
    assert "4 entries made by hand since the backup were kept" in result.output
    desk.bench.open()
    db = desk.bench.ledger._db
    assert (read_paper(db, "2026-10-01", "2026-11-01"), read_actions(db)) == (paper, actions)
    assert desk.paper_tally()["satisfied"] == 14 and desk.paper_tally()["unsatisfied"] == 5
    assert desk.bench.audit().problems == []
    assert desk.bench.ledger.count_dirty() > 0


def test_a_restore_over_a_damaged_ledger_says_what_it_could_not_keep(
    desk: Desk, tmp_path: Path
) -> None:
    """The file is kept aside, and named."""
    desk.bench.ledger.close()
    desk.bench.path.write_bytes(b"\x00" * 100_000)
    result = desk.say("restore", str(tmp_path / "copy.db"))
    assert result.exit_code == 0, result.output
    assert "what was entered by hand since the backup could not be read" in result.output
    desk.bench.open()
    assert len(read_paper(desk.bench.ledger._db, "2026-10-01", "2026-11-01")) == 2


def test_a_backup_of_another_ledger_gets_nothing_of_this_one(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their entries would have the same numbers and say other things."""
    (tmp_path / "other").mkdir()
    other = Desk(tmp_path / "other", monkeypatch)
    other.add(*PLACE, "--satisfied", "7")
    with pytest.raises(Unreadable, match="do not begin with the same entries"):
        carry_entries(desk.bench.path, other.bench.path)
    assert other.count() == 1 and other.paper_tally()["satisfied"] == 7


def test_where_there_was_no_ledger_nothing_is_kept(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert carry_entries(tmp_path / "none.db", bench.path) == 0
