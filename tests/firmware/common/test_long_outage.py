"""A quarter without a link, and a card that fills up meanwhile: every press is explained."""

import os
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given, settings

from firmware.common.config import Identity
from firmware.common.filelog import FileLog
from firmware.common.node import Node
from firmware.common.posix_clock import random_token
from firmware.common.posix_disk import PosixDisk
from simulator.disk import PowerCut, SimDisk
from wire.batch import decode_batch, encode_mark
from wire.hop import Receiver
from wire.records import DeviceRecord, Missed, Press, Started

DEFAULT = Identity.log_mb << 20
ACK, LOG = "talon/v1/kyiv-1/box-3/ack", "talon/v1/kyiv-1/box-3/log"

_record: msgspec.json.Decoder[DeviceRecord] = msgspec.json.Decoder(DeviceRecord)


class BoardClock:
    """Implements `firmware.common.node.Clock`; each press is a second after the one before, over
    all boots, so that `up` tells presses apart."""

    def __init__(self, boots: Iterator[int], now: int) -> None:
        self.boot = f"{next(boots):08x}"
        self.now = now

    def up(self) -> int:
        return self.now

    def at(self) -> int | None:
        return None


class Box:
    """A box with its card, its visitors, and a gateway that it seldom reaches."""

    def __init__(self, limit: int = DEFAULT) -> None:
        self.disk = SimDisk()
        self.limit = limit
        self.gateway = Receiver([], set())
        self.arrived: list[DeviceRecord] = []
        self.made = 0
        self.thanked: set[int] = set()
        self.refused = 0  # in this outage
        self.may_be_forgotten = 0
        self._boots = iter(range(1, 1 << 20))
        self._now = 0
        self.start()

    def start(self) -> None:
        """The power comes on."""
        self.clock = BoardClock(self._boots, self._now)
        log = FileLog(self.disk, random_token, limit_bytes=self.limit, segment_bytes=8_192)
        self.node = Node("kyiv-1", "box-3", log, self.clock, "0.1.0")
        self.refused = 0
        with suppress(OSError):  # as the panel does: the fault says it
            self.node.record("started", {"version": "0.1.0"})

    def press(self, times: int) -> None:
        """Visitors press, and see whether they are thanked."""
        for _ in range(times):
            self._now += 1_000
            self.clock.now = self._now
            self.made += 1
            try:
                self.node.record("press", {"button": "satisfied"})
            except OSError:
                self.refused += 1
            else:
                self.thanked.add(self._now)
                self.refused = 0

    def press_until_the_power_fails(self, writes: int, keep: int, times: int) -> None:
        """In the write after the next `writes`, or when the presses are over."""
        self.disk.cut_power_after(writes, keep)
        try:
            self.press(times)
        except PowerCut:
            self.may_be_forgotten += 1  # the one that was being pressed
        self.may_be_forgotten += self.refused // 2
        self.disk = self.disk.restore()
        self.start()

    def talk(self, batches: int) -> None:
        """The link is there for so many batches; every third acknowledgement is lost."""
        self.node.on_link(True)
        while batches and self.node.sender.pending:
            self._now += self.node.due() or 0
            self.clock.now = self._now
            for topic, payload, _ in self.node.outbox():
                if topic != LOG:
                    continue
                admission = self.gateway.admit(decode_batch(payload))
                self.arrived += [_record.decode(said) for said in admission.records]
                batches -= 1
                if batches % 3:
                    self.node.on_message(ACK, encode_mark(admission.mark))
                if not batches:
                    break
        self.node.on_link(False)

    def count(self, kind: type[DeviceRecord]) -> int:
        """How many of a kind have arrived."""
        return sum(isinstance(said, kind) for said in self.arrived)


def test_90_days_at_1000_presses_a_day_are_all_held_and_all_arrive_in_order() -> None:
    """On the default config, with the power off each night."""
    box = Box()
    for _ in range(90):
        box.press(1_000)
        box.disk = box.disk.restore()
        box.start()
    assert len(box.thanked) == 90_000
    assert box.node.fault == ""
    assert box.node.log.size < 10_000_000 < DEFAULT // 6
    box.talk(10_000)
    assert [said.up for said in box.arrived if isinstance(said, Press)] == sorted(box.thanked)
    assert (box.count(Started), box.count(Missed), len(box.arrived)) == (91, 0, 90_091)
    assert box.node.log.size < 10_000  # what has arrived is gone from the card


Deeds = st.one_of(
    st.tuples(st.just("press"), st.integers(1, 400)),
    st.tuples(
        st.just("press_until_the_power_fails"),
        st.integers(0, 200),
        st.integers(0, 120),
        st.integers(0, 300),
    ),
    st.tuples(st.just("talk"), st.integers(1, 6)),
)


@given(deeds=st.lists(Deeds, max_size=12), limit=st.integers(60_000, 90_000))
@settings(deadline=None, max_examples=60)
def test_past_the_limit_every_press_is_thanked_and_held_or_refused_and_counted(
    deeds: list[tuple[str, int]], limit: int
) -> None:
    """A power cut forgets less than half of those refused since one was taken, and no more."""
    box = Box(limit)
    for deed, *numbers in deeds:
        getattr(box, deed)(*numbers)
    box.node.close()
    box.talk(1_000)
    box.talk(1_000)  # the first made room for what was still to be said
    there = [said.up for said in box.arrived if isinstance(said, Press)]
    missed = sum(said.count for said in box.arrived if isinstance(said, Missed))
    assert there == sorted(set(there))
    assert box.thanked <= set(there)
    assert box.made - box.may_be_forgotten <= len(there) + missed <= box.made


def test_a_day_past_the_limit_without_a_power_cut_is_counted_exactly() -> None:
    """Said in the fault, and on record."""
    box = Box(100_000)
    box.press(2_000)
    assert "the card is full" in box.node.fault
    refused = 2_000 - len(box.thanked)
    assert refused > 900
    box.talk(1_000)
    box.talk(1_000)
    assert box.node.fault == ""
    assert box.count(Press) == len(box.thanked)
    assert sum(said.count for said in box.arrived if isinstance(said, Missed)) == refused


def test_a_node_that_is_offline_for_100_presses_or_100_000_needs_the_same_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card holds them; the program does not."""
    monkeypatch.setattr(os, "fsync", lambda _: None)  # the time it takes is not asked for here
    log = FileLog(PosixDisk(tmp_path), random_token, limit_bytes=DEFAULT)
    node = Node("kyiv-1", "box-3", log, BoardClock(iter([1]), 0), "0.1.0")

    def offline(presses: int) -> None:
        for _ in range(presses):
            node.record("press", {"button": "satisfied"})
            node.publish("ask", b"is anybody there?")
            assert node.outbox() == []

    offline(1_000)
    tracemalloc.start()
    offline(100_000)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert log.last == 101_000
    assert held < 1_000_000 and peak < 1_000_000
