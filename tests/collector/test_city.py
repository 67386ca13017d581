"""One city: who may report, and what is confirmed when."""

import sqlite3
from pathlib import Path

import pytest

from tests.collector.bench import Bench, Gateway, mark, rating
from wire.batch import encode_mark


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_batch_is_acknowledged_with_its_last_number(bench: Bench) -> None:
    out = bench.handle(Gateway().write(rating(1), rating(2)).batch())
    assert out[0].topic == "talon/v1/kyiv-1/gateway/ack"
    assert mark(out).seq == 2


def test_nothing_is_acknowledged_that_was_not_committed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Gateway().write(rating(1))

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(bench.ledger, "add_tallies", fail)
        with pytest.raises(sqlite3.OperationalError):
            bench.handle(gateway.batch())
    assert bench.city.greetings() == []
    assert mark(bench.handle(gateway.batch())).seq == 1


def test_after_a_restart_the_city_greets_with_what_is_stored(bench: Bench) -> None:
    out = bench.handle(Gateway().write(rating(1)).batch())
    bench.restart()
    assert [m.payload for m in bench.city.greetings()] == [encode_mark(mark(out))]


def test_a_batch_that_comes_again_counts_once(bench: Bench) -> None:
    gateway = Gateway().write(rating(1), rating(2))
    bench.handle(gateway.batch(), gateway.batch())
    bench.restart()
    assert mark(bench.handle(gateway.batch())).seq == 2
    assert bench.sum("rating", "satisfied") == 2


def test_a_gap_waits_for_what_is_missing(bench: Bench) -> None:
    gateway = Gateway().write(*map(rating, range(1, 5)))
    assert mark(bench.handle(gateway.batch(3))).seq == 0
    assert mark(bench.handle(gateway.batch())).seq == 4


def test_what_a_gateway_no_longer_holds_is_lost_on_the_uplink(bench: Bench) -> None:
    gateway = Gateway().write(*map(rating, range(1, 7)))
    bench.handle(gateway.batch(1, 2), gateway.batch(5, oldest=5))
    ((site, _, first, last, _),) = bench.all()["uplink_lost"]
    assert (site, first, last) == ("kyiv-1", 3, 4)
    found = bench.audit()
    assert found.problems == [] and found.accounts[0].lost == 2


def test_a_site_that_is_not_named_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path, frozenset({"kyiv-1"}))
    out = bench.handle(
        Gateway("lviv-1").write(rating(1)).batch(), Gateway().write(rating(1)).batch()
    )
    assert mark(out).seq == 1
    assert bench.city.strays.reasons.total() == 1
    assert {row[1] for row in bench.all()["origin"]} == {"kyiv-1"}


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("talon/v1/kyiv-1/box-1/log", Gateway().write(rating(1)).batch()[1]),
        ("talon/v1/kyiv-1/gateway/log", b"rubbish"),
        ("talon/v1/kyiv-1/gateway/state", b"\xff"),
        ("talon/v1/kyiv-1/gateway/state", b"[" * 100_000),
        ("talon/v1/kyiv-1/gateway/state", b'{"v":1,"online":true}' + b" " * (1 << 18)),
        ("elsewhere", b""),
    ],
    ids=range(6),
)
def test_a_stray_stores_nothing(bench: Bench, topic: str, payload: bytes) -> None:
    assert bench.handle((topic, payload)) == []
    assert bench.city.strays.reasons.total() == 1
    assert not any(bench.all().values())


def test_a_last_will_says_nothing_of_devices(bench: Bench) -> None:
    will = ("talon/v1/kyiv-1/gateway/state", b'{"v":1,"online":false}')
    assert bench.handle(will) == []
    assert bench.city.strays.reasons.total() == 0
