"""A disk that is full or read-only under load: nothing is confirmed that is not stored.

And when it is well again, the program goes on by itself.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator.mosquitto import Mosquitto
from tests.faults.disks import Disk, full, read_only
from tests.faults.lone import Lone, reckon
from tests.integration.rig import Town, stays, until

pytestmark = pytest.mark.mosquitto

MEANWHILE = 8  # presses while a server's disk is not well


@pytest.fixture
def town(disk_path: Path) -> Iterator[Town]:
    """An office and a city at a real broker, not started."""
    with Mosquitto() as broker, Town(disk_path / "town", broker.port) as one:
        yield one


@pytest.fixture(params=[full, read_only], ids=["full", "read-only"])
def disks(town: Town, request: pytest.FixtureRequest) -> Iterator[dict[str, Disk]]:
    """Those of gateway, collector and the box exit-1."""
    make: Callable[[Path], Disk] = request.param
    found: dict[str, Disk] = {}
    try:
        for name in ("office", "city", "exit-1"):
            found[name] = make(town.folder / name)
        yield found
    finally:
        town.gateway.kill()
        town.collector.kill()
        for disk in found.values():
            disk.close()


@pytest.fixture
def devices(town: Town, disks: dict[str, Disk]) -> Iterator[list[Lone]]:
    """Two boxes and a dispenser, pressed without a rest; the first box is on one of the disks."""
    found = [Lone("box", node, town.folder, town.port) for node in ("exit-1", "exit-2")]
    found.append(Lone("dispenser", "disp-1", town.folder, town.port))
    town.start()
    for device in found:
        device.server.start()
    yield found
    for device in found:
        device.kill()


def test_a_bad_disk_confirms_nothing_and_loses_nothing(
    town: Town, disks: dict[str, Disk], devices: list[Lone]
) -> None:
    """First the box's card, then the gateway's disk, then the collector's, under load."""
    box, other = devices[0], devices[1]
    until(lambda: box.lamps() > 5 and other.lamps() > 5, "the boxes work")

    disks["exit-1"].fill(box.server.pid)
    box.server.wait_for("cannot write a record")
    dark = box.lamps()
    if disks["exit-1"].is_total:
        assert stays(lambda: box.lamps() == dark, 0.5), "a lamp has lit for what is not there"
    disks["exit-1"].free(box.server.pid)
    until(lambda: box.lamps() > dark, "the box thanks again")
    box.server.wait_for("the fault has gone")

    for name, server in (("office", town.gateway), ("city", town.collector)):
        disks[name].fill(server.pid)
        server.wait_for("cannot be written")
        lamps = box.lamps()
        until(lambda lamps=lamps: box.lamps() > lamps + MEANWHILE, "presses go on")  # type: ignore[misc]
        disks[name].free(server.pid)
        server.wait_for("can be written again")
        assert server.is_alive

    found = reckon(town, devices)
    assert found["witnessed"] > 50, found
    assert found["missed"] > 0, "what the box could not take is on record, too"
