"""What was in quarantine and is valid after a fix goes to the city under its own number."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from collector.audit import audit
from collector.city import City
from collector.ledger import Ledger
from collector.month import bounds
from gateway import cli as cli_module
from gateway import intake as intake_module
from gateway.queue.hall import Desk
from gateway.readmit import readmit
from gateway.status import read_status
from tests.collector.bench import KYIV
from tests.gateway.bench import NOON, SITE, Bench, Box
from tests.gateway.test_config import GOOD
from wire import topics
from wire.batch import encode_batch
from wire.hop import Sender
from wire.lines import decode_each
from wire.store import open_reader

NEXT_YEARS = (
    b'{"kind":"press","at":null,"boot":"b0000001","up":20500,"button":"satisfied","mood":1}'
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A box that wrote a record which this version does not know, and rubbish."""
    bench = Bench(tmp_path / "data")
    box = Box()
    box.press()
    box.press()
    box.log += [NEXT_YEARS, b"rubbish"]
    box.press(after=20_000)
    bench.handle(box.batch())
    return bench


@pytest.fixture
def fix(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Installs the version that knows that record."""

    def decode(decoder: Any, records: Any) -> Any:
        known = decode_each(decoder, [raw.replace(b',"mood":1', b"") for raw in records])
        return [(raw, said) for raw, (_, said) in zip(records, known, strict=True)]

    return lambda: monkeypatch.setattr(intake_module, "decode_each", decode)


def again(bench: Bench) -> list[str]:
    found = readmit(bench.journal, bench.office.intake, NOON)
    return [why for _, why in found]


def test_without_a_fix_all_stays_as_it_is(bench: Bench) -> None:
    before = bench.raw()
    assert all(again(bench)) and len(again(bench)) == 2
    assert bench.raw() == before


def test_what_is_valid_now_is_sent_under_its_own_number_once(
    bench: Bench, fix: Callable[[], None]
) -> None:
    fix()
    assert [bool(why) for why in again(bench)] == [False, True]
    (record,) = bench.records_after(5)
    assert (record.node, record.epoch, record.seq) == ("box-1", "a" * 16, 3)
    assert len(again(bench)) == 1 and len(bench.raw()) == 6


def test_a_press_is_decided_by_the_one_next_to_it(bench: Bench, fix: Callable[[], None]) -> None:
    fix()
    again(bench)  # half a second after the second one
    assert bench.records_after(5)[0].status == "repeat"


def test_a_press_that_stands_alone_counts_on_the_day_it_arrived(
    tmp_path: Path, fix: Callable[[], None]
) -> None:
    bench, box = Bench(tmp_path / "other"), Box()
    box.log.append(NEXT_YEARS)
    bench.handle(box.batch())
    fix()
    again(bench)
    (record,) = bench.records_after(1)
    assert (record.status, record.clock, record.at) == ("counted", "unknown", NOON)


def test_a_press_at_a_desk_is_held_against_its_visits(
    tmp_path: Path, fix: Callable[[], None]
) -> None:
    """As one that was valid from the beginning: nobody had been served there."""
    bench, box = Bench(tmp_path / "other", desk=[Desk("1")]), Box()
    box.log.append(NEXT_YEARS)
    bench.handle(box.batch())
    fix()
    again(bench)
    (record,) = bench.records_after(1)
    assert record.status == "unarmed"


def test_what_was_readmitted_and_comes_again_from_an_old_card_does_not_count_twice(
    tmp_path: Path, fix: Callable[[], None]
) -> None:
    bench, box = Bench(tmp_path / "other"), Box()
    box.log.append(NEXT_YEARS)
    bench.handle(box.batch())
    fix()
    again(bench)
    old = Box(epoch="b" * 16)
    old.log, old.up = list(box.log), box.up
    bench.handle(old.batch())
    assert [record.status for record in bench.records_after(1)] == ["counted", "resent"]


def test_one_record_in_two_quarantines_counts_once(tmp_path: Path, fix: Callable[[], None]) -> None:
    bench = Bench(tmp_path / "other")
    for epoch in ("a" * 16, "b" * 16):
        box = Box(epoch=epoch)
        box.log.append(NEXT_YEARS)
        bench.handle(box.batch())
    fix()
    again(bench)
    assert [record.status for record in bench.records_after(2)] == ["counted", "resent"]


def test_of_an_epoch_in_conflict_nothing_is_readmitted_as_counted(
    tmp_path: Path, fix: Callable[[], None]
) -> None:
    bench, old, new = Bench(tmp_path / "other"), Box(), Box(epoch="b" * 16, boot="b0000002")
    old.press()
    new.press()
    bench.handle(old.batch(), new.batch())
    old.log.append(NEXT_YEARS)
    bench.handle(old.batch(2))
    fix()
    rows = len(bench.raw())
    again(bench)
    assert [record.status for record in bench.records_after(rows)] == ["conflict"]


def test_the_account_moves_it_and_balances(bench: Bench, fix: Callable[[], None]) -> None:
    fix()
    again(bench)
    found = read_status(bench.config.journal_path())
    (mine,) = found.accounts
    assert (mine.counted, mine.refused["repeat"], mine.quarantined) == (3, 1, 1)
    assert (found.problems, found.quarantined) == ([], 1)


def test_at_the_city_it_takes_the_place_of_what_was_quarantined(
    bench: Bench, tmp_path: Path, fix: Callable[[], None]
) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    city = City(ledger, bench.clock)
    sender = Sender(bench.journal.log, "c0c0c0c0")

    def deliver() -> tuple[int, int, int, list[str]]:
        batch = sender.next_batch(0)
        assert batch is not None
        topic = topics.topic(SITE, topics.GATEWAY, topics.LOG)
        for _ in range(2):  # the second is a duplicate
            city.handle([(topic, encode_batch(batch))])
        db = open_reader(tmp_path / "ledger.db")
        found = audit(db, "2026-10", *bounds("2026-10", KYIV), None)
        db.close()
        (mine,) = found.accounts
        return mine.counted, mine.refused["repeat"], mine.quarantined, found.problems

    assert deliver() == (3, 0, 2, [])
    fix()
    again(bench)
    assert deliver() == (3, 1, 1, [])
    sender.restart()  # all of it comes again by a new journal
    bench.journal.log.renew(0)
    assert deliver() == (3, 1, 1, [])


def test_the_command_lists_what_is_there_beside_the_running_gateway(
    bench: Bench, tmp_path: Path
) -> None:
    office = tmp_path / "office.toml"
    office.write_text(GOOD, encoding="utf-8")
    run = CliRunner().invoke
    said = run(cli_module.cli, ["quarantine", "--config", str(office)], catch_exceptions=False)
    lines = said.output.splitlines()
    assert len(lines) == 2 and lines[0].startswith(f"box-1 {'a' * 16} 3: ")
    assert "mood" in lines[0]
    said = run(cli_module.cli, ["quarantine", "--config", str(office), "--json"])
    assert json.loads(said.output.splitlines()[1])["raw"] == "rubbish"
    bench.journal.close()
    said = run(cli_module.cli, ["quarantine", "--config", str(office), "--readmit"])
    assert said.exit_code == 1 and "0 readmitted, 2 left" in said.output
