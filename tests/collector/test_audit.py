"""The audit finds what does not add up, and nothing else."""

import json
from pathlib import Path

import pytest

from collector.audit import audit_json, audit_lines
from collector.ledger import read_tallies
from collector.tally import TallyRow
from tests.collector.bench import HOUR, NOON, Bench, Gateway, lost, origin, printed, rating, visit
from wire.records import DeviceNote, Quarantined

TAMPERED = (
    "DELETE FROM event WHERE seq=3 AND kind='rating'",
    "DELETE FROM event WHERE seq=9 AND kind='rating'",  # the newest
    "DELETE FROM event WHERE kind='device'",
    "DELETE FROM lost",
    "UPDATE tally_rating SET satisfied=satisfied+1",
    "UPDATE tally_visit SET issued=issued-1",
    "UPDATE tally_device SET refused=refused+1 WHERE node='box-1'",
    "DELETE FROM tally_rating",
    "UPDATE tally_rating SET hour=hour-3600",
    "UPDATE tally_spent SET unsatisfied_waited=unsatisfied_waited-1",
    "UPDATE tally_spent SET satisfied=satisfied+1",
    "UPDATE tally_spent SET desk='2'",
    "DELETE FROM tally_spent",
    "UPDATE day_rating SET satisfied=satisfied+1",
    "DELETE FROM day_visit",
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.take(
        rating(1),
        rating(2, "unsatisfied", waited_min=31, served_min=4),
        rating(3, status="repeat"),
        DeviceNote(**origin(4), event="started"),
        Quarantined(**origin(5, clock="unknown"), reason="bad", raw=b"x"),
        lost(6, 7),
        rating(8, clock="unknown"),
        rating(9),
        visit(1),
        printed(2),
    )
    bench.handle(Gateway().state(written=12, stored=11))
    return bench


def read(bench: Bench, name: str, begin: int, end: int) -> list[TallyRow]:
    return read_tallies(bench.ledger._db, name, begin, end)


def test_a_sound_ledger_balances(bench: Bench) -> None:
    found = bench.audit()
    assert found.problems == []
    box = found.accounts[0]
    assert (box.written, box.counted, box.lost, box.quarantined, box.notes) == (12, 4, 2, 1, 1)
    assert (box.pending_device, box.pending_uplink, box.clocks["unknown"]) == (1, 2, 1)
    assert "balances: every number is explained" in audit_lines(found, NOON, influx=False)


def test_a_wrong_sum_of_minutes_is_named_with_both_figures(bench: Bench) -> None:
    """What the ledger says, and what its ratings add up to."""
    bench.change("UPDATE tally_spent SET unsatisfied_waited=30")
    (said,) = bench.audit().problems
    assert said.startswith("tally ('spent', 1793008800, ('kyiv-1', 'passport', '1', 'desk')):")
    assert "(0, 0, 0, 0, 0, 1, 30, 961, 4, 16)" in said
    assert "(0, 0, 0, 0, 0, 1, 31, 961, 4, 16)" in said


def test_an_empty_ledger_balances(tmp_path: Path) -> None:
    assert Bench(tmp_path).audit().problems == []


@pytest.mark.parametrize("statement", TAMPERED)
def test_a_ledger_that_was_tampered_with_does_not_balance(bench: Bench, statement: str) -> None:
    bench.change(statement)
    found = bench.audit()
    assert found.problems
    assert "IT DOES NOT BALANCE" in audit_lines(found, NOON, influx=False)
    assert audit_json(found)["balanced"] is False


def test_an_influxdb_that_is_equal_balances(bench: Bench) -> None:
    found = bench.audit(influx=lambda *asked: read(bench, *asked))
    assert (found.problems, found.compared) == ([], "ledger and InfluxDB")


@pytest.mark.parametrize("fault", ["lacks", "differs", "has more"])
def test_an_influxdb_that_differs_does_not_balance(bench: Bench, fault: str) -> None:
    def influx(name: str, begin: int, end: int) -> list[TallyRow]:
        rows = read(bench, name, begin, end)
        if not rows:
            return rows
        hour, tags, sums = rows[0]
        if fault == "lacks":
            return rows[1:]
        other = (hour, tags, (sums[0] + 1, *sums[1:]))
        return [other, *rows[1:]] if fault == "differs" else [*rows, (HOUR - 3600, tags, sums)]

    found = bench.audit(influx=influx)
    assert [problem.split(":")[0] for problem in found.problems] == [
        "rating",
        "visit",
        "device",
        "spent",
    ]


def test_tallies_of_another_month_are_not_audited(bench: Bench) -> None:
    assert bench.audit("2026-09").tallies == 0
    assert bench.audit("2026-09").problems == []


def test_the_audit_in_json_says_the_same_as_the_table(bench: Bench) -> None:
    found = bench.audit()
    plain = json.loads(json.dumps(audit_json(found)))
    assert plain["balanced"] is True and plain["accounts"][0]["counted"] == 4
    row = next(
        line
        for line in audit_lines(found, NOON, influx=False).splitlines()
        if "kyiv-1/box-1" in line
    )
    assert row.split()[1:][:13] == [
        *("12", "4", "1", "0", "0", "0", "0", "1", "1", "2", "3", "0", "0")
    ]


def test_an_audit_changes_nothing(bench: Bench) -> None:
    before = bench.all()
    bench.audit()
    assert bench.all() == before
