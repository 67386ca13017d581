"""An opened lid is on record, whatever the switch does. Runs under MicroPython too."""

import json

from firmware.common.filelog import FileLog
from firmware.common.node import Node
from firmware.ratingbox.lid import FAULT, STABLE_MS, Lid
from simulator.disk import SimDisk

RUNS_ON_MICROPYTHON = True


class BenchClock:
    """Implements `firmware.common.node.Clock`; the lid asks for no time."""

    boot = "0a1b2c3d"

    def up(self) -> int:
        return 5_000

    def at(self) -> "int | None":
        return None


class Bench:
    """A lid, its log, and the time that the test tells it."""

    def __init__(self, is_open: bool = False) -> None:
        self.disk = SimDisk()
        self.log = FileLog(self.disk, lambda: "0123456789abcdef")
        self.node = Node("kyiv-1", "box-3", self.log, BenchClock(), "0.1.0")
        self.lid = Lid(self.node, is_open, 0)

    def said(self) -> "list[str]":
        """What is on record."""
        if self.log.last == 0:
            return []
        records = self.log.read(1, 100, 100_000)
        return [json.loads(one)["state"] for one in records]


def test_an_opened_and_closed_lid_is_two_records_and_a_fault_in_between() -> None:
    """Each after the switch has been quiet for a moment."""
    bench = Bench()
    bench.lid.edge(True, 1_000)
    assert (bench.said(), bench.lid.due(1_000)) == ([], STABLE_MS)
    bench.lid.poll(1_000 + STABLE_MS)
    assert (bench.said(), bench.node.fault) == (["opened"], FAULT)
    assert bench.lid.due(5_000) is None
    bench.lid.edge(False, 9_000)
    bench.lid.poll(9_000 + STABLE_MS)
    assert (bench.said(), bench.node.fault) == (["opened", "closed"], "")


def test_a_switch_that_chatters_is_no_opened_lid() -> None:
    """Nor is one look that is wrong."""
    bench = Bench()
    for now in range(0, 2_000, 50):
        bench.lid.edge(now % 100 == 0, now)
    bench.lid.edge(False, 2_000)
    bench.lid.poll(9_000)
    assert bench.said() == []


def test_a_lid_that_is_open_at_the_start_is_told() -> None:
    """At once: the box may be switched off again soon."""
    bench = Bench(is_open=True)
    assert (bench.said(), bench.node.fault) == (["opened"], FAULT)


def test_what_a_full_disk_refused_is_told_later() -> None:
    """With the next look at the switch."""
    bench = Bench()
    bench.disk.fill_up(0)
    bench.lid.edge(True, 1_000)
    bench.lid.poll(1_200)
    assert bench.said() == []
    bench.disk.make_room()
    bench.lid.edge(True, 1_300)
    assert bench.said() == ["opened"]
