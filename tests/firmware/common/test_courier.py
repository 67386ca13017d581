"""What a technician reads in the journal of a device's faults."""

import pytest

from firmware.common.courier import Courier
from firmware.common.filelog import FileLog
from firmware.common.node import Node
from simulator.disk import SimDisk
from tests.firmware.bench import BenchClock


def test_a_fault_that_counts_up_is_told_once_a_minute_and_its_end_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A card that is full must not fill the journal."""
    caplog.set_level("INFO")
    clock = BenchClock()
    node = Node("kyiv-1", "box-3", FileLog(SimDisk(), lambda: "f" * 16), clock, "0.1.0")
    courier = Courier(node, lambda *_: None)
    for presses in range(1, 131):
        node.set_fault("records", f"{presses} presses were not taken")
        courier.step(clock.now)
        clock.now += 1_000
    node.set_fault("records", "")
    courier.step(clock.now)
    assert caplog.messages == [
        "1 presses were not taken",
        "61 presses were not taken",
        "121 presses were not taken",
        "the fault has gone",
    ]
