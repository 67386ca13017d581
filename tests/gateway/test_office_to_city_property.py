"""An office and its city without a network: whatever is repeated, lost or killed, all adds up.

Boxes write good and bad records; batches come in any order, again and again; the gateway and the
collector are thrown away in the middle of their work. In the end everything is delivered once.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.audit import audit
from collector.city import City
from collector.ledger import Ledger
from collector.month import bounds
from tests.collector.bench import KYIV
from tests.gateway.bench import SITE, Bench, Box
from wire import topics
from wire.batch import decode_mark, encode_batch
from wire.hop import Sender
from wire.link import Incoming
from wire.records import State
from wire.store import open_reader

NODES = ("box-1", "box-2", "disp-1", "box-9")  # the last is not in the config

happenings = st.tuples(
    st.sampled_from(NODES),
    st.sampled_from(("press", "hammer", "issued", "stuck", "freed", "damaged", "rubbish", "empty")),
)
spans = st.tuples(st.sampled_from(NODES), st.integers(0, 20), st.integers(1, 8))
steps = st.one_of(
    st.tuples(st.just("write"), st.lists(happenings, min_size=1, max_size=8)),
    st.tuples(st.just("deliver"), st.lists(spans, min_size=1, max_size=4)),
    st.tuples(st.just("new card"), st.sampled_from(NODES)),
    st.tuples(st.just("uplink"), st.integers(1, 5)),
    st.tuples(st.just("kill gateway"), st.lists(spans, max_size=3)),
    st.tuples(st.just("kill collector"), st.integers(1, 5)),
)


class PowerCut(Exception):
    """The process ends before its commit."""


def power_cut(*_: object) -> None:
    raise PowerCut


class World:
    """Some boxes, their gateway and the collector, as objects."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bench = Bench(folder)
        self.boxes = {
            node: Box(node, f"{i:x}" * 16, f"b000000{i}") for i, node in enumerate(NODES, 1)
        }
        self.all = list(self.boxes.values())
        self.ledger = Ledger(folder / "ledger.db")
        self.city = City(self.ledger, self.bench.clock)
        self.flight: list[Incoming] = []
        self.sender = self._sender()

    def write(self, what: list[tuple[str, str]]) -> None:
        """Things happen at the boxes."""
        for node, kind in what:
            box = self.boxes[node]
            if kind in ("press", "hammer"):
                box.press(after=500 if kind == "hammer" else 10_000)
            elif kind in ("stuck", "freed"):
                box.say("button", button="satisfied", state=kind)
            elif kind == "issued":
                visit = f"{box.epoch[:8]}{len(box.log):08x}"
                box.say("issued", visit=visit, service="passport", number="А1", by="gateway")
            elif kind == "damaged":
                box.say("damaged", at=None)
            else:
                box.log.append(b"rubbish" if kind == "rubbish" else b"")

    def new_card(self, node: str) -> None:
        """The box is given a new card: a new epoch, a new boot. The old one has delivered: if it
        spoke after the new one, there would be two boxes with one name."""
        if self.boxes[node].log:
            self.bench.handle(self.boxes[node].batch())
        i = len(self.all) + 1
        self.boxes[node] = Box(node, f"{i:016x}", f"b{i:07x}")
        self.all.append(self.boxes[node])

    def deliver(self, spans: list[tuple[str, int, int]]) -> None:
        """Any part of any log arrives, in one group."""
        self.bench.handle(*self._cut(spans))

    def kill_gateway(self, spans: list[tuple[str, int, int]]) -> None:
        """The gateway dies in the middle of a group."""
        self.bench.journal.give = power_cut  # type: ignore[method-assign, assignment]
        self._dies(lambda: self.bench.handle(*self._cut(spans)))
        self.bench.restart()
        self.sender = self._sender()

    def uplink(self, most: int) -> None:
        """The gateway sends some; the last comes again, before the others."""
        sent: list[Incoming] = []
        topic = topics.topic(SITE, topics.GATEWAY, topics.LOG)
        while len(sent) < most:
            batch = self.sender.next_batch(self._tick())
            if batch is None:
                break
            sent.append((topic, encode_batch(batch)))
        self.flight = (self.flight + sent)[-8:]
        for message in self.city.handle([*sent[-1:], *sent, *self.flight[:2]]):
            self.sender.on_mark(decode_mark(message.payload), self._tick())

    def kill_collector(self, most: int) -> None:
        """The collector dies before its commit, with batches in its hands."""
        self.ledger.add_tallies = power_cut  # type: ignore[method-assign, assignment]
        self._dies(lambda: self.uplink(most))
        self.ledger.close()
        self.ledger = Ledger(self.folder / "ledger.db")
        self.city = City(self.ledger, self.bench.clock)

    def finish(self) -> None:
        """Everything arrives; the office says how it stands."""
        for box in self.all:
            if box.log:
                self.bench.handle(box.batch(), box.state())
        for _ in range(1000):
            if self.sender.pending == 0:
                break
            self.uplink(5)
        assert self.sender.pending == 0
        state = State(v=1, online=True, devices=self.bench.office.heads())
        topic = topics.topic(SITE, topics.GATEWAY, topics.STATE)
        self.city.handle([(topic, msgspec.json.encode(state))])

    def accounts(self) -> tuple[list[str], dict[str, Any]]:
        """What the audit says: problems, and accounts by node."""
        db = open_reader(self.folder / "ledger.db")
        found = audit(db, "2026-10", *bounds("2026-10", KYIV), None)
        db.close()
        return found.problems, {a.node: a for a in found.accounts}

    def close(self) -> None:
        """Give the files back."""
        self.bench.journal.close()
        self.ledger.close()

    def _cut(self, spans: list[tuple[str, int, int]]) -> list[Incoming]:
        return [
            self.boxes[node].batch(first + 1, min(first + count, len(self.boxes[node].log)))
            for node, first, count in spans
            if first < len(self.boxes[node].log)
        ]

    def _sender(self) -> Sender:
        log = self.bench.journal.log
        return Sender(log, "c0c0c0c0", batch_records=3, acked=log.acked)

    def _tick(self) -> int:
        self.bench.clock.ms += 1_000
        return self.bench.clock.ms

    @staticmethod
    def _dies(work: Callable[[], object]) -> None:
        try:
            work()
        except (PowerCut, sqlite3.Error):
            return


def written(boxes: list[Box], node: str, kinds: tuple[bytes, ...]) -> int:
    """How many records of some kinds the boxes of one name wrote."""
    lines = [line for box in boxes if box.node == node for line in box.log]
    return sum(any(b'"kind": "%s"' % kind in line for kind in kinds) for line in lines)


@settings(max_examples=120, deadline=None)
@given(st.lists(steps, max_size=25))
def test_whatever_happens_on_the_way_every_press_is_accounted_for_once(
    steps: list[tuple[str, Any]],
) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        for name, what in steps:
            getattr(world, name.replace(" ", "_"))(what)
        world.finish()
        problems, accounts = world.accounts()
        world.close()
    assert problems == []
    for node, mine in accounts.items():
        logs = [line for box in world.all if box.node == node for line in box.log]
        bad = sum(line in (b"", b"rubbish") for line in logs)
        tickets = written(world.all, node, (b"issued",))
        presses = written(world.all, node, (b"press",))
        assert mine.written == len(logs)
        assert mine.counted + sum(mine.refused.values()) + mine.visits == presses + tickets
        assert mine.notes == written(world.all, node, (b"button",))
        assert mine.quarantined == bad
        assert mine.lost == written(world.all, node, (b"damaged",))
        assert (mine.pending_device, mine.pending_uplink, mine.missing) == (0, 0, 0)
    assert set(accounts) == {box.node for box in world.all if box.log}
