"""Records a second: boxes → broker → the gateway's journal, and on to the collector's ledger."""

import multiprocessing
import time
from contextlib import closing

from tests.bench.boxes import send_presses
from tests.bench.client import Client
from tests.bench.rig import BOXES, Office, Rig
from wire import topics
from wire.batch import decode_mark
from wire.store import open_reader

_spawn = multiprocessing.get_context("spawn")
_PATIENCE_S = 60.0
Figures = dict[str, float]


def flow(rig: Rig, records: int) -> Figures:
    """Records/s into the journal and into the ledger, and the memory of both servers after it."""
    with closing(rig.office()) as office:
        office.start_gateway()
        office.wait_for_gateway()
        journal = fill_journal(office, rig.port, records)
        gateway_mb = office.rss_mb("gateway")
        office.stop("gateway")
        ledger = fill_ledger(office, rig.port)
        return {
            "journal": journal,
            "ledger": ledger,
            "gateway": max(gateway_mb, office.rss_mb("gateway")),
            "collector": office.rss_mb("collector"),
        }


def fill_journal(office: Office, port: int, records: int) -> float:
    """Send `records` presses from all boxes; records/s until every one is acknowledged."""
    each = records // len(BOXES)
    ours, theirs = _spawn.Pipe()
    process = _spawn.Process(
        target=send_presses, args=(port, office.site, BOXES, each, theirs), daemon=True
    )
    process.start()
    theirs.close()
    try:
        if not ours.poll(_PATIENCE_S):
            raise TimeoutError(f"not acknowledged within {_PATIENCE_S:g} s")
        took: float = ours.recv()
        process.join(10)
    finally:
        process.kill()
        process.join()
    stored = _count(office, "journal")
    assert stored == each * len(BOXES), f"{stored} records are in the journal"
    return stored / took


def fill_ledger(office: Office, port: int) -> float:
    """Start a collector, then the gateway with its full journal; records/s until all is there."""
    office.start_collector()
    total = _count(office, "journal")
    ack = topics.topic(office.site, topics.GATEWAY, topics.ACK)
    with closing(Client(port, f"{office.site}-marks", [ack])) as watch:
        office.start_gateway()
        begun = time.perf_counter()
        while not any(decode_mark(payload).seq == total for _, payload in watch.take()):
            pass
        took = time.perf_counter() - begun
    stored = _count(office, "ledger")
    assert stored == total, f"{stored} of {total} records are in the ledger"
    return total / took


def _count(office: Office, where: str) -> int:
    path, table = (office.journal, "journal") if where == "journal" else (office.ledger, "event")
    with closing(open_reader(path)) as db:
        count: int = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return count
