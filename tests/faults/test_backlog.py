"""A week without an uplink: 100,000 records wait in the journal, and all of them arrive."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.mosquitto import Mosquitto
from tests.bench.backlog import fill
from tests.bench.rig import rss_mb
from tests.faults.lone import quiet_port
from tests.integration.rig import Server, Town, until
from wire.store import open_reader

pytestmark = pytest.mark.mosquitto

RECORDS = 100_000
MORE_MB = 20.0


@pytest.fixture
def city_broker() -> Iterator[Mosquitto]:
    """Not started: the line to the city is down."""
    one = Mosquitto()
    one.port = quiet_port()
    yield one
    one.__exit__(None, None, None)


@pytest.fixture
def town(city_broker: Mosquitto, tmp_path: Path) -> Iterator[Town]:
    """An office with its own broker, and a city beyond the line; not started."""
    with (
        Mosquitto() as broker,
        Town(
            tmp_path, broker.port, "", uplink_port=city_broker.port, city_port=city_broker.port
        ) as one,
    ):
        yield one


def test_a_week_without_an_uplink_arrives_exactly_and_memory_stays_flat(
    town: Town, city_broker: Mosquitto
) -> None:
    """Whatever waits is on the disk; what is under way is bounded."""
    written = fill(town.office, RECORDS)
    town.gateway.start("no broker at")
    town.collector.start("no broker at")
    before = {server: rss_mb(server.pid) for server in (town.gateway, town.collector)}
    city_broker.start()
    until(lambda: arrived(town) >= written, "all is in the ledger", 120.0)
    assert arrived(town) == written >= RECORDS * 0.99
    for server, mb in before.items():
        assert peak_mb(server) - mb < MORE_MB, f"{server.name} has grown from {mb:.0f} MB"
    assert records(town.folder / "city" / "ledger.db", "event") == records(
        town.folder / "office" / "journal.db", "journal"
    )
    assert town.rows("SELECT count(*) FROM lost UNION ALL SELECT count(*) FROM uplink_lost") == [
        (0,),
        (0,),
    ]
    audit = town.audit()
    assert audit.returncode == 0, audit.stdout


def arrived(town: Town) -> int:
    """How many events the ledger has."""
    return int(town.rows("SELECT count(*) FROM event")[0][0]) if town.has_ledger() else 0


def records(path: Path, table: str) -> list[bytes]:
    """All records of a database, as they travelled, in one order."""
    db = open_reader(path)
    try:
        return sorted(row[0] for row in db.execute(f"SELECT body FROM {table}"))
    finally:
        db.close()


def peak_mb(server: Server) -> float:
    """The most memory that a process has had, in MB."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
