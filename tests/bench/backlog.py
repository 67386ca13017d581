"""A week without an uplink: the journal is full of what the city lacks, then it drains."""

import itertools
import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from gateway.config import read_office
from gateway.journal import Journal
from gateway.office import Office as Rules
from tests.bench.flow import fill_ledger
from tests.bench.presses import BOOT, presses
from tests.bench.rig import Rig
from wire import topics
from wire.batch import Batch, crc_of, encode_batch
from wire.clock import SystemClock, random_epoch
from wire.link import Incoming

_BATCH = 200  # records, as a device sends them
_GROUP = 50  # batches in one transaction


def backlog(rig: Rig, records: int) -> dict[str, float]:
    """Seconds until the ledger has a journal of `records`, gateway and collector being up."""
    with closing(rig.office()) as office:
        filled = fill(office.folder / "office.toml", records)
        return {"backlog": filled / fill_ledger(office, rig.port)}


def fill(config: Path, records: int) -> int:
    """Fill the journal of an office that does not run with presses from all of its boxes, by the
    gateway's own code; returns how many there are."""
    read = read_office(config)
    boxes = [device.node for device in read.device if device.kind == "ratingbox"]
    clock = SystemClock()
    each = records // len(boxes)
    with closing(Journal(read.journal_path(), random_epoch)) as journal:
        office = Rules(read, journal, clock, random.Random(1))
        streams = [
            _batches(topics.topic(read.site, node, topics.LOG), presses(each, seed, clock.now()))
            for seed, node in enumerate(boxes)
        ]
        mixed = itertools.chain.from_iterable(itertools.zip_longest(*streams))
        messages = [message for message in mixed if message is not None]
        for begin in range(0, len(messages), _GROUP):
            office.handle(messages[begin : begin + _GROUP])
        written = journal.log.last
    assert written == each * len(boxes), f"{written} records are in the journal"
    return written


def _batches(topic: str, records: list[bytes]) -> Iterator[Incoming]:
    epoch = random_epoch()
    prev = 0
    for begin in range(0, len(records), _BATCH):
        some = records[begin : begin + _BATCH]
        yield topic, encode_batch(Batch(epoch, begin + 1, 1, BOOT, 0, some, prev))
        prev = crc_of(some[-1])
