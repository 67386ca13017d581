"""Backup and restore of both stores by their commands, beside owners that go on writing."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from collector.audit import Audit, audit
from collector.city import City
from collector.ledger import LAYOUT as LEDGER
from collector.ledger import Ledger
from collector.month import bounds
from gateway.journal import LAYOUT as JOURNAL
from gateway.status import GatewayStatus, read_status
from tests.collector.bench import KYIV
from tests.gateway.bench import SITE, VISIT, Bench, Box, pressed
from tests.gateway.test_config import GOOD
from tests.integration.rig import finish
from wire import topics
from wire.backup import copy_store, put_back
from wire.batch import decode_mark, encode_batch
from wire.hop import Sender
from wire.records import State
from wire.store import StoreError, open_reader

LOG = topics.topic(SITE, topics.GATEWAY, topics.LOG)
STATE = topics.topic(SITE, topics.GATEWAY, topics.STATE)


class Both:
    """An office and its city in one process, with the commands' configs beside their stores."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.office = folder / "office.toml"
        self.office.write_text(GOOD, encoding="utf-8")
        self.town = folder / "city.toml"
        self.town.write_text('data = "city"\n[broker]\n', encoding="utf-8")
        self.bench = Bench(folder / "data")
        self.ledger_path = folder / "city" / "ledger.db"
        self.open_city()
        self.sender = Sender(self.bench.journal.log, "c0c0c0c0")

    def open_city(self) -> None:
        """Start the collector."""
        self.ledger = Ledger(self.ledger_path)
        self.city = City(self.ledger, self.bench.clock)

    def deliver(self) -> None:
        """All that the journal holds arrives, and the gateway says how it stands."""
        log = self.bench.journal.log
        state = State(v=1, online=True, epoch=log.epoch, devices=self.bench.office.heads())
        for answer in self.city.handle([(STATE, msgspec.json.encode(state))]):
            self.sender.on_mark(decode_mark(answer.payload), 0)
        for _ in range(50):
            batch = self.sender.next_batch(self.bench.clock.up())
            if batch is None:
                break
            for answer in self.city.handle([(LOG, encode_batch(batch))]):
                self.sender.on_mark(decode_mark(answer.payload), self.bench.clock.up())
        assert self.sender.pending == 0

    def audit(self) -> Audit:
        """As the command does it."""
        with closing(open_reader(self.ledger_path)) as db:
            return audit(db, "2026-10", *bounds("2026-10", KYIV), None)

    def status(self) -> GatewayStatus:
        """As the command does it."""
        return read_status(self.bench.config.journal_path())

    def restart_gateway(self) -> None:
        """On whatever is in the journal's place now."""
        self.bench.open()
        self.sender = Sender(self.bench.journal.log, "d0d0d0d0", acked=self.bench.journal.log.acked)


@pytest.fixture
def both(tmp_path: Path) -> Both:
    return Both(tmp_path)


def run(name: str, config: Path, *words: object, status: int = 0) -> str:
    done = finish(name, words[0], "--config", config, *words[1:])
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def test_a_backup_of_a_busy_journal_is_one_moment_and_balances(both: Both, tmp_path: Path) -> None:
    box = Box()
    go_on = threading.Event()
    go_on.set()

    def work() -> None:
        while go_on.is_set():
            first = len(box.log) + 1
            for _ in range(20):
                box.press()
            both.bench.handle(box.batch(first))

    worker = threading.Thread(target=work, name="office")
    worker.start()
    try:
        for i in range(5):
            copy = tmp_path / f"copy-{i}.db"
            copy_store(both.bench.config.journal_path(), copy, JOURNAL)
            found = read_status(copy)
            assert found.problems == [] and found.held % 20 == 0
    finally:
        go_on.clear()
        worker.join()


def test_the_commands_copy_check_and_put_back(both: Both, tmp_path: Path) -> None:
    both.bench.handle(pressed(5).batch())
    both.deliver()
    journal, ledger = tmp_path / "journal-copy.db", tmp_path / "ledger-copy.db"
    assert "1 devices, balances" in run("talon-gateway", both.office, "backup", journal)
    assert "1 devices, balances" in run("talon-collector", both.town, "backup", ledger)
    for name, config, copy in (
        ("talon-gateway", both.office, journal),
        ("talon-collector", both.town, ledger),
    ):
        assert "exists already" in run(name, config, "backup", copy, status=1)
        assert "is in use by process" in run(name, config, "restore", copy, status=1)
    assert "is no journal" in run("talon-gateway", both.office, "restore", ledger, status=1)
    both.bench.journal.close()
    both.ledger.close()
    assert "restored from" in run("talon-gateway", both.office, "restore", journal)
    assert "what was there is now" in run("talon-collector", both.town, "restore", ledger)
    assert both.status().accounts[0].counted == both.audit().accounts[0].counted == 5


def test_after_an_office_went_back_to_a_backup_nothing_is_lost_or_counted_twice(
    both: Both, tmp_path: Path
) -> None:
    box = pressed(5)
    both.bench.handle(box.batch())
    both.deliver()
    copy = tmp_path / "copy.db"
    copy_store(both.bench.config.journal_path(), copy, JOURNAL)
    for _ in range(4):
        box.press()
    both.bench.handle(box.batch(6))
    both.deliver()
    both.bench.journal.close()  # the disk dies; the box has let 1 to 7 go
    put_back(copy, both.bench.config.journal_path(), JOURNAL, both.bench.clock.ms)
    both.restart_gateway()
    box.press()
    both.bench.handle(box.batch(8, oldest=8), box.state())
    both.deliver()
    (mine,) = both.audit().accounts
    assert (mine.counted, mine.lost, mine.missing, mine.pending) == (10, 0, 0, 0)
    assert both.audit().problems == []
    (here,) = both.status().accounts
    assert [(span.first, span.last) for span in here.lost_ranges] == [(6, 7)]


def test_no_number_is_given_twice_on_the_day_of_a_restore(both: Both, tmp_path: Path) -> None:
    both.bench.ask()
    copy = tmp_path / "copy.db"
    copy_store(both.bench.config.journal_path(), copy, JOURNAL)
    assert both.bench.ask(visit="00000000000000b2")["number"] == "А002"
    both.bench.journal.close()
    run("talon-gateway", both.office, "restore", copy)
    with closing(sqlite3.connect(both.bench.config.journal_path())) as db:
        db.execute("UPDATE restored SET at=?", (both.bench.clock.ms,))
        db.commit()
    both.restart_gateway()
    answer = both.bench.ask(visit="00000000000000c3")
    assert "number" not in answer and "restored" in answer["error"]
    both.bench.clock.ms += 24 * 3_600_000
    assert both.bench.ask(visit="00000000000000d4")["number"] == "А001"
    assert both.bench.ask(visit=VISIT)["number"] == "А001"  # of the day before, asked again


def test_a_city_that_went_back_to_a_backup_is_made_whole_by_its_offices(
    both: Both, tmp_path: Path
) -> None:
    box = pressed(5)
    both.bench.handle(box.batch())
    both.deliver()
    copy = tmp_path / "copy.db"
    copy_store(both.ledger_path, copy, LEDGER)
    for _ in range(4):
        box.press()
    both.bench.handle(box.batch(6))
    both.deliver()
    both.ledger.close()
    put_back(copy, both.ledger_path, LEDGER, both.bench.clock.ms)
    both.open_city()
    for greeting in both.city.greetings():
        both.sender.on_mark(decode_mark(greeting.payload), 0)
    both.deliver()
    (mine,) = both.audit().accounts
    assert (mine.counted, mine.lost, both.audit().problems) == (9, 0, [])


@pytest.mark.parametrize("harm", [b"not a database" * 900, None])
def test_a_damaged_backup_is_refused_and_changes_nothing(
    both: Both, tmp_path: Path, harm: bytes | None
) -> None:
    both.bench.handle(pressed(500).batch())
    copy = tmp_path / "copy.db"
    copy_store(both.bench.config.journal_path(), copy, JOURNAL)
    content = bytearray(copy.read_bytes())
    if harm is None:
        content[8_192:24_576] = bytes(16_384)
    copy.write_bytes(harm or bytes(content))
    both.bench.journal.close()
    before = both.bench.config.journal_path().read_bytes()
    said = run("talon-gateway", both.office, "restore", copy, status=1)
    assert said.count("\n") == 1 and str(copy) in said
    assert both.bench.config.journal_path().read_bytes() == before


def test_a_backup_that_does_not_balance_is_put_back_only_by_force(
    both: Both, tmp_path: Path
) -> None:
    both.bench.handle(pressed(3).batch())
    both.bench.journal._db.execute("UPDATE account SET count=count+1")
    copy = tmp_path / "copy.db"
    assert "DOES NOT BALANCE" in run("talon-gateway", both.office, "backup", copy, status=1)
    both.bench.journal.close()
    assert "--force" in run("talon-gateway", both.office, "restore", copy, status=1)
    assert "restored from" in run("talon-gateway", both.office, "restore", copy, "--force")


def test_the_backup_of_another_office_is_refused(both: Both, tmp_path: Path) -> None:
    both.bench.handle(pressed(3).batch())
    copy = tmp_path / "copy.db"
    copy_store(both.bench.config.journal_path(), copy, JOURNAL)
    both.bench.journal.close()
    both.office.write_text(GOOD.replace(SITE, "lviv-1"), encoding="utf-8")
    said = run("talon-gateway", both.office, "restore", copy, status=1)
    assert f"is of the office {SITE}, not of lviv-1" in said


@pytest.mark.parametrize("name", ["talon-gateway", "talon-collector"])
def test_a_store_that_is_not_there_is_not_made(tmp_path: Path, name: str) -> None:
    config = tmp_path / "config.toml"
    town = 'data = "data"\n[broker]\n'
    config.write_text(GOOD if name == "talon-gateway" else town, encoding="utf-8")
    for words in (("backup", tmp_path / "copy.db"), ("quarantine", "--readmit")):
        assert "does not exist" in run(name, config, *words, status=1)
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(both: Both, tmp_path: Path) -> None:
    nowhere = tmp_path / "no-such-folder" / "copy.db"
    said = run("talon-gateway", both.office, "backup", nowhere, status=1)
    assert "cannot be written" in said and said.count("\n") == 1


def test_a_journal_is_not_its_own_backup(both: Both) -> None:
    """Not under another name either: it would begin a new series of numbers for nothing."""
    both.bench.journal.close()
    journal = both.folder / "data" / "journal.db"
    link = both.folder / "backup.db"
    link.symlink_to(journal)
    before = {path: path.stat() for path in journal.parent.iterdir()}
    for name in (journal, link):
        said = finish("talon-gateway", "restore", "--config", both.office, name)
        assert (said.returncode, said.stdout) == (1, "")
        assert said.stderr == (
            f"talon-gateway: {name}: is the very store to be restored. Name a backup of it.\n"
        )
    assert {path: path.stat() for path in journal.parent.iterdir()} == before


def test_a_restore_that_fails_half_way_leaves_the_store_as_it_was(
    both: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both.bench.handle(pressed(3).batch())
    copy, path = tmp_path / "copy.db", both.bench.config.journal_path()
    copy_store(path, copy, JOURNAL)
    both.bench.journal.close()
    real: Callable[[Path, Path], Path] = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.name.endswith(".restoring"):
            raise OSError(5, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(StoreError, match="cannot be restored"):
        put_back(copy, path, JOURNAL, both.bench.clock.ms)
    assert both.status().accounts[0].counted == 3
